// SPDX-License-Identifier: GPL-2.0-only
/* Finds a program by its id, and attaches a pair of tracing programs to it. */
#include "plugin/source/observer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "bpf/observe.skel.h"
#include "plugin/counter/counter.h"
#include "plugin/kernel/probe.h"
#include "plugin/kernel/process.h"

#define OBSERVER_FUNCTION 128

/* Packets that may be on their way through a program at a time, on PREEMPT_RT. */
#define OBSERVER_APART 4096

/* A program that is observed. */
struct observed {
	uint32_t id;
	unsigned int users;
	struct observe_bpf *skeleton;
	struct observed *next;
};

struct observer {
	struct counter *counter;
	struct observed *programs;
	int verdicts; /* the map */
	uint32_t namespace;
	struct record_verdicts *values; /* of one slot, for each possible CPU */
};

/* What is needed of the program to observe. */
struct target {
	const struct observer *observer;
	int fd;
	char function[OBSERVER_FUNCTION]; /* its main one */
	uint32_t function_id;		  /* of that in its BTF */
	struct observe_bpf *skeleton;
	struct observer_failure *failure;
};

/* The name of the program's main function, from its BTF. Returns 0 or a negative errno. */
static int find_function(struct target *target)
{
	struct bpf_func_info function = {0};
	struct bpf_prog_info info = {.nr_func_info = 1,
				     .func_info_rec_size = sizeof(function),
				     .func_info = (__u64)(uintptr_t)&function};
	__u32 length = sizeof(info);
	const struct btf_type *type;
	struct btf *btf;

	if (bpf_obj_get_info_by_fd(target->fd, &info, &length) < 0)
		return -errno;
	if (info.ifindex) {
		target->failure->step = DIAGNOSE_OBSERVE_OFFLOADED;
		return -EOPNOTSUPP;
	}
	target->failure->step = DIAGNOSE_OBSERVE_BTF;
	if (!info.btf_id || !info.nr_func_info)
		return -ENODATA;
	btf = btf__load_from_kernel_by_id(info.btf_id);
	if (!btf)
		return -errno;
	target->function_id = function.type_id;
	type = btf__type_by_id(btf, function.type_id);
	if (type)
		snprintf(target->function, sizeof(target->function), "%s",
			 btf__name_by_offset(btf, type->name_off));
	btf__free(btf);
	return target->function[0] ? 0 : -ENODATA;
}

/* The settings of the counter, and its maps. */
static int configure(const struct target *target)
{
	const struct counter *counter = target->observer->counter;
	const struct counter_settings *settings = counter_settings(counter);
	struct observe_bpf *skeleton = target->skeleton;
	struct counter_maps maps = counter_maps(counter);
	int err;

	skeleton->rodata->setting_flags =
		settings->breakdowns | (counter_info(counter)->atomic ? RECORD_ATOMIC : 0);
	skeleton->rodata->setting_queues = settings->queues;
	skeleton->rodata->setting_buff_len = probe_has_buff_len();
	skeleton->rodata->setting_namespace = target->observer->namespace;

	err = bpf_map__set_max_entries(skeleton->maps.apart,
				       counter_info(counter)->atomic ? OBSERVER_APART : 1);
	if (!err)
		err = counter_lend_maps(counter, skeleton->maps.bss, skeleton->maps.far_slots,
					skeleton->maps.records);
	if (!err && maps.signals >= 0)
		err = bpf_map__reuse_fd(skeleton->maps.signals, maps.signals);
	if (!err)
		err = bpf_map__reuse_fd(skeleton->maps.verdicts, target->observer->verdicts);
	if (!err)
		err = bpf_program__set_attach_target(skeleton->progs.observe_entry, target->fd,
						     target->function);
	if (!err)
		err = bpf_program__set_attach_target(skeleton->progs.observe_exit, target->fd,
						     target->function);
	return err;
}

/*
 * The entry first: a packet that meets one of the two only is then never
 * counted, rather than half.
 */
static int attach(struct observe_bpf *skeleton)
{
	skeleton->links.observe_entry = bpf_program__attach_trace(skeleton->progs.observe_entry);
	if (!skeleton->links.observe_entry)
		return -errno;
	skeleton->links.observe_exit = bpf_program__attach_trace(skeleton->progs.observe_exit);
	return skeleton->links.observe_exit ? 0 : -errno;
}

/* loader_run() callback. */
static int construct(void *context, struct loader *load)
{
	struct target *target = context;
	int err;

	err = find_function(target);
	if (err)
		return err;
	target->failure->step = DIAGNOSE_OBSERVE_LOAD;
	err = probe_try();
	if (err)
		return err;
	target->skeleton = observe_bpf__open();
	if (!target->skeleton)
		return -errno;
	loader_watch(load, target->skeleton->obj);
	err = configure(target);
	if (!err)
		err = observe_bpf__load(target->skeleton);
	if (!err) {
		target->failure->step = DIAGNOSE_OBSERVE_ATTACH;
		err = attach(target->skeleton);
	}
	if (err) {
		observe_bpf__destroy(target->skeleton);
		target->skeleton = NULL;
	}
	return err;
}

