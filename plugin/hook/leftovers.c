// SPDX-License-Identifier: GPL-2.0-only
/* Pinned links: tells ours from those of others, and takes those off that nobody wants. */
#include "plugin/hook/leftovers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plugin/base/error.h"
#include "plugin/hook/reconcile_private.h"
#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/probe.h"

/* A program of ours, of this process or of one before it. */
static bool is_counter(const struct reconcile *reconcile, const uint32_t pinned[PROGRAM_PINNED],
		       uint32_t program_id)
{
	struct bpf_info_program holder;

	for (int i = 0; i < PROGRAM_PINNED; i++) {
		if (pinned[i] == program_id)
			return true;
	}
	if (reconcile->program->loaded && reconcile->program->id == program_id)
		return true;
	/* Two upgrades cut off in a row: the name is left. */
	bpf_info_program_by_id(program_id, &holder);
	return strcmp(holder.name, reconcile->program->name) == 0 ||
	       (reconcile->program->alias && strcmp(holder.name, reconcile->program->alias) == 0);
}

int pinned_ask(struct pinned_links *links)
{
	const struct program *program = links->reconcile->program;
	int err = program->operations->pinned(program, links->pins, links->programs);

	return error_is_transient(err) ? err : 0;
}

int pinned_open(const struct pinned_links *links, unsigned int ifindex, int *ret_link,
		struct xdp_link_info *ret_info)
{
	int err = xdp_link_pinned(links->pins, ifindex, ret_link);

	if (err)
		return err == -ENOENT || error_is_transient(err) ? err : -EPERM;
	err = xdp_link_inspect(*ret_link, ret_info);
	if (!err && is_counter(links->reconcile, links->programs, ret_info->program_id))
		return 0;
	xdp_link_close(*ret_link);
	return error_is_transient(err) ? err : -EPERM;
}

/* Detaches and unpins a link of a process before us; one that is not ours stays. */
static void drop_pinned_link(struct pinned_links *links, unsigned int ifindex)
{
	struct xdp_link_info info;
	int link;
	int err = pinned_open(links, ifindex, &link, &info);

	if (err == -EPERM)
		links->foreign++;
	else if (err && err != -ENOENT)
		links->error = err;
	if (err)
		return;
	/* Fails where it is detached already. */
	(void)xdp_link_detach(link);
	xdp_link_close(link);
	xdp_link_unpin(links->pins, ifindex);
	links->dropped++;
}

static const struct watch *find_present(const struct reconcile *reconcile, unsigned int ifindex)
{
	for (size_t i = 0; i < reconcile->count; i++) {
		if (reconcile->watches[i].state != WATCH_ABSENT &&
		    reconcile->watches[i].interface.index == ifindex)
			return &reconcile->watches[i];
	}
	return NULL;
}

/* pin_dir_list() callback: a link that is not taken over goes, if it is ours. */
static void drop_left_over(void *context, const char *name)
{
	struct pinned_links *links = context;
	const struct program *program = links->reconcile->program;
	unsigned int ifindex = xdp_link_pin_ifindex(name);
	const struct watch *watch = ifindex ? find_present(links->reconcile, ifindex) : NULL;

	if (ifindex && (!watch || links->all))
		drop_pinned_link(links, ifindex);
	else if (watch ? watch->link < 0 : !program->operations->is_pin(program, name))
		links->foreign++;
}

/* Says what became of the pins that were not taken over. */
static void tell_left_over(const struct pinned_links *links)
{
	char text[RECONCILE_TEXT];

	if (links->dropped) {
		snprintf(text, sizeof(text),
			 "%u pinned links in %s are no longer wanted: detached and removed",
			 links->dropped, pin_dir_path(links->pins));
		reconcile_tell(links->reconcile, EVENT_OKAY, "", text);
	}
	if (links->foreign && !links->error) {
		snprintf(text, sizeof(text),
			 "%u pins in %s are not of this plugin and stay; remove them by hand if "
			 "nobody needs them",
			 links->foreign, pin_dir_path(links->pins));
		reconcile_tell(links->reconcile, EVENT_WARNING, "", text);
	}
}

int pinned_drop_left_over(struct pinned_links *links)
{
	int err = pin_dir_list(links->pins, drop_left_over, links);

	if (error_is_transient(err))
		links->error = err;
	tell_left_over(links);
	return links->error;
}
