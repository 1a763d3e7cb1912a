package host

import (
	"context"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v3/host"

	"github.com/smoothtask/smoothtask/metrics"
)

const maxSensors = 512

// newSensors reads temperatures through gopsutil. Some chips take long to answer.
func newSensors(root string) *reader {
	return &reader{name: "sensors", every: 5 * time.Second, read: func(ctx context.Context, gaps *gapList) (func(*metrics.System), error) {
		// What it has goes with what it warns of.
		found, err := host.SensorsTemperaturesWithContext(below(ctx, root))
		list := make([]metrics.Sensor, 0, len(found))
		for _, t := range found[:min(len(found), maxSensors)] {
			list = append(list, metrics.Sensor{Name: t.SensorKey, Celsius: t.Temperature, High: t.High, Critical: t.Critical})
		}
		switch {
		case err != nil:
			first, _, _ := strings.Cut(err.Error(), "\n")
			gaps.add("temperatures", "reading sensors: "+first, "sensors that answer")
		case len(list) == 0:
			gaps.add("temperatures", "no sensor was found", "hardware with sensors and their driver; virtual machines have none")
		}
		return func(s *metrics.System) { s.Sensors = list }, nil
	}}
}
