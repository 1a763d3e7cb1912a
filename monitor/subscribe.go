package monitor

// Subscription delivers frames, the latest wins: a frame that was not taken when
// the next one comes is dropped. So a slow reader never holds up collection.
type Subscription struct {
	C <-chan *Frame

	c chan *Frame
	m *Monitor
}

// Subscribe begins to deliver the frames of Run. Whoever takes a frame may call
// its Release when done with it.
func (m *Monitor) Subscribe() *Subscription {
	c := make(chan *Frame, 1)
	s := &Subscription{C: c, c: c, m: m}
	m.mu.Lock()
	m.subs = append(m.subs, s)
	m.mu.Unlock()
	return s
}

// Close ends the delivery; C is not closed.
func (s *Subscription) Close() {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	for i, o := range s.m.subs {
		if o == s {
			s.m.subs = append(s.m.subs[:i:i], s.m.subs[i+1:]...)
			break
		}
	}
	select {
	case f := <-s.c:
		f.Release()
	default:
	}
}

// publish hands the frame to all subscribers and gives up the caller's hold.
func (m *Monitor) publish(f *Frame) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.subs {
		select {
		case old := <-s.c:
			m.lost.Add(1)
			old.Release()
		default:
		}
		f.Snapshot.Hold()
		s.c <- f // there is room: only publish sends, under the lock
	}
	f.Release()
}
