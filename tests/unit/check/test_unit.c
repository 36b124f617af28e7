// SPDX-License-Identifier: GPL-2.0-only
/* What systemd says of a unit is what a process of it may do. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "plugin/check/unit.h"

/* As `systemctl show` of systemd 252 prints it for collectd.service of Debian 12, shortened. */
static const char stopped[] = "LoadState=loaded\n"
			      "MainPID=0\n"
			      "User=\n"
			      "DynamicUser=no\n"
			      "CapabilityBoundingSet=cap_chown cap_dac_override cap_net_admin "
			      "cap_sys_admin cap_perfmon cap_bpf\n"
			      "AmbientCapabilities=\n"
			      "PrivateUsers=no\n"
			      "SystemCallFilter=\n"
			      "RestrictAddressFamilies=\n"
			      "LimitNOFILESoft=1024\n"
			      "LimitMEMLOCKSoft=8388608\n"
			      "MemoryMax=infinity\n"
			      "PrivateNetwork=no\n"
			      "NetworkNamespacePath=\n"
			      "ProtectKernelTunables=no\n"
			      "ReadWritePaths=\n";

static void test_stopped(void **state)
{
	struct check_unit unit;

	(void)state;
	check_unit_parse(stopped, &unit);
	assert_true(unit.known);
	assert_int_equal(unit.pid, 0);
	assert_true(unit.privileges.known);
	assert_true(unit.privileges.effective ==
		    (PRIVILEGES_DAC_OVERRIDE | PRIVILEGES_NET_ADMIN | PRIVILEGES_SYS_ADMIN |
		     PRIVILEGES_PERFMON | PRIVILEGES_BPF));
	assert_int_equal(unit.privileges.files, 1024);
	assert_int_equal(unit.privileges.memlock, 8388608);
	assert_true(unit.privileges.group_memory == UINT64_MAX);
	assert_false(unit.filters || unit.refuses_bpf || unit.refuses_netlink || unit.own_network ||
		     unit.protects_tunables || unit.privileges.user_namespace);
	assert_string_equal(unit.user, "");
}

static void test_running(void **state)
{
	struct check_unit unit;

	(void)state;
	check_unit_parse("MainPID=4711\nLoadState=loaded\n", &unit);
	assert_true(unit.known);
	assert_int_equal(unit.pid, 4711);
}

static void test_unknown(void **state)
{
	static const char *const texts[] = {
		"LoadState=not-found\nMainPID=0\nCapabilityBoundingSet=cap_bpf\n",
		"LoadState=masked\n",
		"LoadState=loadedx\n",
		"XLoadState=loaded\n",
		"LoadState",
		"",
		"\n\n=\n"};
	struct check_unit unit;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(texts); i++) {
		check_unit_parse(texts[i], &unit);
		assert_false(unit.known);
		assert_true(unit.privileges.files == UINT64_MAX);
	}
}

/* A user that is not root has what is ambient, of what the bounding set leaves. */
static void test_user(void **state)
{
	struct check_unit unit;

	(void)state;
	check_unit_parse("User=collectd\nCapabilityBoundingSet=cap_bpf cap_net_admin\n"
			 "AmbientCapabilities=cap_bpf cap_perfmon\n",
			 &unit);
	assert_string_equal(unit.user, "collectd");
	assert_true(unit.privileges.effective == PRIVILEGES_BPF);
	check_unit_parse("User=\nDynamicUser=yes\nCapabilityBoundingSet=cap_bpf\n", &unit);
	assert_true(unit.privileges.effective == 0);
	assert_true(unit.user[0]);
	check_unit_parse("User=root\nCapabilityBoundingSet=cap_bpf\n", &unit);
	assert_true(unit.privileges.effective == PRIVILEGES_BPF);
	assert_string_equal(unit.user, "");
}

static void test_lists(void **state)
{
	static const struct {
		const char *filter, *families;
		bool refuses_bpf, refuses_netlink;
	} rows[] = {
		{"read bpf write", "AF_UNIX AF_NETLINK", false, false},
		{"read write", "AF_UNIX AF_INET", true, true},
		{"~bpf", "~AF_NETLINK", true, true},
		{"~reboot kexec_load", "~AF_PACKET", false, false},
		/* No part of a word is taken for it. */
		{"read bpfilter", "AF_NETLINKX", true, true},
		{"~ebpf bpf2", "~AF_NETLINK2", false, false},
		{"", "", false, false},
		{"~", "none", false, true},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		struct check_unit unit;

		snprintf(text, sizeof(text), "SystemCallFilter=%s\nRestrictAddressFamilies=%s\n",
			 rows[i].filter, rows[i].families);
		check_unit_parse(text, &unit);
		assert_int_equal(unit.refuses_bpf, rows[i].refuses_bpf);
		assert_int_equal(unit.refuses_netlink, rows[i].refuses_netlink);
		assert_int_equal(unit.filters, rows[i].filter[0] != '\0');
	}
}

static void test_limits(void **state)
{
	struct check_unit unit;

	(void)state;
	check_unit_parse("LimitNOFILESoft=infinity\nLimitMEMLOCKSoft=65536\nMemoryMax=1048576\n"
			 "PrivateUsers=yes\nPrivateNetwork=yes\n",
			 &unit);
	assert_true(unit.privileges.files == UINT64_MAX);
	assert_int_equal(unit.privileges.memlock, 65536);
	assert_int_equal(unit.privileges.group_memory, 1048576);
	assert_true(unit.privileges.user_namespace && unit.own_network);
	check_unit_parse("NetworkNamespacePath=/run/netns/blue\n", &unit);
	assert_true(unit.own_network);
}

static void test_writable(void **state)
{
	struct check_unit unit;

	(void)state;
	check_unit_parse("ProtectKernelTunables=no\n", &unit);
	assert_true(check_unit_may_write(&unit, "/sys/fs/bpf/collectd-xdp"));
	check_unit_parse("ProtectKernelTunables=yes\nReadWritePaths=/var -/sys/fs/bpf/xdp /tmp\n",
			 &unit);
	assert_true(check_unit_may_write(&unit, "/sys/fs/bpf/xdp"));
	assert_true(check_unit_may_write(&unit, "/sys/fs/bpf/xdp/deeper"));
	assert_false(check_unit_may_write(&unit, "/sys/fs/bpf/xdp-other"));
	assert_false(check_unit_may_write(&unit, "/sys/fs/bpf"));
	check_unit_parse("ProtectKernelTunables=yes\n", &unit);
	assert_false(check_unit_may_write(&unit, "/sys/fs/bpf/xdp"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("a unit that does not run gives what its settings say", test_stopped),
		UNIT_TEST("a unit that runs has a process", test_running),
		UNIT_TEST("a unit that is not loaded is none, and any text is taken", test_unknown),
		UNIT_TEST("a user that is not root has the ambient capabilities only", test_user),
		UNIT_TEST("lists that allow and lists that refuse are told apart, word by word",
			  test_lists),
		UNIT_TEST("limits are numbers or infinite, and namespaces are seen", test_limits),
		UNIT_TEST("what ReadWritePaths names may be written below it, and nothing else",
			  test_writable),
	};

	return cmocka_run_group_tests_name("check/unit", tests, NULL, NULL);
}
