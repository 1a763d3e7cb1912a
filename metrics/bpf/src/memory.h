// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// The traits of a process's mappings.
#pragma once
#include "kernel.h"
#include "maple.h"
#include "tasks.h"
#include "traits.h"

KERNEL_TYPES_BEGIN

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	unsigned long vm_flags;
	void *vm_ops;
	struct file *vm_file;
};

struct mount {
	struct vfsmount mnt;
	void *mnt_ns;
};

// The file that a file of a layered file system stands for. Since 6.7.
struct backing_file {
	struct path user_path;
};

KERNEL_TYPES_END

HAS_ID(vm_area_struct);
HAS_ID(mount);
HAS_ID(backing_file);
HAS_ID(dentry);
HAS_ID(mm_struct);

#define VM_WRITE 0x2
#define VM_EXEC 0x4
#define VM_UFFD_MISSING 0x200 // a page may come from user space, when it pleases

#define OVERLAYFS_SUPER_MAGIC 0x794c7630

#define MAX_STEPS 16384 // through the tree

// What is known of the process at hand. It is kept in memory, since the verifier
// would follow local variables through each of their values.
static struct {
	u64 program; // dentry of its file
	u64 env_start, env_end;
	u32 maps;
	u32 traits;
	u8 code;      // some has been seen that is not of the program's file …
	u8 anonymous; // … and the first of it is of no file
	u8 image;     // code of the program's file has been seen
	u8 env_seen;  // the mapping in which the environment begins has been seen …
	u8 env_plain; // … and it is plain memory
} memory;

// named is the dentry by which /proc/PID/maps names a mapped file; 0 when it cannot
// be told. A file on a mount of no namespace is either made by the kernel, and has
// no name, or lies below a layer.
static ALWAYS_INLINE u64 named(struct file *file)
{
	u64 dentry = (u64)file->f_path.dentry, mnt = (u64)file->f_path.mnt;
	u64 mount = mnt - (u64)&((struct mount *)0)->mnt;
	s64 ns = (s64)AT(mount, mount)->mnt_ns;

	if ((ns < -4095 || ns > 0) || !AT(dentry, dentry)->d_hash.pprev)
		return dentry;
	if (!FIELD_EXISTS(((struct backing_file *)0)->user_path))
		return 0;
	dentry = (u64)AT(backing_file, file)->user_path.dentry;
	if (AT(dentry, dentry)->d_sb->s_magic != OVERLAYFS_SUPER_MAGIC)
		return 0;
	return dentry;
}

// unnamed reports whether a path ends with the mark of a deleted file: it is
// deleted, or its name ends so.
static ALWAYS_INLINE u32 unnamed(u64 dentry)
{
	struct dentry *d = AT(dentry, dentry);

	if (!d->d_hash.pprev)
		return 1;
	u32 length = d->d_name.len;
	return length > 10 && WORD((u64)d->d_name.name + length - 8) >> 56 == ')';
}

static ALWAYS_INLINE void read_code(struct vm_area_struct *vma)
{
	struct file *file = vma->vm_file;

	if (!file) {
		if (vma->vm_ops) // of the kernel: [vdso]
			return;
		if (vma->vm_flags & VM_WRITE)
			memory.traits |= WRITABLE_CODE;
		if (!memory.code)
			memory.anonymous = 1;
		memory.code = 1;
		return;
	}
	if (vma->vm_flags & VM_WRITE && !file->f_inode->i_ino)
		memory.traits |= WRITABLE_CODE;
	u64 dentry = named(file);
	if (dentry && dentry == memory.program) {
		memory.image = 1;
		return;
	}
	memory.code = 1;
	if (!dentry || unnamed(dentry))
		memory.traits |= UNNAMED_CODE;
}

static ALWAYS_INLINE void read_mapping(struct vm_area_struct *vma)
{
	memory.maps++;
	if (!memory.env_seen && vma->vm_end > memory.env_start) {
		memory.env_seen = 1;
		memory.env_plain = vma->vm_start <= memory.env_start && vma->vm_end >= memory.env_end &&
				   !vma->vm_ops && !(vma->vm_flags & VM_UFFD_MISSING);
	}
	if (vma->vm_flags & VM_EXEC)
		read_code(vma);
}

// read_memory returns the traits of the mappings. Those that cannot be told are
// set.
static ALWAYS_INLINE u32 read_memory(struct mm_struct *mm)
{
	struct bpf_iter_num it;

	__builtin_memset(&memory, 0, sizeof(memory));
	memory.program = (u64)mm->exe_file->f_path.dentry;
	memory.env_start = mm->env_start;
	memory.env_end = mm->env_end;
	maple_begin((u64)mm->mm_mt.ma_root);
	bpf_iter_num_new(&it, 0, MAX_STEPS);
	while (bpf_iter_num_next(&it) && maple.pivot) {
		u64 vma = maple_step();

		if (vma)
			read_mapping(AT(vm_area_struct, vma));
	}
	bpf_iter_num_destroy(&it);
	if (memory.maps != mm->map_count) {
		memory.env_plain = 0;
		return MEMORY_TRAITS;
	}
	if (memory.anonymous && !memory.image)
		memory.traits |= REPLACED_IMAGE;
	return memory.traits;
}
