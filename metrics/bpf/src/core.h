// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// What every program here needs of the kernel's BPF interface: integer types,
// the helpers it calls (numbered as in include/uapi/linux/bpf.h) and the
// compiler's CO-RE builtins.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;

#define SEC(name) __attribute__((section(name), used))
#define ALWAYS_INLINE inline __attribute__((always_inline))

// Kernel types are declared with the members that are read, no more: CO-RE finds
// their place in the running kernel. A type whose name ends in ___something is
// the same kernel type as an older or newer kernel has it.
#define KERNEL_TYPES_BEGIN \
	_Pragma("clang attribute push (__attribute__((preserve_access_index)), apply_to = record)")
#define KERNEL_TYPES_END _Pragma("clang attribute pop")

#define FIELD_EXISTS(field) __builtin_preserve_field_info(field, 2)
#define TYPE_EXISTS(type) __builtin_preserve_type_info(*(typeof(type) *)0, 0)

static u64 (*bpf_get_current_task)(void) = (void *)35;
static long (*bpf_probe_read_kernel)(void *dst, u32 size, const void *src) = (void *)113;
#define READ_KERNEL(dst, src) bpf_probe_read_kernel(dst, sizeof(*(dst)), src)

static long (*bpf_seq_write)(void *seq, const void *data, u32 len) = (void *)127;
