//go:build linux && (amd64 || arm64)

package bpf

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func init() {
	for name, act := range map[string]func() error{
		"rwx": func() error {
			_, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
			return err
		},
		"jit": func() error {
			_, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
			return err
		},
		"memfd": func() error {
			fd, err := unix.MemfdCreate("smoothtask-test", 0)
			if err == nil {
				err = unix.Ftruncate(fd, 4096)
			}
			if err == nil {
				_, err = unix.Mmap(fd, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE)
			}
			return err
		},
		"library":         func() error { return mapCode(os.Getenv("LIBRARY"), "") },
		"deleted library": func() error { return mapCode(os.Getenv("LIBRARY"), os.Getenv("LIBRARY")) },
		"deleted link": func() error {
			name := os.Getenv("LIBRARY") + ".link"
			if err := os.Link(os.Getenv("LIBRARY"), name); err != nil {
				return err
			}
			return mapCode(name, name)
		},
		"open": func() error {
			fd, err := unix.Open(os.Getenv("OPEN"), unix.O_RDONLY, 0)
			if err == nil && fd < 0 {
				err = os.ErrInvalid
			}
			return err
		},
		"mappings": func() error { return manyMappings(0) },
		"mappings with code": func() error {
			return manyMappings(unix.PROT_READ | unix.PROT_WRITE | unix.PROT_EXEC)
		},
		"open many": func() error {
			for range 5000 {
				if _, err := unix.Dup(0); err != nil {
					return err
				}
			}
			_, err := unix.Open("/proc/self/mem", unix.O_RDONLY, 0)
			return err
		},
		"overlay": overlay,
		"mounted file": func() error {
			if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
				return err
			}
			from, to := filepath.Join(os.Getenv("DIR"), "from"), filepath.Join(os.Getenv("DIR"), "shadow")
			if err := errors.Join(os.WriteFile(from, nil, 0o600), os.WriteFile(to, nil, 0o600), syscall.Mount(from, to, "", syscall.MS_BIND, "")); err != nil {
				return err
			}
			_, err := unix.Open(to, unix.O_RDONLY, 0)
			return err
		},
	} {
		childActs[name] = act
	}
}

// mapCode maps a file as code, and then removes a name of it.
func mapCode(name, remove string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err = unix.Mmap(int(f.Fd()), 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE); err != nil || remove == "" {
		return err
	}
	return os.Remove(remove)
}

// manyMappings makes 6,000 mappings that the kernel cannot merge, and one more with
// the given rights among them.
func manyMappings(prot int) error {
	const n = 6000
	all, err := unix.Mmap(-1, 0, n*4096, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return err
	}
	for i := 0; i < n; i += 2 {
		if err := unix.Mprotect(all[i*4096:][:4096], unix.PROT_READ); err != nil {
			return err
		}
	}
	if prot != 0 {
		return unix.Mprotect(all[(n/2+1)*4096:][:4096], prot)
	}
	return nil
}

// overlay maps code of a file in a layered file system, then deletes one.
func overlay() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return err
	}
	dir := os.Getenv("DIR")
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
		return err
	}
	var all []error
	for _, d := range []string{"lower", "upper", "work", "merged"} {
		all = append(all, os.Mkdir(filepath.Join(dir, d), 0o755))
	}
	all = append(all, os.WriteFile(filepath.Join(dir, "lower/lib.so"), make([]byte, 4096), 0o755))
	options := strings.NewReplacer("DIR", dir).Replace("lowerdir=DIR/lower,upperdir=DIR/upper,workdir=DIR/work")
	all = append(all, syscall.Mount("overlay", filepath.Join(dir, "merged"), "overlay", 0, options))
	if err := errors.Join(all...); err != nil {
		return err
	}
	name := filepath.Join(dir, "merged/lib.so")
	return mapCode(name, strings.Repeat(name, len(os.Getenv("REMOVE"))))
}

// movedImage is a program for Linux on amd64 that copies its code to anonymous
// memory, goes on there, unmaps its file and sleeps.
func movedImage(t *testing.T) string {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("the program is for amd64")
	}
	code := []byte{
		0xb8, 9, 0, 0, 0, 0xbf, 0, 0, 0, 0x10, 0xbe, 0, 0x10, 0, 0, 0xba, 3, 0, 0, 0, // mmap(0x10000000, 4096, PROT_READ|PROT_WRITE,
		0x41, 0xba, 0x32, 0, 0, 0, 0x49, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff, 0x4d, 0x31, 0xc9, 0x0f, 5, // MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)
		0x48, 0x8d, 0x35, 0x29, 0, 0, 0, 0xbf, 0, 0, 0, 0x10, 0xb9, 64, 0, 0, 0, 0xf3, 0xa4, // copy 64 bytes from behind the jump
		0xb8, 10, 0, 0, 0, 0xbf, 0, 0, 0, 0x10, 0xbe, 0, 0x10, 0, 0, 0xba, 5, 0, 0, 0, 0x0f, 5, // mprotect(…, PROT_READ|PROT_EXEC)
		0xb8, 0, 0, 0, 0x10, 0xff, 0xe0, // jump there
		0xb8, 11, 0, 0, 0, 0xbf, 0, 0, 0x40, 0, 0xbe, 0, 0x10, 0, 0, 0x0f, 5, // munmap(0x400000, 4096)
		0xb8, 34, 0, 0, 0, 0x0f, 5, 0xeb, 0xf7, // pause() for ever
	}
	code = append(code, make([]byte, 64)...)
	const headers = 64 + 2*56
	elf := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, headers-7)...)
	le := binary.LittleEndian
	le.PutUint16(elf[16:], 2)                // ET_EXEC
	le.PutUint16(elf[18:], 62)               // EM_X86_64
	le.PutUint32(elf[20:], 1)                // EV_CURRENT
	le.PutUint64(elf[24:], 0x400000+headers) // the entry
	le.PutUint64(elf[32:], 64)               // program headers
	le.PutUint16(elf[52:], 64)
	le.PutUint16(elf[54:], 56)
	le.PutUint16(elf[56:], 2)
	for i, p := range [][2]uint32{{1, 5}, {0x6474e551, 6}} { // PT_LOAD that may be read and run, PT_GNU_STACK that may not be run
		h := elf[64+56*i:]
		le.PutUint32(h, p[0])
		le.PutUint32(h[4:], p[1])
	}
	le.PutUint64(elf[64+16:], 0x400000)
	le.PutUint64(elf[64+24:], 0x400000)
	le.PutUint64(elf[64+32:], uint64(headers+len(code)))
	le.PutUint64(elf[64+40:], uint64(headers+len(code)))
	le.PutUint64(elf[64+48:], 4096)
	name := filepath.Join(t.TempDir(), "moved")
	if err := os.WriteFile(name, append(elf, code...), 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}
