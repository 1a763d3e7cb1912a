package detectors

import (
	"crypto/sha256"
	"encoding/base64"
	"path"
	"slices"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// authorizedKeys looks at the keys that sshd(8) lets in without a password.
type authorizedKeys struct {
	seen    changes
	known   map[string][]string // fingerprints by file, as of the last look
	failure string
}

var authorizedKeysInfo = &threats.Info{
	ID: "login.authorized-keys", Number: 38,
	Title:    "Keys that open an account have changed or are odd",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1098.004"},
	Every:      startEvery,
	Needs:      metrics.ReadFiles, NeedsFor: "the files of other users",
	Why: "Who adds a key to authorized_keys comes back whenever he likes, past password changes. " +
		"It is the first thing that many intruders do.",
	FalsePositives: "Administrators, cloud agents and configuration managers add keys. Only the content counts, not the time of the file. " +
		"High is a key that appears for the account of a service, a file that belongs to neither its user nor root, and one in a place where anybody can write.",
	Next: []string{
		"ssh-keygen -lf FILE shows the fingerprints; ask whose they are.",
		"Look for logins with the key: grep 'Accepted publickey' in the authentication log.",
		"Look at who was logged in when the file changed.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1098/004/", "https://man7.org/linux/man-pages/man8/sshd.8.html"},
}

const maxKeys = 256 // of one file

func (d *authorizedKeys) Info() *threats.Info { return authorizedKeysInfo }
func (d *authorizedKeys) Failure() string     { return d.failure }

func (d *authorizedKeys) Bytes() int64 {
	n := d.seen.bytes()
	for p, k := range d.known {
		n += int64(len(p) + 80*len(k))
	}
	return n
}

// keyFile is what was learnt from one authorized_keys file.
type keyFile struct {
	sum    contentSum
	prints []string // "SHA256:… comment", in order
	odd    []remark
}

func (d *authorizedKeys) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	t := newTour(in.Files)
	patterns := keyPatterns(t)
	root := rootOwner(in.Files)
	known := make(map[string][]string, len(d.known))
	t.eachHome(func(a *account) {
		for _, pattern := range patterns {
			p := keyPath(pattern, a)
			if t.listed.has(p) {
				continue
			}
			t.listed[p] = struct{}{}
			keys, info, err := threats.Fact(in.Files, "authorized_keys", p, maxStartFile, parseKeys)
			if err != nil {
				t.note(p, err)
				continue
			}
			remarks := keys.odd[:len(keys.odd):len(keys.odd)]
			if info.UID != a.uid && info.UID != root && info.UID != 0 && len(keys.prints) > 0 {
				remarks = append(remarks, remark{"belongs to neither " + a.name + " nor root", permissions(info), threats.High, threats.Moderate})
			}
			if info.WorldWritable() {
				remarks = append(remarks, remark{"anybody may add a key", permissions(info), threats.High, threats.Strong})
			}
			if place := oddPath(p); place != "" && len(keys.prints) > 0 && !strings.Contains(p, "/.ssh/") {
				remarks = append(remarks, remark{"lies in " + place, p, threats.High, threats.Moderate})
			}
			ch := d.seen.see(p, keys.sum, in.Now, notPackaged)
			if f, ok := d.finding(p, a, keys, remarks, ch); ok {
				dst = append(dst, f)
			}
			if known[p] = keys.prints; ch.word != "" {
				known[p] = d.known[p] // so that what was added stays told
			}
		}
	})
	d.known = known
	d.seen.endTour(t)
	d.failure = t.problem
	return dst
}

func (d *authorizedKeys) finding(p string, a *account, keys keyFile, remarks []remark, ch change) (threats.Finding, bool) {
	f := threats.OnFile(p, authorizedKeysInfo).As(threats.Informational, threats.Weak)
	for _, r := range remarks {
		f = f.With(r.what, p, r.text)
		if r.severity > f.Severity {
			f = f.As(r.severity, r.confidence)
		}
	}
	if ch.word == "" || len(keys.prints) == 0 && ch.word == "new" {
		return f, len(remarks) > 0
	}
	added := 0
	for _, k := range keys.prints {
		if !slices.Contains(d.known[p], k) {
			if added++; added <= 4 {
				f = f.With("key added", p, k)
			}
		}
	}
	s := threats.Low // keys taken away, options changed
	if added > 0 {
		s = threats.Medium
		if a.barred() || a.system() {
			s = threats.High
			f = f.With("account", "/etc/passwd", a.name+" with the shell "+a.shell)
		}
	}
	f = ch.tell(f, p)
	if s > f.Severity {
		f = f.As(s, threats.Moderate)
	}
	return f.Titled("The keys that open the account " + a.name + " have changed"), true
}

