// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds the XDP hook of an interface by a bpf_link, or is at its tcx hook at egress, before or
 * after those that are there, as another loader would: holder INTERFACE MODE OBJECT.
 * Prints the id of the program once it is there, and lets go when it is killed.
 */
#include <errno.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>

/* Loads the first program of an object. Returns its descriptor and id, or -1. */
static int load(const char *path, uint32_t *ret_id)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info);
	int fd;

	if (!object || bpf_object__load(object) < 0) {
		fprintf(stderr, "holder: %s: %s\n", path, strerror(errno));
		return -1;
	}
	fd = bpf_program__fd(bpf_object__next_program(object, NULL));
	if (bpf_obj_get_info_by_fd(fd, &info, &length) < 0)
		return -1;
	*ret_id = info.id;
	return fd;
}

/* Of linux/bpf.h (Linux 6.6), which older headers lack. */
#define TCX_EGRESS ((enum bpf_attach_type)47)
#define TCX_BEFORE (1U << 3)
#define TCX_AFTER (1U << 4)

static const struct mode {
	const char *name;
	enum bpf_attach_type type;
	__u32 flags;
} modes[] = {
	{"native", BPF_XDP, XDP_FLAGS_DRV_MODE},
	{"generic", BPF_XDP, XDP_FLAGS_SKB_MODE},
	{"before", TCX_EGRESS, TCX_BEFORE},
	{"after", TCX_EGRESS, TCX_AFTER},
};

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_link_create_opts, options);
	const struct mode *mode = NULL;
	uint32_t id;
	int program;

	for (size_t i = 0; argc == 4 && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(argv[2], modes[i].name) == 0)
			mode = &modes[i];
	}
	if (!mode) {
		fprintf(stderr, "usage: holder INTERFACE native|generic|before|after OBJECT\n");
		return 2;
	}
	options.flags = mode->flags;
	program = load(argv[3], &id);
	if (program < 0)
		return 1;
	if (bpf_link_create(program, (int)if_nametoindex(argv[1]), mode->type, &options) < 0) {
		fprintf(stderr, "holder: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	printf("%u\n", id);
	fflush(stdout);
	pause();
	return 0;
}
