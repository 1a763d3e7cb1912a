// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// Walks the kernel's tables of TCP sockets, first that of listeners and then that of
// connections, as sock_diag does, and leaves a struct tcp for each socket of the
// reader's network namespace in shared memory. It takes no lock and asks for no
// cookie, and so a fifth of the time. Needs Linux 6.7.
//
// A run ends when the memory is full, and the next one goes on with the bucket that
// found no room.
#include "tasks.h"
#include "tcp.h"

char licence[] SEC("license") = "Dual MIT/GPL";

#define ROOM 1024

struct {
	int (*type)[2]; // BPF_MAP_TYPE_ARRAY
	int (*key_size)[4];
	int (*value_size)[sizeof(struct tcp)];
	int (*max_entries)[ROOM];
	int (*map_flags)[1 << 10]; // BPF_F_MMAPABLE
} sockets SEC(".maps");

// What is given to a run and comes back from it. Buckets of connections are counted
// on from those of listeners.
struct tcp_place {
	u32 bucket; // the one to go on with; 0: begin, or done
	u32 count;  // of sockets in the memory
};

const struct {
	struct tcp tcp;
	struct tcp_place place;
} *described __attribute__((unused));

// They are kept in memory, since the verifier would follow local variables through
// each of their values.
static u32 filled[ROOM]; // buckets that are not empty
static u32 buckets;	 // how many are there
static u32 at;		 // the one whose chain is walked
static u64 node;	 // the next socket of that chain
static u64 end;		 // what stands at the end of it
static u32 begin;	 // count where it began
static u32 count;	 // sockets in the memory

// The tables of the reader's network namespace.
static struct {
	u64 net;
	u64 listeners;	 // address of the first chain
	u64 connections; // the same
	u64 stride;	 // of listeners
	u32 listening;	 // buckets of listeners
	u32 total;	 // of both
} table;

// A chain ends with a number instead of an address: which chain it was. Chains of
// listeners count from LISTENING_NULLS_BASE of include/net/inet_hashtables.h.
#define IS_END(node) ((node) & 1)
#define END(number) ((u64)(number) << 1 | 1)
#define LISTENING (1U << 29)

// Buckets are looked at in blocks: each step of a loop is a call of the kernel,
// which takes longer than a block.
#define BLOCK 16

// find_tables returns whether they consist of blocks.
static ALWAYS_INLINE int find_tables(void)
{
	u64 net = (u64)AT(task_struct, bpf_get_current_task())->nsproxy->net_ns;
	struct net___ipv4 *ipv4 = bpf_rdonly_cast((void *)net, (u32)(u64)&id_net);
	struct inet_hashinfo *info = ipv4->ipv4.tcp_death_row.hashinfo;

	table.net = net;
	table.connections = (u64)info->ehash;
	table.listeners = (u64)info->lhash2 +
			  __builtin_preserve_field_info(((struct inet_listen_hashbucket *)0)->nulls_head, 0);
	table.stride = __builtin_preserve_type_info(*(struct inet_listen_hashbucket *)0, 1);
	table.listening = info->lhash2_mask + 1;
	table.total = table.listening + info->ehash_mask + 1;
	return (table.listening | table.total) % BLOCK == 0;
}

// find_filled gathers the buckets from one on that are not empty, as far as there
// is room, and returns the one to go on with, or 0.
static ALWAYS_INLINE u32 find_filled(u32 from)
{
	struct bpf_iter_num it;
	u32 next = 0;
	int *i;

	buckets = 0;
	bpf_iter_num_new(&it, from / BLOCK, table.total / BLOCK);
	while ((i = bpf_iter_num_next(&it))) {
		u32 first = *(u32 *)i * BLOCK, n = buckets;
		u64 stride = 8, chains = table.connections + (u64)(first - table.listening) * 8;

		if (n > ROOM - BLOCK) {
			next = first;
			break;
		}
		if (first < table.listening) {
			stride = table.stride;
			chains = table.listeners + first * stride;
		}
#pragma unroll
		for (int k = 0; k < BLOCK; k++) {
			filled[n % ROOM] = first + k;
			n += !IS_END(WORD(chains + k * stride));
		}
		buckets = n;
	}
	bpf_iter_num_destroy(&it);
	return next;
}

// open_chain makes the next bucket the one whose chain is walked. Those before from
// were dealt with in the last run.
static ALWAYS_INLINE void open_chain(u32 from)
{
	u32 bucket = filled[at % ROOM];

	begin = count;
	if (bucket < table.listening) {
		end = END(LISTENING + bucket);
		node = WORD(table.listeners + bucket * table.stride);
	} else {
		end = END(bucket - table.listening);
		node = WORD(table.connections + (u64)(bucket - table.listening) * 8);
	}
	if (bucket < from)
		node = end;
}

// walk_chains writes the sockets of the buckets from one on, and returns whether all had room.
static ALWAYS_INLINE int walk_chains(u32 from)
{
	u64 link = __builtin_preserve_field_info(((struct sock_common *)0)->skc_nulls_node, 0);
	struct bpf_iter_num it;
	int done = 0;

	count = 0;
	at = -1;
	node = end = END(0);
	bpf_iter_num_new(&it, 0, 64 * ROOM); // more than a few are of other namespaces
	while (bpf_iter_num_next(&it)) {
		if (IS_END(node)) {
			// Another end than the chain's: a socket went elsewhere meanwhile,
			// and took us with it.
			if (node == end)
				at++;
			else
				count = begin;
			if (at == buckets) {
				done = 1;
				break;
			}
			open_chain(from);
			if (IS_END(node))
				continue;
		}
		u64 address = node - link;
		struct sock_common *common = AT(sock_common, address);

		node = (u64)common->skc_nulls_node.next;
		if (FIELD_EXISTS(common->skc_net.net) && (u64)common->skc_net.net != table.net)
			continue;
		u32 key = count;
		struct tcp *t = bpf_map_lookup_elem(&sockets, &key);
		if (!t)
			break;
		__builtin_memset(t, 0, sizeof(*t));
		read_tcp(t, address);
		count++;
	}
	bpf_iter_num_destroy(&it);
	return done;
}

SEC("syscall")
int walk_tcp(struct tcp_place *w)
{
	u32 from = w->bucket;
	int stuck = 0;

	if (!find_tables())
		return 1;
	bpf_rcu_read_lock();
	w->bucket = find_filled(from);
	if (!walk_chains(from)) {
		w->bucket = filled[at % ROOM];
		count = begin;
		stuck = !count;
	}
	bpf_rcu_read_unlock();
	w->count = count;
	return stuck;
}
