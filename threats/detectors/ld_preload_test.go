package detectors

import (
	"slices"
	"testing"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func TestLdPreloadFile(t *testing.T) {
	list := func(content string) func(w *World) {
		return func(w *World) { w.File(ldPreloadPath, content, 0o644) }
	}
	Table(t, func() threats.Detector { return &ldPreloadFile{} }, []Case{
		{Name: "library that is not there", Hits: 1, Evidence: "/usr/lib/libx.so", Build: list("/usr/lib/libx.so\n")},
		{Name: "in tmp", Hits: 1, Severity: threats.Critical, Build: list("/tmp/x.so")},
		{Name: "in a hidden directory", Hits: 1, Severity: threats.Critical, Build: list("# mine\n/lib/.x/y.so:/usr/lib/libjemalloc.so.2\n")},
		{Name: "anybody may change the library", Hits: 1, Severity: threats.Critical, Build: func(w *World) {
			w.File("/usr/lib/libx.so", "", 0o666)
			list("/usr/lib/libx.so")(w)
		}},
		{Name: "anybody may change the list", Hits: 1, Severity: threats.Critical, Build: func(w *World) {
			w.File("/usr/lib/libjemalloc.so", "", 0o644)
			w.File(ldPreloadPath, "/usr/lib/libjemalloc.so", 0o666)
		}},
		{Name: "an allocator", Hits: 1, Severity: threats.Low, Build: func(w *World) {
			w.File("/usr/lib/libjemalloc.so.2", "", 0o644)
			list("/usr/lib/libjemalloc.so.2\n")(w)
		}},
		{Name: "a Raspberry Pi", Hits: 1, Severity: threats.Low, Build: list("/usr/lib/arm-linux-gnueabihf/libarmmem-${PLATFORM}.so\n")},
		{Name: "no file"},
		{Name: "empty", Build: list("")},
		{Name: "comments only", Build: list("# nothing\n\n   \n#/tmp/x.so\n")},
		{Name: "the environment's file", Build: func(w *World) { w.File("/etc/ld.so.conf", "/tmp/x.so", 0o644) }},
	})
}

func TestLdPreloadSaysWhenItCannotLook(t *testing.T) {
	w := New(t)
	w.Link("ld.so.preload", ldPreloadPath)
	d := &ldPreloadFile{}
	if got := w.Detect(d); len(got) != 0 || d.Failure() == "" {
		t.Errorf("a link to itself: %q%s", d.Failure(), String(got))
	}
}

func TestParsePreload(t *testing.T) {
	got := parsePreload("a.so b.so:c.so # d.so\n\t\n\x00:e.so\xff")
	if want := []string{"a.so", "b.so", "c.so", "e.so\xff"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
