package metrics

import (
	"strings"
	"testing"
)

const (
	id64  = "4f5c0a1b2c3d4e5f60718293a4b5c6d7e8f90123456789abcdef0123456789ab"
	id64b = "00ff0a1b2c3d4e5f60718293a4b5c6d7e8f90123456789abcdef0123456789ff"
	pod   = "5f1d2c3b-4a59-6877-8695-a4b3c2d1e0f9"
	pod_  = "5f1d2c3b_4a59_6877_8695_a4b3c2d1e0f9"
)

func TestParseCgroup(t *testing.T) {
	for name, tt := range map[string]struct {
		path string
		want Cgroup
	}{
		"empty":   {"", Cgroup{}},
		"root":    {"/", Cgroup{}},
		"service": {"/system.slice/nginx.service", Cgroup{Unit: "nginx.service", Slice: "system.slice"}},
		"slice":   {"/user.slice/user-1000.slice", Cgroup{Slice: "user-1000.slice"}},
		"session": {"/user.slice/user-1000.slice/session-3.scope",
			Cgroup{Unit: "session-3.scope", Slice: "user-1000.slice"}},
		"user unit": {"/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service",
			Cgroup{Unit: "foo.service", Slice: "app.slice"}},
		"delegated below a service": {"/system.slice/foo.service/worker-3",
			Cgroup{Unit: "foo.service", Slice: "system.slice"}},
		"init":    {"/init.scope", Cgroup{Unit: "init.scope"}},
		"removed": {"/system.slice/nginx.service (deleted)", Cgroup{Path: "/system.slice/nginx.service", Unit: "nginx.service", Slice: "system.slice"}},
		"docker, cgroupfs": {"/docker/" + id64,
			Cgroup{Container: id64, Runtime: "docker"}},
		"docker, systemd": {"/system.slice/docker-" + id64 + ".scope",
			Cgroup{Unit: "docker-" + id64 + ".scope", Slice: "system.slice", Container: id64, Runtime: "docker"}},
		"docker, rootless": {"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + id64 + ".scope",
			Cgroup{Unit: "docker-" + id64 + ".scope", Slice: "user.slice", Container: id64, Runtime: "docker"}},
		"systemd in docker": {"/docker/" + id64 + "/system.slice/ssh.service",
			Cgroup{Unit: "ssh.service", Slice: "system.slice", Container: id64, Runtime: "docker"}},
		"docker in docker": {"/docker/" + id64 + "/docker/" + id64b,
			Cgroup{Container: id64b, Runtime: "docker"}},
		"docker engine itself": {"/system.slice/docker.service", Cgroup{Unit: "docker.service", Slice: "system.slice"}},
		"service with a runtime's prefix": {"/system.slice/docker-cleanup.service",
			Cgroup{Unit: "docker-cleanup.service", Slice: "system.slice"}},
		"kubernetes, containerd, systemd": {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + pod_ + ".slice/cri-containerd-" + id64 + ".scope",
			Cgroup{Unit: "cri-containerd-" + id64 + ".scope", Slice: "kubepods-burstable-pod" + pod_ + ".slice", Container: id64, Runtime: "containerd", Pod: pod}},
		"kubernetes, guaranteed": {"/kubepods.slice/kubepods-pod" + pod_ + ".slice",
			Cgroup{Slice: "kubepods-pod" + pod_ + ".slice", Pod: pod}},
		"kubernetes, cgroupfs": {"/kubepods/besteffort/pod" + pod + "/" + id64,
			Cgroup{Container: id64, Pod: pod}},
		"kubernetes, static pod": {"/kubepods/burstable/pod" + id64[:32] + "/" + id64,
			Cgroup{Container: id64, Pod: id64[:32]}},
		"kubernetes, cri-o, systemd": {"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + pod_ + ".slice/crio-" + id64 + ".scope",
			Cgroup{Unit: "crio-" + id64 + ".scope", Slice: "kubepods-besteffort-pod" + pod_ + ".slice", Container: id64, Runtime: "crio", Pod: pod}},
		"kubernetes, cri-o, cgroupfs": {"/kubepods/burstable/pod" + pod + "/crio-" + id64,
			Cgroup{Container: id64, Runtime: "crio", Pod: pod}},
		"cri-o's monitor": {"/kubepods/burstable/pod" + pod + "/crio-conmon-" + id64, Cgroup{Pod: pod}},
		"kubernetes, systemd driver on cgroupfs": {"/system.slice/containerd.service/kubepods-burstable-pod" + pod_ + ".slice:cri-containerd:" + id64,
			Cgroup{Unit: "containerd.service", Slice: "system.slice", Container: id64, Runtime: "containerd", Pod: pod}},
		"kind: kubernetes in docker": {"/docker/" + id64 + "/kubelet/kubepods/burstable/pod" + pod + "/" + id64b,
			Cgroup{Container: id64b, Pod: pod}},
		"containerd": {"/k8s.io/" + id64, Cgroup{Container: id64, Runtime: "containerd"}},
		"nerdctl": {"/system.slice/nerdctl-" + id64 + ".scope",
			Cgroup{Unit: "nerdctl-" + id64 + ".scope", Slice: "system.slice", Container: id64, Runtime: "containerd"}},
		"podman": {"/machine.slice/libpod-" + id64 + ".scope/container",
			Cgroup{Unit: "libpod-" + id64 + ".scope", Slice: "machine.slice", Container: id64, Runtime: "podman"}},
		"podman, rootless": {"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id64 + ".scope/container",
			Cgroup{Unit: "libpod-" + id64 + ".scope", Slice: "user.slice", Container: id64, Runtime: "podman"}},
		"podman, cgroupfs": {"/libpod_parent/libpod-" + id64, Cgroup{Container: id64, Runtime: "podman"}},
		"podman's monitor": {"/machine.slice/libpod-conmon-" + id64 + ".scope",
			Cgroup{Unit: "libpod-conmon-" + id64 + ".scope", Slice: "machine.slice"}},
		"podman in a unit": {"/system.slice/web.service/libpod-payload-" + id64,
			Cgroup{Unit: "web.service", Slice: "system.slice", Container: id64, Runtime: "podman"}},
		"lxc":           {"/lxc/web", Cgroup{Container: "web", Runtime: "lxc"}},
		"lxc 4":         {"/lxc.payload.web/system.slice/ssh.service", Cgroup{Unit: "ssh.service", Slice: "system.slice", Container: "web", Runtime: "lxc"}},
		"lxc's monitor": {"/lxc.monitor.web", Cgroup{}},
		"nspawn": {"/machine.slice/systemd-nspawn@web.service/payload/system.slice/ssh.service",
			Cgroup{Unit: "ssh.service", Slice: "system.slice", Container: "web", Runtime: "nspawn"}},
		"nspawn by hand": {`/machine.slice/machine-my\x2dbox.scope`,
			Cgroup{Unit: `machine-my\x2dbox.scope`, Slice: "machine.slice", Container: "my-box", Runtime: "nspawn"}},
		"virtual machine": {`/machine.slice/machine-qemu\x2d1\x2dvm.scope`,
			Cgroup{Unit: `machine-qemu\x2d1\x2dvm.scope`, Slice: "machine.slice"}},
		"fargate": {"/ecs/" + id64[:32] + "/" + id64[:32] + "-1234567890",
			Cgroup{Container: id64[:32] + "-1234567890"}},
		"above the namespace":  {"/../../system.slice/nginx.service", Cgroup{Unit: "nginx.service", Slice: "system.slice"}},
		"not quite hex":        {"/docker/" + strings.Repeat("G", 64), Cgroup{}},
		"a suffix and no name": {"/.service/.scope", Cgroup{}},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.want.Path == "" {
				tt.want.Path = tt.path
			}
			if got := ParseCgroup(tt.path); got != tt.want {
				t.Errorf("ParseCgroup(%q)\n got %+v\nwant %+v", tt.path, got, tt.want)
			}
		})
	}
}

