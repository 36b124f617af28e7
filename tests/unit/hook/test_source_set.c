// SPDX-License-Identifier: GPL-2.0-only
/* Several sources, some of which have no operation but read(). */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>

#include "plugin/hook/source_set.h"
#include "plugin/hook/view.h"
#include "tests/unit/fail_alloc.h"

struct fake_source {
	struct source source;
	const char *name;
	enum source_answer answer;
	const char *reason;
	bool has_counted;
};

static char calls[512];
static struct fake_source fakes[3];
static struct source *list[3];
static struct source_set set;

static void note(struct source *source, const char *what)
{
	size_t used = strlen(calls);

	snprintf(calls + used, sizeof(calls) - used, "%s %s; ",
		 ((struct fake_source *)source)->name, what);
}

static void begin(struct source *source, const struct program *program,
		  const struct event_teller *teller)
{
	(void)program;
	(void)teller;
	note(source, "begin");
}

static void end(struct source *source)
{
	note(source, "end");
}

static void step(struct source *source, const struct event_teller *teller, uint64_t now)
{
	(void)teller;
	assert_int_equal(now, 5);
	note(source, "step");
}

static void taken(struct source *source, const struct source_interface *interface)
{
	assert_int_equal(interface->slot, 3);
	note(source, "taken");
}

static void released(struct source *source, unsigned int slot)
{
	assert_int_equal(slot, 3);
	note(source, "released");
}

static void is_free(struct source *source, unsigned int slot)
{
	assert_int_equal(slot, 3);
	note(source, "free");
}

static enum source_answer is_held(struct source *source, const struct source_interface *interface,
				  const struct event_teller *teller, uint64_t now, char *why,
				  size_t size)
{
	const struct fake_source *fake = (struct fake_source *)source;

	(void)interface;
	(void)teller;
	(void)now;
	assert_string_equal(why, "");
	note(source, "held");
	if (fake->reason)
		snprintf(why, size, "%s", fake->reason);
	return fake->answer;
}

static bool read_cells(struct source *source, const struct source_interface *interface,
		       struct record_cell *ret_cells)
{
	const struct fake_source *fake = (struct fake_source *)source;

	for (unsigned int i = 0; i < source->operations->cells; i++)
		ret_cells[i] = (struct record_cell){interface->slot, (uint64_t)fake->name[0]};
	return fake->has_counted;
}

static const struct source_operations all = {
	.cells = 2,
	.begin = begin,
	.end = end,
	.step = step,
	.slot_taken = taken,
	.slot_released = released,
	.hook_is_held = is_held,
	.hook_is_free = is_free,
	.read = read_cells,
};
static const struct source_operations anywhere = {.cells = 2, .anywhere = true, .read = read_cells};
static const struct source_operations nothing = {.cells = 1};

static int set_up(void **state)
{
	static const char *const names[] = {"a", "b", "c"};

	(void)state;
	calls[0] = '\0';
	memset(fakes, 0, sizeof(fakes));
	for (int i = 0; i < 3; i++) {
		fakes[i].name = names[i];
		fakes[i].source.operations = i == 1 ? &nothing : &all;
		fakes[i].answer = SOURCE_REFUSED;
		list[i] = &fakes[i].source;
	}
	set = (struct source_set){list, 3};
	return 0;
}

static void test_told(void **state)
{
	const struct source_interface interface = {.slot = 3};

	(void)state;
	source_set_begin(&set, NULL, NULL);
	source_set_slot_taken(&set, &interface);
	source_set_step(&set, NULL, 5);
	source_set_hook_is_free(&set, 3);
	source_set_slot_released(&set, 3);
	source_set_end(&set);
	assert_string_equal(calls, "a begin; c begin; a taken; c taken; a step; c step; a free; c "
				   "free; a released; c released; a end; c end; ");
}

static enum source_answer ask(char *why, size_t size)
{
	const struct source_interface interface = {.slot = 3};

	calls[0] = '\0';
	return source_set_hook_is_held(&set, &interface, NULL, 5, why, size);
}

static void test_held(void **state)
{
	char why[64] = "left over";

	(void)state;
	assert_int_equal(ask(why, sizeof(why)), SOURCE_REFUSED);
	assert_string_equal(why, "");
	assert_string_equal(calls, "a held; c held; ");
	/* The first reason is reported. */
	fakes[0].reason = "it has no BTF";
	fakes[2].reason = "another";
	assert_int_equal(ask(why, sizeof(why)), SOURCE_REFUSED);
	assert_string_equal(why, "it has no BTF");
	fakes[0].reason = NULL;
	assert_int_equal(ask(why, sizeof(why)), SOURCE_REFUSED);
	assert_string_equal(why, "another");
	/* One that counts is enough. */
	fakes[2].answer = SOURCE_COUNTS;
	assert_int_equal(ask(why, sizeof(why)), SOURCE_COUNTS);
	fakes[0].answer = SOURCE_GONE;
	assert_int_equal(ask(why, sizeof(why)), SOURCE_GONE);
	assert_string_equal(calls, "a held; ");
	set.count = 0;
	assert_int_equal(ask(why, sizeof(why)), SOURCE_REFUSED);
	assert_string_equal(why, "");
}

static void test_read(void **state)
{
	const struct source_interface interface = {.slot = 3};
	struct source_views views = {0};

	(void)state;
	assert_int_equal(source_views_open(&set, &views), 0);
	fakes[2].has_counted = true;
	source_views_read(&set, &interface, true, &views);
	assert_null(views.list[0].cells);
	assert_null(views.list[1].cells);
	assert_ptr_equal(views.list[2].source, list[2]);
	assert_int_equal(views.list[2].cells[0].packets, 3);
	assert_int_equal(views.list[2].cells[1].bytes, 'c');
	/* Each has cells of its own. */
	fakes[0].has_counted = true;
	source_views_read(&set, &interface, true, &views);
	assert_int_equal(views.list[0].cells[1].bytes, 'a');
	assert_int_equal(views.list[2].cells[0].bytes, 'c');
	assert_int_equal(views.list[2].cells - views.list[0].cells, 3);
	/* Where nothing is counted, those that count anywhere are read. */
	fakes[2].source.operations = &anywhere;
	source_views_read(&set, &interface, false, &views);
	assert_null(views.list[0].cells);
	assert_int_equal(views.list[2].cells[0].packets, 3);
	source_views_read(&set, NULL, true, &views);
	assert_null(views.list[0].cells);
	assert_null(views.list[2].cells);
	source_views_close(&views);
	source_views_close(&views);
}

static void test_memory(void **state)
{
	struct source_views views = {0};

	(void)state;
	for (unsigned int i = 1; i <= 2; i++) {
		fail_alloc(i);
		assert_int_equal(source_views_open(&set, &views), -ENOMEM);
		assert_true(fail_alloc_happened());
		assert_null(views.list);
	}
	/* None take no memory. */
	set.count = 0;
	fail_alloc(1);
	assert_int_equal(source_views_open(&set, &views), 0);
	assert_false(fail_alloc_happened());
	source_views_read(&set, NULL, true, &views);
	source_views_close(&views);
}

#define SET_TEST(sentence, function)                                                               \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = set_up                  \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SET_TEST("those that have an operation are called, in their order", test_told),
		SET_TEST("one that counts is enough, and the first reason is reported", test_held),
		SET_TEST("each fills cells of its own, where it has counted", test_read),
		SET_TEST("without memory nothing is opened", test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
