package threats

import (
	"cmp"
	"slices"
	"strings"
)

// Tactics of ATT&CK v19, in the order of its matrix. v19 split Defense Evasion
// into Stealth, which keeps the id TA0005, and Defense Impairment, TA0112.
const (
	reconnaissance = "Reconnaissance"
	initialAccess  = "Initial Access"
	execution      = "Execution"
	persistence    = "Persistence"
	privilege      = "Privilege Escalation"
	stealth        = "Stealth"
	impairment     = "Defense Impairment"
	credentials    = "Credential Access"
	discovery      = "Discovery"
	lateral        = "Lateral Movement"
	collection     = "Collection"
	command        = "Command and Control"
	exfiltration   = "Exfiltration"
	impact         = "Impact"
)

// TechniqueOf returns the entry for an ATT&CK id of v19 or one that an earlier
// version used for it, in any case; false when it is not in the table. A
// technique with several tactics is listed under the one that matters on a
// running server. For an unknown sub-technique the parent's entry is returned.
func TechniqueOf(id string) (Technique, bool) {
	id = strings.ToUpper(id)
	if i, ok := slices.BinarySearchFunc(techniques, id, func(t Technique, id string) int { return cmp.Compare(t.ID, id) }); ok {
		return techniques[i], true
	}
	for _, t := range techniques {
		if slices.Contains(t.Aliases, id) {
			return t, true
		}
	}
	if parent, _, sub := strings.Cut(id, "."); sub {
		return TechniqueOf(parent)
	}
	return Technique{}, false
}

// Techniques returns all entries, sorted by id. The slice is shared.
func Techniques() []Technique { return techniques }

