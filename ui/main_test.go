package ui

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/monitor"
)

// TestMain lets the test binary be the program that a robot plays with: with
// UI_ROBOT set it shows an invented machine of that many processes.
func TestMain(m *testing.M) {
	n, err := strconv.Atoi(os.Getenv("UI_ROBOT"))
	if err != nil {
		os.Exit(m.Run())
	}
	frames := make(chan *monitor.Frame, 1)
	mc := newMachine(n)
	mc.jitter = 1
	for range 400 {
		mc.frame()
	}
	go func() {
		time.Sleep(200 * time.Millisecond)
		for {
			select {
			case <-frames:
			default:
			}
			frames <- mc.frame()
			time.Sleep(time.Second)
		}
	}()
	err = Run(context.Background(), Options{Frames: frames, Version: "test", Mouse: true, Theme: os.Getenv("UI_ROBOT_THEME"), StatePath: os.Getenv("UI_ROBOT_STATE"),
		ASCII: os.Getenv("UI_ROBOT_ASCII") != "", View: os.Getenv("UI_ROBOT_VIEW"), ExportDir: os.Getenv("UI_ROBOT_DIR"),
		Inspect: newMachine(n).inspect, Operator: &fakeOperator{}, AllowEntry: fakeEntry, Allow: fakeAllow, SetInterval: func(time.Duration) {}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
