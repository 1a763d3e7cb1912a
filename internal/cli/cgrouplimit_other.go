//go:build !linux

package cli

// cgroupMemory is for Linux only.
func cgroupMemory() uint64 { return 0 }
