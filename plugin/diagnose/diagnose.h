/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From what failed to what the operator should know: cause and fix. Pure:
 * facts in, text out.
 */
#ifndef COLLECTD_XDP_DIAGNOSE_DIAGNOSE_H
#define COLLECTD_XDP_DIAGNOSE_DIAGNOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct privileges;

/* Of a uint64_t, rounded up. */
#define DIAGNOSE_KIB(bytes) (((bytes) + 1023) / 1024)

/* An interface to which the counter could not be attached. */
struct diagnose_attach {
	int error;		 /* negative errno of the attempt */
	const char *mode;	 /* asked for: "native", "generic", "offload" */
	const char *kind;	 /* "veth", "bond", ...; "" for hardware and lo */
	unsigned int mtu;	 /* bytes */
	uint32_t holder_id;	 /* of the program at the hook; 0: none is seen */
	const char *holder_name; /* "" where it may not be asked for */
	const char *holder_tag;	 /* the same */
	const char *holder_mode; /* "native", "generic", "offload" or "more than one" */
	const char *unobserved; /* why that program is not observed: cause and fix; "": not asked */
	bool frags;		/* our program takes packets of several buffers */
	const char *neighbour;	/* an interface above or below that has an XDP program; "": none */
	const char *driver;	/* "" where it is unknown */
	bool lro;		/* it merges packets in hardware or driver, LRO or GRO-HW */
	unsigned int channels;	/* RX rings in use; 0: unknown */
	unsigned int channels_max; /* of these as many as it can have */
	const struct privileges *privileges;
};

/* A counter that could not be loaded. */
struct diagnose_load {
	int error;	      /* negative errno of the attempt */
	const char *step;     /* what was being done */
	const char *libbpf;   /* what libbpf said */
	const char *verifier; /* what the verifier said */
	uint64_t memory;      /* bytes that the maps take */
	const struct privileges *privileges;
	bool custom; /* an object of the user's own, who can change it */
};

/*
 * Write "cause; what to do" into `text`, one line without its end; cut off at `size`.
 */
void diagnose_attach(const struct diagnose_attach *facts, char *text, size_t size);
void diagnose_load(const struct diagnose_load *facts, char *text, size_t size);

/* Why bpf(2) says EPERM to a process that wants these capabilities (PRIVILEGES_LOAD, _ATTACH). */
void diagnose_permission(const struct privileges *privileges, uint64_t wanted, char *text,
			 size_t size);

/* EMFILE or ENFILE: no file descriptor was left. */
void diagnose_files(int error, const struct privileges *privileges, char *text, size_t size);

/* The directory of pins cannot be used; `error` is a negative errno of pin_dir_open() or
 * pin_dir_put().
 */
void diagnose_pins(int error, const char *directory, char *text, size_t size);

/*
 * The rtnetlink list of interfaces could not be had; `error` is a negative
 * errno; `listed`: it could once.
 */
void diagnose_interfaces(int error, bool listed, char *text, size_t size);

#endif