// techniques is sorted by id. From https://attack.mitre.org, version 19; the
// techniques of the catalogue and those that public Linux rules carry.
var techniques = []Technique{
	{"T1003", "OS Credential Dumping", credentials, nil},
	{"T1003.007", "OS Credential Dumping: Proc Filesystem", credentials, nil},
	{"T1003.008", "OS Credential Dumping: /etc/passwd and /etc/shadow", credentials, nil},
	{"T1005", "Data from Local System", collection, nil},
	{"T1007", "System Service Discovery", discovery, nil},
	{"T1014", "Rootkit", stealth, nil},
	{"T1016", "System Network Configuration Discovery", discovery, nil},
	{"T1018", "Remote System Discovery", discovery, nil},
	{"T1021", "Remote Services", lateral, nil},
	{"T1021.004", "Remote Services: SSH", lateral, nil},
	{"T1027", "Obfuscated Files or Information", stealth, nil},
	{"T1027.011", "Obfuscated Files or Information: Fileless Storage", stealth, nil},
	{"T1033", "System Owner/User Discovery", discovery, nil},
	{"T1036", "Masquerading", stealth, nil},
	{"T1036.003", "Masquerading: Rename Legitimate Utilities", stealth, nil},
	{"T1036.004", "Masquerading: Masquerade Task or Service", stealth, nil},
	{"T1036.005", "Masquerading: Match Legitimate Resource Name or Location", stealth, nil},
	{"T1036.006", "Masquerading: Space after Filename", stealth, nil},
	{"T1037", "Boot or Logon Initialization Scripts", persistence, nil},
	{"T1037.004", "Boot or Logon Initialization Scripts: RC Scripts", persistence, nil},
	{"T1040", "Network Sniffing", credentials, nil},
	{"T1046", "Network Service Discovery", discovery, nil},
	{"T1048", "Exfiltration Over Alternative Protocol", exfiltration, nil},
	{"T1048.003", "Exfiltration Over Alternative Protocol: Exfiltration Over Unencrypted Non-C2 Protocol", exfiltration, nil},
	{"T1049", "System Network Connections Discovery", discovery, nil},
	{"T1053", "Scheduled Task/Job", persistence, nil},
	{"T1053.002", "Scheduled Task/Job: At", persistence, nil},
	{"T1053.003", "Scheduled Task/Job: Cron", persistence, nil},
	{"T1053.006", "Scheduled Task/Job: Systemd Timers", persistence, nil},
	{"T1055", "Process Injection", stealth, nil},
	{"T1055.008", "Process Injection: Ptrace System Calls", stealth, nil},
	{"T1055.009", "Process Injection: Proc Memory", stealth, nil},
	{"T1057", "Process Discovery", discovery, nil},
	{"T1059", "Command and Scripting Interpreter", execution, nil},
	{"T1059.004", "Command and Scripting Interpreter: Unix Shell", execution, nil},
	{"T1059.006", "Command and Scripting Interpreter: Python", execution, nil},
	{"T1059.012", "Command and Scripting Interpreter: Hypervisor CLI", execution, nil},
	{"T1068", "Exploitation for Privilege Escalation", privilege, nil},
	{"T1069", "Permission Groups Discovery", discovery, nil},
	{"T1070", "Indicator Removal", stealth, nil},
	{"T1070.003", "Indicator Removal: Clear Command History", stealth, nil},
	{"T1070.004", "Indicator Removal: File Deletion", stealth, nil},
	{"T1070.006", "Indicator Removal: Timestomp", stealth, nil},
	{"T1071", "Application Layer Protocol", command, nil},
	{"T1071.001", "Application Layer Protocol: Web Protocols", command, nil},
	{"T1078", "Valid Accounts", initialAccess, nil},
	{"T1078.003", "Valid Accounts: Local Accounts", initialAccess, nil},
	{"T1082", "System Information Discovery", discovery, nil},
	{"T1083", "File and Directory Discovery", discovery, nil},
	{"T1087", "Account Discovery", discovery, nil},
	{"T1087.001", "Account Discovery: Local Account", discovery, nil},
	{"T1090", "Proxy", command, nil},
	{"T1095", "Non-Application Layer Protocol", command, nil},
	{"T1098", "Account Manipulation", persistence, nil},
	{"T1098.004", "Account Manipulation: SSH Authorized Keys", persistence, nil},
	{"T1102", "Web Service", command, nil},
	{"T1105", "Ingress Tool Transfer", command, nil},
	{"T1110", "Brute Force", credentials, nil},
	{"T1110.001", "Brute Force: Password Guessing", credentials, nil},
	{"T1115", "Clipboard Data", collection, nil},
	{"T1133", "External Remote Services", initialAccess, nil},
	{"T1136", "Create Account", persistence, nil},
	{"T1136.001", "Create Account: Local Account", persistence, nil},
	{"T1140", "Deobfuscate/Decode Files or Information", stealth, nil},
	{"T1190", "Exploit Public-Facing Application", initialAccess, nil},
	{"T1203", "Exploitation for Client Execution", execution, nil},
	{"T1205", "Traffic Signaling", command, nil},
	{"T1219", "Remote Access Tools", command, nil},
	{"T1219.002", "Remote Access Tools: Remote Desktop Software", command, nil},
	{"T1222", "File and Directory Permissions Modification", impairment, nil},
	{"T1222.002", "File and Directory Permissions Modification: Linux and Mac Permissions Modification", impairment, nil},
	{"T1485", "Data Destruction", impact, nil},
	{"T1489", "Service Stop", impact, nil},
	{"T1496", "Resource Hijacking", impact, nil},
	{"T1496.001", "Resource Hijacking: Compute Hijacking", impact, nil},
	{"T1499", "Endpoint Denial of Service", impact, nil},
	{"T1505", "Server Software Component", persistence, nil},
	{"T1505.003", "Server Software Component: Web Shell", persistence, nil},
	{"T1529", "System Shutdown/Reboot", impact, nil},
	{"T1531", "Account Access Removal", impact, nil},
	{"T1543", "Create or Modify System Process", persistence, nil},
	{"T1543.002", "Create or Modify System Process: Systemd Service", persistence, nil},
	{"T1546", "Event Triggered Execution", persistence, nil},
	{"T1546.004", "Event Triggered Execution: Unix Shell Configuration Modification", persistence, nil},
	{"T1546.016", "Event Triggered Execution: Installer Packages", persistence, nil},
	{"T1546.017", "Event Triggered Execution: Udev Rules", persistence, nil},
	{"T1546.018", "Event Triggered Execution: Python Startup Hooks", persistence, nil},
	{"T1547", "Boot or Logon Autostart Execution", persistence, nil},
	{"T1547.006", "Boot or Logon Autostart Execution: Kernel Modules and Extensions", persistence, nil},
	{"T1547.013", "Boot or Logon Autostart Execution: XDG Autostart Entries", persistence, nil},
	{"T1548", "Abuse Elevation Control Mechanism", privilege, nil},
	{"T1548.001", "Abuse Elevation Control Mechanism: Setuid and Setgid", privilege, nil},
	{"T1548.003", "Abuse Elevation Control Mechanism: Sudo and Sudo Caching", privilege, nil},
	{"T1552", "Unsecured Credentials", credentials, nil},
	{"T1552.001", "Unsecured Credentials: Credentials In Files", credentials, nil},
	{"T1552.003", "Unsecured Credentials: Shell History", credentials, nil},
	{"T1552.004", "Unsecured Credentials: Private Keys", credentials, nil},
	{"T1553", "Subvert Trust Controls", impairment, nil},
	{"T1553.004", "Subvert Trust Controls: Install Root Certificate", impairment, nil},
	{"T1554", "Compromise Host Software Binary", persistence, nil},
	{"T1556", "Modify Authentication Process", credentials, nil},
	{"T1556.003", "Modify Authentication Process: Pluggable Authentication Modules", credentials, nil},
	{"T1564", "Hide Artifacts", stealth, nil},
	{"T1564.001", "Hide Artifacts: Hidden Files and Directories", stealth, nil},
	{"T1564.013", "Hide Artifacts: Bind Mounts", stealth, nil},
	{"T1565", "Data Manipulation", impact, nil},
	{"T1565.001", "Data Manipulation: Stored Data Manipulation", impact, nil},
	{"T1567", "Exfiltration Over Web Service", exfiltration, nil},
	{"T1571", "Non-Standard Port", command, nil},
	{"T1572", "Protocol Tunneling", command, nil},
	{"T1574", "Hijack Execution Flow", persistence, nil},
	{"T1574.006", "Hijack Execution Flow: Dynamic Linker Hijacking", persistence, nil},
	{"T1592", "Gather Victim Host Information", reconnaissance, nil},
	{"T1592.004", "Gather Victim Host Information: Client Configurations", reconnaissance, nil},
	{"T1593", "Search Open Websites/Domains", reconnaissance, nil},
	{"T1593.003", "Search Open Websites/Domains: Code Repositories", reconnaissance, nil},
	{"T1609", "Container Administration Command", execution, nil},
	{"T1610", "Deploy Container", execution, nil},
	{"T1611", "Escape to Host", privilege, nil},
	{"T1613", "Container and Resource Discovery", discovery, nil},
	{"T1620", "Reflective Code Loading", stealth, nil},
	{"T1653", "Power Settings", persistence, nil},
	{"T1685", "Disable or Modify Tools", impairment, []string{"T1562", "T1562.001", "T1562.006"}},
	{"T1685.004", "Disable or Modify Tools: Disable or Modify Linux Audit System Log", impairment, []string{"T1562.012"}},
	{"T1685.006", "Disable or Modify Tools: Clear Linux or Mac System Logs", impairment, []string{"T1070.002"}},
	{"T1686", "Disable or Modify System Firewall", impairment, []string{"T1562.004"}},
	{"T1687", "Exploitation for Defense Impairment", impairment, []string{"T1211"}},
	{"T1689", "Downgrade Attack", impairment, []string{"T1562.010"}},
	{"T1690", "Prevent Command History Logging", impairment, []string{"T1562.003"}},
	{"TA0011", "Command and Control", command, nil},
}
