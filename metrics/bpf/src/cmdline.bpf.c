// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// Copies the command lines of the processes that are wanted, as fs/proc/base.c
// shows them in /proc/PID/cmdline. It takes the mmap lock of each, and waits for
// it. Needs Linux 5.18.
#include "kernel.h"
#include "pidns.h"

char licence[] SEC("license") = "Dual MIT/GPL";

static long (*bpf_copy_from_user_task)(void *dst, u32 size, const void *src, void *task, u64 flags) = (void *)191;

#define MAX_CMDLINE 4096 // metrics.MaxCmdline
#define MAX_PID (1U << 22)

// What is written: this, and then size bytes, padded to a multiple of 8.
struct head {
	u32 pid;
	u32 size;
	u64 start;
	u64 exec_id;
	u8 title; // the program wrote over its arguments: the text ends at the first NUL
	u8 cut;
	u8 failed; // the memory could not be read
	u8 unused[5];
};

struct record {
	struct head head;
	u8 text[MAX_CMDLINE];
};

const struct head *described __attribute__((unused));

// One bit for each pid that is wanted. User space sets them in the memory of the
// map.
struct {
	int (*type)[2]; // BPF_MAP_TYPE_ARRAY
	int (*key_size)[4];
	int (*value_size)[8];
	int (*max_entries)[MAX_PID / 64];
	int (*map_flags)[1 << 10]; // BPF_F_MMAPABLE
} wanted SEC(".maps");

struct {
	int (*type)[2];
	int (*key_size)[4];
	int (*value_size)[sizeof(struct record)];
	int (*max_entries)[1];
} scratch SEC(".maps");

static ALWAYS_INLINE int is_wanted(u32 pid)
{
	u32 word = pid / 64;
	u64 *bits = bpf_map_lookup_elem(&wanted, &word);

	return bits && (*bits >> (pid % 64) & 1);
}

static ALWAYS_INLINE void copy_text(struct record *r, void *task, u64 from, u64 size)
{
	u32 length = size;

	r->head.cut = size > MAX_CMDLINE;
	if (r->head.cut)
		length = MAX_CMDLINE;
	// The verifier needs a bound that the compiler does not know to be there already.
	asm volatile("" : "+r"(length));
	if (length > MAX_CMDLINE)
		return;
	r->head.failed = bpf_copy_from_user_task(r->text, length, (void *)from, task, 0) != 0;
	r->head.size = r->head.failed ? 0 : length;
}

// last_byte is that of arguments which were copied, or cut.
static ALWAYS_INLINE u8 last_byte(struct record *r, void *task, u64 to)
{
	u32 size = r->head.size;
	u8 last = 0;

	if (r->head.cut)
		bpf_copy_from_user_task(&last, 1, (void *)(to - 1), task, 0);
	else if (size > 0 && size <= MAX_CMDLINE)
		last = r->text[size - 1];
	return last;
}

// copy does as get_mm_cmdline: the arguments, unless their last byte is not NUL.
// Then the program has written a title over them, and perhaps over the environment
// that follows.
static ALWAYS_INLINE void copy(struct record *r, void *task, struct mm_struct *mm)
{
	u64 from = mm->arg_start, to = mm->arg_end, end = mm->env_end;

	copy_text(r, task, from, to - from);
	if (!last_byte(r, task, to))
		return;
	r->head.title = 1;
	if (mm->env_start == to && end > to)
		copy_text(r, task, from, end - from);
}

SEC("iter.s/task")
int list_cmdlines(struct bpf_iter__task *ctx)
{
	struct task_struct *trusted = ctx->task;
	struct task_struct *task = AT(task_struct, trusted);
	struct bpf_iter_meta *meta = ctx->meta;
	void *seq = meta->seq;
	u32 zero = 0;

	if (!trusted || !task || task->group_leader != task)
		return 0;
	if (!reader.known)
		know_reader();
	u32 pid = task_nr(task);
	if (!is_wanted(pid))
		return 0;
	struct record *r = bpf_map_lookup_elem(&scratch, &zero);
	if (!r)
		return 0;
	r->head = (struct head){
		.pid = pid,
		.start = task->start_boottime + reader.boot,
		.exec_id = task->self_exec_id,
	};
	struct mm_struct *mm = task->mm;
	if (mm && mm->arg_start < mm->arg_end)
		copy(r, trusted, mm);
	u64 length = sizeof(r->head) + ((r->head.size + 7) & ~7U);
	if (length <= sizeof(*r))
		bpf_seq_write(seq, r, length);
	return 0;
}
