// SPDX-License-Identifier: GPL-2.0-only
/* Would what goes out be counted, and who else is at the hook for that? */
#include <errno.h>

#include "bpf/record.h"
#include "plugin/base/text.h"
#include "plugin/check/check.h"
#include "plugin/config/config.h"
#include "plugin/config/selection.h"
#include "plugin/counter/program_name.h"
#include "plugin/diagnose/attach.h"
#include "plugin/diagnose/check.h"
#include "plugin/diagnose/hook.h"
#include "plugin/hook/attach.h"
#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/interfaces.h"
#include "plugin/kernel/privileges.h"
#include "plugin/kernel/process.h"
#include "plugin/kernel/tcx_link.h"

#define NAME "outgoing"

bool check_reports_outgoing(const struct check *check)
{
	return check->config->breakdowns & RECORD_BY_DIRECTION;
}

/* Without the privilege to ask, the version tells. */
static bool has_hooks(const struct check *check)
{
	int err = tcx_link_probe();

	if (err && err != -EOPNOTSUPP)
		return !privileges_kernel_before(&check->subject.privileges, 6, 6);
	return !err;
}

/* There are as many as the kernel allows. */
static void say_full(struct check *check, const struct interface *interface)
{
	const struct attach_failure failure = {
		.error = -ERANGE, .outgoing = true, .unobserved = ""};
	char why[CHECK_TEXT - 32], text[CHECK_TEXT];

	attach_explain(interface, &failure, why, sizeof(why));
	diagnose_hook_not_attached(why, text, sizeof(text));
	check_say(check, CHECK_FAIL, interface->name, text);
}

/* Who is at the hook. */
struct users {
	bool own;		     /* the process that is judged */
	bool left;		     /* a counter, whose nobody can know */
	char others[CHECK_TEXT / 2]; /* their names */
};

static void list_users(const struct check *check, const uint32_t *ids, unsigned int count,
		       struct users *ret_users)
{
	const struct check_subject *subject = &check->subject;

	*ret_users = (struct users){0};
	for (unsigned int i = 0; i < count; i++) {
		struct bpf_info_program program;

		if (subject->daemon && process_holds_program(subject->pid, ids[i]))
			ret_users->own = true;
		bpf_info_program_by_id(ids[i], &program);
		if (!subject->daemon && counter_program_name_is(program.name))
			ret_users->left = true;
		text_append_name(ret_users->others, sizeof(ret_users->others),
				 program.name[0] ? program.name : "unknown");
	}
}

static void judge(struct check *check, const struct interface *interface)
{
	uint32_t ids[TCX_LINK_PROGRAMS];
	unsigned int count = 0;
	struct users users;
	char text[CHECK_TEXT];

	/* The XDP hook has the same obstacle, which is said there. */
	if (tcx_kind.plan(interface, XDP_LINK_AUTO).obstacle != DIAGNOSE_OBSTACLE_NONE)
		return;
	/* What cannot be asked is taken to be free. */
	(void)tcx_link_programs(interface->index, ids, &count);
	list_users(check, ids, count, &users);
	if (!users.own && !users.left && count >= TCX_LINK_PROGRAMS) {
		say_full(check, interface);
		return;
	}
	if (users.left)
		diagnose_check_outgoing_left(text, sizeof(text));
	else
		diagnose_check_outgoing(users.own, users.others, text, sizeof(text));
	check_say(check, users.left ? CHECK_NOTE : CHECK_OK, interface->name, text);
}

static bool is_selected(const struct check *check, const struct interface *interface)
{
	const struct config *config = check->config;

	return selection_selects(config->selection, interface) &&
	       (!check->names || selection_selects(check->names, interface));
}

void check_outgoing(struct check *check, struct interfaces *interfaces)
{
	size_t count;
	const struct interface *list = interfaces_list(interfaces, &count);

	if (!check_reports_outgoing(check) || !config_has_builtin(check->config))
		return;
	if (!has_hooks(check)) {
		check_say(check, CHECK_FAIL, NAME, diagnose_hook(DIAGNOSE_HOOK_NONE_OUTGOING));
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (is_selected(check, &list[i]))
			judge(check, &list[i]);
	}
}
