/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames for the tests: a builder, a model of how each has to be counted that
 * shares no code with bpf/parse.bpf.h, and a table of named sample frames with
 * what is expected of them, written by hand. Plain C.
 */
#ifndef COLLECTD_XDP_FRAME_H
#define COLLECTD_XDP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../bpf/record.h"

#define FRAME_MAX 65536

struct frame {
	size_t length;
	size_t ip; /* where its last IP header begins; 0: it has none */
	uint8_t bytes[FRAME_MAX];
};

/* How a frame has to be counted. */
#define FRAME_NO_CAST (-1)
struct frame_expectation {
	enum record_class class;
	enum record_size size;
	int cast; /* enum record_cast or FRAME_NO_CAST */
	bool tagged;
	bool fragment;
	bool pppoe;	/* in a session, whatever it carries */
	bool mpls;	/* behind a label */
	uint32_t signs; /* bits by enum record_signal */
};

/*
 * The builder: each function appends one header, whose last argument but one
 * is the number of what follows. Nothing is checked, so that wrong frames can
 * be built, too. Length fields of IP say nothing of what is appended later, but for
 * frame_resize(), which sets those of the last IP header to what is behind it then.
 */
void frame_start(struct frame *frame);
void frame_ethernet(struct frame *frame, const uint8_t destination[6], const uint8_t source[6],
		    uint16_t proto);
/* The rest of a tag; its TPID is the `proto` of what stands before it. */
void frame_tag(struct frame *frame, uint16_t tci, uint16_t proto);
/* A header of a PPPoE session, and the protocol of PPP behind it. */
void frame_pppoe(struct frame *frame, uint16_t ppp);
/* A label of MPLS; the last of its stack, or not. */
void frame_label(struct frame *frame, uint32_t label, bool bottom);
/* `options`: bytes, 0 to 40, a multiple of 4; `fragment`: flags and offset, as in the header. */
void frame_ipv4(struct frame *frame, unsigned int options, uint8_t protocol, uint16_t fragment);
void frame_ipv6(struct frame *frame, uint8_t next);
void frame_tcp(struct frame *frame, uint8_t flags);
void frame_udp(struct frame *frame, uint16_t source);
/* The first eight bytes of ICMP or ICMPv6. */
void frame_icmp(struct frame *frame, uint8_t type);
/* Hop-by-hop, routing, destination options: `units` of 8 bytes beyond the first. */
void frame_extension(struct frame *frame, uint8_t units, uint8_t next);
/* `fragment`: offset in units of 8 bytes << 3 | M, as in the header. */
void frame_fragment(struct frame *frame, uint16_t fragment, uint8_t next);
/* Authentication header: `words` of 4 bytes beyond the first two. */
void frame_ah(struct frame *frame, uint8_t words, uint8_t next);
/* Fills with a pattern up to `length` bytes in all; cuts what is longer. */
void frame_resize(struct frame *frame, size_t length);

/* How the frame has to be counted, worked out from the RFCs and from what bpf/record.h says of each
 * class. */
struct frame_expectation frame_model(const uint8_t *frame, size_t length);

/* A frame, as the steps of its builder. */
enum frame_part {
	FRAME_END,
	FRAME_ETHERNET,
	FRAME_TAG,
	FRAME_PPPOE,
	FRAME_LABEL,
	FRAME_IPV4,
	FRAME_IPV6,
	FRAME_EXTENSION,
	FRAME_FRAGMENT,
	FRAME_AH,
	FRAME_TCP,
	FRAME_UDP,
	FRAME_ICMP,
	FRAME_BYTE, /* writes one byte, at an offset, over what is there */
	FRAME_RESIZE
};

struct frame_step {
	enum frame_part part;
	unsigned int a, b, c; /* arguments of the part's function; of FRAME_ETHERNET: cast, proto */
};

#define FRAME_STEPS 16

struct frame_sample {
	const char *name;
	struct frame_step steps[FRAME_STEPS]; /* up to the first FRAME_END */
	struct frame_expectation expected;
};

extern const struct frame_sample frame_samples[];
extern const size_t frame_sample_count;

/* Builds from steps; a destination is one of three addresses of the cast asked for. */
void frame_build(const struct frame_step *steps, struct frame *frame);

/* The sample of that name; NULL: there is none. */
const struct frame_sample *frame_sample(const char *name);

#endif
