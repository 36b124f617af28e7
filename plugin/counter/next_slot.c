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

#define NEXT_MAP "next_program"

struct next {
	const char *path;
	struct next_sight sight; /* of the path, at the last look */
	struct callee callee;	 /* in the slot */
	int error;		 /* of bpf(2), when asked what is at the path; 0: it answered */
	bool frags;		 /* of the array, for good */
	bool was_empty;
	int array;
	int retired;	 /* the array of before, as long as a packet may be on its way; -1: none */
	bool settled;	 /* since the last look, so that one may be */
	const char *pin; /* the name of the array's; NULL: it has none yet */
};

struct next_sight next_look(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return (struct next_sight){0};
	return (struct next_sight){.inode = status.st_ino, .changed = status.st_ctim};
}

bool next_same_sight(const struct next_sight *a, const struct next_sight *b)
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
static int reuse_array(struct next *next, int array)
{
	uint32_t id;
	int err = callee_try(array, next->callee.frags);

	if (!err)
		err = read_slot(array, &id);
	if (!err && id != next->callee.id)
		err = fill_slot(array, next->callee.fd);
	if (err)
		return err;
	next->was_empty = !id;
	next->frags = next->callee.frags;
	return 0;
}

/* What is in the array goes on. */
static int keep_callee(struct next *next, int array)
{
	uint32_t id;
	int err = read_slot(array, &id);

	if (err || !id)
		return err ? err : -ENOENT;
	next->frags = callee_try(array, true) == 0;
	err = next->frags ? 0 : callee_try(array, false);
	if (!err)
		callee_open_id(id, &next->callee);
	return err;
}

/* Finds a pinned array that will do. */
static int find_array(struct next *next, const struct pin_dir *pins)
{
	static const char *const names[] = {NEXT_PIN, NEXT_PIN_NEW};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int array;

		if (open_array(pins, names[i], &array) != 0)
			continue;
		if ((next->callee.fd >= 0 ? reuse_array(next, array) : keep_callee(next, array)) ==
		    0) {
			next->array = array;
			next->pin = names[i];
			return 0;
		}
		close(array);
	}
	return -ENOENT;
}

static int create_array(struct next *next)
{
	next->array = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, NEXT_MAP, sizeof(__u32),
				     sizeof(__u32), 1, NULL);
	if (next->array < 0)
		return -errno;
	next->frags = next->callee.frags;
	return fill_slot(next->array, next->callee.fd);
}

static int build(struct next *next, const struct pin_dir *pins, char *why, size_t size)
{
	int err = probe_try();
	int unusable;

	if (err)
		return err;
	next->sight = next_look(next->path);
	unusable = callee_open(next->path, &next->callee, why, size);
	if (unusable && unusable != -ENOEXEC)
		return unusable;
	err = find_array(next, pins);
	if (!err || unusable)
		return err ? unusable : 0;
	return create_array(next);
}

int next_open(const char *path, const struct pin_dir *pins, struct next **ret_next, char *why,
	      size_t size)
{
	struct next *next = calloc(1, sizeof(*next));
	int err;

	why[0] = '\0';
	if (!next)
		return -ENOMEM;
	*next = (struct next){.path = path, .callee.fd = -1, .array = -1, .retired = -1};
	err = build(next, pins, why, size);
	if (err) {
		next_close(next);
		return err;
	}
	*ret_next = next;
	return 0;
}

static void retire(struct next *next)
{
	if (next->retired >= 0)
		close(next->retired);
	next->retired = -1;
}

void next_close(struct next *next)
{
	if (!next)
		return;
	callee_close(&next->callee);
	retire(next);
	if (next->array >= 0)
		close(next->array);
	free(next);
}

int next_array(const struct next *next)
{
	return next->array;
}

bool next_frags(const struct next *next)
{
	return next->frags;
}

const struct callee *next_callee(const struct next *next)
{
	return &next->callee;
}

bool next_was_empty(const struct next *next)
{
	return next->was_empty;
}

