/* SPDX-License-Identifier: GPL-2.0-only */
/* Arrays that grow. */
#ifndef COLLECTD_XDP_BASE_ARRAY_H
#define COLLECTD_XDP_BASE_ARRAY_H

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

/*
 * Has an array of `capacity` elements, of so many bytes each, take one more than `count`. Pointers
 * into it are invalid afterwards. Returns 0; -ENOMEM, and all is as it was.
 */
static inline int array_grow(void **array, size_t *capacity, size_t count, size_t element)
{
	size_t wanted = *capacity ? *capacity * 2 : 16;
	void *bigger;

	if (count < *capacity)
		return 0;
	bigger = reallocarray(*array, wanted, element);
	if (!bigger)
		return -ENOMEM;
	*array = bigger;
	*capacity = wanted;
	return 0;
}

#endif
