/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program that is to be at the hook of interfaces, whoever wrote it: what
 * reconcile, attempt and persist need of it. They know no other side of it, so
 * that hot-plug, back-off, ownership and Persist are the same for all programs.
 * One thread at a time.
 */
#ifndef COLLECTD_XDP_HOOK_PROGRAM_H
#define COLLECTD_XDP_HOOK_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct counter;
struct event_teller;
struct pin_dir;
struct program;
struct view_reading;

/* As the kernel keeps it (BPF_OBJ_NAME_LEN). */
#define PROGRAM_NAME_SIZE 16

/* Programs that may be pinned at a time: the one that is attached and, in an upgrade, the next. */
#define PROGRAM_PINNED 2

/*
 * The slots of a program that counts by interface: each interface has one, in which it is counted
 * from zero. Called while the program is loaded; return 0 or -errno. `now`, `rest`: monotonic ns.
 */
struct program_slots {
	/*
	 * Gives the interface an empty slot; one that was released less than `rest` ago is not
	 * given out, for a packet may be on its way to it. -ENOSPC: all are in use, -EINPROGRESS:
	 * all that are not in use still rest.
	 */
	int (*take)(struct program *program, unsigned int ifindex, const char *name, uint64_t now,
		    uint64_t rest, unsigned int *ret_slot);
	/* The slot in which it was counted before this process; -ENOENT: none. */
	int (*adopt)(struct program *program, unsigned int ifindex, const char *name,
		     unsigned int *ret_slot);
	/* Stops counting there. */
	void (*release)(struct program *program, unsigned int slot, uint64_t now);
	/* Releases those of the process before this one that were not adopted. */
	void (*sweep)(struct program *program, uint64_t now);
	/* Reads a slot; the reading is valid until the next one. */
	int (*read)(struct program *program, unsigned int slot, struct view_reading *ret_reading);
	/* While it is on, readings may come from the system call of one before, none older. */
	void (*read_ahead)(struct program *program, bool on);
};

/* Unless stated otherwise they are called while the program is loaded, and return 0 or -errno. */
struct program_operations {
	/*
	 * Loads it, and fills what struct program says of a loaded one. Nothing is
	 * attached or pinned. `rx_queues`: of the largest interface that is wanted.
	 * With `pins` (else NULL), what is pinned there is used if it is
	 * what would be made otherwise.
	 */
	int (*load)(struct program *program, unsigned int rx_queues, const struct pin_dir *pins);

	/*
	 * Right after a load() that failed with `err`: writes "cause; what to do"
	 * into `text`, one line without its end; cut off at `size`.
	 */
	void (*explain)(const struct program *program, int err, char *text, size_t size);

	/*
	 * After a load() that failed: whether what it lacked may be there by now.
	 * NULL: that is not known.
	 */
	bool (*has_news)(const struct program *program);

	/*
	 * At each step: looks after what it depends on, besides hooks and slots,
	 * and tells `teller` of changes. `now`: monotonic ns. NULL: nothing.
	 */
	void (*follow)(struct program *program, const struct event_teller *teller, uint64_t now);

	/* Lets go of it; what is attached by a link stays until the link goes. */
	void (*unload)(struct program *program);

	/* NULL: nothing is counted by interface. */
	const struct program_slots *slots;

	/* As pinset_pin_program() and pinset_pin(), which may be called again after they failed.
	 */
	int (*pin_program)(const struct program *program, const struct pin_dir *pins);
	int (*pin)(const struct program *program, const struct pin_dir *pins);

	/*
	 * As pinset_programs(), pinset_drop() and pinset_is_pin(). Whether it is loaded or not;
	 * `program` is NULL where it is no longer configured, and nothing but its pins is left.
	 */
	int (*pinned)(const struct program *program, const struct pin_dir *pins,
		      uint32_t ret_ids[PROGRAM_PINNED]);
	int (*unpin)(const struct program *program, const struct pin_dir *pins);
	bool (*is_pin)(const struct program *program, const char *name);
	/* Whether what is pinned calls a program of the user's, who decides when that ends; NULL:
	   it never does. */
	bool (*calls_next)(const struct pin_dir *pins);
};

/* The first member of what implements it. */
struct program {
	const struct program_operations *operations;
	char name[PROGRAM_NAME_SIZE]; /* in the kernel */
	const char *alias;	      /* another name that it may have there; NULL: none */
	bool needs_pins; /* nothing is to be attached that does not outlive the process */
	bool loaded;

	/* Of a loaded one, filled by load(). */
	int fd;
	uint32_t id;
	bool frags;			/* takes packets of several buffers (Linux 5.18) */
	unsigned int queues;		/* RX queues that are counted apart; 0: none */
	bool adopted;			/* its maps were found pinned, and their counts go on */
	const char *not_adopted_reason; /* pins were there but not adopted: why; else "" */
	/* What an observer may count in, see observe_open(); NULL: its slots are no place for that.
	 */
	struct counter *counter;
};

#endif
