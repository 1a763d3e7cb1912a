// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// The traits of a process's open files.
#pragma once
#include "kernel.h"
#include "tasks.h"
#include "traits.h"

KERNEL_TYPES_BEGIN

struct sock_common {
	u16 skc_family;
};

struct sock {
	struct sock_common __sk_common;
};

struct socket {
	struct sock *sk;
};

KERNEL_TYPES_END

HAS_ID(socket);

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define S_IFDIR 0040000
#define AF_INET 2
#define AF_INET6 10

#define MAX_FILES 65536
#define NAME_BITS 16

// A bit for each value that hash_name has for a name that is looked for.
struct name_set {
	u64 bits[(1 << NAME_BITS) / 64];
};

struct {
	int (*type)[2]; // BPF_MAP_TYPE_ARRAY
	int (*key_size)[4];
	int (*value_size)[sizeof(struct name_set)];
	int (*max_entries)[1];
	int (*map_flags)[1 << 10]; // BPF_F_MMAPABLE
} names SEC(".maps");

// Where a walk over the open files is. It is kept in memory, since the verifier
// would follow local variables through each of their values.
static struct {
	u64 word; // of open_fds, without the bits of those that have been seen
	u32 base; // the descriptor of its first bit
	u32 traits;
	u32 done;
} files;

// hash_name is a multiplicative hash.
static ALWAYS_INLINE u64 hash_name(u64 word)
{
	return word * 0x9e3779b97f4a7c15 >> (64 - NAME_BITS);
}

// has_name reports whether a name is looked for, as a whole or by its last four
// bytes. A few others are taken for one.
static ALWAYS_INLINE u32 has_name(const struct name_set *set, struct dentry *dentry)
{
	u64 length = dentry->d_name.len, text = (u64)dentry->d_name.name;
	s64 missing = 8 - length; // to fill a word

	missing &= ~(missing >> 63);
	u64 head = WORD(text) & ~0ULL >> 8 * missing;
	u64 tail = WORD(text + length - 8) & ~0ULL << 8 * missing;
	u64 whole = hash_name(head ^ (tail << 1 | tail >> 63) ^ length), end = hash_name(tail >> 32);

	return (set->bits[whole / 64] >> whole % 64 | set->bits[end / 64] >> end % 64) & 1;
}

static ALWAYS_INLINE void read_file(const struct name_set *set, u64 fd, struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;

	if (fd <= 2 && (file->f_inode->i_mode & S_IFMT) == S_IFSOCK) {
		u16 family = AT(socket, file->private_data)->sk->__sk_common.skc_family;

		if (family == AF_INET || family == AF_INET6)
			files.traits |= NETWORK_STDIO;
	}
	if (has_name(set, dentry))
		files.traits |= NAMED_FILE;
	// A single file that is mounted somewhere goes by the name of that place.
	if (dentry == file->f_path.mnt->mnt_root && (file->f_inode->i_mode & S_IFMT) != S_IFDIR)
		files.traits |= NAMED_FILE;
}

// first_bit is the number of the lowest bit that is set: the number of bits below
// it.
static ALWAYS_INLINE u32 first_bit(u64 word)
{
	u64 n = (word & -word) - 1;

	n -= n >> 1 & 0x5555555555555555;
	n = (n & 0x3333333333333333) + (n >> 2 & 0x3333333333333333);
	n = (n + (n >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return n * 0x0101010101010101 >> 56;
}

// read_files returns the traits of the open files. Those that cannot be told are
// set.
static ALWAYS_INLINE u32 read_files(struct task_struct *task)
{
	struct fdtable *fdt = task->files->fdt;
	u64 table = (u64)fdt->fd, bits = (u64)fdt->open_fds;
	u32 max = fdt->max_fds, zero = 0;
	struct bpf_iter_num it;

	struct name_set *set = bpf_map_lookup_elem(&names, &zero);
	if (!set)
		return FILE_TRAITS;
	files.traits = files.base = files.done = 0;
	files.word = WORD(bits);
	bpf_iter_num_new(&it, 0, MAX_FILES);
	while (bpf_iter_num_next(&it)) {
		if (!files.word) {
			files.base += 64;
			files.done = files.base >= max;
			if (files.done)
				break;
			files.word = WORD(bits + files.base / 8);
			continue;
		}
		u32 fd = files.base + first_bit(files.word);
		files.word &= files.word - 1;
		u64 file = WORD(table + 8ULL * fd);
		if (file)
			read_file(set, fd, AT(file, file));
	}
	bpf_iter_num_destroy(&it);
	return files.done ? files.traits : FILE_TRAITS;
}
