// SPDX-License-Identifier: GPL-2.0-only
/* A map is known by its id: another one may have its name or its pin. */
#include "plugin/foreign/maps.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "plugin/base/error.h"
#include "plugin/base/said.h"
#include "plugin/diagnose/report.h"
#include "plugin/foreign/layout.h"
#include "plugin/foreign/pinned.h"
#include "plugin/foreign/programs.h"
#include "plugin/kernel/bpf_info.h"

/* What is known of the map of one block, beside what its readers see. */
struct state {
	uint32_t id; /* of the map that is open */
	uint64_t generation;
	struct said trouble;
	bool ended; /* it was reported, here or of all, that there are no values */
};

struct foreign_maps {
	const struct maps_block *settings;
	struct event_teller teller;
	struct custom_map *maps; /* one per block */
	struct state *states;	 /* the same */
	struct foreign_layout_file file;
	struct foreign_programs programs; /* at the hook */
	uint32_t hook_program;		  /* that they were found by; 0: they were not */
	uint64_t generation;		  /* the last one that was given */
	struct said trouble;		  /* of all maps */
};

int foreign_maps_open(const struct maps_block *settings, const struct event_teller *teller,
		      struct foreign_maps **ret_maps)
{
	struct foreign_maps *maps = calloc(1, sizeof(*maps));

	if (!maps)
		return -ENOMEM;
	maps->settings = settings;
	maps->teller = *teller;
	maps->file.path = settings->object;
	maps->maps = calloc(settings->map_count, sizeof(*maps->maps));
	maps->states = calloc(settings->map_count, sizeof(*maps->states));
	if (!maps->maps || !maps->states) {
		foreign_maps_close(maps);
		return -ENOMEM;
	}
	for (size_t i = 0; i < settings->map_count; i++)
		maps->maps[i].fd = -1;
	*ret_maps = maps;
	return 0;
}

/* Whether two blocks are about one map. */
static bool is_same(const struct foreign_maps *maps, size_t one, size_t other)
{
	const struct map_block *blocks = maps->settings->maps;

	return strcmp(blocks[one].name, blocks[other].name) == 0;
}

static void end_map(struct foreign_maps *maps, size_t index)
{
	struct custom_map *map = &maps->maps[index];

	maps->states[index].id = 0;
	maps->states[index].ended = true;
	if (map->fd < 0)
		return;
	close(map->fd);
	map->fd = -1;
	/* Who reads the map for several blocks may have done so by this descriptor. */
	for (size_t i = 0; i < maps->settings->map_count; i++) {
		if (maps->maps[i].fd >= 0 && is_same(maps, i, index))
			maps->states[i].generation = ++maps->generation;
	}
}

void foreign_maps_close(struct foreign_maps *maps)
{
	if (!maps)
		return;
	for (size_t i = 0; maps->maps && maps->states && i < maps->settings->map_count; i++)
		end_map(maps, i);
	foreign_layout_clear(&maps->file);
	free(maps->maps);
	free(maps->states);
	free(maps);
}

const struct custom_map *foreign_maps_list(const struct foreign_maps *maps)
{
	return maps->maps;
}

uint64_t foreign_maps_generation(const struct foreign_maps *maps, size_t index)
{
	return maps->states[index].generation;
}

/* --- what is reported */

/* Whether a block before this one, about the same map, has it in the same state, and told so. */
static bool is_told(const struct foreign_maps *maps, size_t index)
{
	const struct state *state = &maps->states[index];

	for (size_t i = 0; i < index; i++) {
		if (is_same(maps, i, index) && maps->states[i].id == state->id &&
		    maps->states[i].trouble.key == state->trouble.key)
			return true;
	}
	return false;
}

/* A map cannot be read: its values end. */
static void fail_map(struct foreign_maps *maps, size_t index, const char *text)
{
	end_map(maps, index);
	if (said_text(&maps->states[index].trouble, text) && !is_told(maps, index))
		event_tell(&maps->teller, EVENT_FAILURE, "", text);
}

/* None can. */
static void fail_all(struct foreign_maps *maps, const char *text)
{
	for (size_t i = 0; i < maps->settings->map_count; i++) {
		end_map(maps, i);
		(void)said_text(&maps->states[i].trouble, "");
	}
	maps->hook_program = 0;
	if (said_text(&maps->trouble, text))
		event_tell(&maps->teller, EVENT_FAILURE, "", text);
}

/* A map is read from now on: `fd` becomes the object's. */
static void take_map(struct foreign_maps *maps, size_t index, int fd, uint32_t id,
		     const struct custom_btf_layout *layout)
{
	struct custom_map *map = &maps->maps[index];
	struct state *state = &maps->states[index];
	const bool replaced = map->fd >= 0;
	char text[DIAGNOSE_REPORT_TEXT];

	if (replaced)
		close(map->fd);
	*map = (struct custom_map){.fd = fd, .layout = *layout};
	state->id = id;
	state->generation = ++maps->generation;
	(void)said_text(&state->trouble, "");
	diagnose_report_foreign_read(maps->settings->maps[index].name, id, replaced, text,
				     sizeof(text));
	if (!is_told(maps, index))
		event_tell(&maps->teller, state->ended ? EVENT_OKAY : EVENT_NEWS, "", text);
	state->ended = false;
}

/* --- one map */

