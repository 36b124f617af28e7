// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the programs, maps and links that are in the kernel: "prog ID", "map ID", "link ID".
 * None is opened for that, as bpftool does: an array of programs whose last descriptor is closed
 * once more, while the kernel has not emptied it for the time before, stays there for good
 * (prog_array_map_clear() in kernel/bpf/arraymap.c takes two references, and gives back one).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>

/* Returns 0, or -errno of bpf(2). */
static int print_all(const char *kind, int (*next_id)(__u32 start, __u32 *next))
{
	__u32 id = 0;

	while (next_id(id, &id) == 0)
		printf("%s %u\n", kind, id);
	return errno == ENOENT ? 0 : -errno;
}

int main(void)
{
	int err = print_all("prog", bpf_prog_get_next_id);

	if (!err)
		err = print_all("map", bpf_map_get_next_id);
	if (!err)
		err = print_all("link", bpf_link_get_next_id);
	if (err)
		fprintf(stderr, "objects: %s\n", strerror(-err));
	return err ? 1 : 0;
}
