package detectors

import (
	"strconv"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// deletedMark is what the kernel writes behind the path of a mapped file that has
// no name any more, proc_pid_maps(5).
const deletedMark = " (deleted)"

func executable(m *metrics.Mapping) bool { return m.Perms[2] == 'x' }

// kernelMapping reports whether the mapping is code of the kernel: [vdso], [vsyscall].
func kernelMapping(m *metrics.Mapping) bool {
	return strings.HasPrefix(m.Path, "[v") || m.Path == "[uprobes]" || m.Path == "[sigpage]" || m.Path == "[vectors]"
}

// jitPrograms write machine code at run time as a matter of course.
var jitPrograms = setOf("java javaw node nodejs deno bun dotnet mono mono-sgen pwsh php php-fpm php-cgi qemu qemu-kvm kvm chrome chromium chromium-browser electron firefox firefox-esr firefox-bin plugin-container thunderbird brave msedge opera code code-server gjs gjs-console gnome-shell cinnamon plasmashell polkitd luajit pypy pypy3 julia beam.smp wine-preloader wine64-preloader wasmtime wasmer wasmedge box64 box86 FEXInterpreter racket guile sbcl ocaml R Rscript octave matlab MATLAB clickhouse-server clickhouse mongod scummvm valgrind memcheck-amd64-linux rr dosbox WebKitWebProcess WebKitNetworkProcess QtWebEngineProcess suricata snort rspamd varnishd haproxy nginx openresty")

// jitLibraries bring a code generator along: a program that maps one has the
// mappings that it makes.
var jitLibraries = []string{"libpcre", "libjvm.so", "libj9", "libLLVM", "libv8", "libnode.so", "libmozjs", "libjavascriptcore", "libwebkit", "libluajit", "libcoreclr", "libclrjit", "libmono", "liborc-", "libffi", "libQt5Qml", "libQt6Qml", "libQt5WebEngine", "libQt6WebEngine", "libgccjit", "libguile", "libtcc", "libasmjit", "libxul", "libpypy", "libjulia", "libcef", "libchromium", "libnvidia-", "libcuda", "libGLX", "libEGL", "libgallium", "swrast_dri", "libtorch", "libtensorflow", "libonnxruntime", "libopenvino", "libdnnl", "libmkl", "libnumba", "llvmlite", "libwasm", "libR.so", "libruby", "libgraal", "libopencv", "libtbb", "libfrida", "libhs.so", "libvectorscan", "opcache.so", "libsljit", "libunicorn", "libqemu"}

// jit reports whether the process generates code: by its program, if it is an
// installed one, or by a library that it maps.
func jit(in *threats.Input, p *metrics.Process, maps []metrics.Mapping) bool {
	if installedAs(in, p, jitPrograms) || emulates(in, p) {
		return true
	}
	last := ""
	for i := range maps {
		p := maps[i].Path
		if p == "" || p[0] != '/' || p == last { // a library has four or five in a row
			continue
		}
		last = p
		if hasAnyPrefix(base(p), jitLibraries) {
			return true
		}
	}
	return false
}

// span is a mapping as /proc/PID/maps writes its range and rights.
func span(m *metrics.Mapping) string {
	s := strconv.FormatUint(m.Start, 16) + "-" + strconv.FormatUint(m.End, 16) + " " + string(m.Perms[:])
	if m.Path != "" {
		s += " " + m.Path
	}
	return s
}
