package metrics

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	usersCheckEvery = 3 * time.Second
	maxPasswdBytes  = 8 << 20
	accountBytes    = 256 // about: account, texts and places in both maps
)

// accountShare is what accounts may take. Those beyond appear by number.
var accountShare = Share{Part: 64, Bytes: accountBytes, Least: 4096, Most: 100_000}

// Account is one line of passwd(5). The texts are as the file has them.
type Account struct {
	Name, Home, Shell string
	UID, GID          uint32
}

// Users gives names to user ids from etc/passwd and from nothing else: it asks no
// name service, so it cannot be held up by one. Users of a directory service
// appear by number. The file is read again once it has changed, which calls notice
// after some seconds. Safe for concurrent use.
type Users struct {
	path    string
	limit   int // accounts
	table   atomic.Pointer[userTable]
	checked atomic.Int64 // when the file was last looked at, ns of time.Since(born)
	born    time.Time
	reading sync.Mutex
	hits    atomic.Uint64
	misses  atomic.Uint64
}

type userTable struct {
	dev, inode uint64
	ctime      unix.Timespec
	byUID      map[uint32]Account
	byName     map[string]uint32
}

// NewUsers returns the users of the file system below root: "/" or "" for our own.
// A missing file is an empty one. How many are kept follows the memory that the
// program may take, in bytes.
func NewUsers(root string, memory uint64) *Users {
	u := &Users{path: filepath.Join("/", root, "etc/passwd"), limit: accountShare.Entries(memory), born: time.Now()}
	if root != "" && !filepath.IsAbs(root) {
		u.path = filepath.Join(root, "etc/passwd")
	}
	u.table.Store(&userTable{})
	u.reload()
	return u
}

// Name is the name of the user, or the number in decimal when it has none.
func (u *Users) Name(uid uint32) string {
	if a, ok := u.Account(uid); ok && a.Name != "" {
		return a.Name
	}
	return strconv.FormatUint(uint64(uid), 10)
}

// Account is the first account with the uid, as getpwuid(3) gives it.
func (u *Users) Account(uid uint32) (Account, bool) {
	u.refresh()
	a, ok := u.table.Load().byUID[uid]
	if ok {
		u.hits.Add(1)
	} else {
		u.misses.Add(1)
	}
	return a, ok
}

// Lookup is the uid of the first account with the name.
func (u *Users) Lookup(name string) (uint32, bool) {
	u.refresh()
	uid, ok := u.table.Load().byName[name]
	return uid, ok
}

// Caches implements CacheReporter.
func (u *Users) Caches() []CacheStat {
	n := len(u.table.Load().byUID)
	return []CacheStat{{Name: "users", Entries: n, Bytes: int64(n) * accountBytes,
		Hits: u.hits.Load(), Misses: u.misses.Load(), Limit: u.limit}}
}

// refresh reads the file again when it has changed. One caller does, while the
// others use the old table.
func (u *Users) refresh() {
	last := u.checked.Load()
	now := int64(time.Since(u.born))
	if now-last < int64(usersCheckEvery) || !u.checked.CompareAndSwap(last, now) {
		return
	}
	if u.reading.TryLock() {
		defer u.reading.Unlock()
		u.reload()
	}
}

// reload replaces the table unless the file is the one it was made of. A file that
// cannot be read empties it.
func (u *Users) reload() {
	var st unix.Stat_t
	if unix.Stat(u.path, &st) != nil {
		u.table.Store(&userTable{})
		return
	}
	old := u.table.Load()
	if old.byUID != nil && old.dev == uint64(st.Dev) && old.inode == uint64(st.Ino) && old.ctime == st.Ctim {
		return
	}
	t := &userTable{dev: uint64(st.Dev), inode: uint64(st.Ino), ctime: st.Ctim}
	t.byUID, t.byName = readPasswd(u.path, u.limit)
	u.table.Store(t)
}

func readPasswd(path string, most int) (map[uint32]Account, map[string]uint32) {
	// Not blocking, for a FIFO in an alternate root.
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return parsePasswd("", most)
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return parsePasswd("", most)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxPasswdBytes))
	if err != nil {
		return parsePasswd("", most)
	}
	return parsePasswd(string(data), most)
}

// parsePasswd reads the lines of passwd(5): name:password:uid:gid:gecos:home:shell.
// Lines of another shape, among them the + and - lines of NIS, are passed over, and
// those after so many names.
func parsePasswd(data string, most int) (map[uint32]Account, map[string]uint32) {
	byUID, byName := make(map[uint32]Account), make(map[string]uint32)
	for line := range strings.Lines(data) {
		a, ok := parseAccount(strings.TrimSuffix(line, "\n"))
		if !ok {
			continue
		}
		if _, known := byUID[a.UID]; !known {
			byUID[a.UID] = a
		}
		if _, known := byName[a.Name]; !known {
			byName[a.Name] = a.UID
		}
		if len(byName) >= most {
			break
		}
	}
	return byUID, byName
}

func parseAccount(line string) (Account, bool) {
	var field [7]string
	for i := range field {
		var more bool
		field[i], line, more = strings.Cut(line, ":")
		if more != (i < len(field)-1) {
			return Account{}, false
		}
	}
	uid, err1 := strconv.ParseUint(field[2], 10, 32)
	gid, err2 := strconv.ParseUint(field[3], 10, 32)
	name := field[0]
	if err1 != nil || err2 != nil || name == "" || name[0] == '+' || name[0] == '-' || name[0] == '#' {
		return Account{}, false
	}
	// Cloned, so that an account does not keep the whole file.
	return Account{Name: strings.Clone(name), Home: strings.Clone(field[5]), Shell: strings.Clone(field[6]),
		UID: uint32(uid), GID: uint32(gid)}, true
}
