package threats

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"
)

func TestHasCapabilities(t *testing.T) {
	f, root := tree(t)
	if has, err := f.HasCapabilities("/etc/passwd"); has || err != nil {
		t.Errorf("a plain file: %v, %v", has, err)
	}
	if has, err := f.HasCapabilities("/fifo"); has || err != nil {
		t.Errorf("a FIFO: %v, %v", has, err)
	}
	if has, err := f.HasCapabilities("/none"); has || err == nil {
		t.Errorf("no file: %v, %v", has, err)
	}
	var cap [20]byte // struct vfs_cap_data, revision 2: cap_net_raw permitted
	binary.LittleEndian.PutUint32(cap[0:], 0x02000000)
	binary.LittleEndian.PutUint32(cap[4:], 1<<13)
	if err := unix.Setxattr(root+"/etc/passwd", "security.capability", cap[:], 0); err != nil {
		t.Skipf("cannot give capabilities to a file: %v", err)
	}
	if has, err := f.HasCapabilities("/etc/passwd"); !has || err != nil {
		t.Errorf("with capabilities: %v, %v", has, err)
	}
}
