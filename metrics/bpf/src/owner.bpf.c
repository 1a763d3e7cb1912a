// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// Lists the sockets among the files of all processes. The iterator leaves out
// threads that share the files of their leader.
#include "owner.h"

char licence[] SEC("license") = "Dual MIT/GPL";

SEC("iter/task_file")
int list_owners(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = AT(task_struct, ctx->task);
	struct file *file = AT(file, ctx->file);
	struct bpf_iter_meta *meta = ctx->meta;
	void *seq = meta->seq;
	struct owner o = {};

	if (!task || !file)
		return 0;
	if (!reader.known)
		know_reader();
	o.inode = socket_inode(file);
	if (!o.inode)
		return 0;
	o.fd = ctx->fd;
	o.pid = task_nr(task->group_leader);
	o.start = task->group_leader->start_boottime + reader.boot;
	bpf_seq_write(seq, &o, sizeof(o));
	return 0;
}
