// SPDX-License-Identifier: GPL-2.0-only
/* Every refusal to attach is explained by a cause and something to do. */
#include "tests/unit/diagnose/explained.h"

#include <errno.h>

#include "plugin/diagnose/attach.h"

/* An attempt to attach, and what its explanation has to contain. Facts left out: attach_facts(). */
struct attach_row {
	const char *name;
	struct diagnose_attach facts;
	const char *parts[DIAGNOSE_PARTS];
	const char *lacks;
};

static const struct attach_row attach_rows[] = {
	{"EBUSY names the program at the hook",
	 {.error = -EBUSY,
	  .holder_id = 42,
	  .holder_name = "xdp_firewall",
	  .holder_tag = "0123456789abcdef",
	  .holder_mode = "generic"},
	 {"xdp_firewall", "id 42", "tag 0123456789abcdef", "generic mode", "owner to detach"},
	 NULL},
	{"EBUSY says why the program at the hook is not observed, and no other fix",
	 {.error = -EBUSY, .holder_id = 42, .holder_mode = "generic", .unobserved = "why; fix"},
	 {"id 42", "stays and cannot be observed: why; fix"},
	 "owner to detach"},
	{"EEXIST names the program at the hook",
	 {.error = -EEXIST,
	  .holder_id = 7,
	  .holder_name = "drop",
	  .holder_tag = "ff",
	  .holder_mode = "native"},
	 {"drop", "id 7", "tag ff", "native mode", "owner to detach"},
	 NULL},
	{"EBUSY with a program that may not be asked gives its id",
	 {.error = -EBUSY, .holder_id = 42, .holder_mode = "native"},
	 {"program (id 42, native mode)", "owner to detach"},
	 "tag"},
	{"EBUSY without a visible program is the device's",
	 {.error = -EBUSY},
	 {"no XDP program is seen", "tcp-data-split off", "leave this interface out"},
	 "another XDP program"},
	{"EEXIST without a visible program says that it is in another namespace",
	 {.error = -EEXIST, .above = true},
	 {"an interface above it", "another network namespace", "bpftool net"},
	 "id 0"},
	{"EOPNOTSUPP names the driver's kind and the option",
	 {.error = -EOPNOTSUPP, .kind = "bridge"},
	 {"driver bridge", "native XDP", "LRO", "AttachMode", "\"generic\""},
	 NULL},
	{"ERANGE names the MTU and what to lower",
	 {.error = -ERANGE, .mtu = 9000, .frags = true},
	 {"MTU of 9000", "ethtool -l", "lower the MTU", "AttachMode", "\"generic\""},
	 "without packets of several buffers"},
	{"ERANGE on a kernel without multi-buffer says so",
	 {.error = -ERANGE, .mtu = 3600},
	 {"MTU of 3600", "without packets of several buffers", "lower the MTU"},
	 NULL},
	{"EINVAL names MTU, channels and the option",
	 {.error = -EINVAL, .mtu = 1501},
	 {"MTU of 1501", "channels", "\"generic\""},
	 NULL},
	{"ENOSPC names MTU, channels and the option",
	 {.error = -ENOSPC, .mtu = 1502},
	 {"MTU of 1502", "channels", "\"generic\""},
	 NULL},
	{"ENOMEM names memory and channels",
	 {.error = -ENOMEM},
	 {"memory", "native", "ethtool -L"},
	 NULL},
	{"EPERM names the capability that is missing, and no other",
	 {.error = -EPERM, .privileges = &only_bpf},
	 {"no permission", "errno 1", "CAP_NET_ADMIN missing", "AmbientCapabilities", "root"},
	 "CAP_BPF"},
	{"EACCES with all capabilities under seccomp names the filter",
	 {.error = -EACCES, .privileges = &filtered},
	 {"no permission", "seccomp", "SystemCallFilter"},
	 "missing"},
	{"EEXIST names the interface above that has a program, and that program",
	 {.error = -EEXIST, .above = true, .upper = "bond0", .holder_id = 7, .holder_name = "drop"},
	 {"bond0 above it", "program drop (id 7)", "count on bond0 instead", "owner"},
	 "errno"},
	{"EEXIST by a program that may not be asked gives its id",
	 {.error = -EEXIST, .above = true, .upper = "bond0", .holder_id = 7},
	 {"bond0 above it", "program (id 7)"},
	 "errno"},
	{"EEXIST by our own program says so, and blames nobody",
	 {.error = -EEXIST,
	  .above = true,
	  .upper = "bond0",
	  .own = DIAGNOSE_ATTACH_LAST_START,
	  .holder_id = 7,
	  .holder_name = "xdp_count"},
	 {"bond0 above it", "our own program xdp_count (id 7)", "trying again"},
	 "owner"},
	{"EEXIST by our own program that calls the program of Next says that it stays",
	 {.error = -EEXIST,
	  .above = true,
	  .upper = "bond0",
	  .own = DIAGNOSE_ATTACH_DECIDES,
	  .holder_id = 7,
	  .holder_name = "xdp_count_next"},
	 {"bond0 above it", "our own program xdp_count_next (id 7)", "does not step aside"},
	 "owner"},
	{"EOPNOTSUPP with LRO on names it and how to switch it off",
	 {.error = -EOPNOTSUPP, .driver = "virtio_net", .lro = true},
	 {"LRO or GRO-HW is on", "ethtool -K", "generic"},
	 "MTU"},
	{"EOPNOTSUPP names the driver of hardware",
	 {.error = -EOPNOTSUPP, .driver = "e1000"},
	 {"driver e1000", "no native XDP"},
	 NULL},
	{"EINVAL with more than half of the channels in use names both numbers",
	 {.error = -EINVAL, .driver = "ena", .mtu = 1500, .channels = 8, .channels_max = 8},
	 {"driver ena", "8 of 8 channels", "half", "ethtool -L"},
	 "MTU"},
	{"EINVAL on a kernel before links says what is too old",
	 {.error = -EINVAL, .privileges = &old_kernel},
	 {"cannot attach by a link", "5.10"},
	 "MTU"},
	{"EMFILE names the limit and its value",
	 {.error = -EMFILE, .privileges = &filtered},
	 {"no file descriptor left", "RLIMIT_NOFILE is 16", "LimitNOFILE"},
	 NULL},
	{"EAGAIN asks for nothing", {.error = -EAGAIN}, {"busy", "nothing to do"}, NULL},
	{"ENODEV says that it is waited for",
	 {.error = -ENODEV},
	 {"went away", "when it is back"},
	 NULL},
	{"an unknown error gives number, text, mode and a way out",
	 {.error = -EXDEV, .mode = "native"},
	 {"errno 18", "Invalid cross-device link", "native", "AttachMode",
	  "leave this interface out"},
	 NULL},
	{"of what goes out, ERANGE says that the hook is full",
	 {.error = -ERANGE, .outgoing = true, .mtu = 9000},
	 {"63 programs", "tcx hook", "bpftool net", "owner", "detach"},
	 "MTU"},
	{"of what goes out, EEXIST is by a link of our own program",
	 {.error = -EEXIST, .outgoing = true, .above = true, .upper = "bond0", .holder_id = 7},
	 {"the counter is at its tcx hook already", "errno 17", "bpftool link"},
	 "bond0"},
	{"of what goes out, EBUSY is not by the program at the XDP hook",
	 {.error = -EBUSY, .outgoing = true, .holder_id = 42, .holder_mode = "native"},
	 {"refuses to attach to its tcx hook", "errno 16", "ReportOutgoing to false"},
	 "leave"},
	{"of what goes out, ENOMEM names no rings",
	 {.error = -ENOMEM, .outgoing = true},
	 {"no memory left", "tcx hook", "free memory"},
	 "rings"},
	{"of what goes out, EPERM names the capability that is missing",
	 {.error = -EPERM, .outgoing = true, .privileges = &only_bpf},
	 {"no permission", "CAP_NET_ADMIN missing"},
	 "CAP_BPF"},
	{"of what goes out, an unknown error names no mode",
	 {.error = -EXDEV, .outgoing = true},
	 {"errno 18", "tcx hook", "ReportOutgoing to false"},
	 "AttachMode"},
	{"an error no kernel has gives its number",
	 {.error = -4095},
	 {"errno 4095", "AttachMode"},
	 NULL},
};

