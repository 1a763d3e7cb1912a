// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// Walks the kernel's tables of TCP sockets, first that of listeners and then that of
// connections, as sock_diag does, and leaves a struct tcp for each socket of the
// reader's network namespace in shared memory. It takes no lock and asks for no
// cookie, and so a quarter of the time. Needs Linux 6.7.
//
// A run ends when the memory is full, and the next one goes on with the buckets of
// which not all found room.
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

// What is given to a run and comes back from it.
struct tcp_place {
	u32 step;  // to go on with: a bucket of listeners, or eight of connections; 0: begin, or done
	u32 count; // of sockets in the memory
};

const struct {
	struct tcp tcp;
	struct tcp_place place;
} *described __attribute__((unused));

// They are kept in memory, since the verifier would follow local variables through
// each of their values.
static u32 count; // sockets in the memory
static u64 node;  // the next one of the chain

// A chain ends with a number instead of an address: which chain it was. Chains of
// listeners count from LISTENING_NULLS_BASE of include/net/inet_hashtables.h.
#define IS_END(node) ((node) & 1)
#define END(number) ((u64)(number) << 1 | 1)
#define LISTENERS (1U << 29)

#define MAX_CHAIN (1 << 20)

// walk_chain writes the sockets of a chain, and returns whether all had room.
static ALWAYS_INLINE int walk_chain(u64 head, u64 end, u64 net)
{
	u64 link = __builtin_preserve_field_info(((struct sock_common *)0)->skc_nulls_node, 0);
	struct bpf_iter_num it;
	u32 begin = count;
	int room = 1;

	node = WORD(head);
	bpf_iter_num_new(&it, 0, MAX_CHAIN);
	while (node != end && bpf_iter_num_next(&it)) {
		if (IS_END(node)) {
			// A socket went to another chain meanwhile, and took us with it.
			count = begin;
			node = WORD(head);
			continue;
		}
		u64 address = node - link;
		struct sock_common *common = AT(sock_common, address);

		node = (u64)common->skc_nulls_node.next;
		if ((u64)common->skc_net.net != net)
			continue;
		u32 key = count;
		struct tcp *t = bpf_map_lookup_elem(&sockets, &key);
		if (!t) {
			room = 0;
			break;
		}
		__builtin_memset(t, 0, sizeof(*t));
		read_tcp(t, address);
		count++;
	}
	bpf_iter_num_destroy(&it);
	return room;
}

SEC("syscall")
int walk_tcp(struct tcp_place *w)
{
	u64 own = (u64)AT(task_struct, bpf_get_current_task())->nsproxy->net_ns;
	struct net___ipv4 *net = bpf_rdonly_cast((void *)own, (u32)(u64)&id_net);
	struct inet_hashinfo *info = net->ipv4.tcp_death_row.hashinfo;
	u64 listeners = (u64)info->lhash2, connections = (u64)info->ehash;
	u64 stride = __builtin_preserve_type_info(*(struct inet_listen_hashbucket *)0, 1);
	u64 first = __builtin_preserve_field_info(((struct inet_listen_hashbucket *)0)->nulls_head, 0);
	u32 nl = info->lhash2_mask + 1, nc = info->ehash_mask + 1;
	struct bpf_iter_num steps, buckets;
	int *i, *j;

	count = 0;
	bpf_rcu_read_lock();
	bpf_iter_num_new(&steps, w->step, nl + (nc + 7) / 8);
	w->step = 0;
	while ((i = bpf_iter_num_next(&steps))) {
		u32 step = *(u32 *)i, before = count, n = 1;
		u64 head, end;
		int room = 1;

		if (step < nl) {
			head = listeners + step * stride + first;
			end = END(LISTENERS + step);
		} else {
			u32 at = (step - nl) * 8;

			head = connections + (u64)at * 8;
			if (IS_END(WORD(head) & WORD(head + 8) & WORD(head + 16) & WORD(head + 24) & WORD(head + 32) &
				   WORD(head + 40) & WORD(head + 48) & WORD(head + 56)))
				continue;
			end = END(at);
			n = nc - at < 8 ? nc - at : 8;
		}
		bpf_iter_num_new(&buckets, 0, n);
		while (room && (j = bpf_iter_num_next(&buckets))) {
			u64 k = *(u32 *)j;

			if (WORD(head + k * 8) != end + (k << 1))
				room = walk_chain(head + k * 8, end + (k << 1), own);
		}
		bpf_iter_num_destroy(&buckets);
		if (!room) {
			count = before;
			w->step = step;
			break;
		}
	}
	bpf_iter_num_destroy(&steps);
	bpf_rcu_read_unlock();
	w->count = count;
	return 0;
}
