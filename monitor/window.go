package monitor

import "slices"

// window holds the last values of an indicator and their order, so that
// percentiles are exact and cost a binary search when a value comes.
type window struct {
	ring   []float64
	next   int
	sorted []float64
}

func newWindow(size int) window {
	return window{ring: make([]float64, 0, size), sorted: make([]float64, 0, size)}
}

func (w *window) add(v float64) {
	if len(w.ring) < cap(w.ring) {
		w.ring = append(w.ring, v)
	} else {
		i, _ := slices.BinarySearch(w.sorted, w.ring[w.next])
		w.sorted = slices.Delete(w.sorted, i, i+1)
		w.ring[w.next] = v
		w.next = (w.next + 1) % len(w.ring)
	}
	i, _ := slices.BinarySearch(w.sorted, v)
	w.sorted = slices.Insert(w.sorted, i, v)
}

// percentile is the smallest value that at least the share q of the values do
// not exceed; 0 when there are none.
func (w *window) percentile(q float64) float64 {
	n := len(w.sorted)
	if n == 0 {
		return 0
	}
	i := int(q*float64(n)+0.9999999) - 1
	return w.sorted[min(max(i, 0), n-1)]
}

func (w *window) max() float64 { return w.percentile(1) }
