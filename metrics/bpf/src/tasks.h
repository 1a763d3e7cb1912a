// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// The open-coded iterators of Linux 6.7, which a program goes through in a loop of
// its own.
#pragma once
#include "core.h"

struct task_struct;

struct bpf_iter_task {
	u64 opaque[3];
};

extern int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task, u32 flags) KSYM;
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it) KSYM;
extern void bpf_iter_task_destroy(struct bpf_iter_task *it) KSYM;
extern void bpf_rcu_read_lock(void) KSYM;
extern void bpf_rcu_read_unlock(void) KSYM;

// BPF_TASK_ITER_ALL_THREADS: each process, and after it its further threads.
#define ALL_THREADS 1

struct bpf_iter_num {
	u64 opaque[1];
};

extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) KSYM;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) KSYM;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) KSYM;