int next_pin(struct next *next, const struct pin_dir *pins)
{
	const char *name = pin_dir_has(pins, NEXT_PIN) ? NEXT_PIN_NEW : NEXT_PIN;
	int err;

	if (next->pin)
		return 0;
	err = pin_dir_put(pins, name, next->array);
	if (!err)
		next->pin = name;
	return err;
}

int next_settle(struct next *next, const struct pin_dir *pins)
{
	bool stays = strcmp(next->pin, NEXT_PIN) == 0;
	int err;

	retire(next);
	next->settled = true;
	/* Counters that links do not run any more may still be running: it is emptied later. */
	(void)pin_dir_get(pins, stays ? NEXT_PIN_NEW : NEXT_PIN, PIN_DIR_MAP, &next->retired);
	if (stays)
		return pin_dir_drop(pins, NEXT_PIN_NEW);
	err = pin_dir_rename(pins, NEXT_PIN_NEW, NEXT_PIN);
	if (!err)
		next->pin = NEXT_PIN;
	return err;
}

uint32_t next_unpin(const struct pin_dir *pins)
{
	uint32_t id = 0;
	int array;

	if (open_array(pins, NEXT_PIN, &array) == 0) {
		(void)read_slot(array, &id);
		close(array);
	}
	pin_dir_drop(pins, NEXT_PIN);
	pin_dir_drop(pins, NEXT_PIN_NEW);
	return id;
}

/* Puts another program into the slot; the kernel exchanges the two in one step. */
static int exchange(struct next *next, const struct callee *callee, char *why, size_t size)
{
	int err;

	if (callee->frags != next->frags) {
		snprintf(why, size,
			 "it is loaded %s packets of several buffers (xdp.frags), and the counter "
			 "%s; restart collectd, which then loads the counter to match",
			 callee->frags ? "for" : "not for", callee->frags ? "is not" : "is");
		return -ENOEXEC;
	}
	err = fill_slot(next->array, callee->fd);
	if (err)
		snprintf(why, size,
			 "the kernel refuses it (errno %d, %s); pin a program like the one in use",
			 -err, strerror(-err));
	return err;
}

enum next_news next_follow(struct next *next, char *why, size_t size)
{
	struct next_sight sight = next_look(next->path);
	int before = next->error;
	struct callee callee;
	bool same;
	int err;

	if (!next->settled)
		retire(next);
	next->settled = false;
	why[0] = '\0';
	if (next_same_sight(&sight, &next->sight))
		return NEXT_SAME;
	next->sight = sight;
	next->error = 0;
	err = callee_open(next->path, &callee, why, size);
	if (err == -ENOEXEC)
		return NEXT_REFUSED;
	if (err) {
		/* Not its fault: asked again. */
		next->sight = (struct next_sight){.inode = UINT64_MAX};
		next->error = err;
		snprintf(why, size, "the kernel does not tell (errno %d, %s); trying again", -err,
			 strerror(-err));
		return err == before ? NEXT_SAME : NEXT_REFUSED;
	}
	same = callee.id == next->callee.id;
	err = same ? 0 : exchange(next, &callee, why, size);
	if (err) {
		callee_close(&callee);
		return NEXT_REFUSED;
	}
	callee_close(&next->callee);
	next->callee = callee;
	return same ? NEXT_BACK : NEXT_REPLACED;
}

enum next_slot next_restore(struct next *next)
{
	uint32_t id;

	if (read_slot(next->array, &id) != 0 || id == next->callee.id)
		return NEXT_HELD;
	if (next->callee.fd < 0 || fill_slot(next->array, next->callee.fd) != 0)
		return NEXT_LOST;
	return NEXT_RESTORED;
}

int next_keep(struct next *next, const struct pin_dir *pins)
{
	int err;

	if (pin_dir_has(pins, NEXT_PIN))
		return 0;
	err = pin_dir_put(pins, NEXT_PIN, next->array);
	return err ? err : 1;
}
