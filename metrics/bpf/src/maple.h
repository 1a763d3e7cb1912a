// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// The tree in which the kernel keeps the mappings of a process, as
// lib/maple_tree.c has it since Linux 6.1. It is read without its lock: whoever
// goes through it counts what was found, and compares with mm_struct.map_count.
#pragma once
#include "kernel.h"

KERNEL_TYPES_BEGIN

struct maple_metadata {
	u8 end;
};

struct maple_range_64 {
	unsigned long pivot[15];
	void *slot[16];
	struct maple_metadata meta;
};

struct maple_arange_64 {
	unsigned long pivot[9];
	void *slot[10];
	struct maple_metadata meta;
};

KERNEL_TYPES_END

// The kinds of nodes that a tree of mappings has.
#define MAPLE_LEAF 1
#define MAPLE_INNER 3

#define WORD(address) ((u64)AT(timespec64, address)->tv_sec)

// Where a walk through a tree is: at a slot of a node. To get from one leaf to the
// next it goes down from the root again.
static struct {
	u64 root;
	u64 address;	 // the first one that was not seen
	u64 pivot, slot; // addresses of the node's arrays; 0: the walk has ended
	u64 max;	 // the last address that the node is about
	u32 index, end;	 // the slot, and the last one
	u32 leaf;
} maple;

// maple_enter goes to the first slot of a node, which its parent names by its
// address with the kind in the low byte. The end is that of ma_data_end.
static ALWAYS_INLINE void maple_enter(u64 entry, u64 max)
{
	u64 node = entry & ~255ULL, kind = entry >> 3 & 15;

	maple.max = max;
	maple.index = 0;
	maple.leaf = kind == MAPLE_LEAF;
	maple.pivot = 0;
	if (kind == MAPLE_LEAF) {
		struct maple_range_64 *n = (void *)node;
		u64 last = WORD(&n->pivot[14]);

		maple.pivot = (u64)&n->pivot;
		maple.slot = (u64)&n->slot;
		maple.end = last ? 14 + (last != max) : (u8)WORD(&n->meta.end);
	} else if (kind == MAPLE_INNER) {
		struct maple_arange_64 *n = (void *)node;

		maple.pivot = (u64)&n->pivot;
		maple.slot = (u64)&n->slot;
		maple.end = (u8)WORD(&n->meta.end);
	}
}

static ALWAYS_INLINE void maple_begin(u64 root)
{
	maple.root = root;
	maple.address = 0;
	maple.pivot = 0;
	if ((root & 3) == 2 && root > 4096)
		maple_enter(root, ~0ULL);
}

// maple_step goes one slot on, and returns the entry that it passed, if it is one.
static ALWAYS_INLINE u64 maple_step(void)
{
	u64 index = maple.index++, entry = WORD(maple.slot + 8 * index), last = maple.max;

	if (maple.leaf) {
		if (index >= maple.end) {
			maple.address = maple.max + 1;
			maple.pivot = 0;
			if (maple.address)
				maple_enter(maple.root, ~0ULL);
		}
		return entry & 3 ? 0 : entry;
	}
	// The compiler must not share this load with that of the other branch: the
	// verifier takes one instruction for one kind of pointer.
	asm volatile("" : "+r"(last));
	if (index < maple.end)
		last = WORD(maple.pivot + 8 * index);
	if (last >= maple.address)
		maple_enter(entry, last);
	else if (index >= maple.end)
		maple.pivot = 0;
	return 0;
}
