//go:build !linux

package threats

// HasCapabilities reports false: only Linux gives capabilities to files.
func (f *Files) HasCapabilities(string) (bool, error) { return false, nil }
