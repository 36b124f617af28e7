// SPDX-License-Identifier: GPL-2.0-only
/* XDP links: create, check, close. */
#include "plugin/kernel/xdp_link.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>

#include "plugin/kernel/pin_dir.h"

#define ATTACH_PIN "link_"
#define ATTACH_PIN_SIZE sizeof(ATTACH_PIN "4294967295")

const char *attach_mode_name(enum attach_mode mode)
{
	switch (mode) {
	case ATTACH_NATIVE:
		return "native";
	case ATTACH_GENERIC:
		return "generic";
	case ATTACH_OFFLOAD:
		return "offload";
	case ATTACH_AUTO:
		break;
	}
	return "auto";
}

/* Mode flags alone: a link takes no others (net/core/dev.c). */
static __u32 mode_flags(enum attach_mode mode)
{
	switch (mode) {
	case ATTACH_NATIVE:
		return XDP_FLAGS_DRV_MODE;
	case ATTACH_OFFLOAD:
		return XDP_FLAGS_HW_MODE;
	case ATTACH_GENERIC:
	case ATTACH_AUTO:
		break;
	}
	return XDP_FLAGS_SKB_MODE;
}

int attach_open(int program_fd, unsigned int ifindex, enum attach_mode mode, int *ret_link)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = mode_flags(mode));
	int link = bpf_link_create(program_fd, (int)ifindex, BPF_XDP, &options);

	if (link < 0)
		return -errno;
	*ret_link = link;
	return 0;
}

int attach_inspect(int link, struct attach_link *ret_link)
{
	struct bpf_link_info info = {0};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(link, &info, &length) < 0)
		return -errno;
	if (info.type != BPF_LINK_TYPE_XDP)
		return -EMEDIUMTYPE;
	ret_link->ifindex = info.xdp.ifindex;
	ret_link->program_id = info.prog_id;
	return 0;
}

int attach_check(int link, unsigned int ifindex)
{
	struct attach_link info = {0};
	int err = attach_inspect(link, &info);

	if (err)
		return err;
	if (info.ifindex == 0)
		return -ENOLINK;
	return info.ifindex == ifindex ? 0 : -EXDEV;
}

int attach_update(int link, int program_fd)
{
	return bpf_link_update(link, program_fd, NULL) < 0 ? -errno : 0;
}

int attach_detach(int link)
{
	return bpf_link_detach(link) < 0 ? -errno : 0;
}

static void pin_name(unsigned int ifindex, char *name)
{
	snprintf(name, ATTACH_PIN_SIZE, ATTACH_PIN "%u", ifindex);
}

int attach_pin(const struct pins *pins, unsigned int ifindex, int link)
{
	char name[ATTACH_PIN_SIZE];

	pin_name(ifindex, name);
	return pins_put(pins, name, link);
}

int attach_pinned(const struct pins *pins, unsigned int ifindex, int *ret_link)
{
	char name[ATTACH_PIN_SIZE];

	pin_name(ifindex, name);
	return pins_get(pins, name, PINS_LINK, ret_link);
}

int attach_unpin(const struct pins *pins, unsigned int ifindex)
{
	char name[ATTACH_PIN_SIZE];

	pin_name(ifindex, name);
	return pins_drop(pins, name);
}

unsigned int attach_pin_ifindex(const char *name)
{
	char canonical[ATTACH_PIN_SIZE];
	unsigned long ifindex;

	if (strncmp(name, ATTACH_PIN, strlen(ATTACH_PIN)) != 0)
		return 0;
	ifindex = strtoul(name + strlen(ATTACH_PIN), NULL, 10);
	if (ifindex > INT_MAX)
		return 0;
	/* No leading zeros, signs or letters behind the number. */
	pin_name((unsigned int)ifindex, canonical);
	return strcmp(name, canonical) == 0 ? (unsigned int)ifindex : 0;
}

void attach_close(int link)
{
	if (link >= 0)
		close(link);
}

int attach_describe_fd(int program_fd, struct attach_holder *ret_holder)
{
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info);

	*ret_holder = (struct attach_holder){0};
	if (bpf_obj_get_info_by_fd(program_fd, &info, &length) < 0)
		return -errno;
	ret_holder->program_id = info.id;
	snprintf(ret_holder->name, sizeof(ret_holder->name), "%s", info.name);
	for (size_t i = 0; i < sizeof(info.tag); i++)
		snprintf(ret_holder->tag + 2 * i, 3, "%02x", info.tag[i]);
	return 0;
}

int attach_describe_pin(const struct pins *pins, const char *name, struct attach_holder *ret_holder)
{
	int fd;
	int err = pins_get(pins, name, PINS_PROGRAM, &fd);

	*ret_holder = (struct attach_holder){0};
	if (err)
		return err == -ENOENT || err == -EMEDIUMTYPE ? 0 : err;
	err = attach_describe_fd(fd, ret_holder);
	close(fd);
	return err;
}

void attach_describe(uint32_t program_id, struct attach_holder *ret_holder)
{
	int fd = program_id ? bpf_prog_get_fd_by_id(program_id) : -1;

	*ret_holder = (struct attach_holder){0};
	if (fd >= 0) {
		(void)attach_describe_fd(fd, ret_holder);
		close(fd);
	}
	ret_holder->program_id = program_id;
}
