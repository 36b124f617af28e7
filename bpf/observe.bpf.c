// SPDX-License-Identifier: GPL-2.0-only
/*
 * The observer: where another XDP program holds the hook, these two run before
 * and after that one (fentry, fexit), in the slots and records of the counter.
 * They change neither the packet nor the verdict.
 */
#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "bpf/device.bpf.h"
#include "bpf/parse.bpf.h"
#include "bpf/plain.bpf.h"
#include "bpf/record.h"
#include "bpf/signal.bpf.h"
#include "bpf/tally.bpf.h"

char observe_license[] SEC("license") = "GPL";

/* Of the network namespace whose interfaces are counted: the inode of its file in /proc. */
const volatile __u32 setting_namespace = 0;

/*
 * What is read of a packet (include/net/xdp.h). libbpf puts in where this kernel has the members;
 * one that it has not makes the verifier refuse the program.
 */
struct xdp_rxq_info {
	struct net_device *dev;
	__u32 queue_index;
} __attribute__((preserve_access_index));

enum xdp_buff_flags { XDP_FLAGS_HAS_FRAGS = 1 };

struct xdp_buff {
	void *data;
	void *data_end;
	struct xdp_rxq_info *rxq;
	__u32 flags; /* from Linux 5.18 on */
} __attribute__((preserve_access_index));

/*
 * A packet as it came in. The program may change it, and what comes out has a
 * verdict; so what is seen before is kept and added after, in one go: whatever
 * is counted has all its parts.
 */
#define SEEN_HEAD 2
struct seen {
	__u64 buffer; /* address of the xdp_buff; 0: counted */
	__u64 length;
	__u32 slot; /* 0: not ours */
	__u32 queue;
	__u32 class;
	__u32 cast;   /* RECORD_CASTS: none */
	__u32 tunnel; /* RECORD_TUNNELS: none */
	bool tagged;
	bool fragment;
	struct signal_found found;
	/* The beginning of the frame, so that what follows the Ethernet header is aligned. */
	__u64 head[(SEEN_HEAD + PLAIN_BYTES) / sizeof(__u64) + 1];
};

/* Of each CPU one: a packet does not leave its CPU within the program. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct seen);
} seen SEC(".maps");

/*
 * On PREEMPT_RT a packet may come in between on the same CPU: there each has its own, by the
 * address of its buffer, which no other has as long as this one is on its way. The loader sets the
 * number of entries, to one elsewhere.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct seen);
} apart SEC(".maps");

static const struct seen unseen = {0};

_Static_assert((int)RECORD_ABORTED == XDP_ABORTED && (int)RECORD_DROP == XDP_DROP &&
		       (int)RECORD_PASS == XDP_PASS && (int)RECORD_TX == XDP_TX &&
		       (int)RECORD_REDIRECT == XDP_REDIRECT,
	       "a verdict is its own index");

/* Slot number - 1 -> verdicts. The loader sets the number of entries. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record_verdicts);
} verdicts SEC(".maps");

/* An index is good in its own network namespace only, and a program may serve several. */
static __always_inline __u32 slot_of(const struct net_device *dev)
{
	if (dev->nd_net.net->ns.inum != setting_namespace)
		return 0;
	return tally_slot_of(dev->ifindex);
}

/* Whether the packet has buffers besides the first. */
static __always_inline bool has_more(const struct xdp_buff *buffer)
{
	if (!setting_buff_len)
		return false;
	if (bpf_core_field_exists(buffer->flags) &&
	    bpf_core_enum_value_exists(enum xdp_buff_flags, XDP_FLAGS_HAS_FRAGS))
		return buffer->flags &
		       bpf_core_enum_value(enum xdp_buff_flags, XDP_FLAGS_HAS_FRAGS);
	return bpf_xdp_get_buff_len((struct xdp_md *)buffer) >
	       (__u64)(buffer->data_end - buffer->data);
}

/*
 * The beginning of a frame, copied at once: enough for what nearly all frames
 * are. False where the first buffer is shorter.
 */
static __always_inline bool copy_head(const struct parse_cursor *frame, void *head)
{
	return frame->start + PLAIN_BYTES <= frame->end &&
	       bpf_probe_read_kernel(head, PLAIN_BYTES, frame->start) == 0;
}

/* A program that traces cannot read across buffers: what it would take more of is out of reach. */
static __always_inline void walk(const struct parse_cursor *frame, bool more, struct seen *packet)
{
	struct parse_result walked = parse_walk(*frame, setting_flags & RECORD_BY_SIGNAL);

	packet->class = walked.class;
	if (walked.class == RECORD_MALFORMED && more)
		packet->class = RECORD_OTHER;
	packet->tagged = walked.tagged;
	packet->fragment = walked.fragment;
	packet->tunnel = walked.tunnel;
	if (!(setting_flags & RECORD_BY_SIGNAL))
		return;
	if (!signal_walked(&walked, &packet->found) && more)
		packet->found.short_fragment = 0;
}

static __always_inline __u32 cast_of(const struct parse_cursor *frame)
{
	struct ethhdr copy, *eth = &copy;

	return parse_fetch(frame, (void **)&eth, sizeof(*eth)) ? tally_cast_of(eth) : RECORD_CASTS;
}

static __always_inline void look_at_headers(const struct parse_cursor *frame, bool more,
					    struct seen *packet)
{
	void *head = (void *)packet->head + SEEN_HEAD;
	bool whole = copy_head(frame, head);

