package detectors

import (
	"bytes"
	"net/netip"
	"strconv"
	"time"
)

// sshEvent is what one message of sshd(8) says about a login.
type sshEvent struct {
	at      time.Time
	user    string
	source  netip.Addr
	method  string // password, publickey, …; of a success
	pid     int32  // of the process that serves the connection
	count   int    // failures; 0 is a success
	proven  bool   // written by root's sshd, and not by somebody who says so
	preauth bool   // the end of a connection or an unknown name: counts unless a failure of the connection did
}

const maxRepeated = 1000 // "message repeated N times"

// isSSHD reports whether a program of that name writes the messages of sshd.
// Since OpenSSH 9.8 a program of its own serves each connection.
func isSSHD(tag []byte) bool {
	switch string(tag) {
	case "sshd", "sshd-session", "sshd-auth":
		return true
	}
	return false
}

// isSSHServer reports whether a program is the sshd that an administrator installed.
func isSSHServer(exe string) bool {
	return isSSHD([]byte(base(exe))) && (systemPath(exe) || below(exe, "/usr/local") || storePath(exe))
}

var (
	failedWord   = []byte("Failed ")
	acceptedWord = []byte("Accepted ")
	invalidWord  = []byte("Invalid user ")
	unknownUser  = []byte("invalid user ")
	forWord      = []byte(" for ")
	fromWord     = []byte(" from ")
	portWord     = []byte(" port ")
	preauthWord  = []byte(" [preauth]")
)

// parseSSHD reads a message of sshd. The name of a user is what a stranger typed
// and may look like the rest of the message: so the address is taken from the end
// where the name is not known to exist.
func parseSSHD(msg []byte) (e sshEvent, ok bool) {
	n := 1
	if rest, found := bytes.CutPrefix(msg, []byte("message repeated ")); found {
		count, rest, found := bytes.Cut(rest, []byte(" times: ["))
		if !found {
			return e, false
		}
		k, err := strconv.Atoi(string(count))
		if err != nil || k < 1 {
			return e, false
		}
		n = min(k, maxRepeated)
		msg = bytes.TrimSpace(bytes.TrimSuffix(rest, []byte("]")))
	}
	switch {
	case bytes.HasPrefix(msg, failedWord):
		method, rest, found := bytes.Cut(msg[len(failedWord):], forWord)
		// "none" is how a client asks what is possible; keys are tried one after another.
		if !found || string(method) == "none" || string(method) == "publickey" || string(method) == "hostbased" {
			return e, false
		}
		e.count = n
		rest = bytes.TrimPrefix(rest, unknownUser)
		return e.from(rest, bytes.LastIndex(rest, fromWord))
	case bytes.HasPrefix(msg, acceptedWord):
		method, rest, found := bytes.Cut(msg[len(acceptedWord):], forWord)
		if !found {
			return e, false
		}
		e.method = string(method[:min(len(method), 32)])
		return e.from(rest, bytes.Index(rest, fromWord))
	case bytes.HasPrefix(msg, invalidWord):
		e.count, e.preauth = n, true
		rest := msg[len(invalidWord):]
		return e.from(rest, bytes.LastIndex(rest, fromWord))
	case bytes.HasSuffix(msg, preauthWord):
		return parsePreauth(bytes.TrimSuffix(msg, preauthWord), n)
	}
	return e, false
}

// parsePreauth reads "Connection closed by authenticating user root 192.0.2.1
// port 22": all that a server without passwords says of an attempt.
func parsePreauth(msg []byte, n int) (e sshEvent, ok bool) {
	for _, end := range []string{"Connection closed by ", "Connection reset by ", "Disconnected from "} {
		rest, found := bytes.CutPrefix(msg, []byte(end))
		if !found {
			continue
		}
		user, found := bytes.CutPrefix(rest, []byte("authenticating user "))
		if !found {
			if user, found = bytes.CutPrefix(rest, unknownUser); !found {
				return e, false
			}
		}
		port := bytes.LastIndex(user, portWord)
		if port < 0 {
			return e, false
		}
		at := bytes.LastIndexByte(user[:port], ' ')
		if at < 0 {
			return e, false
		}
		e.count, e.preauth = n, true
		return e.by(user[:at], user[at+1:port])
	}
	return e, false
}

// from fills in user and source, given where " from " stands in the rest.
func (e sshEvent) from(rest []byte, i int) (sshEvent, bool) {
	if i < 0 {
		return e, false
	}
	source := rest[i+len(fromWord):]
	if end := bytes.IndexByte(source, ' '); end >= 0 {
		source = source[:end]
	}
	return e.by(rest[:i], source)
}

// by fills in user and source.
func (e sshEvent) by(user, source []byte) (sshEvent, bool) {
	a, err := netip.ParseAddr(string(source))
	if err != nil {
		return e, false // a name: UseDNS yes
	}
	e.user, e.source = string(user[:min(len(user), 64)]), a.Unmap().WithZone("")
	return e, true
}
