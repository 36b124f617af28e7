// SPDX-License-Identifier: GPL-2.0-only
/* What became of an interface, and whether one is to be watched; nothing is asked and changed. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include <linux/if_link.h>

#include "plugin/hook/sync.h"
#include "plugin/hook/attach.h"

#define OURS 1001

/* Two watches: eth0 is the one in question, eth1 a name of the configuration that is absent. */
static struct watch list[3];
static struct watches watches;
static struct interface now;
static struct selection *selection;
static struct program program = {.id = OURS};
static struct hook hook = {.kind = &xdp_kind, .program = &program};

static int set_up(void **state)
{
	char reason[64];

	(void)state;
	memset(list, 0, sizeof(list));
	watches = (struct watches){.list = list, .count = 2, .capacity = 3};
	now = (struct interface){.index = 2, .name = "eth0", .type = 1, .mtu = 1500};
	now.hook = (struct interface_hook){XDP_ATTACHED_DRV, OURS};
	list[0] = (struct watch){.state = WATCH_ATTACHED, .interface = now};
	list[1] = (struct watch){.state = WATCH_ABSENT, .wanted = "eth1"};
	snprintf(list[1].interface.name, sizeof(list[1].interface.name), "%s", "eth1");
	assert_int_equal(selection_new(&selection), 0);
	assert_int_equal(selection_add(selection, "/^eth/", reason, sizeof(reason)), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	selection_free(selection);
	return 0;
}

static enum sync_answer compare(const struct interface *interface, enum interfaces_news news,
				bool lost)
{
	return sync_compare(&watches, &list[0], selection, interface, news, lost);
}

static void test_same(void **state)
{
	(void)state;
	assert_int_equal(compare(&now, INTERFACES_CHANGED, false), SYNC_KEEP);
	assert_int_equal(compare(&now, INTERFACES_UNCERTAIN, false), SYNC_KEEP);
	assert_int_equal(compare(&now, INTERFACES_CHANGED, true), SYNC_LOST);
	assert_int_equal(compare(&now, INTERFACES_UNCERTAIN, true), SYNC_DEPARTED);
}

static void test_gone(void **state)
{
	struct interface other = now;

	(void)state;
	assert_int_equal(compare(NULL, INTERFACES_CHANGED, false), SYNC_DEPARTED);
	other.generation++;
	assert_int_equal(compare(&other, INTERFACES_CHANGED, false), SYNC_DEPARTED);
	other = now;
	other.index++;
	assert_int_equal(compare(&other, INTERFACES_CHANGED, false), SYNC_DEPARTED);
}

static void rename_to(const char *name)
{
	snprintf(now.name, sizeof(now.name), "%s", name);
}

static void test_renamed(void **state)
{
	(void)state;
	rename_to("eth5");
	assert_int_equal(compare(&now, INTERFACES_CHANGED, false), SYNC_RENAMED);
	/* It is not selected by its new name. */
	rename_to("lan0");
	assert_int_equal(compare(&now, INTERFACES_CHANGED, false), SYNC_DEPARTED);
	/* The name is awaited by another watch. */
	rename_to("eth1");
	assert_int_equal(compare(&now, INTERFACES_CHANGED, false), SYNC_DEPARTED);
	rename_to("eth5");
	list[0].wanted = "eth0";
	assert_int_equal(compare(&now, INTERFACES_CHANGED, false), SYNC_DEPARTED);
	/* Still found by the name of the configuration, which is an alternative one. */
	now.alternatives = "eth0\0";
	assert_int_equal(compare(&now, INTERFACES_CHANGED, false), SYNC_RENAMED);
	now.alternatives = NULL;
	list[0].wanted = NULL;
	list[0].state = WATCH_WAITING;
	assert_int_equal(compare(&now, INTERFACES_CHANGED, false), SYNC_DEPARTED);
}

static void test_changed(void **state)
{
	struct interface before = now;
	struct interface changed[7];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(changed); i++)
		changed[i] = before;
	changed[0].type++;
	changed[1].flags |= IFF_UP;
	changed[2].mtu--;
	changed[3].master = 9;
	changed[4].hook.mode = XDP_ATTACHED_SKB;
	changed[5].hook.program_id++;
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(compare(&changed[i], INTERFACES_CHANGED, false), SYNC_CHANGED);
	/* Carrier and queues come and go. */
	changed[6].flags |= IFF_RUNNING;
	changed[6].rx_queues++;
	assert_int_equal(compare(&changed[6], INTERFACES_CHANGED, false), SYNC_KEEP);
}

