package ui

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// keyboard is the terminal as a source of keys. It takes the terminal's answers
// to our questions out of what is typed, and tells when the terminal is gone:
// Bubble Tea would wait for ever at its end.
type keyboard struct {
	*os.File
	answered func(reply)
	gone     func()

	mu       sync.Mutex
	until    time.Time // answers are expected up to here
	pending  []byte    // the beginning of an answer
	expected int
}

// reply is what the terminal answered.
type reply struct {
	background   bool // the background was told
	dark         bool
	synchronised bool // mode 2026 was told to be there
}

// answerTime is how long an answer may take.
const answerTime = 3 * time.Second

// expect begins to look for answers.
func (k *keyboard) expect(n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.until, k.expected = time.Now().Add(answerTime), n
}

// settle waits until all answers are here, or can no longer be expected, so that
// none is typed at the prompt that follows.
func (k *keyboard) settle(patience time.Duration) {
	end := time.Now().Add(patience)
	for time.Now().Before(end) {
		k.mu.Lock()
		over := k.expected <= 0 || time.Now().After(k.until)
		k.mu.Unlock()
		if over {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Read reads keys.
func (k *keyboard) Read(p []byte) (int, error) {
	for {
		n, err := k.File.Read(p)
		if err != nil || n == 0 {
			k.gone()
			return n, err
		}
		if n = k.filter(p, n); n > 0 {
			return n, nil
		}
	}
}

// filter takes answers out of p[:n] and returns how many bytes are left.
func (k *keyboard) filter(p []byte, n int) int {
	k.mu.Lock()
	if k.expected <= 0 || time.Now().After(k.until) {
		held := k.pending
		k.pending = nil
		k.mu.Unlock()
		if len(held) > 0 && len(held)+n <= len(p) {
			copy(p[len(held):], p[:n])
			n += copy(p, held)
		}
		return n
	}
	data := append(k.pending, p[:n]...)
	k.pending = nil
	var replies []reply
	kept := p[:0]
	for len(data) > 0 {
		r, size, state := parseReply(data)
		if state == notReply {
			if len(kept) == cap(p) {
				break
			}
			kept, data = append(kept, data[0]), data[1:]
			continue
		}
		if state == partReply {
			k.pending = append([]byte(nil), data...)
			break
		}
		k.expected--
		replies, data = append(replies, r), data[size:]
	}
	k.mu.Unlock()
	for _, r := range replies {
		k.answered(r)
	}
	return len(kept)
}

type replyState uint8

const (
	notReply replyState = iota
	partReply
	wholeReply
)

// maxReply bounds an answer.
const maxReply = 64

// parseReply looks for an answer at the beginning of b. Escape alone is a key.
func parseReply(b []byte) (r reply, size int, state replyState) {
	switch {
	case bytes.HasPrefix(b, []byte("\x1b]11;")):
		end := bytes.IndexAny(b[5:], "\x07\x1b")
		if end < 0 {
			return r, 0, partial(b)
		}
		size = 5 + end + 1
		if b[5+end] == '\x1b' {
			if len(b) == size {
				return r, 0, partial(b)
			}
			size++
		}
		r.background, r.dark = true, darkColour(string(b[5:5+end]))
		return r, size, wholeReply
	case bytes.HasPrefix(b, []byte("\x1b[?2026;")):
		end := bytes.IndexByte(b, 'y')
		if end < 0 {
			return r, 0, partial(b)
		}
		r.synchronised = b[8] == '1' || b[8] == '2'
		return r, end + 1, wholeReply
	case len(b) >= 2 && (bytes.HasPrefix([]byte("\x1b]11;"), b) || bytes.HasPrefix([]byte("\x1b[?2026;"), b)):
		return r, 0, partReply
	}
	return r, 0, notReply
}

func partial(b []byte) replyState {
	if len(b) > maxReply {
		return notReply
	}
	return partReply
}

// darkColour judges rgb:RRRR/GGGG/BBBB by its luminance.
func darkColour(s string) bool {
	_, rgb, ok := strings.Cut(s, "rgb:")
	parts := strings.Split(rgb, "/")
	if !ok || len(parts) < 3 {
		return true
	}
	luminance := 0.0
	for i, weight := range [...]float64{0.299, 0.587, 0.114} {
		v, err := strconv.ParseUint(parts[i], 16, 32)
		if err != nil || len(parts[i]) == 0 || len(parts[i]) > 4 {
			return true
		}
		luminance += weight * float64(v) / float64(uint64(1)<<(4*len(parts[i]))-1)
	}
	return luminance < 0.5
}
