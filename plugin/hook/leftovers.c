// SPDX-License-Identifier: GPL-2.0-only
/* Pinned links: tells ours from those of others, and takes those off that nobody wants. */
#include "plugin/hook/leftovers.h"

#include <errno.h>
#include <string.h>

#include "plugin/base/error.h"
#include "plugin/diagnose/pins.h"
#include "plugin/hook/pinset.h"
#include "plugin/kernel/bpf_info.h"

/* Whether the names of the program have this one; "" is that of a program that may not be asked. */
static bool has_name(const struct program *program, const char *name)
{
	return name[0] && (strcmp(name, program->name) == 0 ||
			   (program->alias && strcmp(name, program->alias) == 0));
}

/* A program of ours, of this process or of one before it. */
static bool is_ours(const struct leftovers *leftovers, uint32_t program_id)
{
	const struct program *program = leftovers->program;
	struct bpf_info_program found;

	for (int i = 0; i < PROGRAM_PINNED; i++) {
		if (leftovers->programs[i] == program_id)
			return true;
	}
	if (!program)
		return false;
	if (program->loaded && program->id == program_id)
		return true;
	/* Two upgrades cut off in a row: the name is left. */
	bpf_info_program_by_id(program_id, &found);
	return has_name(program, found.name);
}

int leftovers_ask(struct leftovers *leftovers)
{
	int err = leftovers->operations->pinned(leftovers->program, leftovers->pins,
						leftovers->programs);

	return error_is_transient(err) ? err : 0;
}

/* Whether the error of opening a pin is about what it is, or about how it is opened. */
static bool is_telling(int err)
{
	return err == -ENOENT || err == -EROFS || error_is_transient(err);
}

int leftovers_open(const struct leftovers *leftovers, unsigned int ifindex, int *ret_link,
		   struct xdp_link_info *ret_info)
{
	int err = pinset_get_link(leftovers->kind, leftovers->pins, ifindex, ret_link);

	if (err)
		return is_telling(err) ? err : -EPERM;
	err = leftovers->kind->inspect(*ret_link, ret_info);
	if (!err && is_ours(leftovers, ret_info->program_id))
		return 0;
	leftovers->kind->close(*ret_link);
	return error_is_transient(err) ? err : -EPERM;
}

static void note_error(struct leftovers *leftovers, int err)
{
	leftovers->error = leftovers->error ? leftovers->error : err;
}

/* Detaches and unpins a link of a process before us; one that is not ours stays. */
static void drop_link(struct leftovers *leftovers, unsigned int ifindex)
{
	struct xdp_link_info info;
	int link;
	int err = leftovers_open(leftovers, ifindex, &link, &info);

	if (err == -EPERM)
		leftovers->foreign++;
	else if (err && err != -ENOENT)
		note_error(leftovers, err);
	if (err)
		return;
	/* Fails where it is detached already. */
	(void)leftovers->kind->detach(link);
	leftovers->kind->close(link);
	err = pinset_drop_link(leftovers->kind, leftovers->pins, ifindex);
	note_error(leftovers, err);
	leftovers->dropped += !err;
}

/* The watch of an interface that is there; NULL: nobody wants its link. */
static const struct watch *find_watch(const struct watches *watches, unsigned int ifindex)
{
	for (size_t i = 0; watches && i < watches->count; i++) {
		if (watches->list[i].state != WATCH_ABSENT &&
		    watches->list[i].interface.index == ifindex)
			return &watches->list[i];
	}
	return NULL;
}

struct count {
	const struct leftovers *leftovers;
	const struct watches *watches;
	struct leftovers_links links;
	int error; /* one that is worth another attempt */
};

/* pin_dir_list() callback. */
static void count_link(void *context, const char *name)
{
	struct count *count = context;
	const struct hook_kind *kind = count->leftovers->kind;
	unsigned int ifindex = pinset_link_ifindex(kind, name);
	struct xdp_link_info info = {0};
	int link, err;

	if (!ifindex)
		return;
	err = pinset_get_link(kind, count->leftovers->pins, ifindex, &link);
	/* What is no link is at no interface. */
	if (err && err != -EROFS && !error_is_transient(err))
		return;
	if (!err) {
		err = kind->inspect(link, &info);
		kind->close(link);
	}
	if (error_is_transient(err))
		count->error = err;
	if (err || (info.ifindex && !find_watch(count->watches, info.ifindex)))
		count->links.others++;
	else if (info.ifindex)
		count->links.wanted++;
}

int leftovers_count(const struct leftovers *leftovers, const struct watches *watches,
		    struct leftovers_links *ret_links)
{
	struct count count = {.leftovers = leftovers, .watches = watches};
	int err = pin_dir_list(leftovers->pins, count_link, &count);

	*ret_links = count.links;
	return err ? err : count.error;
}

/* pin_dir_list() callback: a link that is not taken over goes, if it is ours. */
static void drop_left_over(void *context, const char *name)
{
	struct leftovers *leftovers = context;
	unsigned int ifindex = pinset_link_ifindex(leftovers->kind, name);
	const struct watch *watch = ifindex ? find_watch(leftovers->watches, ifindex) : NULL;

	if (ifindex && !watch)
		drop_link(leftovers, ifindex);
	else if (watch ? watch->link.fd < 0
		       : !leftovers->operations->is_pin(leftovers->program, name))
		leftovers->foreign++;
}

/* Says what became of the pins that were not taken over. */
static void tell_left_over(const struct leftovers *leftovers)
{
	const char *path = pin_dir_path(leftovers->pins);
	char text[HOOK_TEXT];

	if (leftovers->dropped) {
		diagnose_pins_dropped(leftovers->dropped, path, text, sizeof(text));
		event_tell(leftovers->teller, EVENT_OKAY, "", text);
	}
	if (leftovers->foreign && !leftovers->error) {
		diagnose_pins_foreign(leftovers->foreign, path, text, sizeof(text));
		event_tell(leftovers->teller, EVENT_WARNING, "", text);
	}
}

int leftovers_drop(struct leftovers *leftovers)
{
	note_error(leftovers, pin_dir_list(leftovers->pins, drop_left_over, leftovers));
	tell_left_over(leftovers);
	return leftovers->error;
}
