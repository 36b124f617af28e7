// SPDX-License-Identifier: GPL-2.0-only
/* Finds out which tracepoints the kernel has, and with which arguments, and attaches to those. */
#include "plugin/source/tracepoints.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "bpf/fate.skel.h"
#include "plugin/base/text.h"
#include "plugin/counter/counter.h"
#include "plugin/kernel/probe.h"
#include "plugin/kernel/process.h"

/*
 * The arguments that a program of bpf/fate.bpf.c reads, and what they are: d, a pointer to struct
 * net_device; i, an integer; another letter: not read.
 */
static const struct tracepoint {
	const char *name;
	const char *program;
	const char *arguments;
	bool optional; /* some kernels have no use for it */
} known[] = {
	{"xdp_exception", "fate_exception", "d-i", false},
	{"xdp_bulk_tx", "fate_bulk_tx", "d-i", false},
	{"xdp_redirect_err", "fate_redirect", "d--i", false},
	{"xdp_redirect_map_err", "fate_map", "d--i", true},
	{"xdp_devmap_xmit", "fate_devmap", "-dii", false},
	{"xdp_cpumap_enqueue", "fate_enqueue", "--ii", false},
	{"xdp_cpumap_kthread", "fate_kthread", "-ii", false},
};

#define TRACEPOINTS_KNOWN (sizeof(known) / sizeof(known[0]))

struct tracepoints {
	struct fate_bpf *skeleton;
	unsigned int cpus;
	struct fate_record *values; /* of one slot, for each possible CPU */
	struct fate_cpu *queues;    /* of all possible CPUs */
	__u32 *keys;		    /* their numbers, by the kernel */
	char missing[128];
};

/* What is needed to load them. */
struct target {
	struct tracepoints *tracepoints;
	const struct counter *counter;
	uint32_t namespace;
	struct tracepoints_failure *failure;
};

/* The type behind names and qualifiers. */
static const struct btf_type *plain_type(const struct btf *btf, __u32 id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	while (type && (btf_is_mod(type) || btf_is_typedef(type)))
		type = btf__type_by_id(btf, type->type);
	return type;
}

/* Whether an argument is what a program takes it for. */
static bool is_argument(const struct btf *btf, __u32 id, char kind)
{
	const struct btf_type *type = plain_type(btf, id);

	if (kind == 'i')
		return type && btf_is_int(type) && type->size == sizeof(int);
	if (kind != 'd')
		return true;
	type = type && btf_is_ptr(type) ? plain_type(btf, type->type) : NULL;
	return type && btf_is_struct(type) &&
	       strcmp(btf__name_by_offset(btf, type->name_off), "net_device") == 0;
}

/*
 * Whether the kernel has a tracepoint, with these arguments. Its BTF has the function that is
 * called there, typedef void (*btf_trace_NAME)(void *, ARGUMENTS), see include/trace/bpf_probe.h.
 */
static bool has_tracepoint(const struct btf *btf, const struct tracepoint *tracepoint)
{
	const struct btf_type *type;
	char name[64];
	int id;

	snprintf(name, sizeof(name), "btf_trace_%s", tracepoint->name);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	type = id < 0 ? NULL : plain_type(btf, (__u32)id);
	type = type && btf_is_ptr(type) ? plain_type(btf, type->type) : NULL;
	if (!type || !btf_is_func_proto(type) || btf_vlen(type) < 1 + strlen(tracepoint->arguments))
		return false;
	for (size_t i = 0; tracepoint->arguments[i]; i++) {
		if (!is_argument(btf, btf_params(type)[1 + i].type, tracepoint->arguments[i]))
			return false;
	}
	return true;
}

/* Leaves out the programs for which the kernel has no tracepoint. */
static int choose(const struct target *target)
{
	struct tracepoints *tracepoints = target->tracepoints;
	struct btf *btf = btf__load_vmlinux_btf();

	if (!btf)
		return -errno;
	tracepoints->missing[0] = '\0';
	for (size_t i = 0; i < TRACEPOINTS_KNOWN; i++) {
		if (has_tracepoint(btf, &known[i]))
			continue;
		bpf_program__set_autoload(bpf_object__find_program_by_name(
						  tracepoints->skeleton->obj, known[i].program),
					  false);
		if (!known[i].optional)
			text_append_name(tracepoints->missing, sizeof(tracepoints->missing),
					 known[i].name);
	}
	btf__free(btf);
	return 0;
}

