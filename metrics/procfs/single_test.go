//go:build linux

package procfs

import (
	"errors"
	"os"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

func TestReadProcessEqualsTheSource(t *testing.T) {
	users := metrics.NewUsers("/", metrics.DefaultMemory)
	src, err := New(Options{Users: users})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	list, err := src.Append(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := (&metrics.Snapshot{Processes: list})
	pid := int32(os.Getpid())
	w := want.Processes[want.Find(pid)]
	got, err := src.FS().ReadProcess(t.Context(), pid, users)
	if err != nil {
		t.Fatal(err)
	}
	if got.Key != w.Key || got.PPID != w.PPID || got.UID != w.UID || got.ID.Exe != w.ID.Exe || got.ID.Cmdline != w.ID.Cmdline ||
		got.ID.User != w.ID.User || got.ID.ExeInode != w.ID.ExeInode || got.ID.Cgroup != w.ID.Cgroup || got.ID.Invoked != w.ID.Invoked {
		t.Errorf("got %+v %+v\nwant %+v %+v", got, *got.ID, w, *w.ID)
	}
	if _, err := src.FS().ReadProcess(t.Context(), 1<<30, users); !errors.Is(err, metrics.ErrVanished) {
		t.Errorf("a pid that is not there: %v", err)
	}
}
