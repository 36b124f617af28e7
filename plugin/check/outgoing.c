// SPDX-License-Identifier: GPL-2.0-only
/* Would what goes out be counted, and who else is at the hook for that? */
#include <errno.h>

#include "bpf/record.h"
#include "plugin/base/text.h"
#include "plugin/check/check.h"
#include "plugin/config/config.h"
#include "plugin/config/selection.h"
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

/* Who is at the hook: the process that is judged, or others, whose names are added. */
static bool is_own(const struct check *check, const uint32_t *ids, unsigned int count, char *others,
		   size_t size)
{
	const struct check_subject *subject = &check->subject;

	for (unsigned int i = 0; i < count; i++) {
		struct bpf_info_program program;

		if (subject->daemon && process_holds_program(subject->pid, ids[i]))
			return true;
		bpf_info_program_by_id(ids[i], &program);
		text_append_name(others, size, program.name[0] ? program.name : "unknown");
	}
	return false;
}

static void judge(struct check *check, const struct interface *interface)
{
	uint32_t ids[TCX_LINK_PROGRAMS];
	unsigned int count = 0;
	char others[CHECK_TEXT / 2] = "", text[CHECK_TEXT];
	bool own;

	/* The XDP hook has the same obstacle, which is said there. */
	if (tcx_kind.plan(interface, XDP_LINK_AUTO).obstacle != DIAGNOSE_OBSTACLE_NONE)
		return;
	/* What cannot be asked is taken to be free. */
	(void)tcx_link_programs(interface->index, ids, &count);
	own = is_own(check, ids, count, others, sizeof(others));
	if (!own && count >= TCX_LINK_PROGRAMS) {
		say_full(check, interface);
		return;
	}
	diagnose_check_outgoing(own, others, text, sizeof(text));
	check_say(check, CHECK_OK, interface->name, text);
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
