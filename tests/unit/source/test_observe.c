// SPDX-License-Identifier: GPL-2.0-only
/* Which programs are followed, and when, on an observer that does what the test has it do. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>

#include <linux/if_link.h>

#include "plugin/hook/program.h"
#include "plugin/source/observe.h"
#include "plugin/source/observer.h"
#include "tests/unit/hook/fake_kernel.h"

#define FIREWALL 77
#define BALANCER 78
#define SECOND 1000000000ULL

static struct {
	unsigned int opened;
	unsigned int users[100]; /* by the id of the program */
	int open_error;
	int start_error;
	enum diagnose_observe_step step;
	int read_error;
	char log[1024];
} observer;

static char told[1024];
static struct source *source;
static struct interface interface;
static struct source_interface seen;
static char why[256];
static int counter_object;
static struct program program;

static void note(const char *format, unsigned int number)
{
	size_t used = strlen(observer.log);

	snprintf(observer.log + used, sizeof(observer.log) - used, format, number);
}

/* --- plugin/source/observer.h */

int observer_open(struct counter *counter, struct observer **ret_observer)
{
	assert_ptr_equal(counter, program.counter);
	if (observer.open_error)
		return observer.open_error;
	observer.opened++;
	*ret_observer = (struct observer *)&observer;
	return 0;
}

void observer_close(struct observer *closed)
{
	if (!closed)
		return;
	observer.opened--;
	memset(observer.users, 0, sizeof(observer.users));
}

int observer_start(struct observer *started, uint32_t program_id, struct observer_failure *failure)
{
	assert_ptr_equal(started, &observer);
	note("start %u; ", program_id);
	*failure = (struct observer_failure){.step = observer.step};
	if (observer.start_error)
		return observer.start_error;
	observer.users[program_id]++;
	return 0;
}

void observer_stop(struct observer *stopped, uint32_t program_id)
{
	assert_ptr_equal(stopped, &observer);
	assert_true(observer.users[program_id] > 0);
	note("stop %u; ", program_id);
	observer.users[program_id]--;
}

int observer_read(const struct observer *asked, unsigned int slot,
		  struct record_cell ret_verdicts[RECORD_VERDICTS])
{
	assert_ptr_equal(asked, &observer);
	for (unsigned int i = 0; i < RECORD_VERDICTS; i++)
		ret_verdicts[i] = (struct record_cell){slot, i};
	return observer.read_error;
}

/* --- the tests */

static void on_event(void *context, const struct event *event)
{
	(void)context;
	assert_int_equal(event->severity, EVENT_OKAY);
	snprintf(told, sizeof(told), "%s: %s", event->interface, event->text);
}

static const struct event_teller teller = {.tell = on_event};

static int set_up(void **state)
{
	const struct source_settings settings = {.slots = 4, .interval_ns = SECOND};

	(void)state;
	fake_kernel_reset();
	fake_kernel_name_program(FIREWALL, "firewall");
	fake_kernel_name_program(BALANCER, "balancer");
	memset(&observer, 0, sizeof(observer));
	observer.step = DIAGNOSE_OBSERVE_LOAD;
	told[0] = why[0] = '\0';
	interface = (struct interface){.index = 2, .name = "eth0"};
	interface.hook = (struct interface_hook){XDP_ATTACHED_DRV, FIREWALL};
	seen = (struct source_interface){&interface, 4, 1};
	program.counter = (struct counter *)&counter_object;
	assert_int_equal(observe_open(&settings, &source), 0);
	source->operations->begin(source, &program, &teller);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	source->operations->end(source);
	assert_int_equal(observer.opened, 0);
	source->operations->close(source);
	return 0;
}

static enum source_answer held(uint64_t seconds)
{
	why[0] = told[0] = observer.log[0] = '\0';
	return source->operations->hook_is_held(source, &seen, &teller, seconds * SECOND, why,
						sizeof(why));
}

static bool has_counted(void)
{
	struct record_cell cells[RECORD_VERDICTS];

	if (!source->operations->read(source, &seen, cells))
		return false;
	assert_int_equal(cells[RECORD_DROP].packets, 4);
	assert_int_equal(cells[RECORD_REDIRECT].bytes, RECORD_REDIRECT);
	return true;
}

static void test_follows(void **state)
{
	(void)state;
	assert_false(has_counted());
	assert_int_equal(held(1), SOURCE_COUNTS);
	assert_string_equal(told, "eth0: observing program firewall (id 77, tag "
				  "000000000000004d, native mode), which holds its XDP hook: "
				  "packets are counted there, by its verdict");
	assert_true(has_counted());
	/* It is, as long as that program holds it. */
	assert_int_equal(held(2), SOURCE_COUNTS);
	assert_string_equal(observer.log, "");
	assert_string_equal(told, "");
	/* The next program is begun with before the last one is left. */
	interface.hook.program_id = BALANCER;
	assert_int_equal(held(3), SOURCE_COUNTS);
	assert_string_equal(observer.log, "start 78; stop 77; ");
	assert_contains(told, "observing program balancer (id 78");
	assert_contains(told, " and has replaced program id 77: packets are counted there");
	observer.read_error = -EPERM;
	assert_false(has_counted());
	observer.read_error = 0;
	/* What was counted is read on, when it is over. */
	source->operations->hook_is_free(source, 4);
	assert_string_equal(observer.log, "start 78; stop 77; stop 78; ");
	assert_true(has_counted());
	source->operations->hook_is_free(source, 4);
	source->operations->slot_released(source, 4);
	assert_false(has_counted());
	assert_string_equal(observer.log, "start 78; stop 77; stop 78; ");
}

