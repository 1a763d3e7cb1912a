// Package procfs reads processes from /proc of Linux, without privilege and
// without the kernel's help: Source lists all of them each cycle, FS reads one
// file of one process.
//
// It knows the formats of proc(5) and which of those files can block their
// reader: cmdline, environ, maps, smaps_rollup and io take locks of the process
// that they tell of, so one that waits in the kernel holds up whoever asks. It
// must not know who looks at the values, and keeps no history beyond what the
// next cycle needs.
//
// Every text is hostile and every size is bounded. The root is injected, so that
// a made-up tree serves as well as the kernel's.
package procfs
