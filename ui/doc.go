// Package ui is the live screen: a Bubble Tea model that shows the newest Frame
// in several views and asks the operator before it acts.
//
// It knows frames, findings and what the Options inject. It must not know where
// data comes from, how a signal is sent, or what the configuration file holds.
package ui
