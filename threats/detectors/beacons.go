package detectors

import (
	"math"
	"slices"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

const (
	maxBeacons = 2048
	// beaconLeast is the number of connects from which regularity means anything.
	beaconLeast = 8
	// beaconShortest is the shortest interval that a look a second tells from a
	// coincidence; beaconSame is how close connects count as one.
	beaconShortest = 5 * time.Second
	beaconSame     = 2 * time.Second
	// beaconVariation is the largest coefficient of variation of the gaps: their
	// standard deviation by their mean.
	beaconVariation = 0.1
	// beaconMemory is the number of gaps after which older ones fade.
	beaconMemory = 16
)

// beaconKey is who connects, and the service. It is a process; or a program, for
// what is started anew for each connect, as by cron; or neither, for short
// connections of which nobody saw the owner.
type beaconKey struct {
	process metrics.ProcKey
	program string
	ip      [16]byte
	port    uint16
}

// rhythm is the mean and the variance of the time between connects, in tenths of
// a second.
type rhythm struct {
	last           moment
	connects       int32
	others         int32           // connects of another process than the one before
	by             metrics.ProcKey // the last that connected
	mean, variance float64
}

// beacons follows the rhythm of connections to public addresses.
type beacons struct {
	all     map[beaconKey]*rhythm
	regular []beaconKey // those with a rhythm, in the order in which it was noticed
}

// add takes note of a connect to a public address by a process and its program,
// where they are known.
func (b *beacons) add(owner metrics.ProcKey, program string, s *metrics.Socket, at moment) {
	if !threats.Public(s.Remote().Addr()) {
		return
	}
	b.beat(beaconKey{process: owner, ip: s.RemoteIP, port: s.RemotePort}, owner, at)
	if program != "" {
		b.beat(beaconKey{program: program, ip: s.RemoteIP, port: s.RemotePort}, owner, at)
	}
}

func (b *beacons) beat(k beaconKey, owner metrics.ProcKey, at moment) {
	r := b.all[k]
	if r == nil {
		if b.all == nil {
			b.all = make(map[beaconKey]*rhythm)
		}
		if len(b.all) >= maxBeacons {
			b.evict()
		}
		b.all[k] = &rhythm{last: at, connects: 1, by: owner}
		return
	}
	gap := at - r.last
	if gap < tenths(beaconSame) {
		return
	}
	r.last = at
	r.connects++
	if r.by != owner {
		r.by = owner
		r.others++
	}
	r.step(float64(gap))
	if r.steady() && k.tells(r) && !slices.Contains(b.regular, k) {
		b.regular = append(b.regular, k)
	}
}

// tells reports whether the rhythm is that of its key. A program has one if each
// connect is another process's; else it is the rhythm of a process.
func (k *beaconKey) tells(r *rhythm) bool { return k.program == "" || 4*r.others >= 3*(r.connects-1) }

// step takes a gap into mean and variance; exact for the first beaconMemory gaps,
// fading from then on.
func (r *rhythm) step(gap float64) {
	weight := 1 / float64(min(r.connects-1, beaconMemory))
	d := gap - r.mean
	r.mean += weight * d
	r.variance = (1 - weight) * (r.variance + weight*d*d)
}

// variation is the coefficient of variation of the gaps.
func (r *rhythm) variation() float64 { return math.Sqrt(r.variance) / r.mean }

func (r *rhythm) interval() time.Duration {
	return time.Duration(r.mean * float64(time.Second/10)).Round(time.Second / 10)
}

func (r *rhythm) steady() bool {
	return r.connects >= beaconLeast && r.interval() >= beaconShortest && r.variation() <= beaconVariation
}

// each calls visit for the rhythms that go on at the moment.
func (b *beacons) each(now moment, visit func(k beaconKey, r *rhythm)) {
	b.regular = slices.DeleteFunc(b.regular, func(k beaconKey) bool {
		r := b.all[k]
		return r == nil || !r.steady() || !k.tells(r) || float64(now-r.last) > 3*r.mean
	})
	for _, k := range b.regular {
		visit(k, b.all[k])
	}
}

// evict drops an eighth: those that were silent for the longest.
func (b *beacons) evict() {
	lasts := make([]moment, 0, len(b.all))
	for _, r := range b.all {
		lasts = append(lasts, r.last)
	}
	slices.Sort(lasts)
	limit, n := lasts[len(lasts)/8], 0
	for k, r := range b.all {
		if r.last <= limit && n <= len(lasts)/8 {
			delete(b.all, k)
			n++
		}
	}
}

func (b *beacons) bytes() int64 { return int64(160*len(b.all) + 56*cap(b.regular)) }
