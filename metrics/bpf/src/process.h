// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// What is read of a process. Most of the cost is in the cache lines that are
// touched, not in the size of the record, so that all is read at once.
#pragma once
#include "kernel.h"
#include "pidns.h"
#include "rss.h"

// Two addresses of kernel objects, only to be compared: a process that is seen
// again with the same ones still holds the same objects.
struct place {
	u64 mount, dentry;
};

// What seldom changes, compared as a whole.
struct image {
	u64 start; // ns since boot
	u64 exec_id;
	u64 exe_inode;
	struct place exe;
	u64 css_set; // address
	u32 exe_dev; // as the kernel numbers devices: 12 bits major, 20 bits minor
	u32 exe_mode;
	u32 mnt_ns, pid_ns, net_ns, user_ns, uts_ns, ipc_ns, cgroup_ns;
	u32 uid;
	u8 comm[16];
};

struct capabilities {
	u64 inheritable, permitted, effective, bounding, ambient;
};

// Sums over threads, where user space adds those of struct thread.
struct counters {
	u64 utime, stime; // ns, sampled by ticks where the kernel does so
	u64 runtime;      // ns, exact
	u64 read_bytes, write_bytes, syscr, syscw;
	u64 min_flt, maj_flt;
	u64 nvcsw, nivcsw;
};

// What this kernel keeps.
enum have {
	HAVE_IO_BYTES = 1,
	HAVE_IO_CALLS = 2,
	HAVE_SECCOMP = 4,
	HAVE_CGROUP = 8,
	HAVE_RSS_PARTS = 16,
};

// Both records begin with the pid and with the pid of the leader, which is 0
// in a struct process.
struct process {
	u32 pid;
	u32 leader;
	u32 ppid;
	u32 tracer;
	u32 euid, gid, egid;
	u32 flags;
	u32 tty;
	u32 threads;
	u32 state, exit_state;
	u32 priority;
	u32 exe_nlink;
	u32 env_bytes;
	u8 seccomp;
	u8 no_new_privs;
	u8 has_memory; // neither a kernel thread nor a zombie
	u8 have;       // enum have

	s64 rss_common; // pages
	s64 rss_parts;  // pages, with HAVE_RSS_PARTS
	u64 vm_pages;
	u64 cgroup_id;
	struct place cwd;
	struct image image;
	struct capabilities caps;
	struct counters sum;
};

#define PF_KTHREAD 0x00200000
#define MAX_ENV 0x7fffffffU

static ALWAYS_INLINE u32 encode_dev(u32 major, u32 minor)
{
	return (minor & 0xff) | (major << 8) | ((minor & ~0xffU) << 12);
}

static ALWAYS_INLINE void read_program(struct process *p, struct file *exe)
{
	struct inode *inode = exe->f_inode;

	p->exe_nlink = inode->i_nlink;
	p->image.exe_inode = inode->i_ino;
	p->image.exe_mode = inode->i_mode;
	p->image.exe_dev = inode->i_sb->s_dev;
	p->image.exe.mount = (u64)exe->f_path.mnt;
	p->image.exe.dentry = (u64)exe->f_path.dentry;
}

static ALWAYS_INLINE void read_memory(struct process *p, struct task_struct *task, struct mm_struct *mm)
{
	struct resident r = resident(task, p->pid, mm);
	u64 env = mm->env_end - mm->env_start;
	struct file *exe = mm->exe_file;

	p->has_memory = 1;
	p->rss_common = r.common;
	p->rss_parts = r.parts;
	if (r.exact)
		p->have |= HAVE_RSS_PARTS;
	p->vm_pages = mm->total_vm;
	p->env_bytes = env < MAX_ENV ? env : MAX_ENV;
	if (exe)
		read_program(p, exe);
}

#define JOIN(words) ((words).cap[0] | (u64)(words).cap[1] << 32)

static ALWAYS_INLINE void read_capabilities(struct capabilities *caps, const struct cred *cred)
{
	struct cred___words *old = (void *)cred;

	if (FIELD_EXISTS(cred->cap_effective.val)) {
		caps->inheritable = cred->cap_inheritable.val;
		caps->permitted = cred->cap_permitted.val;
		caps->effective = cred->cap_effective.val;
		caps->bounding = cred->cap_bset.val;
		caps->ambient = cred->cap_ambient.val;
	} else {
		caps->inheritable = JOIN(old->cap_inheritable);
		caps->permitted = JOIN(old->cap_permitted);
		caps->effective = JOIN(old->cap_effective);
		caps->bounding = JOIN(old->cap_bset);
		caps->ambient = JOIN(old->cap_ambient);
	}
}

static ALWAYS_INLINE void read_credentials(struct process *p, const struct cred *cred)
{
	p->image.uid = cred->uid.val;
	p->euid = cred->euid.val;
	p->gid = cred->gid.val;
	p->egid = cred->egid.val;
	read_capabilities(&p->caps, cred);
	p->image.user_ns = cred->user_ns->ns.inum;
}

