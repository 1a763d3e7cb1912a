// Package rules holds the project's own Sigma rules, embedded in the program.
//
// Each rule NAME.yml has its test events beside it in NAME.test.ndjson: events
// that it must match and near misses that it must not. The package knows
// nothing of how rules are matched.
package rules

import "embed"

// FS holds the rule files.
//
//go:embed *.yml
var FS embed.FS

// Name stands for the embedded rules where a rule's file is shown.
const Name = "builtin"
