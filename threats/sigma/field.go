package sigma

import (
	"slices"
	"sync"
)

// Field names a field of events by number, so that matching needs no map.
type Field uint16

// The fields of the Sigma taxonomy that a live Linux system can give, and those
// of it that it cannot but that rules often name.
const (
	otherField Field = iota // a field that no rule names: only keywords see it

	Image // multi-valued: the resolved program and the path it was invoked by
	CommandLine
	ParentImage
	ParentCommandLine
	User
	CurrentDirectory
	LogonID
	ProcessID
	ParentProcessID
	Protocol
	Initiated
	SourceIP
	SourcePort
	DestinationIP
	DestinationPort
	DestinationHostname
	TargetFilename

	firstCustomField
)

var fieldNames = [firstCustomField]string{
	Image: "Image", CommandLine: "CommandLine", ParentImage: "ParentImage",
	ParentCommandLine: "ParentCommandLine", User: "User", CurrentDirectory: "CurrentDirectory",
	LogonID: "LogonId", ProcessID: "ProcessId", ParentProcessID: "ParentProcessId",
	Protocol: "Protocol", Initiated: "Initiated", SourceIP: "SourceIp", SourcePort: "SourcePort",
	DestinationIP: "DestinationIp", DestinationPort: "DestinationPort",
	DestinationHostname: "DestinationHostname", TargetFilename: "TargetFilename",
}

// Category is the logsource category of an event or a rule.
type Category int16

// The categories whose events a live Linux system gives.
const (
	anyCategory     Category = iota - 2 // of a rule: every event
	unknownCategory                     // of an event: one that no rule names
	ProcessCreation
	NetworkConnection
	FileEvent

	firstCustomCategory
)

var categoryNames = [firstCustomCategory]string{"process_creation", "network_connection", "file_event"}

// liveFields lists what the live system fills in, by category. Every other
// field is absent from its events.
var liveFields = [firstCustomCategory][]Field{
	ProcessCreation: {Image, CommandLine, ParentImage, ParentCommandLine, User, CurrentDirectory,
		LogonID, ProcessID, ParentProcessID},
	NetworkConnection: {Image, CommandLine, User, ProcessID, Protocol, Initiated,
		SourceIP, SourcePort, DestinationIP, DestinationPort},
	FileEvent: {TargetFilename},
}

func (c Category) live() bool { return c == anyCategory || c >= 0 && c < firstCustomCategory }

// hasLive reports whether live events of the category can have the field.
func (c Category) hasLive(f Field) bool {
	if c == anyCategory {
		return slices.ContainsFunc(liveFields[:], func(of []Field) bool { return slices.Contains(of, f) })
	}
	return c.live() && slices.Contains(liveFields[c], f)
}

// names numbers the field and category names that rules use. It only grows,
// and the Sets made from one Library share it.
type names struct {
	mu         sync.RWMutex
	fields     map[string]Field
	fieldList  []string
	categories map[string]Category
}

// maxFields bounds the distinct field names of all rules together.
const maxFields = 4096

func newNames() *names {
	n := &names{fields: make(map[string]Field), categories: make(map[string]Category)}
	for f, name := range fieldNames {
		n.fieldList = append(n.fieldList, name)
		if name != "" {
			n.fields[name] = Field(f)
		}
	}
	for c, name := range categoryNames {
		n.categories[name] = Category(c)
	}
	return n
}

// addField numbers a field that a rule names; ok is false when there are too many.
func (n *names) addField(name string) (f Field, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if f, ok := n.fields[name]; ok {
		return f, true
	}
	if len(n.fieldList) >= maxFields {
		return 0, false
	}
	f = Field(len(n.fieldList))
	n.fields[name] = f
	n.fieldList = append(n.fieldList, name)
	return f, true
}

// field finds the number of a field; otherField when no rule names it.
func (n *names) field(name string) Field {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.fields[name]
}

func (n *names) fieldName(f Field) string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.fieldList[f]
}

func (n *names) fieldCount() int {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return len(n.fieldList)
}

// addCategory numbers a category that a rule names; ok is false when there are
// too many.
func (n *names) addCategory(name string) (c Category, ok bool) {
	if name == "" {
		return anyCategory, true
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if c, ok := n.categories[name]; ok {
		return c, true
	}
	if len(n.categories) >= maxFields {
		return 0, false
	}
	c = Category(len(n.categories))
	n.categories[name] = c
	return c, true
}

// category finds the number of a category; unknownCategory when no rule names it.
func (n *names) category(name string) Category {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if c, ok := n.categories[name]; ok {
		return c
	}
	return unknownCategory
}
