// SPDX-License-Identifier: GPL-2.0-only
/*
 * An AF_XDP socket that nobody reads: xsk INTERFACE QUEUE RING FILL MAP. Its receive ring takes
 * RING packets, its fill ring offers FILL buffers, and it is entered into the XSKMAP that is pinned
 * at MAP. Prints "ready"; then, for each line of its input, the kernel's statistics of it:
 * rx_dropped rx_ring_full rx_fill_ring_empty_descs (linux/if_xdp.h). Ends with
 * its input, or the line "end".
 */
#include <errno.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/if_xdp.h>

#ifndef AF_XDP
#define AF_XDP 44
#endif
#ifndef SOL_XDP
#define SOL_XDP 283
#endif

#define XSK_FRAMES 64
#define XSK_FRAME_BYTES 4096

static _Noreturn void fail(const char *step)
{
	fprintf(stderr, "xsk: %s: %s\n", step, strerror(errno));
	exit(1);
}

static void set(int fd, int option, const void *value, size_t size)
{
	if (setsockopt(fd, SOL_XDP, option, value, (socklen_t)size) < 0)
		fail("setsockopt");
}

/* Offers buffers to the kernel. */
static void fill(int fd, uint32_t count)
{
	struct xdp_mmap_offsets offsets;
	socklen_t length = sizeof(offsets);
	uint32_t *producer;
	uint64_t *descriptors;
	char *ring;

	if (getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &length) < 0)
		fail("XDP_MMAP_OFFSETS");
	ring = mmap(NULL, offsets.fr.desc + XSK_FRAMES * sizeof(*descriptors),
		    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
		    XDP_UMEM_PGOFF_FILL_RING);
	if (ring == MAP_FAILED)
		fail("mmap");
	producer = (uint32_t *)(void *)(ring + offsets.fr.producer);
	descriptors = (uint64_t *)(void *)(ring + offsets.fr.desc);
	for (uint32_t i = 0; i < count; i++)
		descriptors[i] = (uint64_t)i * XSK_FRAME_BYTES;
	__atomic_store_n(producer, count, __ATOMIC_RELEASE);
}

static int open_socket(const char *interface, uint32_t queue, uint32_t ring, uint32_t buffers)
{
	const size_t bytes = (size_t)XSK_FRAMES * XSK_FRAME_BYTES;
	const uint32_t frames = XSK_FRAMES;
	struct xdp_umem_reg memory = {.len = bytes, .chunk_size = XSK_FRAME_BYTES};
	struct sockaddr_xdp address = {.sxdp_family = AF_XDP,
				       .sxdp_flags = XDP_COPY,
				       .sxdp_ifindex = if_nametoindex(interface),
				       .sxdp_queue_id = queue};
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("socket");
	memory.addr = (uint64_t)(uintptr_t)mmap(NULL, bytes, PROT_READ | PROT_WRITE,
						MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	set(fd, XDP_UMEM_REG, &memory, sizeof(memory));
	set(fd, XDP_UMEM_FILL_RING, &frames, sizeof(frames));
	set(fd, XDP_UMEM_COMPLETION_RING, &frames, sizeof(frames));
	set(fd, XDP_RX_RING, &ring, sizeof(ring));
	fill(fd, buffers);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		fail("bind");
	return fd;
}

static void print_statistics(int fd)
{
	struct xdp_statistics statistics = {0};
	socklen_t length = sizeof(statistics);

	if (getsockopt(fd, SOL_XDP, XDP_STATISTICS, &statistics, &length) < 0)
		fail("XDP_STATISTICS");
	printf("%llu %llu %llu\n", (unsigned long long)statistics.rx_dropped,
	       (unsigned long long)statistics.rx_ring_full,
	       (unsigned long long)statistics.rx_fill_ring_empty_descs);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	uint32_t queue;
	char line[16];
	int fd, map;

	if (argc != 6) {
		fprintf(stderr, "usage: xsk INTERFACE QUEUE RING FILL MAP\n");
		return 2;
	}
	queue = (uint32_t)strtoul(argv[2], NULL, 10);
	fd = open_socket(argv[1], queue, (uint32_t)strtoul(argv[3], NULL, 10),
			 (uint32_t)strtoul(argv[4], NULL, 10));
	map = bpf_obj_get(argv[5]);
	if (map < 0 || bpf_map_update_elem(map, &queue, &fd, BPF_ANY) < 0)
		fail(argv[5]);
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) && strcmp(line, "end\n") != 0)
		print_statistics(fd);
	return 0;
}
