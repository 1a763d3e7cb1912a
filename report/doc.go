// Package report encodes a Frame for people on paper and for other programs.
//
// It knows the types of a frame and the formats. It must not know where a frame
// comes from, nor how the screen shows it.
package report
