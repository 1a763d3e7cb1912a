// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// Resident memory. Since 6.2 each processor keeps a part of the counters for
// itself, up to a batch of 32 pages or twice the number of processors: what all
// have in common can be megabytes too small. The parts cost a cache line for each
// processor and counter, so that they are added up in turns: for all processes of
// the first pass, for new ones, for those that somebody looks at, and for the others
// every few passes. User space keeps the parts until the next time.
#pragma once
#include "kernel.h"

#define MAX_CPUS 256

// anchor tells where the variables of each processor are: the kernel gives their
// addresses for an element of such a map, and the map holds the number that stands
// for all of them.
struct {
	int (*type)[6]; // BPF_MAP_TYPE_PERCPU_ARRAY
	int (*key_size)[4];
	int (*value_size)[8];
	int (*max_entries)[1];
} anchor SEC(".maps");

// watched has a bit for the lowest bits of each pid that somebody looks at, set by user
// space. What else has the same ones is taken for watched.
#define WATCHED_BITS 4096

struct watch_set {
	u64 bits[WATCHED_BITS / 64];
};

struct {
	int (*type)[2]; // BPF_MAP_TYPE_ARRAY
	int (*key_size)[4];
	int (*value_size)[sizeof(struct watch_set)];
	int (*max_entries)[1];
	int (*map_flags)[1 << 10]; // BPF_F_MMAPABLE
} watched SEC(".maps");

static ALWAYS_INLINE int is_watched(u32 nr)
{
	u32 zero = 0;
	struct watch_set *w = bpf_map_lookup_elem(&watched, &zero);

	return w && w->bits[nr % WATCHED_BITS / 64] >> nr % 64 & 1;
}

static struct {
	u32 turns;	   // a power of 2, minus 1; 0: nothing is known yet
	u32 pass;
	u64 since;	   // when the last pass began, ns since boot
	u64 now;	   // when this one began
	u64 offset[MAX_CPUS]; // of the variables of each processor
} parts;

struct resident {
	s64 common;
	s64 parts;
	u32 exact; // parts were added up
};

static ALWAYS_INLINE void find_parts(void)
{
	u64 map = (u64)AT(list_head, &anchor);
	u64 common = (u64)AT(list_head, &((struct bpf_array *)map)->pptrs[0])->next;
	u32 key = 0;

#pragma clang loop unroll(disable)
	for (u32 cpu = 0; cpu < CPUS && cpu < MAX_CPUS; cpu++) {
		u64 mine = (u64)bpf_map_lookup_percpu_elem(&anchor, &key, cpu);

		if (!mine)
			break;
		parts.offset[cpu] = mine - common;
	}
	parts.turns = CPUS <= 4 ? 7 : CPUS <= 16 ? 31 : CPUS <= 64 ? 127 : 511;
}

static ALWAYS_INLINE void begin_pass(void)
{
	if (FIELD_EXISTS(((struct mm_struct___atomic *)0)->rss_stat.count))
		return;
	parts.pass++;
	parts.since = parts.now;
	parts.now = bpf_ktime_get_boot_ns();
	if (!parts.turns)
		find_parts();
}

#define PART(percpu, cpu) (AT(refcount_struct, (u64)(percpu) + parts.offset[cpu])->refs.counter)

// whole reads a counter of before 6.2. The verifier there follows no pointer into an
// array of structs.
static ALWAYS_INLINE s64 whole(const s64 *counter)
{
	s64 n = 0;

	READ_KERNEL(&n, counter);
	return n;
}

// Counters 0, 1 and 3 are file, anonymous and shared memory pages.
static ALWAYS_INLINE struct resident resident(struct task_struct *task, u32 nr, struct mm_struct *mm)
{
	struct mm_struct___atomic *old = (void *)mm;
	struct resident r = {};

	if (FIELD_EXISTS(old->rss_stat.count)) {
		r.exact = 1;
		r.common = whole(&old->rss_stat.count[0].counter) + whole(&old->rss_stat.count[1].counter) +
			   whole(&old->rss_stat.count[3].counter);
		return r;
	}
	r.common = mm->rss_stat[0].count + mm->rss_stat[1].count + mm->rss_stat[3].count;
	if (!FIELD_EXISTS(mm->rss_stat[0].counters)) { // a kernel for one processor
		r.exact = 1;
		return r;
	}
	if (task->start_boottime < parts.since && (task->pid & parts.turns) != (parts.pass & parts.turns) &&
	    !is_watched(nr))
		return r;
	if (CPUS > MAX_CPUS)
		return r;
	r.exact = 1;
#pragma clang loop unroll(disable)
	for (u32 cpu = 0; cpu < CPUS && cpu < MAX_CPUS; cpu++) {
		r.parts += PART(mm->rss_stat[0].counters, cpu) + PART(mm->rss_stat[1].counters, cpu) +
			   PART(mm->rss_stat[3].counters, cpu);
	}
	return r;
}
