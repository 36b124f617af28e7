// SPDX-License-Identifier: GPL-2.0-only
/* Goes through the sources; operations that one does not have are left out. */
#include "plugin/hook/source_set.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugin/base/clock.h"
#include "plugin/hook/view.h"

void source_set_begin(const struct source_set *set, const struct program *program,
		      const struct event_teller *teller)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->list[i]->operations->begin)
			set->list[i]->operations->begin(set->list[i], program, teller);
	}
}

void source_set_end(const struct source_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->list[i]->operations->end)
			set->list[i]->operations->end(set->list[i]);
	}
}

void source_set_step(const struct source_set *set, const struct event_teller *teller, uint64_t now)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->list[i]->operations->step)
			set->list[i]->operations->step(set->list[i], teller, now);
	}
}

void source_set_slot_taken(const struct source_set *set, const struct source_interface *interface)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->list[i]->operations->slot_taken)
			set->list[i]->operations->slot_taken(set->list[i], interface);
	}
}

void source_set_slot_released(const struct source_set *set, unsigned int slot)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->list[i]->operations->slot_released)
			set->list[i]->operations->slot_released(set->list[i], slot);
	}
}

void source_set_hook_is_free(const struct source_set *set, unsigned int slot)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->list[i]->operations->hook_is_free)
			set->list[i]->operations->hook_is_free(set->list[i], slot);
	}
}

enum source_answer source_set_hook_is_held(const struct source_set *set,
					   const struct source_interface *interface,
					   const struct event_teller *teller, uint64_t now,
					   char *why, size_t size)
{
	char other[SOURCE_REASON];

	why[0] = '\0';
	for (size_t i = 0; i < set->count; i++) {
		struct source *source = set->list[i];
		enum source_answer answer = SOURCE_REFUSED;

		other[0] = '\0';
		if (source->operations->hook_is_held)
			answer = source->operations->hook_is_held(source, interface, teller, now,
								  other, sizeof(other));
		if (answer != SOURCE_REFUSED)
			return answer;
		if (!why[0])
			snprintf(why, size, "%s", other);
	}
	return SOURCE_REFUSED;
}

int source_views_open(const struct source_set *set, struct source_views *ret_views)
{
	struct source_views views = {0};
	size_t cells = 0;

	for (size_t i = 0; i < set->count; i++)
		cells += set->list[i]->operations->cells;
	if (set->count) {
		views.list = calloc(set->count, sizeof(*views.list));
		views.cells = calloc(cells + 1, sizeof(*views.cells));
		if (!views.list || !views.cells) {
			source_views_close(&views);
			return -ENOMEM;
		}
	}
	for (size_t i = 0; i < set->count; i++)
		views.list[i].source = set->list[i];
	*ret_views = views;
	return 0;
}

void source_views_close(struct source_views *views)
{
	free(views->list);
	free(views->cells);
	*views = (struct source_views){0};
}

void source_views_read(const struct source_set *set, const struct source_interface *interface,
		       bool counted, struct source_views *views)
{
	struct record_cell *cells = views->cells;

	for (size_t i = 0; i < set->count; i++) {
		struct source *source = set->list[i];
		const struct source_operations *operations = source->operations;
		uint64_t time = clock_now();
		bool is_read = interface && operations->read && (counted || operations->anywhere) &&
			       operations->read(source, interface, cells);

		views->list[i].time = time;
		views->list[i].cells = is_read ? cells : NULL;
		cells += operations->cells;
	}
}