/* The settings and slots of the counter, and the sizes of the maps. */
static int configure(const struct target *target)
{
	struct fate_bpf *skeleton = target->tracepoints->skeleton;
	int err;

	skeleton->rodata->setting_flags = counter_info(target->counter)->atomic ? RECORD_ATOMIC : 0;
	skeleton->rodata->setting_namespace = target->namespace;
	err = bpf_map__set_max_entries(skeleton->maps.fates,
				       counter_settings(target->counter)->slots);
	if (!err)
		err = bpf_map__set_max_entries(skeleton->maps.cpus, target->tracepoints->cpus);
	if (!err)
		err = counter_lend_maps(target->counter, skeleton->maps.bss,
					skeleton->maps.far_slots, skeleton->maps.records);
	return err;
}

/* loader_run() callback. */
static int construct(void *context, struct loader *load)
{
	struct target *target = context;
	struct tracepoints *tracepoints = target->tracepoints;
	int err = probe_try();

	target->failure->step = DIAGNOSE_FATE_LOAD;
	if (err)
		return err;
	tracepoints->skeleton = fate_bpf__open();
	if (!tracepoints->skeleton)
		return -errno;
	loader_watch(load, tracepoints->skeleton->obj);
	target->failure->step = DIAGNOSE_FATE_BTF;
	err = choose(target);
	if (!err) {
		target->failure->step = DIAGNOSE_FATE_LOAD;
		err = configure(target);
	}
	if (!err)
		err = fate_bpf__load(tracepoints->skeleton);
	if (!err) {
		target->failure->step = DIAGNOSE_FATE_ATTACH;
		err = fate_bpf__attach(tracepoints->skeleton);
	}
	if (err) {
		fate_bpf__destroy(tracepoints->skeleton);
		tracepoints->skeleton = NULL;
	}
	return err;
}

int tracepoints_open(struct counter *counter, struct tracepoints **ret_tracepoints,
		     struct tracepoints_failure *failure)
{
	struct tracepoints *tracepoints = calloc(1, sizeof(*tracepoints));
	struct target target = {tracepoints, counter, 0, failure};
	int err = -ENOMEM;

	*failure = (struct tracepoints_failure){.step = DIAGNOSE_FATE_LOAD};
	if (!tracepoints)
		return err;
	tracepoints->cpus = counter_info(counter)->cpus;
	tracepoints->values = calloc(tracepoints->cpus, sizeof(*tracepoints->values));
	tracepoints->queues = calloc(tracepoints->cpus, sizeof(*tracepoints->queues));
	tracepoints->keys = calloc(tracepoints->cpus, sizeof(*tracepoints->keys));
	if (!tracepoints->values || !tracepoints->queues || !tracepoints->keys)
		goto fail;
	err = process_network(&target.namespace);
	if (!err)
		err = loader_run(construct, &target, &failure->log);
	if (err)
		goto fail;
	*ret_tracepoints = tracepoints;
	return 0;
fail:
	tracepoints_close(tracepoints);
	return err;
}

void tracepoints_close(struct tracepoints *tracepoints)
{
	if (!tracepoints)
		return;
	fate_bpf__destroy(tracepoints->skeleton);
	free(tracepoints->values);
	free(tracepoints->queues);
	free(tracepoints->keys);
	free(tracepoints);
}

const char *tracepoints_missing(const struct tracepoints *tracepoints)
{
	return tracepoints->missing;
}

int tracepoints_read(const struct tracepoints *tracepoints, unsigned int slot,
		     uint64_t ret_packets[FATE_CELLS])
{
	__u32 at = slot - 1;

	if (bpf_map_lookup_elem(bpf_map__fd(tracepoints->skeleton->maps.fates), &at,
				tracepoints->values) < 0)
		return -errno;
	memset(ret_packets, 0, FATE_CELLS * sizeof(*ret_packets));
	for (unsigned int cpu = 0; cpu < tracepoints->cpus; cpu++) {
		for (int cell = 0; cell < FATE_CELLS; cell++)
			ret_packets[cell] += tracepoints->values[cpu].packets[cell];
	}
	return 0;
}

int tracepoints_read_cpus(const struct tracepoints *tracepoints, struct record_cell *ret_passed,
			  struct record_cell *ret_dropped, unsigned int count)
{
	__u32 last, read = tracepoints->cpus;

	/* Arrays have batches since Linux 5.6; ENOENT: to the end of it. */
	if (bpf_map_lookup_batch(bpf_map__fd(tracepoints->skeleton->maps.cpus), NULL, &last,
				 tracepoints->keys, tracepoints->queues, &read, NULL) < 0 &&
	    errno != ENOENT)
		return -errno;
	for (unsigned int i = 0; i < count; i++) {
		bool known_cpu = i < read;

		ret_passed[i] =
			(struct record_cell){known_cpu ? tracepoints->queues[i].passed : 0, 0};
		ret_dropped[i] =
			(struct record_cell){known_cpu ? tracepoints->queues[i].dropped : 0, 0};
	}
	return 0;
}
