/* SPDX-License-Identifier: GPL-2.0-only */
/* What the counter is asked for, and what was loaded. */
#ifndef COLLECTD_XDP_COUNTER_SETTINGS_H
#define COLLECTD_XDP_COUNTER_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/record.h"

/* Interfaces and RX queues that a configuration may ask for. */
#define COUNTER_SLOTS_MAX 4096
#define COUNTER_QUEUES_MAX 1024

/* Another program that is called after counting, instead of letting the packet pass. */
struct counter_next {
	bool wanted;
	bool frags; /* it takes packets of several buffers, as the counter then has to */
	int array;  /* of programs, with one slot; used by counter_open() alone */
};

/* How the program finds the length of a packet; the fastest first. */
enum counter_length {
	COUNTER_LENGTH_CAST,	 /* in the kernel's xdp_buff (Linux 6.2, BTF, JIT) */
	COUNTER_LENGTH_HELPER,	 /* by bpf_xdp_get_buff_len() (Linux 5.18) */
	COUNTER_LENGTH_POINTERS, /* by its one buffer */
	/* Of what goes out, alone and always: in the packet's own members; and, as the first, what
	   the device makes of it. */
	COUNTER_LENGTH_WIRE_CAST,
	COUNTER_LENGTH_WIRE
};

/* What is counted. What is off costs no instruction per packet. */
struct counter_settings {
	uint32_t breakdowns; /* bits of enum record_breakdown */
	unsigned int queues; /* with RECORD_BY_QUEUE: cells for RX queues, to COUNTER_QUEUES_MAX */
	unsigned int slots;  /* interfaces at most, 1 to COUNTER_SLOTS_MAX */
	enum counter_length length; /* no faster way than this is tried, and no cast but first */
	/*
	 * Counts what goes out, by a program for BPF_TCX_EGRESS that knows no RX queues and no
	 * Next; the rest is the same.
	 */
	bool outgoing;
	struct counter_next next;
};

/* What was loaded. */
struct counter_info {
	uint32_t program_id;
	uint32_t instructions;	    /* processed by the verifier; 0: not told (before Linux 5.16) */
	bool interpreted;	    /* the kernel has not compiled it */
	uint64_t memory;	    /* bytes of all maps, as the kernel accounts for them */
	unsigned int cpus;	    /* possible, not online */
	enum counter_length length; /* the way that was taken */
	bool frags;		    /* takes packets of several buffers (Linux 5.18) */
	bool atomic;		    /* adds atomically: PREEMPT_RT */
	bool adopted;		    /* the maps were found pinned, and their counts go on */
	bool new_slots;		    /* but for those of slots, which are made from the owners */
	bool same_program;	    /* and so was the program, which goes on running */
	char not_adopted_reason[160]; /* something is pinned and was not adopted: why; else "" */
};

/* Descriptors of the maps of a counter, which are the counter's. */
struct counter_maps {
	int records;   /* per-CPU array, by slot - 1 */
	int slots;     /* array that is shared through memory: slots by interface index, the low
			  indexes */
	int far_slots; /* hash: the other indexes */
	int owners;    /* array of struct record_owner, by slot - 1 */
	int signals;   /* per-CPU array of struct record_signals, by slot - 1; -1: they are off */
};

#endif