static void test_doubt(void **state)
{
	struct hook_kind unlisted = xdp_kind;
	struct interface other = now;

	(void)state;
	assert_false(sync_is_doubtful(&list[0], &hook, &now, INTERFACES_CHANGED));
	assert_true(sync_is_doubtful(&list[0], &hook, &now, INTERFACES_UNCERTAIN));
	assert_false(sync_is_doubtful(&list[0], &hook, NULL, INTERFACES_UNCERTAIN));
	now.hook.program_id = 0;
	assert_true(sync_is_doubtful(&list[0], &hook, &now, INTERFACES_CHANGED));
	/* A kind of hook of which the list says nothing. */
	unlisted.listed = false;
	hook.kind = &unlisted;
	assert_false(sync_is_doubtful(&list[0], &hook, &now, INTERFACES_CHANGED));
	assert_true(sync_is_doubtful(&list[0], &hook, &now, INTERFACES_UNCERTAIN));
	hook.kind = &xdp_kind;
	other.generation++;
	assert_false(sync_is_doubtful(&list[0], &hook, &other, INTERFACES_UNCERTAIN));
	list[0].state = WATCH_WAITING;
	assert_false(sync_is_doubtful(&list[0], &hook, &now, INTERFACES_UNCERTAIN));
}

static void test_place(void **state)
{
	struct watch *watch = &list[2];

	(void)state;
	/* It is watched, whatever its name is by now. */
	rename_to("eth7");
	assert_int_equal(sync_place(&watches, selection, &now, &watch), SYNC_KEEP);
	now.index = 8;
	rename_to("lan0");
	assert_int_equal(sync_place(&watches, selection, &now, &watch), SYNC_KEEP);
	rename_to("eth8");
	assert_int_equal(sync_place(&watches, selection, &now, &watch), SYNC_ARRIVED);
	assert_null(watch);
	rename_to("eth1");
	assert_int_equal(sync_place(&watches, selection, &now, &watch), SYNC_ARRIVED);
	assert_ptr_equal(watch, &list[1]);
	/* There is no place for one more, but for the one that is awaited. */
	watches.capacity = 2;
	assert_int_equal(sync_place(&watches, selection, &now, &watch), SYNC_ARRIVED);
	rename_to("eth8");
	assert_int_equal(sync_place(&watches, selection, &now, &watch), SYNC_SURPLUS);
	/* An absent one is not found by the index it had. */
	list[0].state = WATCH_ABSENT;
	now.index = 2;
	assert_int_equal(sync_place(&watches, selection, &now, &watch), SYNC_SURPLUS);
	rename_to("eth0");
	assert_int_equal(sync_place(&watches, selection, &now, &watch), SYNC_ARRIVED);
	assert_ptr_equal(watch, &list[0]);
}

/* An alternative name does as well as the first one, as long as it is there. */
static void test_alternatives(void **state)
{
	struct watch *watch = NULL;

	(void)state;
	list[0].wanted = "uplink";
	now.alternatives = "other\0uplink\0";
	assert_int_equal(compare(&now, INTERFACES_CHANGED, false), SYNC_KEEP);
	now.alternatives = "other\0";
	assert_int_equal(compare(&now, INTERFACES_CHANGED, false), SYNC_DEPARTED);
	/* The name that is awaited, or that is selected. */
	list[0].wanted = NULL;
	now.index = 9;
	rename_to("lan0");
	assert_int_equal(sync_place(&watches, selection, &now, &watch), SYNC_KEEP);
	now.alternatives = "other\0eth7\0";
	assert_int_equal(sync_place(&watches, selection, &now, &watch), SYNC_ARRIVED);
	assert_null(watch);
	now.alternatives = "other\0eth1\0";
	assert_int_equal(sync_place(&watches, selection, &now, &watch), SYNC_ARRIVED);
	assert_ptr_equal(watch, &list[1]);
	/* The same leave out. */
	selection_invert(selection, true);
	assert_int_equal(sync_place(&watches, selection, &now, &watch), SYNC_KEEP);
	now.alternatives = "other\0";
	assert_int_equal(sync_place(&watches, selection, &now, &watch), SYNC_ARRIVED);
}

#define SYNC_TEST(sentence, function)                                                              \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = set_up,                 \
		.teardown_func = tear_down                                                         \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SYNC_TEST("the same interface is kept, or has lost its link", test_same),
		SYNC_TEST("one that went, or came again, has departed", test_gone),
		SYNC_TEST("a new name is followed if nothing else is to be counted under it",
			  test_renamed),
		SYNC_TEST("an alternative name does as well as the first one", test_alternatives),
		SYNC_TEST("what an attempt depends on makes a change, and nothing else",
			  test_changed),
		SYNC_TEST("a link is asked where the list contradicts it, or may be too old",
			  test_doubt),
		SYNC_TEST("what is selected is watched, as far as there is a place", test_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
