package filter

import (
	"slices"

	"github.com/smoothtask/smoothtask/threats"
)

// findingFields can be asked of findings alone.
var findingFields = []field{
	{name: "severity", about: "how much it matters", names: severities, ordered: true,
		number: ofFinding(func(f *threats.Finding) float64 { return float64(f.Severity) })},
	{name: "confidence", about: "how sure the detector is", names: []name{{"low", 0}, {"medium", 1}, {"high", 2}}, ordered: true,
		number: ofFinding(func(f *threats.Finding) float64 { return float64(f.Confidence) })},
	{name: "detector", about: "id of the detector", text: func(r *row, t *textTest) bool { return detectorText(r.finding, t) }},
	{name: "title", about: "what was found", text: func(r *row, t *textTest) bool { return t.match(r.finding.Title) }},
	{name: "technique", about: "ATT&CK technique, such as T1059; a newer or older id of it is as good",
		text: func(r *row, t *textTest) bool { return techniqueText(r.finding, t) }},
	{name: "tactic", about: "ATT&CK tactic, such as Persistence", text: tacticText},
	{name: "subject", about: "what it is about: a path, address or account",
		text: func(r *row, t *textTest) bool { return t.match(r.finding.Subject.Name) }},
	{name: "evidence", about: "any value that was read", text: evidenceText},
	{name: "pid", about: "process id", number: single(func(r *row) (float64, bool) {
		pid := r.finding.Subject.Key.PID
		if r.finding.Process != nil {
			pid = r.finding.Process.Key.PID
		}
		return float64(pid), pid != 0
	})},
	{name: "uid", about: "user id", number: single(func(r *row) (float64, bool) {
		if r.finding.Process == nil {
			return 0, false
		}
		return float64(r.finding.Process.UID), true
	})},
	{name: "age", about: "time since it was first seen", unit: seconds,
		number: single(func(r *row) (float64, bool) { return r.snapshot.At.Sub(r.finding.First).Seconds(), true })},
	{name: "last", about: "time since it was last seen", unit: seconds,
		number: single(func(r *row) (float64, bool) { return r.snapshot.At.Sub(r.finding.Last).Seconds(), true })},
	{name: "count", about: "analyses in which it was seen", number: ofFinding(func(f *threats.Finding) float64 { return float64(f.Count) })},
	{name: "state", about: "active, suppressed by an allow entry, or gone", names: []name{{"active", 0}, {"suppressed", 1}, {"gone", 2}},
		number: ofFinding(func(f *threats.Finding) float64 {
			switch {
			case f.SuppressedBy != "":
				return 1
			case f.Gone:
				return 2
			}
			return 0
		})},
}

func ofFinding(get func(*threats.Finding) float64) func(*row, numberTest) bool {
	return single(func(r *row) (float64, bool) { return get(r.finding), true })
}

// detectorText tests the detector, and those of the parts of a joined finding.
func detectorText(f *threats.Finding, t *textTest) bool {
	return t.match(f.Info.ID) || slices.ContainsFunc(f.Parts, func(p threats.Part) bool { return t.match(p.Detector) })
}

// techniqueText tests each technique by its id and by those it had before.
func techniqueText(f *threats.Finding, t *textTest) bool {
	for _, id := range f.Info.Techniques {
		if t.match(id) {
			return true
		}
		if technique, ok := threats.TechniqueOf(id); ok && slices.ContainsFunc(technique.Aliases, t.match) {
			return true
		}
	}
	return false
}

func tacticText(r *row, t *textTest) bool {
	for _, id := range r.finding.Info.Techniques {
		if technique, ok := threats.TechniqueOf(id); ok && t.match(technique.Tactic) {
			return true
		}
	}
	return false
}

func evidenceText(r *row, t *textTest) bool {
	return slices.ContainsFunc(r.finding.Evidence, func(e threats.Evidence) bool { return t.match(e.Value) })
}

// mainTexts are the texts of each kind that a word is looked for in.
var mainTexts = [...][]func(*row, *textTest) bool{
	Processes: {cmdText, commText, userText},
	Sockets: {endsText, commText, userText,
		func(r *row, t *textTest) bool { return t.match(r.socket.Name) },
		func(r *row, t *textTest) bool { return t.match(r.socket.Proto.String()) },
		func(r *row, t *textTest) bool { return t.match(r.socket.State.String()) }},
	Findings: {
		func(r *row, t *textTest) bool { return t.match(r.finding.Title) },
		detectorOnly,
		func(r *row, t *textTest) bool { return t.match(r.finding.Subject.Name) },
		cmdText, commText, userText},
	Cgroups: {pathText},
}

func detectorOnly(r *row, t *textTest) bool { return detectorText(r.finding, t) }
