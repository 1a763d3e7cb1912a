// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// Walks the kernel's own list of tasks and leaves a struct process for each
// process in shared memory, with all its threads added up. To come by a task costs
// 30 ns here, where the task iterator takes 450. Needs Linux 6.7.
//
// A run ends when the memory is full, and the next one finds its way to where that
// was. The order is that of the list: of birth.
#include "process.h"
#include "tasks.h"

char licence[] SEC("license") = "Dual MIT/GPL";

#define ROOM 4096

struct {
	int (*type)[2]; // BPF_MAP_TYPE_ARRAY
	int (*key_size)[4];
	int (*value_size)[sizeof(struct process)];
	int (*max_entries)[ROOM];
	int (*map_flags)[1 << 10]; // BPF_F_MMAPABLE
} processes SEC(".maps");

// What is given to a run and comes back from it.
struct walk {
	u32 next;  // the process to go on with, its pid in the first namespace; 0: begin, or done
	u32 count; // of processes in the memory
};

const struct walk *described __attribute__((unused));

// How many processes are in the memory. It is kept there, since the verifier would
// follow a local variable through each of its values.
static u32 count;

SEC("syscall")
int walk_tasks(struct walk *w)
{
	struct process *p = 0;
	struct task_struct *trusted;
	struct bpf_iter_task it;
	u32 from = w->next;

	if (!reader.known)
		know_reader();
	if (!from)
		begin_pass();
	count = 0;
	w->next = 0;
	bpf_rcu_read_lock();
	bpf_iter_task_new(&it, 0, ALL_THREADS);
	while ((trusted = bpf_iter_task_next(&it))) {
		struct task_struct *task = AT(task_struct, trusted);

		if (from) {
			if (task->pid != from)
				continue;
			from = 0;
		}
		if (task->group_leader != task) {
			if (p)
				add_counters(&p->sum, task);
			continue;
		}
		u32 key = count, nr = task_nr(task);
		if (!nr) { // the idle task, or one of another namespace
			p = 0;
			continue;
		}
		p = bpf_map_lookup_elem(&processes, &key);
		if (!p) {
			w->next = task->pid;
			break;
		}
		__builtin_memset(p, 0, sizeof(*p));
		read_process(p, task);
		count++;
	}
	bpf_iter_task_destroy(&it);
	bpf_rcu_read_unlock();
	w->count = count;
	return from != 0; // it has ended
}
