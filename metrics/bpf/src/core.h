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

static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static u64 (*bpf_get_current_task)(void) = (void *)35;
static long (*bpf_probe_read_kernel)(void *dst, u32 size, const void *src) = (void *)113;
static u64 (*bpf_ktime_get_boot_ns)(void) = (void *)125;
static long (*bpf_seq_write)(void *seq, const void *data, u32 len) = (void *)127;
static void *(*bpf_map_lookup_percpu_elem)(void *map, const void *key, u32 cpu) = (void *)195;

#define READ_KERNEL(dst, src) bpf_probe_read_kernel(dst, sizeof(*(dst)), src)

// Functions of the kernel, and ids of its types, that the loader puts in.
#define KSYM __attribute__((section(".ksyms")))

// bpf_rdonly_cast makes a pointer of any number. What it gives can only be read,
// and a wrong address reads as 0. Before 6.2 it is missing: the loader leaves the
// pointer as it is.
extern void *bpf_rdonly_cast(const void *address, u32 type) KSYM;

// CPUS is the number of processors that this machine may have, a constant to the
// verifier: it goes through a loop as often as the loop runs.
extern void possible_cpus KSYM;
#define CPUS ((u32)(u64)&possible_cpus)

// AT takes what is at an address for a struct whose id is declared by HAS_ID.
//
// It is also what makes loading fast: for a pointer that it trusts, the verifier
// looks up by name, in all types of the kernel, whether each pointer behind it
// deserves trust too, which took 80 ms. The programs only read.
#define HAS_ID(type) extern void id_##type KSYM
#define AT(type, address) \
	((struct type *)bpf_rdonly_cast((const void *)(address), (u32)(u64)&id_##type))