func TestParseCgroupSharesThePath(t *testing.T) {
	path := "/kubepods.slice/kubepods-burstable.slice/crio-" + id64 + ".scope"
	if n := testing.AllocsPerRun(100, func() { ParseCgroup(path) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func FuzzParseCgroup(f *testing.F) {
	for _, s := range []string{"", "/", "//", "/a.slice:b:c", "/docker/" + id64, `/machine.slice/machine-\x2.scope`,
		"/kubepods/pod" + pod, "/x-pod" + pod_ + ".slice", "/lxc.payload./", "\xff\x00/\n.service"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		c := ParseCgroup(path)
		if len(c.Path) > maxCgroupPath {
			t.Fatalf("path of %d bytes", len(c.Path))
		}
		for _, part := range []string{c.Unit, c.Slice, c.Container} {
			if len(part) > len(path) || strings.Contains(part, "/") && !strings.Contains(path, `\x2f`) && !strings.Contains(path, `\x2F`) {
				t.Fatalf("%q does not come from %q", part, path)
			}
		}
		if c.Pod != "" && len(c.Pod) != 32 && len(c.Pod) != 36 {
			t.Fatalf("pod %q", c.Pod)
		}
		if c.Runtime != "" && c.Container == "" {
			t.Fatalf("runtime %q without a container", c.Runtime)
		}
	})
}
