package detectors

import (
	"bytes"
	"strings"

	"github.com/smoothtask/smoothtask/threats"
)

const (
	modulesPath = "/proc/modules"
	maxModules  = 2 << 20 // bytes
)

// module is one line of /proc/modules, proc_modules(5).
type module struct {
	name  string
	state string // Live, Loading, Unloading
	taint uint64 // as in /proc/sys/kernel/tainted; only the marks of modules
}

func readModules(files *threats.Files) ([]module, error) {
	data, err := files.ReadFile(modulesPath, maxModules)
	if err != nil {
		return nil, err
	}
	return parseModules(data), nil
}

// parseModules reads NAME SIZE USES USERS STATE ADDRESS (MARKS).
func parseModules(data []byte) (list []module) {
	for line := range bytes.Lines(data) {
		f := strings.Fields(string(line))
		if len(f) < 5 {
			continue
		}
		m := module{name: f[0], state: f[4]}
		if marks := f[len(f)-1]; len(f) > 6 && strings.HasPrefix(marks, "(") {
			for _, c := range marks {
				switch c {
				case 'F', 'R':
					m.taint |= taintForced
				case 'O':
					m.taint |= taintOutOfTree
				case 'E':
					m.taint |= taintUnsigned
				}
			}
		}
		list = append(list, m)
	}
	return list
}
