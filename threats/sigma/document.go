package sigma

import (
	"bytes"
	"strings"
)

// document is one YAML document and the lines of the file before it.
type document struct {
	text  []byte
	lines int
}

// splitDocuments cuts a file at its document markers. In YAML a line that
// begins with --- or ... is one wherever it stands, in a block of text too, so
// that each document can be parsed by itself and a broken one spoils no other.
func splitDocuments(data []byte) []document {
	var docs []document
	start, startLine, line := 0, 0, 0
	for at := 0; at < len(data); {
		end := len(data)
		if n := bytes.IndexByte(data[at:], '\n'); n >= 0 {
			end = at + n + 1
		}
		switch text := data[at:end]; {
		case isMarker(text, "---") && !isPrologue(data[start:at]):
			docs = append(docs, document{data[start:at], startLine})
			start, startLine = at, line
		case isMarker(text, "..."):
			docs = append(docs, document{data[start:at], startLine})
			start, startLine = end, line+1
		}
		at = end
		line++
	}
	return append(docs, document{data[start:], startLine})
}

func isMarker(line []byte, marker string) bool {
	return bytes.HasPrefix(line, []byte(marker)) && (len(line) == 3 || strings.IndexByte(" \t\r\n", line[3]) >= 0)
}

// isPrologue reports whether text holds comments and directives only, which
// belong to the document whose marker follows.
func isPrologue(text []byte) bool {
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' && line[0] != '%' {
			return false
		}
	}
	return true
}

// withoutVersion turns a %YAML directive into a comment: the parser knows
// version 1.1 only, and rules of version 1.2 mean the same in it.
func withoutVersion(text []byte) []byte {
	if !bytes.HasPrefix(text, []byte("%YAML")) && !bytes.Contains(text, []byte("\n%YAML")) {
		return text
	}
	var out []byte
	prologue := true
	for line := range bytes.Lines(text) {
		prologue = prologue && isPrologue(line)
		start := len(out)
		out = append(out, line...)
		if prologue && bytes.HasPrefix(line, []byte("%YAML")) {
			out[start] = '#'
		}
	}
	return out
}
