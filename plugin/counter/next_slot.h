/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Next: the array of one slot through which the counter calls the user's
 * program, and what is in that slot. Sole owner of the array and of its pins.
 * An array is emptied when the last descriptor or pin of it goes, so it has a
 * pin before anything is attached that calls through it.
 */
#ifndef COLLECTD_XDP_COUNTER_NEXT_SLOT_H
#define COLLECTD_XDP_COUNTER_NEXT_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "plugin/counter/next_target.h"

struct pin_dir;
struct next_slot;

/* Pins of the array: the one in use, and one that is about to be. */
#define NEXT_SLOT_PIN "tail_call"
#define NEXT_SLOT_PIN_NEW "tail_call_new"

/* What stands at a path: every pin has an inode of its own. */
struct next_slot_sight {
	uint64_t inode; /* 0: nothing */
	struct timespec changed;
};

/* One system call. */
struct next_slot_sight next_slot_look(const char *path);
bool next_slot_same_sight(const struct next_slot_sight *a, const struct next_slot_sight *b);

/*
 * Opens the program at `path`, which must outlive the object, and an array that
 * holds it: the pinned one, if a counter that calls through it can call this
 * program, too; else a new one. Where the program cannot be used, and a pinned
 * array holds one from before, that goes on.
 * Returns 0, with the cause in `ret_refusal` if it is the one from before, else
 * DIAGNOSE_NEXT_CALLABLE; -ENOEXEC with the cause where there is no program to call; else -errno
 * of bpf(2).
 */
int next_slot_open(const char *path, const struct pin_dir *pins, struct next_slot **ret_slot,
		   struct diagnose_next_refusal *ret_refusal);

/* What is pinned stays. Takes NULL. */
void next_slot_close(struct next_slot *slot);

/* For counter_open(); valid until next_slot_close(). */
int next_slot_array(const struct next_slot *slot);
/* Whether the counter has to take packets of several buffers, or must not. */
bool next_slot_frags(const struct next_slot *slot);
/* Valid until the next call of next_slot_follow(). */
const struct next_target *next_slot_target(const struct next_slot *slot);
/* The slot of a pinned array was found empty: packets went by uncalled. */
bool next_slot_was_empty(const struct next_slot *slot);

/*
 * Pins the array beside the previous one, which links may still call through; when they do
 * no longer, puts it in its place; the other one keeps its program until the second call of
 * next_slot_follow(), for a packet may be on its way there. Return 0 or as pin_dir_put().
 */
int next_slot_pin(struct next_slot *slot, const struct pin_dir *pins);
int next_slot_settle(struct next_slot *slot, const struct pin_dir *pins);

/* Removes the pins. Returns the id of the program that was called through them; 0: none. */
uint32_t next_slot_unpin(const struct pin_dir *pins);

enum next_slot_news {
	NEXT_SLOT_SAME,
	NEXT_SLOT_REPLACED, /* another program is at the path, and in the slot */
	NEXT_SLOT_BACK,	    /* the program in the slot is at the path again */
	NEXT_SLOT_REFUSED   /* what is at the path cannot be called; the program in the slot goes on
			     */
};

/*
 * Puts what is at the path into the slot, in one step, if it is not what was
 * there at the last look; looking takes one system call. With NEXT_SLOT_REFUSED
 * the cause is in `ret_refusal`.
 */
enum next_slot_news next_slot_follow(struct next_slot *slot,
				     struct diagnose_next_refusal *ret_refusal);

enum next_slot_state {
	NEXT_SLOT_HELD,	    /* the program is in the slot */
	NEXT_SLOT_RESTORED, /* it was not, and is again */
	NEXT_SLOT_LOST	    /* it is not, and cannot be put there */
};

/* Looks into the slot: one system call. */
enum next_slot_state next_slot_restore(struct next_slot *slot);

/* Sees that the array has its pin. Returns 0, 1 if it had lost it, or as pin_dir_put(). */
int next_slot_keep(struct next_slot *slot, const struct pin_dir *pins);

#endif
