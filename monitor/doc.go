// Package monitor runs the cycle: collect, derive, detect, publish. It measures
// what the cycle costs, holds it to the goals, and hands each Frame to whoever
// subscribed.
//
// It knows the packages metrics and threats. It must not know who looks at a
// frame, nor from which source the data came.
package monitor