// INUM is 0 for a kind of namespace that the kernel was built without.
#define INUM(pointer) (FIELD_EXISTS((pointer)->ns.inum) ? (pointer)->ns.inum : 0)

static ALWAYS_INLINE void read_namespaces(struct image *image, struct nsproxy *nsproxy)
{
	image->mnt_ns = nsproxy->mnt_ns->ns.inum;
	image->net_ns = INUM(nsproxy->net_ns);
	image->uts_ns = INUM(nsproxy->uts_ns);
	image->ipc_ns = INUM(nsproxy->ipc_ns);
	image->cgroup_ns = INUM(nsproxy->cgroup_ns);
}

static ALWAYS_INLINE void add_counters(struct counters *sum, struct task_struct *task)
{
	sum->utime += task->utime;
	sum->stime += task->stime;
	sum->runtime += task->se.sum_exec_runtime;
	if (FIELD_EXISTS(task->ioac.read_bytes)) {
		sum->read_bytes += task->ioac.read_bytes;
		sum->write_bytes += task->ioac.write_bytes;
	}
	if (FIELD_EXISTS(task->ioac.syscr)) {
		sum->syscr += task->ioac.syscr;
		sum->syscw += task->ioac.syscw;
	}
	sum->min_flt += task->min_flt;
	sum->maj_flt += task->maj_flt;
	sum->nvcsw += task->nvcsw;
	sum->nivcsw += task->nivcsw;
}

// add_ended adds the threads that ended. Most processes never had one, and are
// spared three cache lines.
static ALWAYS_INLINE void add_ended(struct counters *sum, struct signal_struct *signal)
{
	u64 runtime = signal->sum_sched_runtime;

	if (!runtime)
		return;
	sum->runtime += runtime;
	sum->utime += signal->utime;
	sum->stime += signal->stime;
	if (FIELD_EXISTS(signal->ioac.read_bytes)) {
		sum->read_bytes += signal->ioac.read_bytes;
		sum->write_bytes += signal->ioac.write_bytes;
	}
	if (FIELD_EXISTS(signal->ioac.syscr)) {
		sum->syscr += signal->ioac.syscr;
		sum->syscw += signal->ioac.syscw;
	}
	sum->min_flt += signal->min_flt;
	sum->maj_flt += signal->maj_flt;
	sum->nvcsw += signal->nvcsw;
	sum->nivcsw += signal->nivcsw;
}

// read_process fills p, which is all zeros, from the leader of its threads.
static ALWAYS_INLINE void read_process(struct process *p, struct task_struct *task)
{
	struct signal_struct *signal = task->signal;
	struct nsproxy *nsproxy = task->nsproxy;
	struct tty_struct *tty = signal->tty;
	struct mm_struct *mm = task->mm;
	struct fs_struct *fs = task->fs;

	p->pid = task_nr(task);
	p->ppid = reader.level ? nested_nr(task->real_parent->group_leader) : task->real_parent->tgid;
	if (task->ptrace)
		p->tracer = task_nr(task->parent);
	p->flags = task->flags;
	p->threads = signal->nr_threads;
	if (FIELD_EXISTS(task->__state))
		p->state = task->__state;
	else
		p->state = ((struct task_struct___state *)task)->state;
	p->exit_state = task->exit_state;
	p->priority = task->static_prio;
	if (FIELD_EXISTS(task->ioac.read_bytes))
		p->have |= HAVE_IO_BYTES;
	if (FIELD_EXISTS(task->ioac.syscr))
		p->have |= HAVE_IO_CALLS;
	if (FIELD_EXISTS(task->seccomp.mode)) {
		p->have |= HAVE_SECCOMP;
		p->seccomp = task->seccomp.mode;
	}
	p->no_new_privs = task->atomic_flags & 1;
	if (FIELD_EXISTS(tty->driver) && tty)
		p->tty = encode_dev(tty->driver->major, tty->driver->minor_start + tty->index);
	read_credentials(p, task->real_cred);
	add_counters(&p->sum, task);
	add_ended(&p->sum, signal);
	// A kernel thread may have borrowed the memory of a process.
	if (mm && !(task->flags & PF_KTHREAD))
		read_memory(p, task, mm);
	if (fs) {
		p->cwd.mount = (u64)fs->pwd.mnt;
		p->cwd.dentry = (u64)fs->pwd.dentry;
	}
	p->image.start = task->start_boottime + reader.boot;
	p->image.exec_id = task->self_exec_id;
	if (nsproxy)
		read_namespaces(&p->image, nsproxy);
	p->image.pid_ns = own_pid_ns(task);
	if (FIELD_EXISTS(task->cgroups) && FIELD_EXISTS(((struct css_set *)0)->dfl_cgrp)) {
		p->have |= HAVE_CGROUP;
		p->cgroup_id = task->cgroups->dfl_cgrp->kn->id;
		p->image.css_set = (u64)task->cgroups;
	}
	__builtin_memcpy(p->image.comm, task->comm, sizeof(p->image.comm));
}
