// SPDX-License-Identifier: GPL-2.0-only
/* The operations of a program, done by the object of a custom counter. */
#include "plugin/custom/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "plugin/base/text.h"
#include "plugin/custom/file.h"
#include "plugin/custom/lint.h"
#include "plugin/custom/object.h"
#include "plugin/custom/pinned_maps.h"
#include "plugin/diagnose/custom.h"
#include "plugin/diagnose/errno_text.h"
#include "plugin/diagnose/load.h"
#include "plugin/hook/pinset.h"
#include "plugin/kernel/cpus.h"
#include "plugin/kernel/loader.h"
#include "plugin/kernel/privileges.h"

#define CUSTOM_PROGRAM_TEXT 640
#define CUSTOM_PROGRAM_STEP "loading"

_Static_assert(PROGRAM_PINNED == PINSET_PROGRAMS, "the set fills an array of programs");

struct custom_program {
	struct program program;
	const struct counter_block *settings;
	struct bpf_object *object;	  /* NULL: not loaded */
	const struct bpf_program *loaded; /* the one of it that is */
	struct custom_map *maps;	  /* of settings->map_count */
	struct custom_pinned_maps pinned;
	char *warning;
	char not_adopted_reason[256];
	/* Of the last load() that failed. */
	struct custom_file_mark mark;
	struct loader_log log;
	const char *step;		 /* that failed */
	char cause[CUSTOM_PROGRAM_TEXT]; /* "": the kernel's, see log */
	uint64_t memory;		 /* bytes that the maps take */
};

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

/*
 * Lets the object use the maps that are pinned, all or none. Returns 0, also where they are not
 * used; else -errno and `cause`: the object is not to be loaded.
 */
static int adopt(struct custom_program *custom, const struct pin_dir *pins)
{
	char *reason = custom->not_adopted_reason;
	const struct pinset set = custom_pinned_maps_set(&custom->pinned);
	int err = pinset_adopt(&set, pins, &custom->program.adopted, reason,
			       sizeof(custom->not_adopted_reason));

	if (err)
		snprintf(custom->cause, sizeof(custom->cause), "%s",
			 reason[0] ? reason : diagnose_errno_text(err).text);
	return err;
}

/* What depends on the number of CPUs; libbpf would take that from /sys. */
static int measure(struct custom_program *custom, const struct bpf_object *object)
{
	struct bpf_map *map;
	unsigned int cpus;
	int err;

	custom->step = CPUS_STEP;
	err = cpus_measure(&cpus);
	if (err)
		return err;
	custom->step = CUSTOM_PROGRAM_STEP;
	custom->memory = custom_object_memory(object, cpus);
	bpf_object__for_each_map (map, object) {
		if (bpf_map__type(map) == BPF_MAP_TYPE_PERF_EVENT_ARRAY &&
		    !bpf_map__max_entries(map))
			(void)bpf_map__set_max_entries(map, cpus);
	}
	return 0;
}

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
	err = measure(custom, object);
	if (err)
		return err;
	/* Also without pins, for they may be there later. */
	err = custom_pinned_maps_name(&custom->pinned, object);
	return !err && load->pins ? adopt(custom, load->pins) : err;
}

/*
 * Adds what libbpf said of a map while it opened the object, which the errno does not name. What
 * it says of a file has addresses in it, which are others at each attempt.
 */
static void add_words(struct custom_program *custom)
{
	size_t used = strlen(custom->cause);

	if (!strstr(custom->log.libbpf, "map '"))
		return;
	diagnose_libbpf_words(custom->log.libbpf, custom->cause + used,
			      sizeof(custom->cause) - used);
}

static int attempt(void *context, struct loader *watch)
{
	struct custom_load *load = context;
	struct custom_program *custom = load->custom;
	struct bpf_object *object;
	int err = custom_object_open(load->bytes, load->length, &object, custom->cause,
				     sizeof(custom->cause));

	if (err) {
		add_words(custom);
		return err;
	}
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
	struct custom_map *map = &custom->maps[index];
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
	char maps[256] = "", text[CUSTOM_PROGRAM_TEXT];

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
	custom->step = CUSTOM_PROGRAM_STEP;
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
		.step = custom->step,
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

static int pin_program(const struct program *program, const struct pin_dir *pins)
{
	return pinset_pin_program(pins, program->fd);
}

static int pin(const struct program *program, const struct pin_dir *pins)
{
	const struct pinset set = custom_pinned_maps_set(&custom_of(program)->pinned);

	return pinset_pin(&set, pins, program->adopted);
}

static int pinned(const struct program *program, const struct pin_dir *pins,
		  uint32_t ret_ids[PROGRAM_PINNED])
{
	(void)program;
	return pinset_programs(&custom_pinned_maps_kind, pins, ret_ids);
}

static int unpin(const struct program *program, const struct pin_dir *pins)
{
	(void)program;
	return pinset_drop(&custom_pinned_maps_kind, pins);
}

static bool is_pin(const struct program *program, const char *name)
{
	(void)program;
	return pinset_is_pin(&custom_pinned_maps_kind, name);
}

const struct program_operations custom_program_operations = {
	.load = load,
	.explain = explain,
	.has_news = has_news,
	.unload = unload,
	.pin_program = pin_program,
	.pin = pin,
	.pinned = pinned,
	.unpin = unpin,
	.is_pin = is_pin,
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

const struct custom_map *custom_program_maps(const struct custom_program *custom)
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
	custom_pinned_maps_clear(&custom->pinned);
	free(custom->maps);
	free(custom);
}
