// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// Walks the files of all processes and leaves a struct owner for each socket in
// shared memory: what owner.bpf.c does, without taking each file in turn. Needs
// Linux 6.7.
//
// A run ends when the memory is full, and the next one finds its way to where that
// was.
#include "owner.h"
#include "tasks.h"

char licence[] SEC("license") = "Dual MIT/GPL";

#define ROOM 8192

struct {
	int (*type)[2]; // BPF_MAP_TYPE_ARRAY
	int (*key_size)[4];
	int (*value_size)[sizeof(struct owner)];
	int (*max_entries)[ROOM];
	int (*map_flags)[1 << 10]; // BPF_F_MMAPABLE
} owners SEC(".maps");

// What is given to a run and comes back from it.
struct place {
	u32 task;  // the one to go on with, its pid in the first namespace; 0: begin, or done
	u32 fd;	   // the descriptor to go on with
	u32 count; // of owners in the memory
	u32 unused;
};

const struct {
	struct owner owner;
	struct place place;
} *described __attribute__((unused));

// How many owners are in the memory. It is kept there, since the verifier would
// follow a local variable through each of its values.
static u32 count;

// walk_files writes the sockets of a task from a descriptor on, and returns the one
// for which there is no room, or -1.
static ALWAYS_INLINE int walk_files(struct task_struct *task, u32 from)
{
	struct task_struct *leader = task->group_leader;
	struct fdtable *fdt = task->files->fdt;
	u64 files = (u64)fdt->fd, bits = (u64)fdt->open_fds, word = ~0ULL;
	struct bpf_iter_num it;
	int *i, full = -1;

	bpf_iter_num_new(&it, from, fdt->max_fds);
	while ((i = bpf_iter_num_next(&it))) {
		u64 fd = *(u32 *)i;

		if (fd % 64 == 0 || fd == from)
			word = AT(timespec64, bits + fd / 64 * 8)->tv_sec;
		if (!(word >> (fd % 64) & 1))
			continue;
		u64 inode = socket_inode(AT(file, AT(list_head, files + fd * 8)->next));
		if (!inode)
			continue;
		u32 key = count;
		struct owner *o = bpf_map_lookup_elem(&owners, &key);
		if (!o) {
			full = fd;
			break;
		}
		o->inode = inode;
		o->start = leader->start_boottime + reader.boot;
		o->pid = task_nr(leader);
		o->fd = fd;
		count++;
	}
	bpf_iter_num_destroy(&it);
	return full;
}

SEC("syscall")
int walk_owners(struct place *w)
{
	struct task_struct *trusted;
	struct bpf_iter_task it;
	u32 from = w->task, fd = w->fd;

	if (!reader.known)
		know_reader();
	count = 0;
	w->task = 0;
	bpf_rcu_read_lock();
	bpf_iter_task_new(&it, 0, ALL_THREADS);
	while ((trusted = bpf_iter_task_next(&it))) {
		struct task_struct *task = AT(task_struct, trusted);

		if (from) {
			if (task->pid != from)
				continue;
			from = 0;
		} else {
			fd = 0;
		}
		struct task_struct *leader = task->group_leader;
		if (!task->files || (task != leader && task->files == leader->files) || !task_nr(leader))
			continue;
		int full = walk_files(task, fd);
		if (full >= 0) {
			w->task = task->pid;
			w->fd = full;
			break;
		}
	}
	bpf_iter_task_destroy(&it);
	bpf_rcu_read_unlock();
	w->count = count;
	return from != 0; // it has ended
}
