package report

import (
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

func (w *writer) findings(r *threats.Report, o *Options) {
	w.array("findings")
	for i := range r.Findings {
		if o.finding(i) {
			w.finding(&r.Findings[i])
		}
	}
	w.close(']')
}

func (w *writer) finding(f *threats.Finding) {
	w.open('{')
	w.str("id", f.ID)
	w.str("detector", f.Info.ID)
	w.str("title", f.Title)
	w.str("severity", f.Severity.String())
	w.str("confidence", f.Confidence.String())
	w.object("subject")
	w.str("kind", f.Subject.Kind.String())
	w.text("name", f.Subject.Name)
	w.close('}')
	if f.Process != nil {
		w.object("process")
		w.processRef(f.Process)
		w.close('}')
	}
	w.array("ancestry")
	for i := range f.Ancestry {
		w.open('{')
		w.processRef(&f.Ancestry[i])
		w.close('}')
	}
	w.close(']')
	w.evidence(f.Evidence)
	w.array("attack")
	for _, id := range f.Info.Techniques {
		t, _ := threats.TechniqueOf(id)
		w.open('{')
		w.str("id", id)
		w.text("name", t.Name)
		w.text("tactic", t.Tactic)
		if len(t.Aliases) > 0 {
			w.strings("aliases", t.Aliases)
		}
		w.close('}')
	}
	w.close(']')
	w.text("why", f.Info.Why)
	w.text("false_positives", f.Info.FalsePositives)
	w.strings("next", f.Info.Next)
	if len(f.Info.References) > 0 {
		w.strings("references", f.Info.References)
	}
	w.parts(f.Parts)
	w.time("first_seen", f.First)
	w.time("last_seen", f.Last)
	w.int("count", int64(f.Count))
	w.text("suppressed_by", f.SuppressedBy)
	w.flag("gone", f.Gone)
	w.close('}')
}

func (w *writer) parts(list []threats.Part) {
	if len(list) == 0 {
		return
	}
	w.array("parts")
	for i := range list {
		p := &list[i]
		w.open('{')
		w.str("id", p.ID)
		w.str("detector", p.Detector)
		w.str("title", p.Title)
		w.str("severity", p.Severity.String())
		w.str("confidence", p.Confidence.String())
		w.evidence(p.Evidence)
		w.close('}')
	}
	w.close(']')
}

func (w *writer) processRef(p *threats.ProcessRef) {
	w.int("pid", int64(p.Key.PID))
	w.uint("start_ticks", p.Key.Start)
	w.uint("uid", uint64(p.UID))
	if p.ID == nil {
		return
	}
	w.str("user", p.ID.User)
	w.str("comm", p.ID.Comm)
	w.text("exe", p.ID.Exe)
	w.strings("cmdline", p.ID.Args())
	w.text("container", p.ID.Cgroup.Container)
	w.text("image", p.Image)
	w.text("sha256", p.SHA256)
}

func (w *writer) evidence(list []threats.Evidence) {
	w.array("evidence")
	for _, e := range list {
		w.open('{')
		w.str("what", e.What)
		w.str("where", e.Where)
		w.str("value", e.Value)
		w.close('}')
	}
	w.close(']')
}

// threats writes what the findings alone do not say: how much was checked, and
// what changed since the baseline.
func (w *writer) threats(r *threats.Report) {
	w.object("threats")
	w.int("suppressed", int64(r.Suppressed))
	w.object("coverage")
	w.int("total", int64(r.Coverage.Total))
	w.int("checked", int64(r.Coverage.Checked))
	w.int("partial", int64(r.Coverage.Partial))
	w.int("need_root", int64(r.Coverage.NeedRoot))
	w.int("deep_queue", int64(r.Coverage.DeepQueue))
	w.array("unavailable")
	for _, u := range r.Coverage.Unavailable {
		w.open('{')
		w.str("detector", u.Detector)
		w.str("why", u.Why)
		w.text("needs", u.Needs)
		w.close('}')
	}
	w.close(']')
	w.close('}')
	if r.Baseline != "" {
		w.str("baseline", r.Baseline)
		w.array("changes")
		for i := range r.Changes {
			w.change(&r.Changes[i])
		}
		w.close(']')
	}
	w.detectors(r.Detectors)
	w.strings("errors", r.Errors)
	w.close('}')
}

func (w *writer) detectors(list []threats.DetectorStat) {
	w.array("detectors")
	for i := range list {
		d := &list[i]
		w.open('{')
		w.str("id", d.ID)
		w.str("cost", d.Cost.String())
		w.uint("runs", d.Runs)
		w.millis("last_ms", d.Took)
		w.millis("total_ms", d.Total)
		w.int("findings", int64(d.Findings))
		w.uint("errors", d.Errors)
		w.text("last_error", d.LastErr)
		w.close('}')
	}
	w.close(']')
}

func (w *writer) caches(list []metrics.CacheStat) {
	w.array("caches")
	for _, c := range list {
		w.open('{')
		w.str("name", c.Name)
		w.int("entries", int64(c.Entries))
		w.positive("bytes", uint64(max(c.Bytes, 0)))
		if c.Store {
			w.bool("store", true)
		} else {
			w.uint("hits", c.Hits)
			w.uint("misses", c.Misses)
		}
		w.positive("limit", uint64(max(c.Limit, 0)))
		if n := c.Hits + c.Misses; n > 0 {
			w.float("hit_percent", 100*float64(c.Hits)/float64(n))
		}
		w.close('}')
	}
	w.close(']')
}
