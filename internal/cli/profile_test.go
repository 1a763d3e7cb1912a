package cli

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// gzipped is how a profile begins.
const gzipped = "\x1f\x8b"

func TestHeapProfileIsAskedFor(t *testing.T) {
	for args, want := range map[string]bool{
		"":                                false,
		"--once":                          false,
		"bench --memprofile x":            true,
		"bench --memprofile=x":            true,
		"serve --pprof 127.0.0.1:0":       true,
		"--pprof=127.0.0.1:0":             true,
		"--pprof-anywhere --cpuprofile=x": false,
	} {
		if got := heapProfile(strings.Fields(args)); got != want {
			t.Errorf("%q: %v", args, got)
		}
	}
	// What would be read as one of these does not exist.
	if _, errs, code := output(t, "--once", "--memprof", "x"); code != exitUsage {
		t.Errorf("a shortened flag: exit code %d: %s", code, errs)
	}
}

func TestProfilesThatCannotBeWritten(t *testing.T) {
	strict := file(t, "strict.toml", "[goals]\nrss_mb = 1\n")
	for flag, what := range map[string]string{"--cpuprofile": "CPU profile", "--memprofile": "heap profile", "--trace": "trace"} {
		out, errs, code := output(t, "bench", "-n", "1", flag, "/dev/full")
		if code != exitFailed || out == "" || !strings.Contains(errs, "cannot write the "+what+" to /dev/full") {
			t.Errorf("%s: exit code %d, %d bytes: %s", flag, code, len(out), errs)
		}
		_, errs, code = output(t, "bench", "-n", "1", "--strict", "--config", strict, flag, "/dev/full")
		if code != exitFindings || !strings.Contains(errs, "/dev/full") {
			t.Errorf("%s with a goal missed: exit code %d: %s", flag, code, errs)
		}
	}
}

func TestBadInputLeavesProfilesAlone(t *testing.T) {
	keep := file(t, "keep", "precious")
	dir := filepath.Dir(keep)
	for _, args := range [][]string{
		{"--memprofile", keep, "--pprof", "0.0.0.0:1"},
		{"--cpuprofile", keep, "--trace", "/no/such/dir/x"},
		{"--cpuprofile", "/no/such/dir/x", "--memprofile", keep},
		{"--cpuprofile", keep, "--trace", keep},
		{"--cpuprofile", keep, "--memprofile", filepath.Join(dir, ".", "..", filepath.Base(dir), "keep")},
		{"--cpuprofile", filepath.Join(dir, "new"), "--memprofile", filepath.Join(dir, "new")},
		{"--trace", dir},
		{"--memprofile", keep, "--baseline", "/no/such/base.json"}, // found when profiles are on
	} {
		_, errs, code := output(t, append([]string{"--once", "--window", "0"}, args...)...)
		if code != exitUsage || errs == "" {
			t.Errorf("%q: exit code %d: %s", args, code, errs)
		}
	}
	if data, _ := os.ReadFile(keep); string(data) != "precious" {
		t.Errorf("now it holds %q", data)
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("left behind: %v", list)
	}
}

