// Package host reads the state of the whole machine: processors, memory, disks,
// network, pressure, sensors, sessions and control groups, each as a
// metrics.HostReader with a cadence of its own. It also has the portable process
// and socket sources.
//
// It stands on gopsutil, and reads kernel files itself where gopsutil reads more
// than is asked for, lacks the value, or could be held up; each such file says
// which. It must not know of cycles, rates or screens, and it keeps no values
// from one reading to the next but what it needs to read less.
package host
