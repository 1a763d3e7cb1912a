package threats

import (
	"encoding/json"

	"github.com/smoothtask/smoothtask/metrics"
)

const maxImageFile = 1 << 20 // bytes

// imageOf finds the image of a container in the files that its runtime keeps, or
// "". It asks no daemon.
func imageOf(f *Files, c *metrics.Cgroup) string {
	id := c.Container
	if id == "" {
		return ""
	}
	// Docker: the container's configuration.
	var docker struct{ Config struct{ Image string } }
	if readJSON(f, "/var/lib/docker/containers/"+id+"/config.v2.json", &docker) && docker.Config.Image != "" {
		return docker.Config.Image
	}
	// containerd and CRI-O: annotations of the bundle that Kubernetes asked for.
	for _, path := range []string{
		"/run/containerd/io.containerd.runtime.v2.task/k8s.io/" + id + "/config.json",
		"/run/containers/storage/overlay-containers/" + id + "/userdata/config.json",
		"/var/lib/containers/storage/overlay-containers/" + id + "/userdata/config.json",
	} {
		var bundle struct{ Annotations map[string]string }
		if !readJSON(f, path, &bundle) {
			continue
		}
		for _, key := range []string{"io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName"} {
			if s := bundle.Annotations[key]; s != "" {
				return s
			}
		}
	}
	// Podman: the list of its store, whose metadata is JSON within JSON.
	var store []struct{ ID, Metadata string }
	readJSON(f, "/var/lib/containers/storage/overlay-containers/containers.json", &store)
	for _, e := range store {
		var meta struct {
			Name string `json:"image-name"`
		}
		if e.ID == id && json.Unmarshal([]byte(e.Metadata), &meta) == nil {
			return meta.Name
		}
	}
	return ""
}

func readJSON(f *Files, path string, into any) bool {
	data, err := f.ReadFile(path, maxImageFile)
	return err == nil && json.Unmarshal(data, into) == nil
}