static void test_released(void **state)
{
	struct source_interface other = {&interface, 1, 2};

	(void)state;
	assert_int_equal(held(1), SOURCE_COUNTS);
	assert_int_equal(
		source->operations->hook_is_held(source, &other, &teller, SECOND, why, sizeof(why)),
		SOURCE_COUNTS);
	assert_int_equal(observer.users[FIREWALL], 2);
	source->operations->slot_released(source, 4);
	assert_int_equal(observer.users[FIREWALL], 1);
	assert_false(has_counted());
	assert_int_equal(observer.opened, 1);
	/* All of it is over with the program. */
	source->operations->end(source);
	assert_int_equal(observer.opened, 0);
	assert_int_equal(held(2), SOURCE_REFUSED);
	source->operations->begin(source, &program, &teller);
	assert_int_equal(held(3), SOURCE_COUNTS);
}

static void test_refused(void **state)
{
	static const unsigned int due[] = {2, 4, 8, 16};

	(void)state;
	observer.start_error = -EINVAL;
	observer.step = DIAGNOSE_OBSERVE_OFFLOADED;
	interface.hook.mode = XDP_ATTACHED_HW;
	assert_int_equal(held(1), SOURCE_REFUSED);
	assert_contains(why, "it runs on the network card");
	/* It is tried again ever more rarely, and logged once. */
	for (unsigned int second = 2, i = 0; second < 20; second++) {
		assert_int_equal(held(second), SOURCE_REFUSED);
		assert_string_equal(why, "");
		if (i < UNIT_LENGTH(due) && second == due[i]) {
			assert_string_equal(observer.log, "start 77; ");
			i++;
		} else {
			assert_string_equal(observer.log, "");
		}
	}
	/* Another cause is reported. */
	observer.start_error = -ENOMEM;
	assert_int_equal(held(100), SOURCE_REFUSED);
	assert_contains(why, "no memory to observe it");
	/* Another program is tried at once. */
	interface.hook.program_id = BALANCER;
	assert_int_equal(held(101), SOURCE_REFUSED);
	assert_string_equal(observer.log, "start 78; ");
	assert_contains(why, "no memory to observe it");
	assert_int_equal(held(102), SOURCE_REFUSED);
	assert_string_equal(observer.log, "start 78; ");
	observer.start_error = 0;
	assert_int_equal(held(200), SOURCE_COUNTS);
}

/* A program that knows a device, and runs in its driver all the same. */
static void test_bound(void **state)
{
	(void)state;
	observer.start_error = -EOPNOTSUPP;
	observer.step = DIAGNOSE_OBSERVE_OFFLOADED;
	assert_int_equal(held(1), SOURCE_REFUSED);
	assert_contains(why, "it is bound to a device");
}

/* The same for the interface in another slot. */
static enum source_answer other_held(uint64_t seconds)
{
	struct source_interface other = {&interface, 1, 2};

	why[0] = told[0] = observer.log[0] = '\0';
	return source->operations->hook_is_held(source, &other, &teller, seconds * SECOND, why,
						sizeof(why));
}

/*
 * Once a program is observed, what comes to any of its interfaces is counted: all of them begin at
 * the same step, so that no first report has the packets of a pause.
 */
static void test_one_pause(void **state)
{
	(void)state;
	observer.start_error = -EMFILE;
	assert_int_equal(held(1), SOURCE_REFUSED);
	assert_string_equal(observer.log, "start 77; ");
	/* The other interface waits as well, for the same reason. */
	assert_int_equal(other_held(1), SOURCE_REFUSED);
	assert_string_equal(observer.log, "");
	assert_contains(why, "no file descriptor");
	assert_int_equal(other_held(2), SOURCE_REFUSED);
	assert_string_equal(observer.log, "start 77; ");
	assert_int_equal(held(2), SOURCE_REFUSED);
	assert_string_equal(observer.log, "");
	observer.start_error = 0;
	for (uint64_t second = 3; second < 40; second++) {
		enum source_answer answer = held(second);

		assert_int_equal(other_held(second), answer);
		if (answer == SOURCE_COUNTS)
			return;
	}
	fail_msg("they are never tried again");
}

