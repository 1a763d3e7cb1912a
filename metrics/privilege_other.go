//go:build !linux

package metrics

import "os"

// Held reports whether this process has the privilege: root has all of them.
func (p Privilege) Held() bool { return p == NoPrivilege || p == WholeProc || os.Geteuid() == 0 }
