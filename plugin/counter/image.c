// SPDX-License-Identifier: GPL-2.0-only
/* Opens one of the two builds of the counter's object. */
#include "plugin/counter/image.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "bpf/count.skel.h"
#include "bpf/count_cast.skel.h"

#define IMAGE_SAME(member)                                                                         \
	_Static_assert(offsetof(struct count, member) == offsetof(struct count_cast, member) &&    \
			       sizeof(((struct count *)NULL)->member) ==                           \
				       sizeof(((struct count_cast *)NULL)->member),                \
		       "both builds have the same maps, programs and variables")
IMAGE_SAME(maps);
IMAGE_SAME(progs);
IMAGE_SAME(rodata);
_Static_assert(sizeof(struct count__rodata) == sizeof(struct count_cast__rodata) &&
		       sizeof(struct count__bss) == sizeof(struct count_cast__bss),
	       "both builds have the same variables");

bool counter_image_may_cast(void)
{
	return access("/sys/kernel/btf/vmlinux", R_OK) == 0;
}

struct count *counter_image_open(enum counter_length length)
{
	struct count *skeleton;
	int err;

	if (length != COUNTER_LENGTH_CAST)
		return count__open();
	skeleton = calloc(1, sizeof(*skeleton));
	if (!skeleton)
		return NULL;
	err = count__create_skeleton(skeleton);
	if (!err) {
		skeleton->skeleton->data =
			(void *)count_cast__elf_bytes(&skeleton->skeleton->data_sz);
		err = bpf_object__open_skeleton(skeleton->skeleton, NULL);
	}
	if (err) {
		count__destroy(skeleton);
		errno = -err;
		return NULL;
	}
	return skeleton;
}

const char *counter_image_length(enum counter_length length)
{
	static const char *const names[] = {
		[COUNTER_LENGTH_CAST] = "bpf_cast_to_kern_ctx",
		[COUNTER_LENGTH_HELPER] = "bpf_xdp_get_buff_len",
		[COUNTER_LENGTH_POINTERS] = "data_end - data",
	};

	return names[length];
}
