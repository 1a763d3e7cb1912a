// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// A TCP socket: the kernel's types, and what is told of one.
#pragma once
#include "kernel.h"

KERNEL_TYPES_BEGIN

typedef struct {
	struct net *net;
} possible_net_t;

struct in6_addr {
	union {
		u32 u6_addr32[4];
	} in6_u;
};

struct hlist_nulls_node {
	struct hlist_nulls_node *next;
};

struct hlist_nulls_head {
	struct hlist_nulls_node *first;
};

typedef struct {
	s64 counter;
} atomic64_t;

// What sockets of all kinds begin with: full ones, those in TIME_WAIT and requests
// for a connection.
struct sock_common {
	u32 skc_daddr;
	u32 skc_rcv_saddr;
	u16 skc_dport;
	u16 skc_num;
	u16 skc_family;
	u8 skc_state;
	int skc_bound_dev_if;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
	struct hlist_nulls_node skc_nulls_node;
};

struct socket;

struct sock {
	struct socket *sk_socket;
	kuid_t sk_uid;
	u32 sk_ack_backlog;
	u32 sk_max_ack_backlog;
	unsigned long sk_ino; // since 6.17
};

struct socket_alloc {
	struct inode vfs_inode;
};

struct inet_timewait_sock {
	u8 tw_substate;
};

struct tcp_sock {
	u32 copied_seq;
	u32 write_seq;
	u32 rcv_nxt;
	u32 snd_una;
	u32 srtt_us;
	u64 bytes_received;
	u64 bytes_acked;
	u32 total_retrans;
};

struct inet_ehash_bucket;

struct inet_listen_hashbucket {
	struct hlist_nulls_head nulls_head;
};

struct inet_hashinfo {
	struct inet_ehash_bucket *ehash;
	u32 ehash_mask;
	u32 lhash2_mask;
	struct inet_listen_hashbucket *lhash2;
};

struct inet_timewait_death_row {
	struct inet_hashinfo *hashinfo;
};

struct netns_ipv4 {
	struct inet_timewait_death_row tcp_death_row;
};

struct net___ipv4 {
	struct netns_ipv4 ipv4;
};

KERNEL_TYPES_END

HAS_ID(net);
HAS_ID(sock);
HAS_ID(sock_common);
HAS_ID(socket_alloc);
HAS_ID(tcp_sock);
HAS_ID(inet_timewait_sock);

// As in include/net/tcp_states.h.
#define TCP_SYN_RECV 3
#define TCP_TIME_WAIT 6
#define TCP_LISTEN 10
#define TCP_NEW_SYN_RECV 12

#define AF_INET 2

#define WORD(address) ((u64)AT(timespec64, address)->tv_sec)

struct tcp {
	u64 cookie; // 0: nobody has asked for it yet
	u64 inode;
	u64 received;
	u64 acked;
	u64 local[2], remote[2]; // IPv4 as IPv4-mapped IPv6
	u32 rtt;		 // µs
	u32 retransmits;
	u32 rx_queue;
	u32 tx_queue;
	u32 uid;
	u32 interface;
	u16 local_port;
	u16 remote_port;
	u8 family;
	u8 state;
	u8 has_info; // received, acked, rtt and retransmits are known
	u8 unused;
};

static ALWAYS_INLINE void map_ipv4(u64 *dst, u32 address)
{
	dst[1] = (u64)address << 32 | 0xffff0000; // bytes 0 0 ff ff, and the address
}

static ALWAYS_INLINE void copy_ipv6(u64 *dst, struct in6_addr *src)
{
	dst[0] = WORD((u64)src);
	dst[1] = WORD((u64)src + 8);
}

static ALWAYS_INLINE u64 socket_file(struct sock *sk)
{
	if (FIELD_EXISTS(sk->sk_ino))
		return sk->sk_ino;
	return sk->sk_socket ? AT(socket_alloc, sk->sk_socket)->vfs_inode.i_ino : 0;
}

// read_tcp fills t, which is all zeros, as sock_diag does (inet_diag.c, tcp_diag.c),
// without holding the socket up.
static ALWAYS_INLINE void read_tcp(struct tcp *t, u64 address)
{
	struct sock_common *common = AT(sock_common, address);
	struct tcp_sock *tcp = AT(tcp_sock, address);
	struct sock *sk = AT(sock, address);
	s32 unread;

	t->cookie = common->skc_cookie.counter;
	t->family = common->skc_family;
	t->state = common->skc_state;
	t->local_port = common->skc_num;
	t->remote_port = __builtin_bswap16(common->skc_dport);
	t->interface = common->skc_bound_dev_if;
	if (t->family == AF_INET) {
		map_ipv4(t->local, common->skc_rcv_saddr);
		map_ipv4(t->remote, common->skc_daddr);
	} else if (FIELD_EXISTS(common->skc_v6_daddr)) {
		copy_ipv6(t->local, &common->skc_v6_rcv_saddr);
		copy_ipv6(t->remote, &common->skc_v6_daddr);
	}
	switch (t->state) {
	case TCP_TIME_WAIT: // or FIN_WAIT_2 without a socket
		t->state = AT(inet_timewait_sock, address)->tw_substate;
		return;
	case TCP_NEW_SYN_RECV:
		t->state = TCP_SYN_RECV;
		return;
	}
	t->inode = socket_file(sk);
	t->uid = sk->sk_uid.val;
	if (t->state == TCP_LISTEN) {
		t->rx_queue = sk->sk_ack_backlog;
		t->tx_queue = sk->sk_max_ack_backlog;
		return;
	}
	t->has_info = 1;
	t->received = tcp->bytes_received;
	t->acked = tcp->bytes_acked;
	t->rtt = tcp->srtt_us >> 3;
	t->retransmits = tcp->total_retrans;
	unread = tcp->rcv_nxt - tcp->copied_seq;
	t->rx_queue = unread > 0 ? unread : 0;
	t->tx_queue = tcp->write_seq - tcp->snd_una;
}
