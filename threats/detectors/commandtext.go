package detectors

import (
	"path"
	"regexp"
	"strings"

	"github.com/smoothtask/smoothtask/threats"
)

// remark is something odd that stands in a file from which things are started.
type remark struct {
	what       string
	text       string // where it stands: a line, cut
	severity   threats.Severity
	confidence threats.Confidence
}

const (
	maxRemarks  = 8   // of one file
	maxQuote    = 240 // bytes of a line in a remark
	maxNestings = 3   // sh -c 'sh -c …'
)

func quote(line string) string {
	line = strings.TrimSpace(line)
	if len(line) > maxQuote {
		line = strings.ToValidUTF8(line[:maxQuote], "") + "…"
	}
	return line
}

var (
	fetchers  = setOf("curl wget fetch aria2c lwp-request lwp-download GET lynx axel")
	netcats   = setOf("nc ncat netcat nc.traditional nc.openbsd")
	decoders  = setOf("base64 base32 xxd openssl uudecode")
	codeFlags = map[string]string{"python": "-c", "perl": "-e", "ruby": "-e", "php": "-r", "lua": "-e", "node": "-e", "nodejs": "-e"}
)

var (
	shellOfDownload = regexp.MustCompile("(?:\\b(?:ba|da|z|k)?sh|\\beval|\\bsource)\\s+(?:-c\\s+)?[\"']?(?:<\\(|\\$\\(|`)\\s*(?:curl|wget)\\b")
	shellToNetwork  = regexp.MustCompile(`\b(?:ba|z|k)?sh\b[^|;]*>&?\s*/dev/(?:tcp|udp)/`)
	openedNetwork   = regexp.MustCompile(`<>\s*/dev/(?:tcp|udp)/`)
	preloadAssigned = regexp.MustCompile(`\bLD_(?:PRELOAD|AUDIT)=["']?([^\s"';]+)`)
	setuidMode      = regexp.MustCompile(`^(?:0?[46][0-7]{3}|[ugo]*u[ugo]*\+[rwx]*s[rwx]*|\+s)$`)
)

// judgeShell remarks on what a script or a command line of sh(1) would do that
// administrators rarely write and intruders often do.
func judgeShell(text string) (out []remark) {
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		if len(out) >= maxRemarks {
			break
		}
		out = judgeLine(out, line, 0)
	}
	return out[:min(len(out), maxRemarks)]
}

func judgeLine(out []remark, line string, depth int) []remark {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' || depth > maxNestings {
		return out
	}
	if len(line) > 4096 {
		line = line[:4096]
	}
	add := func(what string, s threats.Severity, c threats.Confidence) {
		for _, r := range out {
			if r.what == what {
				return
			}
		}
		out = append(out, remark{what, quote(line), s, c})
	}
	switch {
	case shellOfDownload.MatchString(line):
		add("runs what it downloads", threats.High, threats.Moderate)
	case shellToNetwork.MatchString(line):
		add("connects a shell to the network", threats.High, threats.Strong)
	case openedNetwork.MatchString(line):
		add("opens a network connection from the shell", threats.Medium, threats.Weak)
	}
	if m := preloadAssigned.FindStringSubmatch(line); m != nil {
		if s := oddPath(m[1]); s != "" {
			add("preloads a library from "+s, threats.High, threats.Moderate)
		} else if !knownPreload(m[1]) {
			add("preloads a library", threats.Medium, threats.Weak)
		}
	}
	source := "" // what the pipeline's data come from
	for _, c := range splitCommands(line) {
		if !c.piped {
			source = ""
		}
		words := c.program()
		if len(words) == 0 {
			continue
		}
		if strings.ContainsAny(words[0], " \t") { // eval "…"
			out = judgeLine(out, words[0], depth+1)
			continue
		}
		name := versionless(base(words[0]))
		if place, s, conf := weighPath(words[0]); place != "" {
			add("runs a program from "+place, s, conf)
		}
		switch {
		case shells.has(name) || name == "." || name == "source" || interpreters.has(name):
			script, code := scriptOf(name, words[1:])
			if place, s, conf := weighPath(script); place != "" {
				add("runs a script from "+place, s, conf)
			}
			if code != "" && shells.has(name) {
				out = judgeLine(out, code, depth+1)
			} else if code != "" && oddCode(code) {
				add("runs hidden or networked code of "+name, threats.High, threats.Moderate)
			}
			if script == "" && code == "" && source != "" {
				add(source, threats.High, threats.Moderate)
			}
		case fetchers.has(name):
			source = "runs what it downloads"
		case decoders.has(base(words[0])) && decodes(words[1:]):
			source = "runs what it decodes"
		case netcats.has(name) && hasFlag(words[1:], "ec", "--exec", "--sh-exec"):
			add("connects a program to the network", threats.High, threats.Moderate)
		case netcats.has(name) && strings.Contains(line, "mkfifo"):
			add("connects a pipe to the network", threats.High, threats.Moderate)
		case name == "socat" && socatShell(words[1:]):
			add("connects a shell to the network", threats.High, threats.Moderate)
		case name == "chmod" && len(words) > 1 && setuidMode.MatchString(words[1]):
			add("makes a file setuid", threats.Medium, threats.Weak)
		}
	}
	return out
}

