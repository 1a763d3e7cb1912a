// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// Looks at the processes of a list and finds out which of them have a trait for
// which their maps, open files or environment deserve to be read. It takes no lock
// of a process, but for copying its environment. Needs Linux 6.4.
//
// A run ends when the memory for environments is full, and the next one goes on
// from there.
#include "kernel.h"
#include "pidns.h"
#include "tasks.h"
#include "traits.h"
#include "memory.h"
#include "files.h"

char licence[] SEC("license") = "Dual MIT/GPL";

static long (*bpf_copy_from_user_task)(void *dst, u32 size, const void *src, void *task, u64 flags) = (void *)191;

extern struct task_struct *bpf_task_from_pid(int pid) KSYM;
extern void bpf_task_release(struct task_struct *task) KSYM;

#define ROOM 256
#define MAX_ENVIRON (64 << 10)
#define TICK 10000000 // ns, of metrics.TicksPerSecond

struct screened {
	u64 start; // in ticks since boot
	u32 pid;
	u32 traits;
	u32 environ; // where it begins in the memory
	u32 size;    // of the environment; 0: the trait says all
};

struct {
	int (*type)[2]; // BPF_MAP_TYPE_ARRAY
	int (*key_size)[4];
	int (*value_size)[sizeof(struct screened)];
	int (*max_entries)[ROOM];
	int (*map_flags)[1 << 10]; // BPF_F_MMAPABLE
} processes SEC(".maps");

struct environ_text {
	u8 text[2 * MAX_ENVIRON];
};

struct {
	int (*type)[2];
	int (*key_size)[4];
	int (*value_size)[sizeof(struct environ_text)];
	int (*max_entries)[1];
	int (*map_flags)[1 << 10];
} environs SEC(".maps");

// What is given to a run and comes back from it.
struct range {
	u32 next; // the first to look at; after the run, the first that was not
	u32 end;
	u32 wanted; // traits that matter
	u32 unused;
};

const struct {
	enum trait trait;
	struct screened screened;
	struct range range;
	struct name_set name_set;
} *described __attribute__((unused));

static u32 wanted;
static u32 used; // of the memory for environments

// copy_environ copies what the process was started with, unless that could be held
// up: by whoever has the lock of its memory, or who provides its pages.
static ALWAYS_INLINE void copy_environ(struct screened *s, struct task_struct *trusted, struct mm_struct *mm)
{
	u32 zero = 0, at = used;
	u64 size = memory.env_end - memory.env_start;

	s->traits |= NAMED_SETTING;
	if (FIELD_EXISTS(mm->mmap_lock.count) && mm->mmap_lock.count.counter & 0xff) // a writer has it, or waits
		return;
	struct environ_text *e = bpf_map_lookup_elem(&environs, &zero);
	if (!e || !memory.env_plain || size > MAX_ENVIRON || at > MAX_ENVIRON)
		return;
	if (bpf_copy_from_user_task(e->text + at, size, (void *)memory.env_start, trusted, 0))
		return;
	s->traits &= ~NAMED_SETTING;
	s->environ = at;
	s->size = size;
	used = at + size;
}

static ALWAYS_INLINE void screen(struct screened *s, struct task_struct *trusted)
{
	struct task_struct *task = AT(task_struct, trusted);
	struct mm_struct *mm = task->mm;

	if ((task->start_boottime + reader.boot) / TICK != s->start)
		return;
	s->traits = 0;
	bpf_rcu_read_lock();
	if (wanted & FILE_TRAITS)
		s->traits |= read_files(task);
	if (mm && wanted & ~FILE_TRAITS)
		s->traits |= read_memory(mm);
	bpf_rcu_read_unlock();
	if (mm && wanted & NAMED_SETTING && memory.env_end > memory.env_start)
		copy_environ(s, trusted, mm);
}

SEC("syscall")
int screen_processes(struct range *r)
{
	u32 next = r->next;
	struct bpf_iter_num it;
	int *i;

	if (!reader.known)
		know_reader();
	wanted = r->wanted;
	used = 0;
	bpf_iter_num_new(&it, next, r->end);
	while ((i = bpf_iter_num_next(&it))) {
		u32 key = *i;
		struct screened *s = bpf_map_lookup_elem(&processes, &key);
		if (!s || used > MAX_ENVIRON)
			break;
		s->traits = ALL_TRAITS;
		s->size = 0;
		struct task_struct *task = bpf_task_from_pid(s->pid);
		if (task) {
			screen(s, task);
			bpf_task_release(task);
		}
		r->next = key + 1;
	}
	bpf_iter_num_destroy(&it);
	return reader.level != 0; // it knows the pids of the first namespace only
}
