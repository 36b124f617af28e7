// SPDX-License-Identifier: GPL-2.0-only
/* The operations of a program, done by the object of a custom counter. */
#include "plugin/custom/custom_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "plugin/base/text.h"
#include "plugin/custom/lint.h"
#include "plugin/custom/object.h"
#include "plugin/diagnose/custom.h"
#include "plugin/diagnose/load.h"
#include "plugin/kernel/cpus.h"
#include "plugin/kernel/privileges.h"

static struct custom_program *custom_of(const struct program *program)
{
	return (struct custom_program *)program;
}

/* One attempt of loader_run(). */
struct custom_load {
	struct custom_program *custom;
	const struct pin_dir *pins;
	const void *bytes;
	size_t length;
	struct bpf_object *object; /* on success */
	struct bpf_program *program;
};

/* Everything that can be compared before the kernel is asked. */
static int prepare(struct custom_load *load, struct bpf_object *object)
{
	struct custom_program *custom = load->custom;
	const struct bpf_map *found;
	struct bpf_map *map;
	int err = custom_object_program(object, custom->settings->program, &load->program,
					custom->cause, sizeof(custom->cause));

	for (size_t i = 0; !err && i < custom->settings->map_count; i++)
		err = custom_object_map(object, &custom->settings->maps[i], &found,
					&custom->maps[i].layout, custom->cause,
					sizeof(custom->cause));
	if (err)
		return err;
	/* Where it is pinned is for Persist to say, not for the object. */
	bpf_object__for_each_map (map, object)
		(void)bpf_map__set_pin_path(map, NULL);
	custom->memory = custom_object_memory(object, cpus_possible());
	custom->program.adopted = false;
	return load->pins ? custom_pinned_maps_reuse(custom, object, load->pins) : 0;
}

static int attempt(void *context, struct loader *watch)
{
	struct custom_load *load = context;
	struct custom_program *custom = load->custom;
	struct bpf_object *object;
	int err = custom_object_open(load->bytes, load->length, &object, custom->cause,
				     sizeof(custom->cause));

	if (err)
		return err;
	err = prepare(load, object);
	if (!err) {
		loader_watch(watch, object);
		err = bpf_object__load(object);
	}
	if (err) {
		bpf_object__close(object);
		return err;
	}
	load->object = object;
	return 0;
}

/* What the kernel made of a map, against what is read: no read trusts another size. */
static int take_map(struct custom_program *custom, const struct bpf_object *object, size_t index)
{
	const char *name = custom->settings->maps[index].name;
	struct custom_program_map *map = &custom->maps[index];
	struct diagnose_custom_map kernel,
		wanted = {map->layout.type, map->layout.key_size, map->layout.value_size};
	struct bpf_map_info info = {0};
	__u32 length = sizeof(info);

	map->fd = bpf_map__fd(bpf_object__find_map_by_name(object, name));
	if (bpf_obj_get_info_by_fd(map->fd, &info, &length) < 0)
		return -errno;
	kernel = (struct diagnose_custom_map){info.type, info.key_size, info.value_size};
	if (kernel.type != wanted.type || kernel.key_size != wanted.key_size ||
	    kernel.value_size != wanted.value_size) {
		diagnose_custom_map_differs(name, &kernel, &wanted, custom->cause,
					    sizeof(custom->cause));
		return -EINVAL;
	}
	map->layout.entries = info.max_entries;
	return 0;
}

static int take_maps(struct custom_program *custom, const struct bpf_object *object)
{
	int err = 0;

	for (size_t i = 0; !err && i < custom->settings->map_count; i++)
		err = take_map(custom, object, i);
	return err;
}

/* Whether another <Map> before it reads the same map. */
static bool is_repeated(const struct counter_block *settings, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (strcmp(settings->maps[i].name, settings->maps[index].name) == 0)
			return true;
	}
	return false;
}

/* Names the maps whose counts may be too low. */
static void warn_lost_updates(struct custom_program *custom)
{
	char maps[256] = "", text[CUSTOM_TEXT];

	if (!custom_lint_loses_updates(bpf_program__insns(custom->loaded),
				       bpf_program__insn_cnt(custom->loaded)))
		return;
	for (size_t i = 0; i < custom->settings->map_count; i++) {
		if (!custom->maps[i].layout.per_cpu && !is_repeated(custom->settings, i))
			text_append_name(maps, sizeof(maps), custom->settings->maps[i].name);
	}
	if (!maps[0])
		return;
	diagnose_custom_lost_updates(maps, text, sizeof(text));
	custom->warning = strdup(text);
}

