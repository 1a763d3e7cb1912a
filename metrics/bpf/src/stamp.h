// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// What tells whether a process has run, or was changed by others, since it was last
// read. Most processes sleep, and of those only a third of the cache lines is touched.
//
// A program that runs uses CPU time, counted in ns, and nobody but itself changes most
// of what is read of it. What others change is compared here, or may be a few passes
// old: resident memory (reclaim), the links of the program file, the terminal
// (vhangup(2)), a directory that was moved (pivot_root(2)).
#pragma once
#include "kernel.h"

KERNEL_TYPES_BEGIN

struct list_head___pair {
	struct list_head *next, *prev;
};

struct task_struct___threads {
	struct list_head___pair thread_node;
};

KERNEL_TYPES_END

struct stamp {
	u64 task, parent, cgroups; // addresses
	u64 runtime;		   // ns
	u32 state, flags, ptrace, priority;
};

// STAMPS is a power of 2. Processes that share a place are read as a whole.
#define STAMPS (1U << 14)

struct {
	int (*type)[2]; // BPF_MAP_TYPE_ARRAY
	int (*key_size)[4];
	int (*value_size)[sizeof(struct stamp)];
	int (*max_entries)[STAMPS];
} stamps SEC(".maps");

// WHOLE is how many passes go by until a process is read as a whole again.
#define WHOLE 8

static ALWAYS_INLINE u64 cgroups_of(struct task_struct *task)
{
	return FIELD_EXISTS(task->cgroups) ? (u64)task->cgroups : 0;
}

static ALWAYS_INLINE struct stamp *stamp_of(struct task_struct *task)
{
	u32 slot = task->pid & (STAMPS - 1);

	return bpf_map_lookup_elem(&stamps, &slot);
}

// sole reports whether a process has one thread: the list of threads has no other
// member, and so its head on both sides of this one.
static ALWAYS_INLINE int sole(struct task_struct *task)
{
	struct task_struct___threads *t = (void *)task;

	return t->thread_node.next == t->thread_node.prev;
}

// unchanged reports whether a process is as it was when its stamp was set. One that
// runs, or has several threads, counts as changed.
static ALWAYS_INLINE int unchanged(const struct stamp *s, struct task_struct *task)
{
	return s->task == (u64)task && s->runtime == task->se.sum_exec_runtime &&
	       s->parent == (u64)task->real_parent && s->cgroups == cgroups_of(task) &&
	       s->state == task->__state && s->state && s->flags == task->flags && s->ptrace == task->ptrace &&
	       s->priority == task->static_prio && sole(task);
}

// set_stamp must come before the process is read: what happens after it will show.
static ALWAYS_INLINE void set_stamp(struct stamp *s, struct task_struct *task)
{
	// Threads are no part of the stamp, so that it must not hold when they have ended.
	s->task = sole(task) ? (u64)task : 0;
	s->parent = (u64)task->real_parent;
	s->cgroups = cgroups_of(task);
	s->runtime = task->se.sum_exec_runtime;
	s->state = task->__state;
	s->flags = task->flags;
	s->ptrace = task->ptrace;
	s->priority = task->static_prio;
}
