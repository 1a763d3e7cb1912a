package detectors

import (
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/sigma"
)

// sigmaProcess judges each program start by Sigma's process_creation rules.
type sigmaProcess struct{ *ruleBook }

var sigmaProcessInfo = threats.Info{
	ID: "sigma.process-creation", Title: "Sigma rule on a program", Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.Identity,
	Why:            "A rule, built in or of your own, describes this program start. The finding says which and why.",
	FalsePositives: "Each rule names its own.",
	Next:           []string{"Read the rule; rules list shows where it stands."},
}

func (d *sigmaProcess) Info() *threats.Info { return &sigmaProcessInfo }

func (d *sigmaProcess) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refresh()
	for _, i := range in.Look {
		p := in.Process(i)
		if p.Kthread() {
			continue
		}
		d.describe(in, i, p)
		fresh := in.Previous != nil && in.Snapshot.At.Sub(p.Key.StartedAt(in.Snapshot.At.Add(-in.Snapshot.Uptime))) < sigmaFresh
		for _, e := range d.match(in, fresh) {
			dst = append(dst, d.fill(in.OnProcess(i, d.info(e)), e))
		}
	}
	return dst
}

// sigmaFresh is how young a process is whose start counts as an event for
// correlations.
const sigmaFresh = time.Minute

// describe fills the event with the fields of process_creation. LogonId is the
// real user id, as sensors for Linux give it.
func (d *sigmaProcess) describe(in *threats.Input, i int32, p *metrics.Process) {
	ev := &d.event
	ev.Reset(sigma.ProcessCreation)
	image(ev, sigma.Image, p.ID)
	ev.SetArgs(sigma.CommandLine, p.ID.Cmdline)
	if p.ID.User != "" {
		ev.Set(sigma.User, p.ID.User)
	}
	if p.ID.Cwd != "" {
		ev.Set(sigma.CurrentDirectory, p.ID.Cwd)
	}
	ev.SetInt(sigma.LogonID, int64(p.UID))
	ev.SetInt(sigma.ProcessID, int64(p.Key.PID))
	ev.SetInt(sigma.ParentProcessID, int64(p.PPID))
	if j := in.Parent(i); j >= 0 {
		parent := in.Process(j).ID
		image(ev, sigma.ParentImage, parent)
		ev.SetArgs(sigma.ParentCommandLine, parent.Cmdline)
	}
}

// image sets a field to the program and to the path it was invoked by: on Debian
// sh is dash, and rules speak of both.
func image(ev *sigma.Event, field sigma.Field, id *metrics.Identity) {
	if id.Exe != "" {
		ev.Set(field, id.Exe)
	}
	if id.Invoked != "" {
		ev.Set(field, id.Invoked)
	}
}
