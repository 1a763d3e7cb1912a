//go:build linux && (amd64 || arm64)

package bpf

import "math/bits"

// splitCPU divides the exact run time into user and system time in the proportion
// of the two that the kernel samples, as cputime_adjust of kernel/sched/cputime.c
// does for /proc. Neither falls below its last value.
func splitCPU(utime, stime, runtime, lastUser, lastSystem uint64) (user, system uint64) {
	if runtime <= lastUser+lastSystem {
		return lastUser, lastSystem
	}
	switch {
	case stime == 0:
		system = 0
	case utime == 0:
		system = runtime
	default:
		system = min(mulDiv(stime, runtime, utime+stime), runtime)
	}
	system = max(system, lastSystem)
	user = runtime - min(system, runtime)
	if user < lastUser {
		user = lastUser
		system = runtime - user
	}
	return user, system
}

// mulDiv is a*b/c without overflow of the product.
func mulDiv(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	if hi >= c {
		return ^uint64(0)
	}
	q, _ := bits.Div64(hi, lo, c)
	return q
}
