// SPDX-License-Identifier: GPL-2.0-only
/* Which mode is tried where, and what an answer of the kernel is taken for. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>

#include <linux/if_arp.h>
#include <linux/if_link.h>

#include "plugin/hook/attach.h"
#include "tests/unit/hook/fake_kernel.h"

#define PROGRAM 1001

static int set_up(void **state)
{
	(void)state;
	fake_kernel_reset();
	return 0;
}

/* What is expected in native mode, in generic mode, and which of them auto takes. */
static const struct plan_row {
	const char *kind, *driver;
	unsigned short type;
	enum diagnose_obstacle native, generic;
	enum xdp_link_mode chosen;
	bool behind;
} plan_rows[] = {
	{"", "ixgbe", ARPHRD_ETHER, 0, 0, XDP_LINK_NATIVE, false},
	{"", "", ARPHRD_ETHER, 0, 0, XDP_LINK_NATIVE, false},
	{"tun", "", ARPHRD_ETHER, 0, 0, XDP_LINK_NATIVE, false},
	{"bridge", "", ARPHRD_ETHER, 0, 0, XDP_LINK_NATIVE, false},
	{"veth", "", ARPHRD_ETHER, 0, 0, XDP_LINK_GENERIC, false},
	{"bond", "", ARPHRD_ETHER, DIAGNOSE_OBSTACLE_BOND, 0, XDP_LINK_GENERIC, false},
	{"ifb", "", ARPHRD_ETHER, DIAGNOSE_OBSTACLE_IFB, DIAGNOSE_OBSTACLE_IFB, XDP_LINK_NATIVE,
	 false},
	{"vrf", "", ARPHRD_ETHER, DIAGNOSE_OBSTACLE_VRF, DIAGNOSE_OBSTACLE_VRF, XDP_LINK_NATIVE,
	 false},
	{"ipvlan", "", ARPHRD_ETHER, DIAGNOSE_OBSTACLE_L3S, DIAGNOSE_OBSTACLE_L3S, XDP_LINK_NATIVE,
	 true},
	{"ipvlan", "", ARPHRD_ETHER, 0, 0, XDP_LINK_NATIVE, false},
	{"", "hv_netvsc", ARPHRD_ETHER, DIAGNOSE_OBSTACLE_VF, 0, XDP_LINK_GENERIC, false},
	{"", "mtk_soc_eth", ARPHRD_ETHER, DIAGNOSE_OBSTACLE_NO_INDEX, 0, XDP_LINK_GENERIC, false},
	/* A VLAN shows the driver of the card below, which has no say here. */
	{"vlan", "hv_netvsc", ARPHRD_ETHER, 0, 0, XDP_LINK_NATIVE, false},
	{"", "", ARPHRD_NONE, DIAGNOSE_OBSTACLE_NO_ETHERNET, DIAGNOSE_OBSTACLE_NO_ETHERNET,
	 XDP_LINK_NATIVE, false},
	{"bond", "", ARPHRD_NONE, DIAGNOSE_OBSTACLE_NO_ETHERNET, DIAGNOSE_OBSTACLE_NO_ETHERNET,
	 XDP_LINK_GENERIC, false},
};

static void test_plan(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(plan_rows); i++) {
		const struct plan_row *row = &plan_rows[i];
		struct interface interface = {.type = row->type, .behind = row->behind};
		struct attach_plan native, generic, chosen;

		snprintf(interface.kind, sizeof(interface.kind), "%s", row->kind);
		native = attach_plan(&interface, row->driver, XDP_LINK_NATIVE);
		generic = attach_plan(&interface, row->driver, XDP_LINK_GENERIC);
		chosen = attach_plan(&interface, row->driver, XDP_LINK_AUTO);
		assert_int_equal(native.mode, XDP_LINK_NATIVE);
		assert_int_equal(native.obstacle, row->native);
		assert_int_equal(generic.mode, XDP_LINK_GENERIC);
		assert_int_equal(generic.obstacle, row->generic);
		assert_false(native.fallback || generic.fallback);
		assert_int_equal(chosen.mode, row->chosen);
		assert_int_equal(chosen.fallback, row->chosen == XDP_LINK_NATIVE);
		assert_int_equal(chosen.obstacle,
				 row->chosen == XDP_LINK_NATIVE ? row->native : row->generic);
	}
	assert_int_equal(kernel.calls, 0);
}

