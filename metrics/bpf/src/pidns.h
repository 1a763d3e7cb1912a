// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// Process ids and times as the reader sees them, whose pid and time namespace
// may not be the first. A reader never changes its own, so they are looked up
// once.
#pragma once
#include "kernel.h"

#define NSEC_PER_SEC 1000000000ULL

static struct {
	u32 known;
	u32 level; // of the pid namespace; 0 is the first one
	u64 ns;    // its address
	s64 boot;  // what the time namespace adds to times since boot, ns
} reader;

// upid_at reads numbers[level] of a pid that is deep enough. A BPF pointer to a
// kernel type takes no variable offset; one that was read as a number does.
static ALWAYS_INLINE void upid_at(struct upid *dst, u64 pid, u32 level)
{
	u64 numbers = (u64) & ((struct pid *)pid)->numbers[0];

	bpf_probe_read_kernel(dst, sizeof(*dst), (void *)(numbers + level * sizeof(*dst)));
}

static ALWAYS_INLINE void know_reader(void)
{
	struct task_struct *current = (void *)bpf_get_current_task();
	struct nsproxy *nsproxy = 0;
	struct upid upid = {};
	u64 pid = 0;

	READ_KERNEL(&pid, &current->thread_pid);
	READ_KERNEL(&reader.level, &((struct pid *)pid)->level);
	upid_at(&upid, pid, reader.level);
	reader.ns = (u64)upid.ns;
	READ_KERNEL(&nsproxy, &current->nsproxy);
	if (FIELD_EXISTS(nsproxy->time_ns)) {
		struct time_namespace *time_ns = 0;
		struct timespec64 boot = {};

		READ_KERNEL(&time_ns, &nsproxy->time_ns);
		READ_KERNEL(&boot.tv_sec, &time_ns->offsets.boottime.tv_sec);
		READ_KERNEL(&boot.tv_nsec, &time_ns->offsets.boottime.tv_nsec);
		reader.boot = boot.tv_sec * NSEC_PER_SEC + boot.tv_nsec;
	}
	reader.known = 1;
}

// nested_nr is the number of a task in the reader's namespace, 0 when it is not
// visible there.
static ALWAYS_INLINE u32 nested_nr(struct task_struct *task)
{
	struct upid upid = {};
	u32 level = 0;
	u64 pid = 0;

	READ_KERNEL(&pid, &task->thread_pid);
	READ_KERNEL(&level, &((struct pid *)pid)->level);
	if (level < reader.level)
		return 0;
	upid_at(&upid, pid, reader.level);
	return (u64)upid.ns == reader.ns ? upid.nr : 0;
}

static ALWAYS_INLINE u32 task_nr(struct task_struct *task)
{
	return reader.level ? nested_nr(task) : task->pid;
}

// own_pid_ns is the inode number of the innermost pid namespace of a task.
static ALWAYS_INLINE u32 own_pid_ns(struct task_struct *task)
{
	struct pid *pid = task->thread_pid;
	struct upid upid = {};
	u64 address = 0;
	u32 inum = 0;

	if (pid->level == 0) {
		inum = pid->numbers[0].ns->ns.inum;
		// The compiler must not share this load with that of the other branch: the
		// verifier takes one instruction for one kind of pointer.
		asm volatile("" : "+r"(inum));
		return inum;
	}
	READ_KERNEL(&address, &task->thread_pid);
	upid_at(&upid, address, pid->level);
	READ_KERNEL(&inum, &upid.ns->ns.inum);
	return inum;
}
