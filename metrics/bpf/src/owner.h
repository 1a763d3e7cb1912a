// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// Who holds a socket.
#pragma once
#include "kernel.h"
#include "pidns.h"

struct owner {
	u64 inode;
	u64 start; // of the process, ns since boot
	u32 pid;
	u32 fd;
};

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define SOCKFS_MAGIC 0x534f434b

// socket_inode is 0 for a file that is not a socket.
static ALWAYS_INLINE u64 socket_inode(struct file *file)
{
	struct inode *inode = file->f_inode;

	if ((inode->i_mode & S_IFMT) != S_IFSOCK || inode->i_sb->s_magic != SOCKFS_MAGIC)
		return 0;
	return inode->i_ino;
}
