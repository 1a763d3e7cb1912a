// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// The kernel's types, with the members that are read.
#pragma once
#include "core.h"

KERNEL_TYPES_BEGIN

struct list_head {
	struct list_head *next;
};

struct ns_common {
	u32 inum;
};

struct user_namespace {
	struct ns_common ns;
};

struct pid_namespace {
	struct ns_common ns;
};

struct uts_namespace {
	struct ns_common ns;
};

struct ipc_namespace {
	struct ns_common ns;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct cgroup_namespace {
	struct ns_common ns;
};

struct net {
	struct ns_common ns;
};

// Also the smallest named struct that begins with a number of 64 bits.
struct timespec64 {
	s64 tv_sec;
	long tv_nsec;
};

struct timens_offsets {
	struct timespec64 boottime;
};

struct time_namespace {
	struct timens_offsets offsets;
};

struct nsproxy {
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
	struct time_namespace *time_ns;
	struct cgroup_namespace *cgroup_ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	u32 level;
	struct upid numbers[1];
};

typedef struct {
	u32 val;
} kuid_t;

typedef struct {
	u32 val;
} kgid_t;

// Since 6.3.
typedef struct {
	u64 val;
} kernel_cap_t;

// Before 6.3: the low word first. The member has another name, so that CO-RE takes
// none for the other.
struct cap_words {
	u32 cap[2];
};

struct cred {
	kuid_t uid;
	kgid_t gid;
	kuid_t euid;
	kgid_t egid;
	kernel_cap_t cap_inheritable;
	kernel_cap_t cap_permitted;
	kernel_cap_t cap_effective;
	kernel_cap_t cap_bset;
	kernel_cap_t cap_ambient;
	struct user_namespace *user_ns;
};

struct cred___words {
	struct cap_words cap_inheritable;
	struct cap_words cap_permitted;
	struct cap_words cap_effective;
	struct cap_words cap_bset;
	struct cap_words cap_ambient;
};

struct kernfs_node {
	u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct super_block {
	u32 s_dev;
	unsigned long s_magic;
};

struct inode {
	u16 i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
	u32 i_nlink;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct qstr {
	u32 len;
	const unsigned char *name;
};

struct dentry;

struct vfsmount {
	struct dentry *mnt_root;
};

struct dentry {
	struct hlist_bl_node d_hash;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct inode *f_inode;
	struct path f_path;
	void *private_data;
};

struct fdtable {
	u32 max_fds;
	struct file **fd;
	unsigned long *open_fds;
};

struct files_struct {
	struct fdtable *fdt;
};

struct fs_struct {
	struct path pwd;
};

struct percpu_counter {
	s64 count;
	s32 *counters;
};

// Since 6.1.
struct maple_tree {
	void *ma_root;
};

struct rw_semaphore {
	struct {
		s64 counter;
	} count;
};

struct mm_struct {
	struct maple_tree mm_mt;
	int map_count;
	struct rw_semaphore mmap_lock;
	unsigned long total_vm;
	unsigned long arg_start;
	unsigned long arg_end;
	unsigned long env_start;
	unsigned long env_end;
	struct percpu_counter rss_stat[4];
	struct file *exe_file;
};

// Before 6.2.
struct mm_rss_stat {
	struct {
		s64 counter;
	} count[4];
};

struct mm_struct___atomic {
	struct mm_rss_stat rss_stat;
};

struct task_io_accounting {
	u64 syscr;
	u64 syscw;
	u64 read_bytes;
	u64 write_bytes;
};

struct tty_driver {
	int major;
	int minor_start;
};

struct tty_struct {
	int index;
	struct tty_driver *driver;
};

struct signal_struct {
	int nr_threads;
	struct tty_struct *tty;
	u64 utime;
	u64 stime;
	unsigned long nvcsw;
	unsigned long nivcsw;
	unsigned long min_flt;
	unsigned long maj_flt;
	struct task_io_accounting ioac;
	u64 sum_sched_runtime;
};

struct sched_entity {
	u64 sum_exec_runtime;
};

struct seccomp {
	int mode;
};

struct task_struct {
	u32 __state;
	u32 flags;
	u32 ptrace;
	int static_prio;
	struct sched_entity se;
	struct mm_struct *mm;
	int exit_state;
	unsigned long atomic_flags;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	u64 utime;
	u64 stime;
	unsigned long nvcsw;
	unsigned long nivcsw;
	u64 start_boottime;
	unsigned long min_flt;
	unsigned long maj_flt;
	const struct cred *real_cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct seccomp seccomp;
	u64 self_exec_id;
	struct task_io_accounting ioac;
	struct css_set *cgroups;
};

// Before 5.14.
struct task_struct___state {
	long state;
};

// A map of BPF.
struct bpf_array {
	void *pptrs[1];
};

// The smallest named struct that holds an int.
struct refcount_struct {
	struct {
		int counter;
	} refs;
};

struct bpf_iter_meta {
	void *seq;
	u64 seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

KERNEL_TYPES_END

HAS_ID(task_struct);
HAS_ID(refcount_struct);
HAS_ID(list_head);
HAS_ID(file);
HAS_ID(timespec64);
