//go:build !linux

package cli

// dropCode is for Linux only.
func dropCode() {}
