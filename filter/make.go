package filter

import "github.com/smoothtask/smoothtask/metrics"

// single makes the number of a field from a getter that gives one value, or
// says that it is not known.
func single(get func(r *row) (float64, bool)) func(*row, numberTest) bool {
	return func(r *row, t numberTest) bool {
		v, known := get(r)
		return known && t.match(v)
	}
}

// ofProcess is single for what a process has. The groups in have must be known.
func ofProcess(have metrics.Fields, get func(p *metrics.Process) float64) func(*row, numberTest) bool {
	return single(func(r *row) (float64, bool) {
		if r.process == nil || !r.process.Has(have) {
			return 0, false
		}
		return get(r.process), true
	})
}

// ofRate is single for what a process did since the last snapshot.
func ofRate(get func(r *metrics.ProcessRate) float32) func(*row, numberTest) bool {
	return single(func(r *row) (float64, bool) {
		rate := r.rate(r.i)
		if rate == nil {
			return 0, false
		}
		return float64(get(rate)), true
	})
}

// ofSocket is single for what a socket has.
func ofSocket(get func(s *metrics.Socket) (float64, bool)) func(*row, numberTest) bool {
	return single(func(r *row) (float64, bool) { return get(r.socket) })
}

// ofIdentity makes a text of what a program image has.
func ofIdentity(get func(id *metrics.Identity) string) func(*row, *textTest) bool {
	return func(r *row, t *textTest) bool { return r.identity != nil && t.match(get(r.identity)) }
}

// flag makes a field that says yes or no, alone or compared with true or false.
func flag(title, about string, is func(r *row) bool) field {
	return field{
		name: title, about: about, is: is, names: []name{{"true", 1}, {"false", 0}},
		number: func(r *row, t numberTest) bool {
			if is(r) {
				return t.match(1)
			}
			return t.match(0)
		},
	}
}

// processFlag is flag for what a process has.
func processFlag(title, about string, is func(p *metrics.Process) bool) field {
	return flag(title, about, func(r *row) bool { return r.process != nil && is(r.process) })
}
