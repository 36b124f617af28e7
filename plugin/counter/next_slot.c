// SPDX-License-Identifier: GPL-2.0-only
/* One array of programs with one slot: filled, pinned, watched. */
#include "plugin/counter/next_slot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "plugin/kernel/probe.h"
#include "plugin/kernel/pin_dir.h"

#define NEXT_SLOT_MAP "next_program"

struct next_slot {
	const char *path;
	struct next_slot_sight sight; /* of the path, at the last look */
	struct next_target target;    /* in the slot */
	int error;  /* of bpf(2), when asked what is at the path; 0: it answered */
	bool frags; /* of the array, for good */
	bool was_empty;
	int array;
	int retired;	 /* the previous array, as long as a packet may be on its way; -1: none */
	bool settled;	 /* since the last look, so that one may be */
	const char *pin; /* the name of the array's; NULL: it has none yet */
};

struct next_slot_sight next_slot_look(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return (struct next_slot_sight){0};
	return (struct next_slot_sight){.inode = status.st_ino, .changed = status.st_ctim};
}

bool next_slot_same_sight(const struct next_slot_sight *a, const struct next_slot_sight *b)
{
	return a->inode == b->inode && a->changed.tv_sec == b->changed.tv_sec &&
	       a->changed.tv_nsec == b->changed.tv_nsec;
}

/* The id of the program in the slot; 0: it is empty. Returns 0 or -errno of bpf(2). */
static int read_slot(int array, uint32_t *ret_id)
{
	const __u32 key = 0;

	*ret_id = 0;
	if (bpf_map_lookup_elem(array, &key, ret_id) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

static int fill_slot(int array, int program)
{
	const __u32 key = 0;

	return bpf_map_update_elem(array, &key, &program, BPF_ANY) < 0 ? -errno : 0;
}

/* Opens a pinned array, if it is one. */
static int open_array(const struct pin_dir *pins, const char *pin, int *ret_array)
{
	struct bpf_map_info info = {0};
	__u32 length = sizeof(info);
	int err = pin_dir_get(pins, pin, PIN_DIR_MAP, ret_array);

	if (err)
		return err;
	if (bpf_obj_get_info_by_fd(*ret_array, &info, &length) == 0 &&
	    info.type == BPF_MAP_TYPE_PROG_ARRAY && info.max_entries == 1)
		return 0;
	close(*ret_array);
	return -EMEDIUMTYPE;
}

/* The program of the path goes into an array that counters call through already. */
static int reuse_array(struct next_slot *slot, int array)
{
	uint32_t id;
	int err = next_target_try(array, slot->target.frags);

	if (!err)
		err = read_slot(array, &id);
	if (!err && id != slot->target.id)
		err = fill_slot(array, slot->target.fd);
	if (err)
		return err;
	slot->was_empty = !id;
	slot->frags = slot->target.frags;
	return 0;
}

/* What is in the array goes on. */
static int keep_target(struct next_slot *slot, int array)
{
	uint32_t id;
	int err = read_slot(array, &id);

	if (err || !id)
		return err ? err : -ENOENT;
	slot->frags = next_target_try(array, true) == 0;
	err = slot->frags ? 0 : next_target_try(array, false);
	if (!err)
		next_target_open_id(id, &slot->target);
	return err;
}

/* Finds a pinned array that will do. */
static int find_array(struct next_slot *slot, const struct pin_dir *pins)
{
	static const char *const names[] = {NEXT_SLOT_PIN, NEXT_SLOT_PIN_NEW};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int array;

		if (open_array(pins, names[i], &array) != 0)
			continue;
		if ((slot->target.fd >= 0 ? reuse_array(slot, array) : keep_target(slot, array)) ==
		    0) {
			slot->array = array;
			slot->pin = names[i];
			return 0;
		}
		close(array);
	}
	return -ENOENT;
}

static int create_array(struct next_slot *slot)
{
	slot->array = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, NEXT_SLOT_MAP, sizeof(__u32),
				     sizeof(__u32), 1, NULL);
	if (slot->array < 0)
		return -errno;
	slot->frags = slot->target.frags;
	return fill_slot(slot->array, slot->target.fd);
}

static int build(struct next_slot *slot, const struct pin_dir *pins,
		 struct diagnose_next_refusal *refusal)
{
	int err = probe_try();
	int unusable;

	if (err)
		return err;
	slot->sight = next_slot_look(slot->path);
	unusable = next_target_open(slot->path, &slot->target, refusal);
	if (unusable && unusable != -ENOEXEC)
		return unusable;
	err = find_array(slot, pins);
	if (!err || unusable)
		return err ? unusable : 0;
	return create_array(slot);
}

int next_slot_open(const char *path, const struct pin_dir *pins, struct next_slot **ret_slot,
		   struct diagnose_next_refusal *ret_refusal)
{
	struct next_slot *slot = calloc(1, sizeof(*slot));
	int err;

	*ret_refusal = (struct diagnose_next_refusal){.cause = DIAGNOSE_NEXT_CALLABLE};
	if (!slot)
		return -ENOMEM;
	*slot = (struct next_slot){.path = path, .target.fd = -1, .array = -1, .retired = -1};
	err = build(slot, pins, ret_refusal);
	if (err) {
		next_slot_close(slot);
		return err;
	}
	*ret_slot = slot;
	return 0;
}