/* In the reverse order of attach(), for the same reason. Takes NULL. */
static void destroy(struct observe_bpf *skeleton)
{
	if (skeleton) {
		bpf_link__destroy(skeleton->links.observe_exit);
		skeleton->links.observe_exit = NULL;
	}
	observe_bpf__destroy(skeleton);
}

int observer_open(struct counter *counter, struct observer **ret_observer)
{
	struct observer *observer = calloc(1, sizeof(*observer));
	int err = -ENOMEM;

	if (!observer)
		return err;
	observer->counter = counter;
	observer->verdicts = -1;
	observer->values = calloc(counter_info(counter)->cpus, sizeof(*observer->values));
	if (!observer->values)
		goto fail;
	err = process_network(&observer->namespace);
	if (err)
		goto fail;
	observer->verdicts =
		bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "verdicts", sizeof(__u32),
			       sizeof(*observer->values), counter_settings(counter)->slots, NULL);
	if (observer->verdicts < 0) {
		err = -errno;
		goto fail;
	}
	counter_accompany(counter, observer->verdicts);
	*ret_observer = observer;
	return 0;
fail:
	observer_close(observer);
	return err;
}

void observer_close(struct observer *observer)
{
	if (!observer)
		return;
	while (observer->programs) {
		struct observed *program = observer->programs;

		observer->programs = program->next;
		destroy(program->skeleton);
		free(program);
	}
	counter_accompany(observer->counter, -1);
	if (observer->verdicts >= 0)
		close(observer->verdicts);
	free(observer->values);
	free(observer);
}

static struct observed *find(const struct observer *observer, uint32_t id)
{
	struct observed *program = observer->programs;

	while (program && program->id != id)
		program = program->next;
	return program;
}

/* Has a program traced. Returns 0, or a negative errno. */
static int trace(struct target *target, uint32_t program_id)
{
	int err;

	target->failure->step = DIAGNOSE_OBSERVE_ID;
	target->fd = bpf_prog_get_fd_by_id(program_id);
	if (target->fd < 0)
		return -errno;
	err = loader_run(construct, target, &target->failure->log);
	close(target->fd);
	return err;
}

/*
 * The id of the program that stands in the place of a function (freplace), as
 * the only one in a dispatcher of libxdp does. 0: none, or the kernel does not
 * tell (before Linux 5.13).
 */
static uint32_t find_extension(uint32_t program_id, uint32_t function_id)
{
	__u32 id = 0;

	while (bpf_link_get_next_id(id, &id) == 0) {
		struct bpf_link_info info = {0};
		__u32 length = sizeof(info);
		int fd = bpf_link_get_fd_by_id(id);
		bool found = fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &length) == 0 &&
			     info.type == BPF_LINK_TYPE_TRACING &&
			     info.tracing.target_obj_id == program_id &&
			     info.tracing.target_btf_id == function_id;

		if (fd >= 0)
			close(fd);
		if (found)
			return info.prog_id;
	}
	return 0;
}

int observer_start(struct observer *observer, uint32_t program_id, struct observer_failure *failure)
{
	struct target target = {.observer = observer, .failure = failure};
	struct observed *program = find(observer, program_id);
	int err;

	*failure = (struct observer_failure){0};
	if (program) {
		program->users++;
		return 0;
	}
	program = calloc(1, sizeof(*program));
	if (!program)
		return -ENOMEM;
	err = trace(&target, program_id);
	if (err == -EBUSY && failure->step == DIAGNOSE_OBSERVE_ATTACH) {
		uint32_t extension = find_extension(program_id, target.function_id);

		if (extension)
			err = trace(&target, extension);
	}
	if (err) {
		free(program);
		return err;
	}
	*program = (struct observed){.id = program_id,
				     .users = 1,
				     .skeleton = target.skeleton,
				     .next = observer->programs};
	observer->programs = program;
	return 0;
}

void observer_stop(struct observer *observer, uint32_t program_id)
{
	struct observed *program = find(observer, program_id);
	struct observed **place = &observer->programs;

	if (!program || --program->users)
		return;
	while (*place != program)
		place = &(*place)->next;
	*place = program->next;
	destroy(program->skeleton);
	free(program);
}

int observer_read(const struct observer *observer, unsigned int slot,
		  struct record_cell ret_verdicts[RECORD_VERDICTS])
{
	__u32 at = slot - 1;

	if (bpf_map_lookup_elem(observer->verdicts, &at, observer->values) < 0)
		return -errno;
	memset(ret_verdicts, 0, RECORD_VERDICTS * sizeof(*ret_verdicts));
	for (unsigned int cpu = 0; cpu < counter_info(observer->counter)->cpus; cpu++) {
		for (int verdict = 0; verdict < RECORD_VERDICTS; verdict++) {
			const struct record_cell *cell = &observer->values[cpu].cells[verdict];

			ret_verdicts[verdict].packets += cell->packets;
			ret_verdicts[verdict].bytes += cell->bytes;
		}
	}
	return 0;
}