// keyPatterns are the paths that sshd_config(5) names, and the usual ones.
func keyPatterns(t *tour) []string {
	list := []string{".ssh/authorized_keys", ".ssh/authorized_keys2"}
	configs := []string{"/etc/ssh/sshd_config"}
	for _, e := range t.list("/etc/ssh/sshd_config.d", 64) {
		configs = append(configs, path.Join("/etc/ssh/sshd_config.d", e.Name))
	}
	for _, c := range configs {
		found, _, err := threats.Fact(t.files, "AuthorizedKeysFile", c, maxStartFile,
			func(data []byte, _ threats.FileInfo) []string { return parseKeyPatterns(string(data)) })
		t.note(c, err)
		list = append(list, found...)
	}
	return list[:min(len(list), 16)]
}

func parseKeyPatterns(text string) (out []string) {
	for line := range strings.Lines(text) {
		w := strings.Fields(strings.Replace(line, "=", " ", 1))
		if len(w) > 1 && strings.EqualFold(w[0], "AuthorizedKeysFile") {
			for _, p := range w[1:] {
				if p != "none" && len(out) < 8 {
					out = append(out, strings.Clone(strings.Trim(p, `"`)))
				}
			}
		}
	}
	return out
}

// keyPath fills in the tokens of a path of sshd_config(5).
func keyPath(pattern string, a *account) string {
	p := strings.NewReplacer("%%", "%", "%h", a.home, "%u", a.name).Replace(pattern)
	if !path.IsAbs(p) {
		p = path.Join(a.home, p)
	}
	return path.Clean(p)
}

// parseKeys reads authorized_keys, sshd(8). Blank lines and comments do not
// count for the sum.
func parseKeys(data []byte, _ threats.FileInfo) keyFile {
	var k keyFile
	h := sha256.New()
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		h.Write([]byte(line))
		h.Write([]byte{'\n'})
		options, fingerprint := splitKey(line)
		if fingerprint == "" {
			continue
		}
		if len(k.prints) < maxKeys {
			k.prints = append(k.prints, fingerprint)
		}
		if len(k.odd) < maxRemarks && options != "" {
			k.odd = append(k.odd, judgeKeyOptions(options)...)
		}
	}
	k.sum = contentSum(h.Sum(nil)[:16])
	return k
}

// splitKey parts a line into its options and "SHA256:… comment".
func splitKey(line string) (options, fingerprint string) {
	at, inQuotes, start := -1, false, 0
	for i := 0; i <= len(line); i++ {
		if i < len(line) && line[i] == '"' {
			inQuotes = !inQuotes
		}
		if i == len(line) || (line[i] == ' ' || line[i] == '\t') && !inQuotes {
			if w := line[start:i]; strings.HasPrefix(w, "ssh-") || strings.HasPrefix(w, "ecdsa-") || strings.HasPrefix(w, "sk-") {
				at = start
				break
			}
			start = i + 1
		}
	}
	if at < 0 {
		return "", ""
	}
	w := strings.Fields(line[at:])
	if len(w) < 2 {
		return "", ""
	}
	blob, err := base64.StdEncoding.DecodeString(w[1])
	if err != nil {
		return "", ""
	}
	sum := sha256.Sum256(blob)
	comment := strings.Join(w[2:], " ")
	return line[:at], "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:]) + " " + comment[:min(len(comment), 80)]
}

// judgeKeyOptions remarks on what a key is told to run.
func judgeKeyOptions(options string) (out []remark) {
	for _, name := range []string{`command="`, `environment="`} {
		_, value, ok := strings.Cut(options, name)
		if !ok {
			continue
		}
		value, _, _ = strings.Cut(strings.ReplaceAll(value, `\"`, `'`), `"`)
		out = judgeLine(out, value, 0)
	}
	return out
}