static int take(struct custom_program *custom, const struct custom_load *load)
{
	struct program *program = &custom->program;
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info);
	int err = take_maps(custom, load->object);

	if (err)
		return err;
	program->fd = bpf_program__fd(load->program);
	if (bpf_obj_get_info_by_fd(program->fd, &info, &length) < 0)
		return -errno;
	program->id = info.id;
	snprintf(program->name, sizeof(program->name), "%s", info.name);
	program->frags = bpf_program__flags(load->program) & BPF_F_XDP_HAS_FRAGS;
	program->not_adopted_reason = custom->not_adopted_reason;
	program->loaded = true;
	custom->object = load->object;
	custom->loaded = load->program;
	free(custom->warning);
	custom->warning = NULL;
	warn_lost_updates(custom);
	return 0;
}

static int load_bytes(struct custom_program *custom, const struct pin_dir *pins, const void *bytes,
		      size_t length)
{
	struct custom_load load = {
		.custom = custom, .pins = pins, .bytes = bytes, .length = length};
	int err = custom_file_check(bytes, length, custom->cause, sizeof(custom->cause));

	if (!err)
		err = loader_run(attempt, &load, &custom->log);
	if (err)
		return err;
	err = take(custom, &load);
	if (err)
		bpf_object__close(load.object);
	return err;
}

static int load(struct program *program, unsigned int rx_queues, const struct pin_dir *pins)
{
	struct custom_program *custom = custom_of(program);
	void *bytes;
	size_t length;
	int err;

	(void)rx_queues;
	custom->mark = custom_file_mark(custom->settings->object);
	custom->log = (struct loader_log){0};
	custom->not_adopted_reason[0] = '\0';
	program->adopted = false;
	err = custom_file_read(custom->settings->object, &bytes, &length, custom->cause,
			       sizeof(custom->cause));
	if (err)
		return err;
	err = load_bytes(custom, pins, bytes, length);
	free(bytes);
	return err;
}

static bool has_news(const struct program *program)
{
	const struct custom_program *custom = custom_of(program);
	const struct custom_file_mark now = custom_file_mark(custom->settings->object);

	return !custom_file_same(&now, &custom->mark);
}

static void explain(const struct program *program, int err, char *text, size_t size)
{
	const struct custom_program *custom = custom_of(program);
	struct privileges privileges;
	const struct diagnose_load facts = {
		.error = err,
		.step = "loading",
		.libbpf = custom->log.libbpf,
		.verifier = custom->log.verifier,
		.privileges = &privileges,
		.memory = custom->memory,
		.custom = true,
	};
	char cause[1024];

	if (!custom->cause[0]) {
		privileges_read(&privileges);
		diagnose_load(&facts, cause, sizeof(cause));
	}
	diagnose_custom_object(custom->settings->object, custom->cause[0] ? custom->cause : cause,
			       text, size);
}

static void unload(struct program *program)
{
	struct custom_program *custom = custom_of(program);

	bpf_object__close(custom->object);
	custom->object = NULL;
	custom->loaded = NULL;
	program->loaded = false;
}

const struct program_operations custom_program_operations = {
	.load = load,
	.explain = explain,
	.has_news = has_news,
	.unload = unload,
	.pin_program = custom_pinned_maps_pin_program,
	.pin = custom_pinned_maps_pin,
	.pinned = custom_pinned_maps_ids,
	.unpin = custom_pinned_maps_unpin,
	.is_pin = custom_pinned_maps_is_pin,
};

int custom_program_open(const struct counter_block *settings, struct custom_program **ret_program)
{
	struct custom_program *custom = calloc(1, sizeof(*custom));

	if (!custom)
		return -ENOMEM;
	custom->program.operations = &custom_program_operations;
	custom->program.not_adopted_reason = custom->not_adopted_reason;
	custom->settings = settings;
	custom->maps = calloc(settings->map_count, sizeof(*custom->maps));
	if (!custom->maps) {
		custom_program_close(custom);
		return -ENOMEM;
	}
	*ret_program = custom;
	return 0;
}

struct program *custom_program_as_program(struct custom_program *custom)
{
	return &custom->program;
}

uint32_t custom_program_id(const struct custom_program *custom)
{
	return custom->program.loaded ? custom->program.id : 0;
}

const struct custom_program_map *custom_program_maps(const struct custom_program *custom)
{
	return custom->program.loaded ? custom->maps : NULL;
}

bool custom_program_is_adopted(const struct custom_program *custom)
{
	return custom->program.adopted;
}

char *custom_program_take_warning(struct custom_program *custom)
{
	char *warning = custom->warning;

	custom->warning = NULL;
	return warning;
}

void custom_program_close(struct custom_program *custom)
{
	if (!custom)
		return;
	if (custom->program.loaded)
		unload(&custom->program);
	free(custom->warning);
	free(custom->pinned);
	free(custom->maps);
	free(custom);
}