static int map_id(int fd, uint32_t *ret_id)
{
	struct bpf_map_info info = {0};
	__u32 length = sizeof(info);
	int err = bpf_obj_get_info_by_fd(fd, &info, &length) < 0 ? -errno : 0;

	*ret_id = info.id;
	return err;
}

/*
 * A map was found, open as `fd`, which is taken. Returns 0; -errno where it could not be looked at,
 * and `text` where that is not for the errno to say.
 */
static int look_at(struct foreign_maps *maps, size_t index, int fd, char *text, size_t size)
{
	struct custom_btf_layout layout;
	uint32_t id;
	int err = map_id(fd, &id);

	text[0] = '\0';
	if (!err && maps->maps[index].fd >= 0 && maps->states[index].id == id) {
		close(fd);
		return 0;
	}
	if (!err)
		err = foreign_layout_find(&maps->file, fd, &maps->settings->maps[index], &layout,
					  text, size);
	if (err)
		close(fd);
	else
		take_map(maps, index, fd, id, &layout);
	return err;
}

/* Whether a map that is read stays as it is, for it may be well at the next step. */
static bool waits(const struct foreign_maps *maps, size_t index, int err)
{
	return maps->maps[index].fd >= 0 && error_is_transient(err);
}

static void step_pinned(struct foreign_maps *maps, size_t index)
{
	const struct maps_block *settings = maps->settings;
	const char *name = settings->maps[index].name;
	char text[DIAGNOSE_REPORT_TEXT] = "", path[PATH_MAX];
	int fd;
	int err = foreign_pinned_open(settings->pin, name, &fd, path, sizeof(path));

	if (err)
		diagnose_report_foreign_pin(name, path, err, text, sizeof(text));
	else
		err = look_at(maps, index, fd, text, sizeof(text));
	if (!err || waits(maps, index, err))
		return;
	if (!text[0])
		diagnose_report_unread(name, err, true, text, sizeof(text));
	fail_map(maps, index, text);
}

/* --- the maps of a program at a hook */

/* Says why a map is not found among those of the programs. */
static void explain_missing(const struct foreign_maps *maps, const char *name, int err, char *text,
			    size_t size)
{
	const struct maps_block *settings = maps->settings;
	char list[256];

	if (err == -ENOTUNIQ) {
		foreign_programs_names(&maps->programs, name, list, sizeof(list));
		diagnose_report_foreign_several(name, settings->interface, list, text, size);
	} else if (err == -ESRCH) {
		foreign_programs_names(&maps->programs, NULL, list, sizeof(list));
		diagnose_report_foreign_no_program(settings->program, settings->interface, list,
						   text, size);
	} else {
		foreign_programs_map_names(&maps->programs, settings->program, list, sizeof(list));
		diagnose_report_foreign_no_map(name, settings->interface, list, text, size);
	}
}

/* Returns whether the map is read. */
static bool step_of_program(struct foreign_maps *maps, size_t index)
{
	const char *name = maps->settings->maps[index].name;
	char text[DIAGNOSE_REPORT_TEXT] = "";
	uint32_t id;
	int err = foreign_programs_map(&maps->programs, name, maps->settings->program, &id), fd;

	if (err) {
		explain_missing(maps, name, err, text, sizeof(text));
		fail_map(maps, index, text);
		return false;
	}
	if (maps->maps[index].fd >= 0 && maps->states[index].id == id)
		return true;
	fd = bpf_info_open_map(id);
	err = fd < 0 ? fd : look_at(maps, index, fd, text, sizeof(text));
	/* One that is gone was of a program that is, too: the next step finds another. */
	if (!err || err == -ENOENT || waits(maps, index, err))
		return !err;
	if (!text[0])
		diagnose_report_unread(name, err, true, text, sizeof(text));
	fail_map(maps, index, text);
	return false;
}

/* Whether there is a program to look at; else says why not. */
static bool judge_hook(struct foreign_maps *maps, const struct foreign_hook *hook)
{
	char text[DIAGNOSE_REPORT_TEXT];

	if (hook->program_id)
		return true;
	/* What rtnetlink did not answer, it may at the next step. */
	if (hook->error && hook->error != -ENODEV)
		return false;
	diagnose_report_foreign_hook(maps->settings->interface, hook->error != 0, hook->several,
				     text, sizeof(text));
	fail_all(maps, text);
	return false;
}

static void step_hook(struct foreign_maps *maps, const struct foreign_hook *hook)
{
	char text[DIAGNOSE_REPORT_TEXT];
	bool complete = true;
	int err;

	if (!judge_hook(maps, hook))
		return;
	/* What maps a program has never changes. */
	if (hook->program_id == maps->hook_program && !maps->programs.calls)
		return;
	err = foreign_programs_find(hook->program_id, &maps->programs);
	/* It was replaced in this moment. */
	if (err == -ENOENT)
		return;
	if (err) {
		diagnose_report_foreign_programs(maps->settings->interface, err, text,
						 sizeof(text));
		fail_all(maps, text);
		return;
	}
	(void)said_text(&maps->trouble, "");
	for (size_t i = 0; i < maps->settings->map_count; i++)
		complete &= step_of_program(maps, i);
	maps->hook_program = complete ? hook->program_id : 0;
}

void foreign_maps_step(struct foreign_maps *maps, const struct foreign_hook *hook)
{
	if (hook) {
		step_hook(maps, hook);
		return;
	}
	for (size_t i = 0; i < maps->settings->map_count; i++)
		step_pinned(maps, i);
}