/* What the second one overcomes, the first one does not wait for. */
static void test_overcome(void **state)
{
	struct source_interface other = {&interface, 1, 2};

	(void)state;
	observer.start_error = -EMFILE;
	for (uint64_t second = 1; second < 60; second++)
		assert_int_equal(held(second), SOURCE_REFUSED);
	interface.hook.program_id = BALANCER;
	assert_int_equal(other_held(60), SOURCE_REFUSED);
	/* One program is let go of, the other one is known to be observed. */
	source->operations->slot_released(source, other.slot);
	interface.hook.program_id = FIREWALL;
	observer.start_error = 0;
	assert_int_equal(other_held(70), SOURCE_COUNTS);
	assert_int_equal(held(70), SOURCE_COUNTS);
	assert_int_equal(observer.users[FIREWALL], 2);
}

/* It was observed; what comes next cannot be. */
static void test_refused_next(void **state)
{
	(void)state;
	assert_int_equal(held(1), SOURCE_COUNTS);
	interface.hook.program_id = BALANCER;
	observer.start_error = -EPERM;
	assert_int_equal(held(2), SOURCE_REFUSED);
	assert_true(why[0] != '\0');
	assert_int_equal(observer.users[FIREWALL], 0);
	assert_true(has_counted());
	/* The first one is back. */
	interface.hook.program_id = FIREWALL;
	observer.start_error = 0;
	assert_int_equal(held(3), SOURCE_COUNTS);
	assert_lacks(told, "has replaced");
}

static void test_gone(void **state)
{
	(void)state;
	observer.start_error = -ENOENT;
	observer.step = DIAGNOSE_OBSERVE_ID;
	assert_int_equal(held(1), SOURCE_GONE);
	assert_string_equal(why, "");
	/* Of another step that is a refusal. */
	observer.step = DIAGNOSE_OBSERVE_BTF;
	assert_int_equal(held(2), SOURCE_REFUSED);
	assert_contains(why, "it has no BTF");
}

static void test_no_observer(void **state)
{
	(void)state;
	observer.open_error = -ENOMEM;
	assert_int_equal(held(1), SOURCE_REFUSED);
	assert_contains(why, "no memory to observe it");
	assert_string_equal(observer.log, "");
	observer.open_error = 0;
	assert_int_equal(held(5), SOURCE_COUNTS);
}

static void test_not_followed(void **state)
{
	(void)state;
	/* Several programs, or a neighbour's. */
	interface.hook.program_id = 0;
	assert_int_equal(held(1), SOURCE_REFUSED);
	assert_string_equal(why, "");
	/* A bond's ports run its native program, under indexes of their own. */
	interface.hook.program_id = FIREWALL;
	snprintf(interface.kind, sizeof(interface.kind), "bond");
	assert_int_equal(held(2), SOURCE_REFUSED);
	assert_string_equal(observer.log, "");
	interface.hook.mode = XDP_ATTACHED_SKB;
	assert_int_equal(held(3), SOURCE_COUNTS);
	assert_contains(told, "generic mode");
	/* The hook has more than one by now. */
	interface.hook.program_id = 0;
	assert_int_equal(held(4), SOURCE_REFUSED);
	assert_int_equal(observer.users[FIREWALL], 0);
}

/* The manual has these names. */
static void test_names(void **state)
{
	static const char *const names[RECORD_VERDICTS] = {
		[RECORD_ABORTED] = "verdict-aborted",	[RECORD_DROP] = "verdict-drop",
		[RECORD_PASS] = "verdict-pass",		[RECORD_TX] = "verdict-tx",
		[RECORD_REDIRECT] = "verdict-redirect",
	};

	(void)state;
	assert_int_equal(source->operations->cells, RECORD_VERDICTS);
	assert_int_equal(source->operations->series_count, RECORD_VERDICTS);
	for (unsigned int i = 0; i < RECORD_VERDICTS; i++) {
		const struct source_series *series = &source->operations->series[i];

		assert_string_equal(series->instance, names[series->cell]);
		assert_string_equal(series->packets_type, "if_rx_packets");
		assert_string_equal(series->octets_type, "if_rx_octets");
		assert_false(series->gauge);
	}
}

#define OBSERVE_TEST(sentence, function)                                                           \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = set_up,                 \
		.teardown_func = tear_down                                                         \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OBSERVE_TEST("who holds the hook is followed, from one to the next", test_follows),
		OBSERVE_TEST("slots are apart, and all ends with the program", test_released),
		OBSERVE_TEST("what cannot be observed is logged once, and tried again",
			     test_refused),
		OBSERVE_TEST("a program that is bound to a device is not on its card", test_bound),
		OBSERVE_TEST("interfaces of one program wait for the same attempt", test_one_pause),
		OBSERVE_TEST("no interface waits for what another has overcome", test_overcome),
		OBSERVE_TEST("what was observed ends when the next cannot be", test_refused_next),
		OBSERVE_TEST("a program that went meanwhile is no refusal", test_gone),
		OBSERVE_TEST("without an observer nothing is begun", test_no_observer),
		OBSERVE_TEST("a hook without one program, and a bond's ports, are not followed",
			     test_not_followed),
		OBSERVE_TEST("each verdict has its series", test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
