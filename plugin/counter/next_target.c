// SPDX-License-Identifier: GPL-2.0-only
/* Opens a pinned program, and finds out by trying what may call it. */
#include "plugin/counter/next_target.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include "plugin/counter/program_name.h"
#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/pin_dir.h"
#include "plugin/kernel/probe.h"
#include "plugin/kernel/xdp_link.h"

/* Loads the smallest program that calls what is in the array. Returns its descriptor or -errno. */
static int load_caller(int array, bool frags, enum bpf_attach_type type)
{
	const struct bpf_insn instructions[] = {
		{.code = BPF_LD | BPF_DW, /* BPF_IMM is 0 */
		 .dst_reg = BPF_REG_2,
		 .src_reg = BPF_PSEUDO_MAP_FD,
		 .imm = array},
		{0},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = 0},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_flags = frags ? BPF_F_XDP_HAS_FRAGS : 0,
		    .expected_attach_type = type);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, NULL, "GPL", instructions,
			       sizeof(instructions) / sizeof(instructions[0]), &options);

	return fd < 0 ? -errno : fd;
}

static int try_caller(int array, bool frags, enum bpf_attach_type type)
{
	int fd = load_caller(array, frags, type);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int next_target_try(int array, bool frags)
{
	return try_caller(array, frags, BPF_XDP);
}

/*
 * What the kernel says to a test run on a packet that it cannot read: it is not run. Programs
 * for the entries of devmaps and cpumaps are refused before that (Linux 5.15).
 */
static int refuse_run(int fd)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = (const void *)1, .data_size_in = ETH_ZLEN);

	return bpf_prog_test_run_opts(fd, &run) < 0 ? -errno : 0;
}

/*
 * Before, a devmap of our own tells: it takes programs for its entries alone (Linux 5.8). To
 * call such a program from elsewhere is more than wrong: the device that it may ask for is not
 * there. The first interface of every network namespace is lo.
 */
static bool is_taken_by_devmap(int fd)
{
	const struct bpf_devmap_val value = {.ifindex = 1, .bpf_prog.fd = fd};
	const __u32 key = 0;
	int map = bpf_map_create(BPF_MAP_TYPE_DEVMAP, NULL, sizeof(key), sizeof(value), 1, NULL);
	bool taken;

	if (map < 0)
		return false;
	taken = bpf_map_update_elem(map, &key, &value, BPF_ANY) == 0;
	close(map);
	return taken;
}

/* Whether it is a program for the entries of a devmap or cpumap, other than `caller`. */
static bool is_for_entries(int fd, int caller)
{
	int err = refuse_run(caller);

	if (err == -EFAULT && refuse_run(fd) == -EINVAL)
		return true;
	return is_taken_by_devmap(fd);
}

static int refuse(struct diagnose_next_refusal *refusal, enum diagnose_next_cause cause)
{
	refusal->cause = cause;
	return -ENOEXEC;
}

/* What its description tells. */
static int judge_info(const struct bpf_prog_info *info, struct diagnose_next_refusal *refusal)
{
	if (info->type == BPF_PROG_TYPE_EXT)
		return refuse(refusal, DIAGNOSE_NEXT_FOR_LIBXDP);
	if (info->type != BPF_PROG_TYPE_XDP) {
		refusal->type = libbpf_bpf_prog_type_str(info->type);
		return refuse(refusal, DIAGNOSE_NEXT_OTHER_TYPE);
	}
	if (counter_program_name_is(info->name))
		return refuse(refusal, DIAGNOSE_NEXT_COUNTER);
	if (info->ifindex)
		return refuse(refusal, DIAGNOSE_NEXT_DEVICE);
	return 0;
}

/* Whether a program of this expected attach type can call it, which matters from Linux 6.18 on. */
static bool is_callable_from(int array, enum bpf_attach_type type)
{
	return try_caller(array, false, type) == 0 || try_caller(array, true, type) == 0;
}

/* Neither kind of counter can call it. */
static int judge_uncallable(int array, const struct bpf_prog_info *info,
			    struct diagnose_next_refusal *refusal)
{
	int compiles;

