//go:build linux && (amd64 || arm64)

package bpf

import (
	"fmt"
	"io"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
)

type iterator struct {
	prog *ebpf.Program
	link *link.Iter
}

func loadTaskIterator() (*iterator, error) {
	var objs taskObjects
	if err := loadTaskObjects(&objs, nil); err != nil {
		return nil, fmt.Errorf("load the task iterator: %w", err)
	}
	it, err := link.AttachIter(link.IterOptions{Program: objs.ListTasks})
	if err != nil {
		objs.Close()
		return nil, err
	}
	return &iterator{objs.ListTasks, it}, nil
}

func (it *iterator) open() (io.ReadCloser, error) { return it.link.Open() }

func (it *iterator) Close() error {
	it.link.Close()
	return it.prog.Close()
}
