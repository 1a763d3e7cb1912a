package ui

import "strings"

// drawGaps tells below the first line of an empty view why there is nothing of a kind.
func (m *Model) drawGaps(a area, kind string) {
	y := 2
	for _, g := range m.frame.Snapshot.Gaps {
		if strings.Contains(g.What, kind) {
			y = wrap(a, 1, y, g.What+": "+m.opts.because(g.Why, g.Needs), stDim)
		}
	}
}

// needs is what a reading lacks, for somebody who may be root already: then it is
// the capability beside root that is lacking, as in a container, and what root alone
// would be enough for is not lacking at all.
func (o *Options) needs(text string) string {
	if !o.Root {
		return text
	}
	if capability, ok := strings.CutPrefix(text, "root or "); ok {
		return capability + ", which root lacks here"
	}
	if text == "root" || strings.HasPrefix(text, "root,") {
		return ""
	}
	return text
}

// because is the reason for something that is not known, with what that needs.
func (o *Options) because(why, needs string) string {
	if needs = o.needs(needs); needs != "" {
		return why + "; needs " + needs
	}
	return why
}
