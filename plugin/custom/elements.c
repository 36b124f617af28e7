// SPDX-License-Identifier: GPL-2.0-only
/*
 * User space gets the id of an inner map as the value in the outer one
 * (bpf_map_fd_sys_lookup_elem() in kernel/bpf/map_in_map.c), and opens it by that, which takes
 * CAP_SYS_ADMIN.
 */
#include "plugin/custom/elements.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "plugin/base/array.h"
#include "plugin/kernel/bpf_info.h"

static size_t outer_size(const struct custom_elements *elements)
{
	return elements->layout.outer_size;
}

static void close_inner(struct custom_elements *elements)
{
	if (elements->is_open)
		close(elements->inner);
	elements->is_open = false;
}

void custom_elements_take(struct custom_elements *elements, int fd,
			  const struct custom_btf_layout *layout)
{
	close_inner(elements);
	elements->fd = fd;
	elements->layout = *layout;
	elements->before.count = 0;
	elements->resumes = false;
	elements->is_other = false;
}

void custom_elements_begin(struct custom_elements *elements)
{
	close_inner(elements);
	elements->now.count = 0;
	elements->steps = CUSTOM_ELEMENTS_OUTER_MAX;
	elements->cut = false;
}

static int compare(const void *one, const void *other)
{
	const uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;

	return (a > b) - (a < b);
}

void custom_elements_end(struct custom_elements *elements, bool good)
{
	struct custom_elements_ids now = elements->now;

	close_inner(elements);
	if (!good || !outer_size(elements))
		return;
	elements->resumes = elements->cut;
	if (now.count)
		qsort(now.ids, now.count, sizeof(*now.ids), compare);
	elements->now = elements->before;
	elements->before = now;
}

/* Notes that the map of this id is read now, and whether it was before. Returns 0 or -ENOMEM. */
static int note(struct custom_elements *elements, uint32_t id)
{
	struct custom_elements_ids *now = &elements->now, *before = &elements->before;
	int err = array_grow((void **)&now->ids, &now->capacity, now->count, sizeof(*now->ids));

	if (err)
		return err;
	now->ids[now->count++] = id;
	elements->is_other = !before->count || !bsearch(&id, before->ids, before->count,
							sizeof(*before->ids), compare);
	return 0;
}

/* What is read into a buffer for values of another size would overrun it. */
static int check_inner(const struct custom_elements *elements, int fd)
{
	const struct custom_btf_layout *layout = &elements->layout;
	struct bpf_map_info info = {0};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &length) < 0)
		return -errno;
	return info.type == layout->type && info.value_size == layout->value_size &&
			       info.key_size == layout->key_size - layout->outer_size
		       ? 0
		       : -ENOENT;
}

/* Opens the inner map of an outer key, if it is not. Returns 0, -ENOENT if there is none, -errno.
 */
static int enter(struct custom_elements *elements, const uint8_t *outer)
{
	uint32_t id;
	int err;

	if (elements->is_open && memcmp(elements->outer, outer, outer_size(elements)) == 0)
		return 0;
	close_inner(elements);
	if (bpf_map_lookup_elem(elements->fd, outer, &id) < 0)
		return -errno;
	elements->inner = bpf_info_open_map(id);
	if (elements->inner < 0)
		return elements->inner;
	err = check_inner(elements, elements->inner);
	if (!err)
		err = note(elements, id);
	if (err) {
		close(elements->inner);
		return err;
	}
	memcpy(elements->outer, outer, outer_size(elements));
	elements->is_open = true;
	return 0;
}

/* The first key in the inner maps behind that of an outer key; NULL: in all of them. */
static int next_inner(struct custom_elements *elements, const void *from, uint8_t *next)
{
	while (elements->steps--) {
		int err;

		if (bpf_map_get_next_key(elements->fd, from, next) < 0)
			return -errno;
		from = next;
		err = enter(elements, next);
		if (!err &&
		    bpf_map_get_next_key(elements->inner, NULL, next + outer_size(elements)) < 0)
			err = -errno;
		if (err != -ENOENT)
			return err;
	}
	elements->steps = 0;
	elements->cut = true;
	if (from)
		memcpy(elements->last, from, outer_size(elements));
	return -ENOENT;
}

int custom_elements_next(struct custom_elements *elements, const void *from, uint8_t *next)
{
	const size_t size = outer_size(elements);
	const uint8_t *inner = from ? (const uint8_t *)from + size : NULL;
	int err;

	if (!size)
		return bpf_map_get_next_key(elements->fd, from, next) < 0 ? -errno : 0;
	if (!from)
		return next_inner(elements, elements->resumes ? elements->last : NULL, next);
	err = enter(elements, from);
	if (!err && bpf_map_get_next_key(elements->inner, inner, next + size) < 0)
		err = -errno;
	if (err != -ENOENT) {
		memmove(next, from, size);
		return err;
	}
	return next_inner(elements, from, next);
}

bool custom_elements_is_whole(const struct custom_elements *elements)
{
	return !elements->cut && !elements->resumes;
}

int custom_elements_look_up(struct custom_elements *elements, const uint8_t *key, void *values)
{
	const size_t size = outer_size(elements);
	int err = size ? enter(elements, key) : 0;

	if (!err &&
	    bpf_map_lookup_elem(size ? elements->inner : elements->fd, key + size, values) < 0)
		err = -errno;
	return err;
}

bool custom_elements_is_other(const struct custom_elements *elements)
{
	return elements->is_other;
}

void custom_elements_clear(struct custom_elements *elements)
{
	close_inner(elements);
	free(elements->before.ids);
	free(elements->now.ids);
	*elements = (struct custom_elements){0};
}