/* Opens the list as it is now. */
static struct interfaces *list_now(void)
{
	struct interfaces *interfaces;
	enum interfaces_news news;

	assert_int_equal(interfaces_open(&interfaces), 0);
	assert_int_equal(interfaces_refresh(interfaces, &news), 0);
	return interfaces;
}

/* Says yes to one id. */
static bool is_own(const void *id, unsigned int ifindex, uint32_t program_id)
{
	assert_true(ifindex);
	return *(const uint32_t *)id == program_id;
}

static enum attach_above look_above(struct interfaces *interfaces, unsigned int index,
				    struct interface *ret_upper)
{
	static const uint32_t ours = 66;
	const struct attach_own own = {&ours, is_own};

	*ret_upper = (struct interface){0};
	return attach_look_above(interfaces, interfaces_by_index(interfaces, index), &own,
				 ret_upper);
}

static void test_look_above(void **state)
{
	struct interfaces *interfaces;
	struct interface upper;

	(void)state;
	fake_kernel_add(2, "eth0", "")->interface.master = 3;
	fake_kernel_add(3, "br0", "bridge");
	fake_kernel_add(4, "mv0", "macvlan")->interface.lower = 2;
	fake_kernel_add(5, "eth1", "");
	interfaces = list_now();
	assert_int_equal(look_above(interfaces, 2, &upper), ATTACH_ABOVE_FREE);
	/* None of these is reported. */
	fake_kernel_hold(3, 66);
	assert_int_equal(look_above(interfaces, 2, &upper), ATTACH_ABOVE_OWN);
	assert_string_equal(upper.name, "br0");
	fake_kernel_hold(4, 77);
	assert_int_equal(look_above(interfaces, 2, &upper), ATTACH_ABOVE_FOREIGN);
	assert_string_equal(upper.name, "mv0");
	assert_int_equal(upper.hook.program_id, 77);
	/* What is below, or beside, is in nobody's way. */
	fake_kernel_hold(2, 78);
	assert_int_equal(look_above(interfaces, 3, &upper), ATTACH_ABOVE_FREE);
	assert_int_equal(look_above(interfaces, 4, &upper), ATTACH_ABOVE_FREE);
	assert_int_equal(look_above(interfaces, 5, &upper), ATTACH_ABOVE_FREE);
	kernel.broken = "query";
	kernel.broken_errno = -ETIMEDOUT;
	assert_int_equal(look_above(interfaces, 2, &upper), ATTACH_ABOVE_UNKNOWN);
	kernel.broken = NULL;
	interfaces_close(interfaces);
}

