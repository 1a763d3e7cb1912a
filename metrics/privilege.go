package metrics

// Privilege is what it takes to see what belongs to other users. Root has all of
// them, unless a container keeps it from some; capabilities(7) give them one by one.
type Privilege uint8

const (
	NoPrivilege Privilege = iota
	// Trace shows programs, directories, namespaces and maps: ptrace(2) decides.
	Trace
	// TraceFiles shows environments, descriptors and I/O too: beside ptrace(2) the
	// modes of these files in /proc decide, proc(5).
	TraceFiles
	// ReadFiles reads the files of the machine that are not for everybody.
	ReadFiles
	// ReadLogs reads logs, which some distributions leave to a group.
	ReadLogs
	// LoadBPF loads programs into the kernel, bpf(2).
	LoadBPF
	// ListBPF lists what others have loaded.
	ListBPF
	// WholeProc is a /proc that lists all processes, as a mount with hidepid does not.
	WholeProc
)

// String says who has it, to be read after "needs".
func (p Privilege) String() string {
	return [...]string{
		NoPrivilege: "",
		Trace:       "root or CAP_SYS_PTRACE",
		TraceFiles:  "root or CAP_SYS_PTRACE with CAP_DAC_READ_SEARCH",
		ReadFiles:   "root or CAP_DAC_READ_SEARCH",
		ReadLogs:    "root or the group adm",
		LoadBPF:     "root or CAP_BPF with CAP_PERFMON",
		ListBPF:     "root or CAP_SYS_ADMIN",
		WholeProc:   "a /proc without hidepid",
	}[min(p, WholeProc)]
}