static void retire(struct next_slot *slot)
{
	if (slot->retired >= 0)
		close(slot->retired);
	slot->retired = -1;
}

void next_slot_close(struct next_slot *slot)
{
	if (!slot)
		return;
	next_target_close(&slot->target);
	retire(slot);
	if (slot->array >= 0)
		close(slot->array);
	free(slot);
}

int next_slot_array(const struct next_slot *slot)
{
	return slot->array;
}

bool next_slot_frags(const struct next_slot *slot)
{
	return slot->frags;
}

const struct next_target *next_slot_target(const struct next_slot *slot)
{
	return &slot->target;
}

bool next_slot_was_empty(const struct next_slot *slot)
{
	return slot->was_empty;
}

int next_slot_pin(struct next_slot *slot, const struct pin_dir *pins)
{
	const char *name = pin_dir_has(pins, NEXT_SLOT_PIN) ? NEXT_SLOT_PIN_NEW : NEXT_SLOT_PIN;
	int err;

	if (slot->pin)
		return 0;
	err = pin_dir_put(pins, name, slot->array);
	if (!err)
		slot->pin = name;
	return err;
}

int next_slot_settle(struct next_slot *slot, const struct pin_dir *pins)
{
	bool stays = strcmp(slot->pin, NEXT_SLOT_PIN) == 0;
	int err;

	retire(slot);
	slot->settled = true;
	/* Counters that links do not run any more may still be running: it is emptied later. */
	(void)pin_dir_get(pins, stays ? NEXT_SLOT_PIN_NEW : NEXT_SLOT_PIN, PIN_DIR_MAP,
			  &slot->retired);
	if (stays)
		return pin_dir_drop(pins, NEXT_SLOT_PIN_NEW);
	err = pin_dir_rename(pins, NEXT_SLOT_PIN_NEW, NEXT_SLOT_PIN);
	if (!err)
		slot->pin = NEXT_SLOT_PIN;
	return err;
}

uint32_t next_slot_unpin(const struct pin_dir *pins)
{
	uint32_t id = 0;
	int array;

	if (open_array(pins, NEXT_SLOT_PIN, &array) == 0) {
		(void)read_slot(array, &id);
		close(array);
	}
	pin_dir_drop(pins, NEXT_SLOT_PIN);
	pin_dir_drop(pins, NEXT_SLOT_PIN_NEW);
	return id;
}

/* Puts another program into the slot; the kernel exchanges the two in one step. */
static int exchange(struct next_slot *slot, const struct next_target *target,
		    struct diagnose_next_refusal *refusal)
{
	int err;

	if (target->frags != slot->frags) {
		refusal->cause =
			target->frags ? DIAGNOSE_NEXT_WITH_FRAGS : DIAGNOSE_NEXT_WITHOUT_FRAGS;
		return -ENOEXEC;
	}
	err = fill_slot(slot->array, target->fd);
	if (err)
		*refusal = (struct diagnose_next_refusal){DIAGNOSE_NEXT_REFUSED_BY_KERNEL,
							  .error = err};
	return err;
}

enum next_slot_news next_slot_follow(struct next_slot *slot,
				     struct diagnose_next_refusal *ret_refusal)
{
	struct next_slot_sight sight = next_slot_look(slot->path);
	int before = slot->error;
	struct next_target target;
	bool same;
	int err;

	if (!slot->settled)
		retire(slot);
	slot->settled = false;
	*ret_refusal = (struct diagnose_next_refusal){.cause = DIAGNOSE_NEXT_CALLABLE};
	if (next_slot_same_sight(&sight, &slot->sight))
		return NEXT_SLOT_SAME;
	slot->sight = sight;
	slot->error = 0;
	err = next_target_open(slot->path, &target, ret_refusal);
	if (err == -ENOEXEC && ret_refusal->cause != DIAGNOSE_NEXT_EXTENDED)
		return NEXT_SLOT_REFUSED;
	if (err) {
		/* The pin may be right, or become so: it is looked at again. */
		slot->sight = (struct next_slot_sight){.inode = UINT64_MAX};
		slot->error = err;
		if (err != -ENOEXEC)
			*ret_refusal = (struct diagnose_next_refusal){DIAGNOSE_NEXT_NOT_TOLD,
								      .error = err};
		return err == before ? NEXT_SLOT_SAME : NEXT_SLOT_REFUSED;
	}
	same = target.id == slot->target.id;
	err = same ? 0 : exchange(slot, &target, ret_refusal);
	if (err) {
		next_target_close(&target);
		return NEXT_SLOT_REFUSED;
	}
	next_target_close(&slot->target);
	slot->target = target;
	return same ? NEXT_SLOT_BACK : NEXT_SLOT_REPLACED;
}

enum next_slot_state next_slot_restore(struct next_slot *slot)
{
	uint32_t id;

	if (read_slot(slot->array, &id) != 0 || id == slot->target.id)
		return NEXT_SLOT_HELD;
	if (slot->target.fd < 0 || fill_slot(slot->array, slot->target.fd) != 0)
		return NEXT_SLOT_LOST;
	return NEXT_SLOT_RESTORED;
}

int next_slot_keep(struct next_slot *slot, const struct pin_dir *pins)
{
	int err;

	if (pin_dir_has(pins, NEXT_SLOT_PIN))
		return 0;
	err = pin_dir_put(pins, NEXT_SLOT_PIN, slot->array);
	return err ? err : 1;
}
