/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The object file of the counter, of which the build makes several: two for what comes in, which
 * differ in how the program finds the length of a packet (bpf/length.bpf.h), and two for what goes
 * out (bpf/length_out.bpf.h). All of them have the same maps, but for that of Next, which those for
 * what goes out do not have; and the same settings, but for those that say below whose they are.
 */
#ifndef COLLECTD_XDP_COUNTER_IMAGE_H
#define COLLECTD_XDP_COUNTER_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/counter/settings.h"

struct bpf_map;
struct bpf_object;
struct bpf_program;

/* The settings of bpf/tally.bpf.h, which the program gets before it is loaded. */
struct counter_image_settings {
	uint32_t flags, queues;
	bool buff_len;
	uint64_t puts_in_8021q, puts_in_8021ad; /* of COUNTER_LENGTH_WIRE_CAST */
};

struct counter_image_build;

/* What libbpf opened. Programs and maps are the object's; `build` is always there. */
struct counter_image {
	struct bpf_object *object;	  /* NULL: none is open */
	struct bpf_program *program;	  /* leaves what becomes of a packet to others */
	struct bpf_program *program_next; /* calls the program of Next; NULL: there is none */
	struct bpf_map *records, *slots, *far_slots, *owners, *signals, *settings;
	struct bpf_map *next_program; /* NULL: there is none */
	const struct counter_image_build *build;
};

/*
 * Whether the kernel may load the builds for COUNTER_LENGTH_CAST and _WIRE_CAST: it has BTF. What
 * else that takes (Linux 6.2, a JIT, a member of a name) only loading tells.
 */
bool counter_image_may_cast(void);

/*
 * Opens the build for `length`. Returns 0, with `ret_image` to be closed by counter_image_close();
 * -errno of libbpf; or -ESRCH: a map or program is not in the object.
 */
int counter_image_open(enum counter_length length, struct counter_image *ret_image);

/* Of an image that is not loaded. Returns 0, -ENOMEM or -errno of libbpf. */
int counter_image_set(const struct counter_image *image,
		      const struct counter_image_settings *settings);

/* Lets go of program and maps, too, if it was loaded. Takes one that is all zero. */
void counter_image_close(struct counter_image *image);

/* What the program finds the length by, as the kernel calls it; and what is not in it. */
const char *counter_image_length(enum counter_length length);

#endif
