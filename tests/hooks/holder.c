// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds the XDP hook of an interface by a bpf_link, as another loader would:
 * holder INTERFACE native|generic OBJECT. Prints the id of the program, and
 * lets go when its standard input ends.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>

/* Loads the first program of an object; prints its id. Returns its descriptor or -1. */
static int load(const char *path)
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
	printf("%u\n", info.id);
	return fd;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_link_create_opts, options);
	char byte;
	int program, link;

	if (argc != 4) {
		fprintf(stderr, "usage: holder INTERFACE native|generic OBJECT\n");
		return 2;
	}
	options.flags = strcmp(argv[2], "native") == 0 ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
	program = load(argv[3]);
	if (program < 0)
		return 1;
	link = bpf_link_create(program, (int)if_nametoindex(argv[1]), BPF_XDP, &options);
	if (link < 0) {
		fprintf(stderr, "holder: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		continue;
	close(link);
	return 0;
}
