package sigma

import "net/netip"

// Event holds the fields of one event for a Matcher. The zero Event is ready
// for use; Reset empties it for the next one and keeps its memory. Strings that
// are set must stay unchanged until then.
type Event struct {
	Category Category
	slots    []slot
}

// slot is one value of one field. A field with several values has several slots.
type slot struct {
	field Field
	known Field // field, or otherField where the Matcher's set does not know it
	kind  slotKind
	next  int16 // the next slot of the same field, -1 at the end; filled in by the Matcher
	num   int64
	addr  netip.Addr
	text  string // as given
	raw   string // as it is compared with regard to case; filled in by the Matcher
	low   string // folded; filled in by the Matcher
}

type slotKind uint8

const (
	slotText slotKind = iota
	slotArgs          // arguments each ended by a NUL
	slotNumber
	slotAddr
	slotNull // present and without a value
)

// maxSlots bounds the values of one event; further ones are dropped.
const maxSlots = 1024

// Reset empties the event and gives it a category.
func (e *Event) Reset(c Category) {
	e.Category = c
	e.slots = e.slots[:0]
}

// Set gives a field a value. A field that is set again gets a further value,
// and matches when any of them does; a value it already has is not added.
func (e *Event) Set(f Field, value string) {
	for i := range e.slots {
		if s := &e.slots[i]; s.field == f && s.kind == slotText && s.text == value && f != otherField {
			return
		}
	}
	e.add(slot{field: f, kind: slotText, text: value})
}

// SetArgs gives a field an argument vector in which each argument is ended by a
// NUL, as in /proc/PID/cmdline. It is matched as the arguments joined by spaces.
func (e *Event) SetArgs(f Field, args string) {
	e.add(slot{field: f, kind: slotArgs, text: args})
}

// SetInt gives a field a whole number, matched as its decimal form.
func (e *Event) SetInt(f Field, n int64) { e.add(slot{field: f, kind: slotNumber, num: n}) }

// SetAddr gives a field an address, matched as its usual text.
func (e *Event) SetAddr(f Field, a netip.Addr) { e.add(slot{field: f, kind: slotAddr, addr: a}) }

// setNull says that the field is present and has no value.
func (e *Event) setNull(f Field) { e.add(slot{field: f, kind: slotNull}) }

func (e *Event) add(s slot) {
	if len(e.slots) < maxSlots {
		e.slots = append(e.slots, s)
	}
}
