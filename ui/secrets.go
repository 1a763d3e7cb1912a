package ui

import "strings"

// secretWords name variables whose values should not be on a screen that others
// may look at.
var secretWords = []string{"pass", "pwd", "secret", "token", "key", "cred", "auth", "private", "session", "cookie", "dsn", "salt", "signature"}

// secret reports whether a variable of the environment looks like one: by its
// name, or by credentials inside of a URL.
func secret(name, value string) bool {
	if name == "PWD" || name == "OLDPWD" {
		return false
	}
	lower := strings.ToLower(name)
	for _, w := range secretWords {
		if strings.Contains(lower, w) {
			return true
		}
	}
	if _, rest, ok := strings.Cut(value, "://"); ok {
		host, _, _ := strings.Cut(rest, "/")
		return strings.Contains(host, "@")
	}
	return false
}