	if (is_callable_from(array, BPF_XDP_DEVMAP) || is_callable_from(array, BPF_XDP_CPUMAP))
		return refuse(refusal, DIAGNOSE_NEXT_FOR_ENTRIES);
	if (is_callable_from(array, 0))
		return refuse(refusal, DIAGNOSE_NEXT_ATTACH_TYPE);
	/* It and the counter have to be of one kind (bpf_prog_map_compatible()). */
	compiles = probe_compiles();
	if (compiles < 0)
		return compiles;
	if (compiles && !info->jited_prog_len)
		return refuse(refusal, DIAGNOSE_NEXT_INTERPRETED);
	if (!compiles && info->jited_prog_len)
		return refuse(refusal, DIAGNOSE_NEXT_COMPILED);
	return refuse(refusal, DIAGNOSE_NEXT_NOT_FOR_PLAIN);
}

/* Finds out what counter can call what is in the array, which has no other user. */
static int judge_callers(int array, const struct bpf_prog_info *info, struct next_target *target,
			 struct diagnose_next_refusal *refusal)
{
	int caller = load_caller(array, true, BPF_XDP);
	bool for_entries;

	target->frags = caller >= 0;
	if (caller == -EINVAL)
		caller = load_caller(array, false, BPF_XDP);
	if (caller == -EINVAL)
		return judge_uncallable(array, info, refusal);
	if (caller < 0)
		return caller;
	for_entries = is_for_entries(target->fd, caller);
	close(caller);
	return for_entries ? refuse(refusal, DIAGNOSE_NEXT_FOR_ENTRIES) : 0;
}

/* Why it cannot be put into an array; else -errno. */
static int explain_update(int error, struct diagnose_next_refusal *refusal)
{
	switch (error) {
	case EINVAL:
		return refuse(refusal, DIAGNOSE_NEXT_NOT_FOR_ANY);
	/* prog_fd_array_get_ptr(), from Linux 6.12 on: no tail calls in a circle. */
	case EBUSY:
		return refuse(refusal, DIAGNOSE_NEXT_EXTENDED);
	default:
		return -error;
	}
}

/* An array has the properties of the first program put into it (bpf_prog_map_compatible()). */
static int judge(struct next_target *target, struct diagnose_next_refusal *refusal)
{
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info);
	const __u32 key = 0;
	int array, err;

	if (bpf_obj_get_info_by_fd(target->fd, &info, &length) < 0)
		/* The device that it is bound to has gone (bpf_prog_offload_info_fill()). */
		return errno == ENODEV ? refuse(refusal, DIAGNOSE_NEXT_DEVICE) : -errno;
	err = judge_info(&info, refusal);
	if (err)
		return err;
	array = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, NULL, sizeof(key), sizeof(target->fd), 1,
			       NULL);
	if (array < 0)
		return -errno;
	if (bpf_map_update_elem(array, &key, &target->fd, BPF_ANY) < 0)
		err = explain_update(errno, refusal);
	else
		err = judge_callers(array, &info, target, refusal);
	close(array);
	return err;
}

static int name_it(struct next_target *target)
{
	struct bpf_info_program holder;
	int err = bpf_info_program_by_fd(target->fd, &holder);

	target->id = holder.id;
	memcpy(target->name, holder.name, sizeof(target->name));
	memcpy(target->tag, holder.tag, sizeof(target->tag));
	return err;
}

/* Why nothing could be opened at the path; else -errno. */
static int explain_open(int error, struct diagnose_next_refusal *refusal)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return refuse(refusal, DIAGNOSE_NEXT_NOTHING_PINNED);
	case EACCES:
		return refuse(refusal, DIAGNOSE_NEXT_NOT_OPENED);
	default:
		return -error;
	}
}

int next_target_open(const char *path, struct next_target *ret_target,
		     struct diagnose_next_refusal *ret_refusal)
{
	struct next_target target = {.fd = bpf_obj_get(path)};
	int err;

	*ret_refusal = (struct diagnose_next_refusal){.cause = DIAGNOSE_NEXT_CALLABLE};
	if (target.fd < 0)
		return explain_open(errno, ret_refusal);
	if (!pin_dir_is_kind(target.fd, PIN_DIR_PROGRAM))
		err = refuse(ret_refusal, DIAGNOSE_NEXT_NO_PROGRAM);
	else
		err = judge(&target, ret_refusal);
	if (!err)
		err = name_it(&target);
	if (err) {
		next_target_close(&target);
		return err;
	}
	*ret_target = target;
	return 0;
}

void next_target_open_id(uint32_t id, struct next_target *ret_target)
{
	*ret_target = (struct next_target){.fd = bpf_prog_get_fd_by_id(id)};
	if (ret_target->fd >= 0)
		(void)name_it(ret_target);
	ret_target->id = id;
}

void next_target_close(struct next_target *target)
{
	if (target->fd >= 0)
		close(target->fd);
	*target = (struct next_target){.fd = -1};
}
