package detectors

import "strings"

// toolDots are hidden directories, beside homeDots, in which tools and build
// systems keep programs.
var toolDots = setOf(".libs .bin .terraform .terraform.d .terragrunt-cache .next .nuxt .svelte-kit .turbo .direnv .devenv .devbox .pixi .rye .uv .fzf .atuin .starship .oh-my-zsh .emacs.d .vim .tmux .zsh .zinit .mise .proto .swiftly .aspnet .vscode-oss .vscode-remote .vscode-test .zed_server .codeium .continue .hermit .sonar .phpenv .phpbrew .plenv .perlbrew .nodebrew .fnm .local-chromium .puppeteer .guix-profile .github .svn .hg .bzr .ssh .pm2 .pki .gnupg .vercel .build-id .wdm .dart_tool .eggs .ipython .jupyter .pip .pants.d .xmake .zig-cache .zvm .modcache .chefdk .chef .puppetlabs .ansible .cpan .cpanm .meteor .electron-gyp .node-gyp .ccache .sccache .buildkite-agent .gitlab-runner .kotlin .konan .terminfo .trash .Trash .snapshots .zfs .ICE-unix .X11-unix .font-unix .XIM-unix .Test-unix")

// toolDir reports whether a hidden directory is one that tools are known to make.
func toolDir(element string) bool {
	return homeDots.has(element) || toolDots.has(element) || strings.HasPrefix(element, ".mount_") ||
		strings.HasPrefix(element, ".org.chromium.") || strings.HasPrefix(element, ".wine-")
}

// storePath reports whether the path lies in the store of a functional package
// manager, whose wrappers hide the program beside them: .foo-wrapped.
func storePath(p string) bool { return below(p, "/nix/store") || below(p, "/gnu/store") }

// homePath reports whether the path lies in the home of a person.
func homePath(p string) bool {
	return below(p, "/home") || below(p, "/root") || below(p, "/var/home") || below(p, "/export/home") || below(p, "/Users")
}

// deceptive reports whether a name in a path is made to be overlooked: only dots
// and blanks (…, ".. ", ". "), or a dot and blanks before the rest.
func deceptive(element string) bool {
	if element == "." || element == ".." || element == "" {
		return false
	}
	return strings.Trim(element, ". \u00a0") == "" || strings.HasPrefix(element, ". ") || strings.HasPrefix(element, ".. ")
}

// deceptiveElement returns the first deceptive name on the path, or "".
func deceptiveElement(p string) string {
	if !strings.Contains(p, "/.") && !strings.Contains(p, "/ ") {
		return ""
	}
	for rest := p; rest != ""; {
		var e string
		e, rest, _ = strings.Cut(rest, "/")
		if deceptive(e) {
			return e
		}
	}
	return ""
}

// systemPlace reports whether the path lies where the distribution alone puts
// things, or directly below the root under a hidden name.
func systemPlace(p string) bool {
	for _, dir := range [...]string{"/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/boot", "/dev"} {
		if below(p, dir) {
			return !below(p, "/usr/local") && !below(p, "/usr/src")
		}
	}
	return strings.HasPrefix(p, "/.")
}
