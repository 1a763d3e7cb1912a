//go:build linux && (amd64 || arm64)

package bpf

import "github.com/smoothtask/smoothtask/metrics"

// shared is a text that many processes have in common, because they hold the same
// kernel object: a program file, a directory, a set of cgroups.
type shared[K comparable] struct {
	key        K
	path       string
	dev, inode uint64 // of a program file, as stat(2) tells them
	cgroup     metrics.Cgroup
	cycle      uint32 // the last one in which a process was seen to hold the object
}

// sharedTable finds a shared text by the object's address. The kernel may use an
// address again for another object, but not while somebody holds the first one. So
// an entry counts in a cycle only if one of its holders of the cycle before still
// has it (see hold), or if it was made in this cycle.
type sharedTable[K comparable] struct {
	entries      map[K]*shared[K]
	hits, misses uint64
}

// find returns the entry of an object, and whether it is new and to be filled.
func (t *sharedTable[K]) find(key K, cycle uint32) (entry *shared[K], fresh bool) {
	if e := t.entries[key]; e != nil && e.cycle == cycle {
		t.hits++
		return e, false
	}
	if t.entries == nil {
		t.entries = make(map[K]*shared[K])
	}
	t.misses++
	e := &shared[K]{key: key, cycle: cycle}
	t.entries[key] = e
	return e, true
}

// forget makes the next process with the key ask again.
func (t *sharedTable[K]) forget(key K) { delete(t.entries, key) }

// sweep drops the entries that nobody held in the cycle.
func (t *sharedTable[K]) sweep(cycle uint32) {
	for key, e := range t.entries {
		if e.cycle != cycle {
			delete(t.entries, key)
		}
	}
}

// hold notes that a process which had the object in the last cycle still has it.
func (e *shared[K]) hold(cycle uint32) {
	if e != nil {
		e.cycle = cycle
	}
}

func (t *sharedTable[K]) stat(name string, each int64) metrics.CacheStat {
	return metrics.CacheStat{
		Name: name, Entries: len(t.entries), Bytes: int64(len(t.entries)) * each,
		Hits: t.hits, Misses: t.misses,
	}
}
