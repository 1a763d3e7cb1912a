package metrics

import (
	"slices"
	"sync"
	"testing"
)

func TestSecurityTable(t *testing.T) {
	var table SecurityTable
	a, b := table.Intern(Security{CapEffective: 1}), table.Intern(Security{CapEffective: 2})
	if a == b || *a != (Security{CapEffective: 1}) || *b != (Security{CapEffective: 2}) {
		t.Fatalf("%+v and %+v", a, b)
	}
	if table.Intern(Security{CapEffective: 1}) != a {
		t.Error("equal credentials are not shared")
	}
	if n := testing.AllocsPerRun(100, func() { table.Intern(Security{CapEffective: 1}) }); n != 0 {
		t.Errorf("%v allocations for known credentials", n)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range uint64(2 * maxSecurities) {
				if got := table.Intern(Security{CapBounding: i}); got.CapBounding != i {
					t.Errorf("%d became %d", i, got.CapBounding)
				}
			}
		})
	}
	wg.Wait()
	if len(table.known) > maxSecurities {
		t.Errorf("%d kept, limit %d", len(table.known), maxSecurities)
	}
	if a.CapEffective != 1 {
		t.Error("what was given before has changed")
	}
}

func TestCapabilityNames(t *testing.T) {
	if got := CapabilityNames(0); got != nil {
		t.Errorf("of nothing: %v", got)
	}
	want := []string{"CAP_CHOWN", "CAP_SYS_ADMIN", "CAP_CHECKPOINT_RESTORE", "CAP_63"}
	if got := CapabilityNames(1 | 1<<21 | 1<<40 | 1<<63); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
