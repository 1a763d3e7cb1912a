// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// Lists the tasks of the machine: a struct process for each process (the leader
// of its threads), a struct thread for each further thread. User space adds the
// threads up: the iterator comes by them anyway, and a walk over the threads of
// a leader would need a bound.
#include "process.h"

char licence[] SEC("license") = "Dual MIT/GPL";

struct thread {
	u32 pid;
	u32 leader;
	struct counters sum;
};

// It makes the compiler describe the records to bpf2go.
const struct {
	struct process process;
	struct thread thread;
	struct place place;
	struct image image;
	struct capabilities capabilities;
	struct counters counters;
	enum have have;
} *described __attribute__((unused));

static ALWAYS_INLINE void write_thread(void *seq, struct task_struct *task)
{
	struct thread t = {};

	t.pid = task_nr(task);
	t.leader = task_nr(task->group_leader);
	if (!t.leader)
		return;
	add_counters(&t.sum, task);
	bpf_seq_write(seq, &t, sizeof(t));
}

static ALWAYS_INLINE void write_process(void *seq, struct task_struct *task)
{
	struct process p = {};

	read_process(&p, task);
	bpf_seq_write(seq, &p, sizeof(p));
}

SEC("iter/task")
int list_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = AT(task_struct, ctx->task);
	struct bpf_iter_meta *meta = ctx->meta;
	void *seq = meta->seq;

	if (!task)
		return 0;
	if (!reader.known)
		know_reader();
	if (meta->seq_num == 0)
		begin_pass();
	if (task->group_leader == task)
		write_process(seq, task);
	else
		write_thread(seq, task);
	return 0;
}