static void test_try(void **state)
{
	static const struct {
		enum xdp_link_mode wished;
		int native_error;
		int generic_error;
		enum attach_answer answer;
		enum xdp_link_mode mode;
		int error;
		int kept; /* as native_error of the attempt */
	} rows[] = {
		{XDP_LINK_AUTO, 0, 0, ATTACH_ATTACHED, XDP_LINK_NATIVE, 0, 0},
		{XDP_LINK_AUTO, -EOPNOTSUPP, 0, ATTACH_ATTACHED, XDP_LINK_GENERIC, 0, -EOPNOTSUPP},
		{XDP_LINK_AUTO, -ERANGE, 0, ATTACH_ATTACHED, XDP_LINK_GENERIC, 0, -ERANGE},
		{XDP_LINK_AUTO, -EINVAL, -EPERM, ATTACH_LATER, XDP_LINK_GENERIC, -EPERM, -EINVAL},
		{XDP_LINK_AUTO, -EINVAL, -EBUSY, ATTACH_BUSY, XDP_LINK_GENERIC, -EBUSY, -EINVAL},
		{XDP_LINK_AUTO, -EBUSY, 0, ATTACH_BUSY, XDP_LINK_NATIVE, -EBUSY, 0},
		{XDP_LINK_AUTO, -EEXIST, 0, ATTACH_BUSY, XDP_LINK_NATIVE, -EEXIST, 0},
		{XDP_LINK_AUTO, -EPERM, 0, ATTACH_LATER, XDP_LINK_NATIVE, -EPERM, 0},
		{XDP_LINK_AUTO, -EACCES, 0, ATTACH_LATER, XDP_LINK_NATIVE, -EACCES, 0},
		{XDP_LINK_AUTO, -ENODEV, 0, ATTACH_LATER, XDP_LINK_NATIVE, -ENODEV, 0},
		{XDP_LINK_AUTO, -EBADF, 0, ATTACH_LATER, XDP_LINK_NATIVE, -EBADF, 0},
		{XDP_LINK_AUTO, -EMFILE, 0, ATTACH_LATER, XDP_LINK_NATIVE, -EMFILE, 0},
		{XDP_LINK_AUTO, -EINTR, 0, ATTACH_LATER, XDP_LINK_NATIVE, -EINTR, 0},
		{XDP_LINK_NATIVE, -EOPNOTSUPP, 0, ATTACH_LATER, XDP_LINK_NATIVE, -EOPNOTSUPP, 0},
		{XDP_LINK_GENERIC, 0, 0, ATTACH_ATTACHED, XDP_LINK_GENERIC, 0, 0},
		{XDP_LINK_GENERIC, 0, -ENOSPC, ATTACH_LATER, XDP_LINK_GENERIC, -ENOSPC, 0},
	};

	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		struct attach_attempt attempt;
		struct attach_plan plan;
		struct fake_device *device;
		int program;

		set_up(state);
		device = fake_kernel_add(2, "eth0", "");
		device->native_error = rows[i].native_error;
		device->generic_error = rows[i].generic_error;
		program = fake_kernel_open(PIN_DIR_PROGRAM, PROGRAM);
		plan = attach_plan(&device->interface, "", rows[i].wished);
		assert_int_equal(
			attach_try(&xdp_kind, program, &device->interface, &plan, &attempt),
			rows[i].answer);
		assert_int_equal(attempt.mode, rows[i].mode);
		assert_int_equal(attempt.error, rows[i].error);
		assert_int_equal(attempt.native_error, rows[i].kept);
		assert_int_equal(attempt.link >= 0, rows[i].answer == ATTACH_ATTACHED);
		assert_int_equal(fake_kernel_at_hook(2), attempt.link >= 0 ? PROGRAM : 0);
	}
}

/* Want of memory that lasts is the driver's; of descriptors it is ours, however long. */
static void test_insists(void **state)
{
	static const struct {
		enum xdp_link_mode wished;
		int native_error;
		bool may_last;
	} rows[] = {
		{XDP_LINK_AUTO, -ENOMEM, true},	   {XDP_LINK_AUTO, -EAGAIN, true},
		{XDP_LINK_AUTO, -EMFILE, false},   {XDP_LINK_AUTO, -ENFILE, false},
		{XDP_LINK_AUTO, -EINTR, false},	   {XDP_LINK_AUTO, -EBUSY, true},
		{XDP_LINK_AUTO, -EEXIST, false},   {XDP_LINK_AUTO, -EPERM, false},
		{XDP_LINK_NATIVE, -ENOMEM, false},
	};

	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		struct attach_attempt attempt;
		struct fake_device *device;
		struct attach_plan plan;
		int program;

		set_up(state);
		device = fake_kernel_add(2, "eth0", "");
		device->native_error = rows[i].native_error;
		program = fake_kernel_open(PIN_DIR_PROGRAM, PROGRAM);
		plan = attach_plan(&device->interface, "", rows[i].wished);
		assert_false(plan.insists);
		assert_int_not_equal(
			attach_try(&xdp_kind, program, &device->interface, &plan, &attempt),
			ATTACH_ATTACHED);
		assert_int_equal(attach_may_last(&plan, &device->interface, attempt.error),
				 rows[i].may_last);
		plan.insists = true;
		attach_try(&xdp_kind, program, &device->interface, &plan, &attempt);
		assert_int_equal(attempt.link >= 0, rows[i].may_last);
		assert_int_equal(attempt.native_error, rows[i].may_last ? rows[i].native_error : 0);
	}
}

