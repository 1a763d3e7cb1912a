//go:build !linux

package cli

import "errors"

// platformSources knows none here: the portable source serves.
func platformSources(o sourceOptions) (*sources, error) {
	if o.name == "ebpf" || o.name == "procfs" {
		return nil, unsupported(o.name, errors.New("it reads the Linux kernel"))
	}
	return nil, nil
}
