// SPDX-License-Identifier: GPL-2.0-only
/* Opens one of the builds of the counter's object, and finds its parts. */
#include "plugin/counter/image.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "bpf/count.skel.h"
#include "bpf/count_cast.skel.h"
#include "bpf/outgoing.skel.h"
#include "bpf/outgoing_cast.skel.h"
#include "plugin/counter/program_name.h"

/* A build, and where its settings stand in its .rodata: the compiler orders them. */
struct counter_image_build {
	const void *(*bytes)(size_t *ret_size);
	const char *name; /* which the names of the maps of its variables begin with */
	const char *program, *program_next;
	size_t flags, queues, buff_len;
	bool reads_devices; /* so that it has these, too: */
	size_t puts_in_8021q, puts_in_8021ad;
};

#define BUILD_SETTINGS(skeleton)                                                                   \
	.flags = offsetof(struct skeleton##__rodata, setting_flags),                               \
	.queues = offsetof(struct skeleton##__rodata, setting_queues),                             \
	.buff_len = offsetof(struct skeleton##__rodata, setting_buff_len)

static const struct counter_image_build count_build = {
	.bytes = count__elf_bytes,
	.name = "count",
	.program = COUNTER_PROGRAM_NAME,
	.program_next = COUNTER_PROGRAM_NAME_NEXT,
	BUILD_SETTINGS(count),
};
static const struct counter_image_build cast_build = {
	.bytes = count_cast__elf_bytes,
	.name = "count", /* the same, for either uses what the other has pinned */
	.program = COUNTER_PROGRAM_NAME,
	.program_next = COUNTER_PROGRAM_NAME_NEXT,
	BUILD_SETTINGS(count_cast),
};
static const struct counter_image_build outgoing_build = {
	.bytes = outgoing__elf_bytes,
	.name = "outgoing",
	.program = COUNTER_PROGRAM_NAME_OUTGOING,
	BUILD_SETTINGS(outgoing),
};

static const struct counter_image_build outgoing_cast_build = {
	.bytes = outgoing_cast__elf_bytes,
	.name = "outgoing",
	.program = COUNTER_PROGRAM_NAME_OUTGOING,
	BUILD_SETTINGS(outgoing_cast),
	.reads_devices = true,
	.puts_in_8021q = offsetof(struct outgoing_cast__rodata, setting_puts_in_8021q),
	.puts_in_8021ad = offsetof(struct outgoing_cast__rodata, setting_puts_in_8021ad),
};

static const struct counter_image_build *build_for(enum counter_length length)
{
	switch (length) {
	case COUNTER_LENGTH_CAST:
		return &cast_build;
	case COUNTER_LENGTH_WIRE_CAST:
		return &outgoing_cast_build;
	case COUNTER_LENGTH_WIRE:
		return &outgoing_build;
	case COUNTER_LENGTH_HELPER:
	case COUNTER_LENGTH_POINTERS:
		break;
	}
	return &count_build;
}

bool counter_image_may_cast(void)
{
	return access("/sys/kernel/btf/vmlinux", R_OK) == 0;
}

/* Returns whether all is there that each build has. */
static bool find_maps(struct counter_image *image)
{
	struct bpf_object *object = image->object;

	image->records = bpf_object__find_map_by_name(object, "records");
	image->slots = bpf_object__find_map_by_name(object, ".bss");
	image->far_slots = bpf_object__find_map_by_name(object, "far_slots");
	image->owners = bpf_object__find_map_by_name(object, "owners");
	image->signals = bpf_object__find_map_by_name(object, "signals");
	image->settings = bpf_object__find_map_by_name(object, ".rodata");
	image->next_program = bpf_object__find_map_by_name(object, "next_program");
	return image->records && image->slots && image->far_slots && image->owners &&
	       image->signals && image->settings;
}

static bool find_programs(struct counter_image *image)
{
	const struct counter_image_build *build = image->build;

	image->program = bpf_object__find_program_by_name(image->object, build->program);
	if (build->program_next)
		image->program_next =
			bpf_object__find_program_by_name(image->object, build->program_next);
	return image->program && !build->program_next == !image->program_next &&
	       !build->program_next == !image->next_program;
}

int counter_image_open(enum counter_length length, struct counter_image *ret_image)
{
	const struct counter_image_build *build = build_for(length);
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = build->name);
	struct counter_image image = {.build = build};
	size_t size;
	const void *bytes = build->bytes(&size);

	image.object = bpf_object__open_mem(bytes, size, &options);
	if (!image.object)
		return -errno;
	if (!find_maps(&image) || !find_programs(&image)) {
		counter_image_close(&image);
		return -ESRCH;
	}
	*ret_image = image;
	return 0;
}

int counter_image_set(const struct counter_image *image,
		      const struct counter_image_settings *settings)
{
	const struct counter_image_build *build = image->build;
	size_t size = 0;
	const void *initial = bpf_map__initial_value(image->settings, &size);
	char *values = initial ? malloc(size) : NULL;
	int err;

	if (!values)
		return -ENOMEM;
	memcpy(values, initial, size);
	memcpy(values + build->flags, &settings->flags, sizeof(settings->flags));
	memcpy(values + build->queues, &settings->queues, sizeof(settings->queues));
	memcpy(values + build->buff_len, &settings->buff_len, sizeof(settings->buff_len));
	if (build->reads_devices) {
		memcpy(values + build->puts_in_8021q, &settings->puts_in_8021q,
		       sizeof(settings->puts_in_8021q));
		memcpy(values + build->puts_in_8021ad, &settings->puts_in_8021ad,
		       sizeof(settings->puts_in_8021ad));
	}
	err = bpf_map__set_initial_value(image->settings, values, size);
	free(values);
	return err;
}

void counter_image_close(struct counter_image *image)
{
	bpf_object__close(image->object);
	*image = (struct counter_image){0};
}

const char *counter_image_length(enum counter_length length)
{
	static const char *const names[] = {
		[COUNTER_LENGTH_CAST] = "bpf_cast_to_kern_ctx",
		[COUNTER_LENGTH_HELPER] = "bpf_xdp_get_buff_len",
		[COUNTER_LENGTH_POINTERS] = "data_end - data",
		[COUNTER_LENGTH_WIRE_CAST] = "wire_len",
		[COUNTER_LENGTH_WIRE] = "wire_len, without tags that the kernel puts in",
	};

	return names[length];
}