// scriptOf finds what a shell or interpreter was told to run: a file, or code in
// an argument.
func scriptOf(name string, args []string) (script, code string) {
	flag, ok := codeFlags[name]
	if !ok {
		flag = "-c"
	}
	for i, a := range args {
		switch {
		case a == "-":
			return "", ""
		case strings.HasPrefix(a, flag) || flag == "-c" && shells.has(name) && len(a) > 1 && a[0] == '-' && a[1] != '-' && strings.HasSuffix(a, "c"):
			if i+1 < len(args) {
				return "", args[i+1]
			}
			return "", a[2:]
		case a == "-m":
			return "", "module"
		case a == "-s" || a == "--":
		case a[:min(len(a), 1)] == "-":
		default:
			return a, ""
		}
	}
	return "", ""
}

// oddCode reports whether code in an argument hides what it does or takes the
// place of a shell on a connection.
func oddCode(code string) bool {
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(code, w) {
				return true
			}
		}
		return false
	}
	return has("b64decode", "base64_decode", "decode_base64", "unpack('H", "fromhex") && has("exec", "eval") ||
		has("socket", "fsockopen", "Socket") && has("dup2", "pty.spawn", "/bin/sh", "/bin/bash", "exec(")
}

func decodes(args []string) bool {
	for _, a := range args {
		if a == "-d" || a == "-D" || a == "--decode" || a == "-r" || a == "-di" {
			return true
		}
	}
	return false
}

// hasFlag looks for one of the letters among short options, or a long option.
func hasFlag(args []string, letters string, long ...string) bool {
	for _, a := range args {
		if len(a) > 1 && a[0] == '-' && a[1] != '-' && strings.ContainsAny(a[1:], letters) {
			return true
		}
		for _, l := range long {
			if a == l || strings.HasPrefix(a, l+"=") {
				return true
			}
		}
	}
	return false
}

func socatShell(args []string) bool {
	net, shell := false, false
	for _, a := range args {
		low := strings.ToLower(a)
		net = net || strings.HasPrefix(low, "tcp") || strings.HasPrefix(low, "udp") || strings.HasPrefix(low, "openssl")
		if kind, cmd, ok := strings.Cut(low, ":"); ok && (kind == "exec" || kind == "system") {
			cmd, _, _ = strings.Cut(strings.Trim(cmd, `'"`), ",")
			first, _, _ := strings.Cut(cmd, " ")
			shell = shell || shells.has(base(first))
		}
	}
	return net && shell
}

// oddPath says in which odd place a path lies; "" when in none.
func oddPath(p string) string { place, _, _ := weighPath(p); return place }

// weighPath says how odd it is that a program is started from there. What only
// root may write below /run is not.
func weighPath(p string) (place string, s threats.Severity, c threats.Confidence) {
	p = strings.Trim(p, `"'`)
	if !strings.Contains(p, "/") || strings.ContainsAny(p, "*?[ ") {
		return "", 0, 0
	}
	home := strings.HasPrefix(p, "~") || strings.HasPrefix(p, "$HOME/") || strings.HasPrefix(p, "${HOME}/") ||
		strings.HasPrefix(p, "%h/") || below(p, "/home") || below(p, "/root")
	p = path.Clean(p)
	switch root := writableRoot(p); {
	case isHomely(p):
	case root == "/run" || root == "/var/run":
		if below(p, root+"/user") || below(p, root+"/lock") || below(p, root+"/shm") {
			return "a writable directory", threats.High, threats.Moderate
		}
	case root == "/dev/shm" || root == "/dev/mqueue":
		return "shared memory", threats.High, threats.Moderate
	case root != "":
		return "a writable directory", threats.High, threats.Moderate
	}
	switch hidden := hiddenElement(p); {
	case hidden == "" || ownHidden(p) || isHomely(p):
	case home && hidden == base(p): // ~/.bashrc
	case home || strings.HasPrefix(p, "."):
		return "a hidden directory of a home", threats.Low, threats.Weak
	default:
		return "a hidden directory", threats.High, threats.Moderate
	}
	return "", 0, 0
}