/* A driver that is busy is not mistaken for a program at the hook, nor the other way round. */
static void test_busy(void **state)
{
	struct interface interface = {.index = 2, .type = ARPHRD_ETHER};
	const struct attach_plan plan = attach_plan(&interface, "", XDP_LINK_AUTO);

	(void)state;
	assert_true(attach_may_last(&plan, &interface, -EBUSY));
	interface.hook.mode = XDP_ATTACHED_DRV;
	assert_false(attach_may_last(&plan, &interface, -EBUSY));
	assert_true(attach_may_last(&plan, &interface, -ENOMEM));
}

/* Native mode, which LRO was in the way of, is what the next start would take. */
static void test_lro(void **state)
{
	struct fake_device *device = fake_kernel_add(2, "eth0", "");
	int program = fake_kernel_open(PIN_DIR_PROGRAM, PROGRAM);
	struct attach_plan plan = attach_plan(&device->interface, "", XDP_LINK_AUTO);
	struct attach_attempt attempt;

	(void)state;
	device->lro = true;
	assert_int_equal(attach_try(&xdp_kind, program, &device->interface, &plan, &attempt),
			 ATTACH_ATTACHED);
	assert_int_equal(attempt.mode, XDP_LINK_NATIVE);
	assert_true(attempt.lro_off);
	assert_int_equal(attempt.native_error, 0);
	assert_int_equal(device->mode, XDP_LINK_NATIVE);
	xdp_kind.close(attempt.link);
	assert_int_equal(fake_kernel_at_hook(2), 0);
	/* And so it does. */
	assert_int_equal(attach_try(&xdp_kind, program, &device->interface, &plan, &attempt),
			 ATTACH_ATTACHED);
	assert_int_equal(attempt.mode, XDP_LINK_NATIVE);
	assert_false(attempt.lro_off);
	xdp_kind.close(attempt.link);
	/* What is refused for another reason, too, is generic then and at the next start. */
	device->lro = true;
	device->native_error = -EINVAL;
	assert_int_equal(attach_try(&xdp_kind, program, &device->interface, &plan, &attempt),
			 ATTACH_ATTACHED);
	assert_int_equal(attempt.mode, XDP_LINK_GENERIC);
	assert_false(attempt.lro_off);
	assert_int_equal(attempt.native_error, -EINVAL);
	xdp_kind.close(attempt.link);
	/* With AttachMode "native" nothing is switched off. */
	plan = attach_plan(&device->interface, "", XDP_LINK_NATIVE);
	device->lro = true;
	device->native_error = 0;
	assert_int_equal(attach_try(&xdp_kind, program, &device->interface, &plan, &attempt),
			 ATTACH_LATER);
	assert_true(device->lro);
}

static void test_obstacle(void **state)
{
	struct fake_device *device = fake_kernel_add(2, "wg0", "wireguard");
	struct attach_attempt attempt;
	struct attach_plan plan;

	(void)state;
	device->interface.type = ARPHRD_NONE;
	plan = attach_plan(&device->interface, "", XDP_LINK_AUTO);
	assert_int_equal(attach_try(&xdp_kind, -1, &device->interface, &plan, &attempt),
			 ATTACH_REFUSED);
	assert_int_equal(attempt.link, -1);
	assert_int_equal(kernel.calls, 0);
}

