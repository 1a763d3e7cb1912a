//go:build linux

package main

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// programFD is the open file of the program whose pictures are taken.
const programFD = 3

// makeRoot makes the working directory the root of this mount namespace: a tmpfs
// with what a monitor looks at, and the programs of the services.
func makeRoot() error {
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	// Nothing that is mounted here may be seen outside.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("/dev/vda1", root, "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("mount the root: %w", err)
	}
	if err := os.Chdir(root); err != nil {
		return err
	}
	for _, d := range []string{"old", "proc", "sys", "dev", "etc", "run", "root", "usr/bin", "usr/sbin", "usr/lib", "var/www", "home/alice"} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	for _, d := range []string{"tmp", "dev/shm"} {
		if err := os.MkdirAll(d, 0o777); err != nil {
			return err
		}
		if err := os.Chmod(d, 0o777|os.ModeSticky); err != nil {
			return err
		}
	}
	for name, to := range map[string]string{"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib"} {
		if err := os.Symlink(to, name); err != nil {
			return err
		}
	}
	if err := fill(); err != nil {
		return err
	}
	if err := mounts(); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "old"); err != nil {
		return fmt.Errorf("change the root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if err := unix.Unmount("/old", unix.MNT_DETACH); err != nil {
		return err
	}
	if err := os.Remove("/old"); err != nil {
		return err
	}
	if err := unix.Sethostname([]byte(hostName)); err != nil {
		return fmt.Errorf("set the host name: %w", err)
	}
	return network()
}

// fill writes the files of the root.
func fill() error {
	var passwd, group strings.Builder
	for _, u := range users {
		fmt.Fprintf(&passwd, "%s:x:%d:%[2]d::%s:%s\n", u.name, u.id, u.home, u.shell)
		fmt.Fprintf(&group, "%s:x:%d:\n", u.name, u.id)
	}
	for name, text := range map[string]string{
		"etc/passwd": passwd.String(), "etc/group": group.String(), "etc/hostname": hostName + "\n",
		"etc/hosts":      "127.0.0.1 localhost\n" + address + " " + hostName + "\n",
		"etc/os-release": "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if err := copyTo(programPath, os.NewFile(programFD, "program")); err != nil {
		return err
	}
	return programs(append([]service{{exe: initPath}}, booted...))
}

// programs copies this program to where the services have theirs.
func programs(list []service) error {
	for i := range list {
		if _, err := os.Lstat("." + list[i].exe); err != nil {
			self, err := os.Open("/proc/self/exe")
			if err != nil {
				return err
			}
			if err := copyTo(list[i].exe, self); err != nil {
				return err
			}
		}
		if err := programs(list[i].children); err != nil {
			return err
		}
		if !list[i].deleted {
			continue
		}
		// Who removes it must be allowed to: the directory is sticky.
		for _, u := range users {
			if u.name == list[i].user {
				if err := os.Chown("."+list[i].exe, u.id, u.id); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// copyTo copies an open file to an executable below the working directory.
func copyTo(path string, from *os.File) error {
	defer from.Close()
	path = "." + path
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	return to.Close()
}

// mounts makes proc and sys of these namespaces, and the devices one needs.
func mounts() error {
	for _, m := range []struct {
		from, to, kind string
		flags          uintptr
	}{
		{"proc", "proc", "proc", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC},
		{"sysfs", "sys", "sysfs", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_RDONLY},
	} {
		if err := unix.Mount(m.from, m.to, m.kind, m.flags, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.to, err)
		}
	}
	for name, number := range map[string]uint64{
		"null": unix.Mkdev(1, 3), "zero": unix.Mkdev(1, 5), "urandom": unix.Mkdev(1, 9), "tty": unix.Mkdev(5, 0),
	} {
		if err := unix.Mknod("dev/"+name, unix.S_IFCHR|0o666, int(number)); err != nil {
			return fmt.Errorf("make /dev/%s: %w", name, err)
		}
		if err := os.Chmod("dev/"+name, 0o666); err != nil { // against the umask
			return err
		}
	}
	return nil
}

// network brings loopback up, and gives it the address of the server; see
// netdevice(7).
func network() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for _, label := range []struct{ name, addr string }{{"lo", "127.0.0.1"}, {"lo:1", address}} {
		req, err := unix.NewIfreq(label.name)
		if err != nil {
			return err
		}
		ip := netip.MustParseAddr(label.addr).As4()
		if err := req.SetInet4Addr(ip[:]); err != nil {
			return err
		}
		if err := unix.IoctlIfreq(fd, unix.SIOCSIFADDR, req); err != nil {
			return fmt.Errorf("give %s its address: %w", label.name, err)
		}
		req.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
		if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req); err != nil {
			return fmt.Errorf("bring %s up: %w", label.name, err)
		}
	}
	return nil
}