/* As the plugin gives them: what is not known is "", and never NULL. */
static struct diagnose_attach attach_facts(const struct attach_row *row)
{
	struct diagnose_attach facts = row->facts;

	facts.mode = facts.mode ? facts.mode : "native";
	facts.kind = facts.kind ? facts.kind : "";
	facts.holder_name = facts.holder_name ? facts.holder_name : "";
	facts.holder_tag = facts.holder_tag ? facts.holder_tag : "";
	facts.holder_mode = facts.holder_mode ? facts.holder_mode : "";
	facts.upper = facts.upper ? facts.upper : "";
	facts.driver = facts.driver ? facts.driver : "";
	facts.unobserved = facts.unobserved ? facts.unobserved : "";
	facts.privileges = facts.privileges ? facts.privileges : &privileged;
	return facts;
}

static void test_attach(void **state)
{
	const struct attach_row *row = *state;
	const struct diagnose_attach facts = attach_facts(row);
	char text[DIAGNOSE_TEXT];

	diagnose_attach(&facts, text, sizeof(text));
	assert_explained(text, row->parts, row->lacks);
}

static void explain_attach(const void *facts, char *text, size_t size)
{
	diagnose_attach(facts, text, size);
}

static void test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(attach_rows); i++) {
		const struct diagnose_attach facts = attach_facts(&attach_rows[i]);

		assert_cut_off(explain_attach, &facts);
	}
}

int main(void)
{
	struct CMUnitTest tests[1 + UNIT_LENGTH(attach_rows)] = {
		UNIT_TEST("every text is cut off where its buffer ends, also at 0 bytes",
			  test_sizes),
	};
	size_t count = 1;

	ADD_ROWS(tests, count, attach_rows, test_attach);
	return cmocka_run_group_tests_name("diagnose/attach", tests, NULL, NULL);
}