static void test_facts(void **state)
{
	struct interface interface, upper = {.name = "bond0", .hook = {XDP_ATTACHED_DRV, 78}};
	struct attach_failure failure = {.error = -EBUSY,
					 .mode = XDP_LINK_NATIVE,
					 .frags = true,
					 .upper = &upper,
					 .unobserved = ""};
	struct attach_facts facts;
	struct interfaces *interfaces;
	char text[512];

	(void)state;
	fake_kernel_name_program(77, "firewall");
	fake_kernel_add(2, "eth0", "")->interface.master = 3;
	fake_kernel_add(3, "bond0", "bond");
	fake_kernel_hold(2, 77);
	fake_kernel_hold(3, 78);
	interfaces = list_now();
	interface = *interfaces_by_index(interfaces, 2);
	attach_gather(&interface, &failure, &facts);
	assert_int_equal(facts.facts.error, -EBUSY);
	assert_int_equal(facts.facts.holder_id, 77);
	assert_string_equal(facts.facts.holder_name, "firewall");
	assert_string_equal(facts.facts.holder_mode, "native");
	assert_false(facts.facts.above);
	assert_string_equal(facts.facts.upper, "");
	assert_string_equal(facts.facts.mode, "native");
	assert_string_equal(facts.facts.driver, "fake");
	assert_string_equal(facts.facts.unobserved, "");
	assert_int_equal(facts.facts.mtu, 1500);
	assert_true(facts.facts.frags);
	interface.hook.mode = XDP_ATTACHED_MULTI;
	failure.error = -EEXIST;
	attach_gather(&interface, &failure, &facts);
	assert_string_equal(facts.facts.holder_mode, "more than one");
	assert_int_equal(facts.facts.holder_id, 77);
	/* It is in nobody's way. */
	failure.error = -EPERM;
	attach_gather(&interface, &failure, &facts);
	assert_int_equal(facts.facts.holder_id, 0);
	failure.error = -EBUSY;
	failure.unobserved = "it has no BTF";
	attach_explain(&interface, &failure, text, sizeof(text));
	assert_contains(text, "its XDP hook is held by program firewall (id 77");
	assert_contains(text, "cannot be observed: it has no BTF");
	/* The hook is free, and that above is not. */
	interface.hook = (struct interface_hook){0};
	failure.error = -EEXIST;
	attach_gather(&interface, &failure, &facts);
	assert_true(facts.facts.above);
	assert_string_equal(facts.facts.upper, "bond0");
	assert_int_equal(facts.facts.holder_id, 78);
	interfaces_close(interfaces);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{.name = "auto is native, and generic where that alone counts rightly; what does "
			 "not "
			 "pass the hook is refused",
		 .test_func = test_plan,
		 .setup_func = set_up},
		{.name = "the kernel is asked what is at the hooks above, and whose that is",
		 .test_func = test_look_above,
		 .setup_func = set_up},
		{.name = "generic is tried only after a refusal that is about native mode",
		 .test_func = test_try,
		 .setup_func = set_up},
		{.name = "want of memory twice in a row is taken for the driver's",
		 .test_func = test_insists,
		 .setup_func = set_up},
		{.name = "a busy driver and a held hook have different answers",
		 .test_func = test_busy,
		 .setup_func = set_up},
		{.name = "where LRO was in its way and is off, native mode is taken",
		 .test_func = test_lro,
		 .setup_func = set_up},
		{.name = "what has an obstacle is not tried",
		 .test_func = test_obstacle,
		 .setup_func = set_up},
		{.name = "a failure is explained by what holds the hook or one above, and by the "
			 "driver",
		 .test_func = test_facts,
		 .setup_func = set_up},
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
