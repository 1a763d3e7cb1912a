// Package pool runs work in batches on a bounded number of workers, and finds
// the batch size at which a kind of work costs least.
//
// It knows pond and time. It must not know what the work is.
package pool
