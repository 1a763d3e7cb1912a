package detectors

import (
	"path"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
)

// scriptPath is the file that an interpreter or a shell was told to run, made
// absolute; "" when it runs something else (text in an argument, standard input,
// a module by its name), or when the program is no interpreter.
func scriptPath(id *metrics.Identity) string {
	name := interpreterName(id)
	if name == "" {
		return ""
	}
	script := scriptArgument(name, id)
	switch {
	case script == "" || script == "-":
		return ""
	case script[0] == '/':
		return path.Clean(script)
	case path.IsAbs(id.Cwd):
		return path.Join(id.Cwd, script)
	}
	return ""
}

// interpreterName is the kind of interpreter: "sh" for every shell, "python",
// "perl"; "" for other programs.
func interpreterName(id *metrics.Identity) string {
	if isShell(id) {
		return "sh"
	}
	for _, p := range [...]string{id.Exe, id.Invoked} {
		if b := base(p); interpreters.has(b) {
			return b
		} else if v := versionless(b); interpreters.has(v) {
			return v
		}
	}
	return ""
}

// valued are options that take the next argument, by interpreter.
var valued = map[string]*nameSet{
	"sh":     setOf("-o +o -O +O --rcfile --init-file"),
	"python": setOf("-W -X --check-hash-based-pycs"),
	"perl":   setOf("-I"),
	"ruby":   setOf("-I -r -C -E --encoding --require"),
	"php":    setOf("-c -d -z -t -g"),
	"node":   setOf("-r --require --import --loader --experimental-loader -C --conditions --env-file"),
	"lua":    setOf("-l"),
	"java":   setOf("-cp -classpath --class-path -p --module-path --add-modules --add-opens --add-exports"),
	"awk":    setOf("-F -v --assign --field-separator"),
}

// scriptArgument returns the argument that names the script, as it stands.
func scriptArgument(name string, id *metrics.Identity) string {
	takes := valued[family(name)]
	rest := id.Cmdline
	next := func() (arg string, ok bool) {
		if rest == "" {
			return "", false
		}
		arg, rest, _ = strings.Cut(rest, "\x00")
		return arg, true
	}
	if arg, _ := next(); base(arg) == "busybox" {
		next()
	}
	for {
		arg, ok := next()
		switch {
		case !ok:
			return ""
		case arg == "--":
			arg, _ = next()
			return arg
		case takes.has(arg):
			next()
		case arg == "-f" && family(name) != "sh" || arg == "-jar" || arg == "-file" || arg == "--file":
			arg, _ = next()
			return arg
		case (name == "deno" || name == "bun") && arg == "run":
		case len(arg) > 1 && (arg[0] == '-' || name == "sh" && arg[0] == '+'):
			if givesCode(family(name), arg) {
				return ""
			}
		case family(name) == "awk" || name == "java":
			return "" // the program itself, or a class
		default:
			return arg
		}
	}
}

func family(name string) string {
	switch name {
	case "nodejs", "deno", "bun":
		return "node"
	case "luajit":
		return "lua"
	case "gawk", "mawk", "nawk":
		return "awk"
	case "php-cgi":
		return "php"
	}
	return name
}

// givesCode reports whether the option says that the program to run is no file.
func givesCode(family, option string) bool {
	letters := strings.TrimLeft(option, "-")
	if letters == "" {
		return false
	}
	if strings.HasPrefix(option, "--") {
		return strings.HasPrefix(letters, "eval") || strings.HasPrefix(letters, "print") || letters == "run"
	}
	switch family {
	case "sh":
		return strings.ContainsAny(letters, "cs")
	case "python":
		return strings.ContainsAny(letters, "cm") && !strings.ContainsAny(letters[:1], "WX")
	case "perl", "ruby":
		return !strings.ContainsAny(letters[:1], "MmIiDxFCdKrT0") && strings.ContainsAny(letters, "eE")
	case "php":
		return letters[0] == 'r' || letters[0] == 'S' || letters[0] == 'R' || letters[0] == 'B'
	case "node":
		return letters == "e" || letters == "p" || letters == "pe"
	case "lua", "Rscript", "osascript":
		return letters[0] == 'e'
	case "expect":
		return letters[0] == 'c'
	}
	return false
}
