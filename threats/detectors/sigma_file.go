package detectors

import (
	"crypto/sha256"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/sigma"
)

// sigmaFile judges each file from which things are started, when it appears or
// changes, by Sigma's file_event rules. Other files are not watched.
type sigmaFile struct {
	*ruleBook
	changes changes
}

var sigmaFileInfo = threats.Info{
	ID: "sigma.file-event", Title: "Sigma rule on a file", Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.Host,
	Every:          30 * time.Second,
	Needs:          metrics.ReadFiles,
	Why:            "A rule, built in or of your own, describes this new or changed file. The finding says which and why.",
	FalsePositives: "Each rule names its own. Changes while a package manager runs are left out.",
	Next:           []string{"Read the rule; rules list shows where it stands.", "Look at the file, its owner and its time."},
}

func (d *sigmaFile) Info() *threats.Info { return &sigmaFileInfo }

func (d *sigmaFile) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	files, unread := threats.StartupFiles(in.Files)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refresh()
	for _, file := range files {
		packages := func() bool {
			info, err := in.Files.Stat(file.Name)
			return err == nil && fromPackage(in, info)
		}
		sum := sha256.Sum256([]byte(file.Is))
		c := d.changes.see(file.Name, contentSum(sum[:]), in.Now, packages)
		if c.word == "" || c.byPackages {
			continue
		}
		d.event.Reset(sigma.FileEvent)
		d.event.Set(sigma.TargetFilename, file.Name)
		for _, e := range d.match(in, c.since.Equal(in.Now)) {
			dst = append(dst, d.fill(threats.OnFile(file.Name, d.info(e)), e).With("file", file.Name, c.word+" since "+c.since.Format(time.RFC3339)))
		}
	}
	d.changes.end(unread...)
	return dst
}
