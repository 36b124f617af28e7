// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds the XDP hook of an interface by a bpf_link, as another loader would:
 * holder INTERFACE native|generic OBJECT. Prints the id of the program once it
 * is there, and lets go when it is killed.
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

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_link_create_opts, options);
	uint32_t id;
	int program;

	if (argc != 4) {
		fprintf(stderr, "usage: holder INTERFACE native|generic OBJECT\n");
		return 2;
	}
	options.flags = strcmp(argv[2], "native") == 0 ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
	program = load(argv[3], &id);
	if (program < 0)
		return 1;
	if (bpf_link_create(program, (int)if_nametoindex(argv[1]), BPF_XDP, &options) < 0) {
		fprintf(stderr, "holder: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	printf("%u\n", id);
	fflush(stdout);
	pause();
	return 0;
}