	if (setting_flags & RECORD_BY_CAST)
		packet->cast = whole ? tally_cast_of(head) : cast_of(frame);
	if (!(setting_flags & (RECORD_BY_PROTOCOL | RECORD_BY_SIGNAL)))
		return;
	packet->class = RECORD_CLASSES;
	packet->tagged = false;
	packet->fragment = false;
	packet->tunnel = RECORD_TUNNELS;
	/* For signs it has to be walked anyway: they may lie behind that. */
	if (whole && !(setting_flags & RECORD_BY_SIGNAL))
		packet->class = plain_class(head, head + PLAIN_BYTES, false);
	if (packet->class >= RECORD_CLASSES)
		walk(frame, more, packet);
}

/* Keeps what is to be counted of a packet. */
static __always_inline void look(struct xdp_buff *buffer, struct seen *packet)
{
	const struct parse_cursor frame = {.way = PARSE_COPIED,
					   .any = tally_zero(),
					   .start = buffer->data,
					   .end = buffer->data_end};
	bool more = has_more(buffer);

	packet->buffer = (__u64)buffer;
	packet->slot = slot_of(buffer->rxq->dev);
	if (!packet->slot)
		return;
	packet->length = frame.end - frame.start;
	if (more)
		packet->length = bpf_xdp_get_buff_len((struct xdp_md *)buffer);
	packet->class = RECORD_UNPARSED;
	if (setting_flags & (RECORD_BY_PROTOCOL | RECORD_BY_CAST | RECORD_BY_SIGNAL))
		look_at_headers(&frame, more, packet);
	if (setting_flags & RECORD_BY_QUEUE)
		packet->queue = buffer->rxq->queue_index;
}

static __always_inline void count(const struct seen *packet, struct record *record)
{
	__u64 length = packet->length;

	barrier_var(length);
	tally_class(record, setting_flags & RECORD_BY_PROTOCOL ? packet->class : RECORD_UNPARSED, 1,
		    packet->length, setting_flags & RECORD_ATOMIC);
	if ((setting_flags & RECORD_BY_PROTOCOL) && packet->tagged)
		tally_add(&record->vlan_tagged, 1, setting_flags & RECORD_ATOMIC);
	if ((setting_flags & RECORD_BY_PROTOCOL) && packet->fragment)
		tally_add(&record->ip_fragments, 1, setting_flags & RECORD_ATOMIC);
	if (setting_flags & RECORD_BY_PROTOCOL)
		tally_tunnel(record, packet->tunnel, 1, setting_flags & RECORD_ATOMIC);
	if (setting_flags & RECORD_BY_SIZE)
		tally_size(record, length, 1, setting_flags & RECORD_ATOMIC);
	if (setting_flags & RECORD_BY_CAST)
		tally_cast(record, packet->cast, 1, setting_flags & RECORD_ATOMIC);
	if (setting_flags & RECORD_BY_QUEUE)
		tally_queue(record, packet->queue, packet->length, setting_flags & RECORD_ATOMIC);
}

static __always_inline void count_verdict(struct record_verdicts *record, __u64 verdict,
					  __u64 length)
{
	barrier_var(verdict); /* The compiler is to compare and use the same register. */
	if (verdict >= RECORD_VERDICTS)
		verdict = RECORD_ABORTED;
	tally_cell(&record->cells[verdict], 1, length, setting_flags & RECORD_ATOMIC);
}

/* Where a packet that comes in is kept. */
static __always_inline struct seen *place_of(const struct xdp_buff *buffer)
{
	__u64 address = (__u64)buffer;
	__u32 zero = 0;

	if (!(setting_flags & RECORD_ATOMIC))
		return bpf_map_lookup_elem(&seen, &zero);
	bpf_map_update_elem(&apart, &address, &unseen, BPF_ANY);
	return bpf_map_lookup_elem(&apart, &address);
}

/* The packet as it came in. NULL: it was not seen then, so that it is not counted. */
static __always_inline struct seen *find_seen(struct xdp_buff *buffer)
{
	__u64 address = (__u64)buffer;
	struct seen *packet;
	__u32 zero = 0;

	if (setting_flags & RECORD_ATOMIC)
		return bpf_map_lookup_elem(&apart, &address);
	packet = bpf_map_lookup_elem(&seen, &zero);
	/* The entry was not traced yet: as it is now, then. */
	if (packet && packet->buffer != address)
		look(buffer, packet);
	return packet;
}

static __always_inline void forget(const struct xdp_buff *buffer, struct seen *packet)
{
	__u64 address = (__u64)buffer;

	packet->buffer = 0;
	if (setting_flags & RECORD_ATOMIC)
		bpf_map_delete_elem(&apart, &address);
}

SEC("fentry")
int observe_entry(__u64 *arguments)
{
	struct xdp_buff *buffer = (void *)arguments[0];
	struct seen *packet = place_of(buffer);

	if (packet)
		look(buffer, packet);
	return 0;
}

/* Also where the program ended in another one by tail calls: the verdict is the last one's. */
SEC("fexit")
int observe_exit(__u64 *arguments)
{
	struct xdp_buff *buffer = (void *)arguments[0];
	__u32 verdict = arguments[1];
	struct seen *packet = find_seen(buffer);
	struct record_verdicts *by_verdict;
	struct record *record;
	__u32 index;

	if (!packet)
		return 0;
	index = packet->slot - 1;
	record = bpf_map_lookup_elem(&records, &index);
	by_verdict = bpf_map_lookup_elem(&verdicts, &index);
	if (record && by_verdict) {
		count(packet, record);
		if (setting_flags & RECORD_BY_SIGNAL) {
			const struct tally_packets one = tally_one(packet->length);

			signal_count(&packet->found, &index, &one, setting_flags & RECORD_ATOMIC);
		}
		count_verdict(by_verdict, verdict, packet->length);
	}
	forget(buffer, packet);
	return 0;
}
