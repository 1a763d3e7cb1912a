// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// Walks the kernel's own list of tasks and leaves a step for each process in shared
// memory, and for those that may have changed a struct process, with all its threads
// added up. To come by a task costs 30 ns here, where the task iterator takes 450.
// Needs Linux 6.7.
//
// A run ends when the memory is full, and the next one finds its way to where that
// was. The order is that of the list: of birth.
#include "process.h"
#include "stamp.h"
#include "tasks.h"

char licence[] SEC("license") = "Dual MIT/GPL";

#define ROOM 2048
#define STEPS 16384

struct {
	int (*type)[2]; // BPF_MAP_TYPE_ARRAY
	int (*key_size)[4];
	int (*value_size)[sizeof(struct process)];
	int (*max_entries)[ROOM];
	int (*map_flags)[1 << 10]; // BPF_F_MMAPABLE
} processes SEC(".maps");

// step is one process of the list.
struct step {
	u32 pid;
	u32 whole; // the next struct process is of it; else it is as it was last time
};

struct {
	int (*type)[2];
	int (*key_size)[4];
	int (*value_size)[sizeof(struct step)];
	int (*max_entries)[STEPS];
	int (*map_flags)[1 << 10];
} steps SEC(".maps");

// What is given to a run and comes back from it.
struct walk {
	u32 next;  // the process to go on with, its pid in the first namespace; 0: begin, or done
	u32 whole; // read all processes as a whole
	u32 steps; // in the memory
	u32 count; // of processes in the memory
	u32 left;  // that had no place in it; some may be of other namespaces
};

const struct {
	struct walk walk;
	struct watch_set watch_set;
	struct step step;
} *described __attribute__((unused));

// The result of the run. It is kept here, since the verifier would follow a local
// variable through each of its values.
static struct walk run;
static u32 pass;

// due tells whether it is the turn of a process to be read as a whole.
static ALWAYS_INLINE int due(struct task_struct *task)
{
	return ((task->pid ^ pass) & (WHOLE - 1)) == 0;
}

// place makes the next step, for the process with the number nr, and returns where
// its record is to be: nowhere when it did not change. It reports 0 when the memory
// is full.
static ALWAYS_INLINE int place(struct task_struct *task, u32 nr, u32 all, struct process **p)
{
	u32 key = run.count, at = run.steps;
	struct step *step = bpf_map_lookup_elem(&steps, &at);
	struct stamp *stamp = stamp_of(task);

	if (!step || !stamp)
		return 0;
	step->pid = nr;
	step->whole = all || due(task) || !unchanged(stamp, task) || is_watched(nr);
	if (step->whole) {
		*p = bpf_map_lookup_elem(&processes, &key);
		if (!*p)
			return 0;
		set_stamp(stamp, task);
		run.count++;
	}
	run.steps++;
	return 1;
}

SEC("syscall")
int walk_tasks(struct walk *w)
{
	struct process *p = 0;
	struct task_struct *trusted;
	struct bpf_iter_task it;
	u32 from = w->next, all = w->whole;

	if (!reader.known)
		know_reader();
	if (!from) {
		begin_pass();
		pass++;
	}
	run = (struct walk){.whole = all};
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
		u32 nr = task_nr(task);
		p = 0;
		if (!nr) // the idle task, or one of another namespace
			continue;
		if (run.next) {
			run.left++;
		} else if (!place(task, nr, all, &p)) {
			run.next = task->pid;
			run.left++;
		} else if (p) {
			__builtin_memset(p, 0, sizeof(*p));
			read_process(p, task);
		}
	}
	bpf_iter_task_destroy(&it);
	bpf_rcu_read_unlock();
	*w = run;
	return from != 0; // it has ended
}
