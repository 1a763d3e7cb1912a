package monitor

import (
	"fmt"

	"github.com/smoothtask/smoothtask/metrics"
)

// leakSlope is the growth, in MB an hour, above which a leak is suspected.
const leakSlope = 1

// bigMemory tells the heap from the rest, names the largest cache and what the
// history takes, and suspects a leak when memory has only grown.
func bigMemory(s *Self) string {
	text := fmt.Sprintf("heap %.0f MB of %.0f MB", float64(s.Runtime.HeapBytes)/megabyte, float64(s.Runtime.RSSBytes)/megabyte)
	if c, all := largestCache(s.Caches); c.Bytes > 0 {
		text += fmt.Sprintf(", caches %.1f MB, the largest of them %s with %.1f MB in %d entries",
			float64(all)/megabyte, c.Name, float64(c.Bytes)/megabyte, c.Entries)
	}
	if s.History != nil {
		text += fmt.Sprintf(", history %.1f MB", float64(s.History.bytes())/megabyte)
		if slope, ok := s.History.slope(SeriesRSS); ok && slope > leakSlope {
			text += fmt.Sprintf("; it grows by %.2f MB an hour, which looks like a leak", slope)
		}
	}
	return text
}

// largestCache returns the one that takes the most, and what all take, in bytes.
func largestCache(list []metrics.CacheStat) (largest metrics.CacheStat, all int64) {
	for _, c := range list {
		all += c.Bytes
		if c.Bytes > largest.Bytes {
			largest = c
		}
	}
	return largest, all
}
