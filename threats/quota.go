package threats

// Bounds on the findings that are held at a time. Beyond them the machine is lost
// anyway, and the report says so; but who wants to hide among many must not push
// out the finding that matters: no kind takes more than its share, and the second
// half of the room is for what is high or critical.
const (
	maxFindings = 2048
	maxOfOne    = 256 // of one detector or rule
)

// quota counts findings against these bounds.
type quota struct {
	of  map[string]int // by Info.ID
	all int
}

func (q *quota) reset() {
	if q.of == nil {
		q.of = make(map[string]int)
	}
	clear(q.of)
	q.all = 0
}

// take makes room for a finding; false when there is none.
func (q *quota) take(f *Finding) bool {
	limit := maxFindings
	if f.Severity < High {
		limit /= 2
	}
	if q.all >= limit || q.of[f.Info.ID] >= maxOfOne {
		return false
	}
	q.count(f)
	return true
}

// count takes note of a finding that has its room.
func (q *quota) count(f *Finding) {
	q.of[f.Info.ID]++
	q.all++
}

// give back the room of a finding.
func (q *quota) give(f *Finding) {
	if q.of[f.Info.ID]--; q.of[f.Info.ID] == 0 {
		delete(q.of, f.Info.ID)
	}
	q.all--
}