func TestProfilesAreReplaced(t *testing.T) {
	old := file(t, "old", "precious")
	dir := filepath.Dir(old)
	link, fresh := filepath.Join(dir, "link"), filepath.Join(dir, "fresh")
	if err := errors.Join(os.Chmod(old, 0o640), os.Symlink("old", link)); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := output(t, "bench", "-n", "1", "--cpuprofile", link, "--memprofile", fresh); code != 0 || errs != "" {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	for _, name := range []string{old, fresh} {
		if data, err := os.ReadFile(name); err != nil || !strings.HasPrefix(string(data), gzipped) {
			t.Errorf("%s: %v, %d bytes", name, err, len(data))
		}
	}
	if info, err := os.Lstat(old); err != nil || info.Mode() != 0o640 {
		t.Errorf("the old file: %v %v", info.Mode(), err)
	}
	if to, err := os.Readlink(link); to != "old" {
		t.Errorf("the link leads to %q: %v", to, err)
	}
	if list, _ := os.ReadDir(dir); len(list) != 3 {
		t.Errorf("left behind: %v", list)
	}
}

// A pipe or a device cannot be replaced, and stdout has a report in it.
func TestProfilesToWhatIsNoFile(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := output(t, "bench", "-n", "1", "--cpuprofile", fifo); code != exitUsage || !strings.Contains(errs, "nobody reads") {
		t.Errorf("a FIFO that nobody reads: exit code %d: %s", code, errs)
	}
	r, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, errs, code := output(t, "bench", "-n", "1", "--cpuprofile", fifo); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	begin := make([]byte, len(gzipped))
	if _, err := io.ReadFull(r, begin); err != nil || string(begin) != gzipped {
		t.Errorf("through the FIFO came %q: %v", begin, err)
	}

	out, errs, code := output(t, "bench", "-n", "1", "--cpuprofile", "/dev/stdout")
	if code != 0 || errs != "" || !strings.Contains(out, "collect") || !strings.Contains(out, gzipped) {
		t.Errorf("to stdout: exit code %d, %d bytes: %s", code, len(out), errs)
	}

	whole, err := os.Create(filepath.Join(t.TempDir(), "whole"))
	if err != nil {
		t.Fatal(err)
	}
	defer whole.Close()
	cmd := command(t, "bench", "-n", "1", "--cpuprofile", "/dev/stdout")
	cmd.Stdout = whole
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(whole.Name()); !strings.Contains(string(data), "collect") || !strings.Contains(string(data), gzipped) {
		t.Errorf("to stdout that is a file: %d bytes", len(data))
	}
}

func TestServeProfiles(t *testing.T) {
	heap := filepath.Join(t.TempDir(), "heap")
	quick := file(t, "quick.toml", "[monitor]\ninterval = \"100ms\"\n")
	cmd, told := background(t, "serve", "--listen", "127.0.0.1:0", "--memprofile", heap, "--pprof", "127.0.0.1:0", "--config", quick)
	_, url, _ := strings.Cut(told("profiles at"), "profiles at ")
	served := regexp.MustCompile(`http://[0-9.:]+`).FindString(told("serving on"))
	sent := 0 // by both servers, without headers
	for host, want := range map[string]int{"": http.StatusOK, "localhost:1": http.StatusOK, "rebound.example:80": http.StatusForbidden} {
		req, err := http.NewRequest("GET", url+"heap?debug=1", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		sent += len(body)
		if res.StatusCode != want || strings.Contains(string(body), "heap profile:") != (want == http.StatusOK) {
			t.Errorf("host %q: %s", host, res.Status)
		}
	}
	counted := 0
	for tries := 0; counted < sent && tries < 10; tries++ { // a few, since headers of each count as well
		time.Sleep(300 * time.Millisecond) // the next cycle counts
		res, err := http.Get(served + "/report.json")
		if err != nil {
			t.Fatal(err)
		}
		var r struct {
			Self struct {
				IO struct {
					Network int `json:"network_bytes"`
				} `json:"io"`
			} `json:"self"`
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if err := json.Unmarshal(body, &r); err != nil {
			t.Fatal(err)
		}
		if counted = r.Self.IO.Network; counted < sent {
			sent += len(body)
		}
	}
	if counted < sent {
		t.Errorf("%d bytes were sent, of which %d count as own traffic", sent, counted)
	}
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(heap); err != nil || !strings.HasPrefix(string(data), gzipped) {
		t.Errorf("the heap profile: %v, %d bytes", err, len(data))
	}
}

func TestOnlyTheServedHost(t *testing.T) {
	for _, tt := range []struct {
		addr, host string
		ok         bool
	}{
		{"127.0.0.1:6060", "127.0.0.1:6060", true},
		{"127.0.0.1:6060", "127.0.0.1", true},
		{"127.0.0.1:6060", "localhost:7070", true}, // through a tunnel
		{"127.0.0.1:6060", "LOCALHOST", true},
		{"[::1]:6060", "[::1]:6060", true},
		{"[::1]:6060", "[::1]", true},
		{"127.0.0.1:6060", "evil.example:6060", false},
		{"127.0.0.1:6060", "127.0.0.1.evil.example", false},
		{"127.0.0.1:6060", "localhost.evil.example", false},
		{"127.0.0.1:6060", "192.0.2.1:6060", false},
		{"127.0.0.1:6060", "", false},
		{"0.0.0.0:6060", "192.0.2.1:6060", true},
		{"0.0.0.0:6060", "evil.example", false},
		{":6060", "[2001:db8::1]:6060", true},
		{":6060", "", false},
		{"server.example:6060", "Server.example:6060", true},
		{"server.example:6060", "evil.example:6060", false},
	} {
		h := sameHost(tt.addr, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		req := httptest.NewRequest("GET", "/debug/pprof/", nil)
		req.Host = tt.host
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, req); (w.Code == http.StatusOK) != tt.ok {
			t.Errorf("at %s, a request for %q: %d", tt.addr, tt.host, w.Code)
		}
	}
}

func TestTheScreenShowsWhereProfilesAre(t *testing.T) {
	r := start(t, robotOptions{cols: 120, rows: 36, args: []string{"--pprof", "127.0.0.1:0"}})
	r.see("profiles at http://127.0.0.1:")
	r.see("collect")
	r.quit()
}
