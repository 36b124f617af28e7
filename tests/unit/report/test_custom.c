// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps of a custom counter, in place of which stands a script of what each reading finds, and the
 * values that come of them.
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_collectd.h"
#include "tests/unit/report/values.h"

#include <errno.h>
#include <stdlib.h>

#include "plugin/custom/program.h"
#include "plugin/custom/walk.h"
#include "plugin/report/custom.h"
#include "tests/unit/fail_alloc.h"

#define KEYS 4
#define MAPS 2
#define INSTANCE "custom-counter-web"
#define PACKETS "if_rx_packets"
/* No report looks into it. */
#define PROGRAM ((const struct custom_program *)&scene)

/* One map: what its next reading finds. Its keys are numbers of 4 bytes. */
struct script {
	int open_error, continue_error, read_error;
	size_t count;
	uint32_t keys[KEYS];
	uint64_t values[KEYS];
	bool cut; /* the walk did not come to an end, and knows of no more keys either */
	bool more;
	bool other; /* the keys are in maps that were not read before */
	/* What came of it. */
	unsigned int opened, continued, closed, reads;
};

/* The keys of one map that were met, in that order. */
struct custom_walk {
	struct script *script;
	size_t members;
	struct custom_walk_entry *entries[KEYS];
	uint32_t keys[KEYS];
	size_t count;
};

static struct {
	struct script scripts[MAPS];
	struct map_block blocks[MAPS];
	struct counter_block settings;
	struct report_options options;
	/* The program, as far as reports ask for it. */
	struct custom_map maps[MAPS];
	uint32_t program_id;
	bool adopted;
	cdtime_t lookup; /* that passes before each lookup of a walk */
	struct report_dispatch dispatch;
	struct report_custom *report;
} scene;

/* --- in place of custom/program and custom/walk */

const struct custom_map *custom_program_maps(const struct custom_program *custom)
{
	assert_ptr_equal(custom, PROGRAM);
	return scene.program_id ? scene.maps : NULL;
}

uint32_t custom_program_id(const struct custom_program *custom)
{
	assert_ptr_equal(custom, PROGRAM);
	return scene.program_id;
}

bool custom_program_is_adopted(const struct custom_program *custom)
{
	assert_ptr_equal(custom, PROGRAM);
	return scene.adopted;
}

int custom_walk_open(int fd, const struct custom_btf_layout *layouts, size_t members,
		     unsigned int max_keys, struct custom_walk **ret_walk)
{
	struct custom_walk *walk;

	assert_int_equal(max_keys, KEYS);
	for (size_t i = 0; i < members; i++)
		assert_int_equal(layouts[i].key_size, sizeof(uint32_t));
	if (scene.scripts[fd].open_error)
		return scene.scripts[fd].open_error;
	walk = calloc(1, sizeof(*walk));
	assert_non_null(walk);
	walk->script = &scene.scripts[fd];
	walk->members = members;
	walk->script->opened++;
	*ret_walk = walk;
	return 0;
}

static void empty(struct custom_walk *walk)
{
	for (size_t i = 0; i < walk->count; i++)
		free(walk->entries[i]);
	walk->count = 0;
}

void custom_walk_close(struct custom_walk *walk)
{
	if (!walk)
		return;
	walk->script->closed++;
	empty(walk);
	free(walk);
}

static void show(struct custom_walk_entry *entry, size_t members, bool present)
{
	entry->present = present;
	for (size_t i = 0; !present && i < members; i++)
		entry->members[i].started = false;
}

int custom_walk_continue(struct custom_walk *walk, int fd, const struct custom_btf_layout *layouts)
{
	if (layouts->key_size != sizeof(uint32_t) || scene.scripts[fd].continue_error)
		return scene.scripts[fd].continue_error;
	walk->script->continued++;
	for (size_t i = 0; i < walk->count; i++)
		show(walk->entries[i], walk->members, false);
	return 0;
}

static struct custom_walk_entry *new_entry(struct custom_walk *walk, uint32_t key)
{
	struct custom_walk_entry *entry =
		calloc(1, sizeof(*entry) + walk->members * sizeof(entry->members[0]));

	assert_non_null(entry);
	assert_true(walk->count < KEYS);
	walk->keys[walk->count] = key;
	entry->key = (uint8_t *)&walk->keys[walk->count];
	entry->is_new = true;
	walk->entries[walk->count++] = entry;
	return entry;
}

/* The second member of a value is a hundred times its first one. */
static void read_key(struct custom_walk *walk, uint32_t key, uint64_t value)
{
	struct custom_walk_entry *entry = NULL;

	for (size_t i = 0; i < walk->count; i++) {
		if (walk->keys[i] == key)
			entry = walk->entries[i];
	}
	if (!entry)
		entry = new_entry(walk, key);
	entry->found = true;
	entry->is_other = walk->script->other;
	fake.now += scene.lookup;
	entry->time = fake.now;
	for (size_t i = 0; i < walk->members; i++, value *= 100)
		entry->members[i].value = value;
}

int custom_walk_read(struct custom_walk *walk, struct custom_walk_reading *ret_reading)
{
	struct script *script = walk->script;
	const cdtime_t begun = fake.now;

	if (script->read_error)
		return script->read_error;
	script->reads++;
	for (size_t i = 0; i < walk->count; i++) {
		walk->entries[i]->found = false;
		walk->entries[i]->is_new = false;
	}
	for (size_t i = 0; i < script->count; i++)
		read_key(walk, script->keys[i], script->values[i]);
	for (size_t i = 0; i < walk->count; i++)
		show(walk->entries[i], walk->members, walk->entries[i]->found);
	*ret_reading = (struct custom_walk_reading){.time = begun,
						    .count = walk->count,
						    .complete = !script->more && !script->cut,
						    .more = script->more};
	return 0;
}

struct custom_walk_entry *custom_walk_entry(const struct custom_walk *walk, size_t i)
{
	assert_true(i < walk->count);
	return walk->entries[i];
}

/* --- the scene */

static int set_up(void **state)
{
	fake_reset(state);
	memset(&scene, 0, sizeof(scene));
	for (int i = 0; i < MAPS; i++) {
		scene.maps[i].fd = i;
		scene.maps[i].layout.key_size = sizeof(uint32_t);
		scene.blocks[i] = (struct map_block){.form = KEY_FORM_DECIMAL, .max_keys = KEYS};
	}
	scene.blocks[0].name = (char *)"ports";
	scene.blocks[0].type = (char *)PACKETS;
	scene.blocks[0].prefix = (char *)"port";
	scene.blocks[1].name = (char *)"depths";
	scene.blocks[1].type = (char *)"gauge";
	scene.blocks[1].prefix = (char *)"";
	scene.settings = (struct counter_block){
		.name = (char *)"web", .maps = scene.blocks, .map_count = MAPS};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	report_custom_close(scene.report);
	report_dispatch_close(&scene.dispatch);
	for (size_t i = 0; i < MAPS; i++)
		assert_int_equal(scene.scripts[i].opened, scene.scripts[i].closed);
	return 0;
}

static void step(void)
{
	fake_forget_lists();
	report_custom_step(scene.report);
	report_dispatch_finish(&scene.dispatch);
	report_custom_begin(scene.report, fake.now);
}

/* A step an interval later; returns its time. */
static cdtime_t read_next(void)
{
	fake.now += fake.interval;
	step();
	return fake.now;
}

/* Opens, and loads the program at fake.now. Returns that time. */
static cdtime_t begin(void)
{
	assert_int_equal(report_custom_open(&scene.settings, &scene.options, PROGRAM,
					    &scene.dispatch, &scene.report),
			 0);
	scene.program_id = 7;
	step();
	assert_int_equal(fake.list_count, 0);
	return fake.now;
}

/* The next readings find one key more, or another value of one. */
static void count(size_t map, uint32_t key, uint64_t value)
{
	struct script *script = &scene.scripts[map];
	size_t i = 0;

	while (i < script->count && script->keys[i] != key)
		i++;
	assert_true(i < KEYS);
	script->keys[i] = key;
	script->values[i] = value;
	script->count += i == script->count;
}

static void assert_starts(const char *instance, cdtime_t zero, uint64_t value)
{
	values_assert_starts(INSTANCE, PACKETS, instance, zero, fake.now, value);
}

static void assert_goes_on(const char *instance, uint64_t value)
{
	values_assert_goes_on(INSTANCE, PACKETS, instance, fake.now, value);
}

/* The last line of the log, of so many. */
static void assert_told(size_t lines, int level, const char *text)
{
	assert_int_equal(fake.log_count, lines);
	assert_int_equal(fake.logs[lines - 1].level, level);
	assert_contains(fake.logs[lines - 1].text, text);
}

/* --- tests */

static void test_start(void **state)
{
	cdtime_t begun, before;

	(void)state;
	begun = begin();
	count(0, 22, 5);
	count(0, 80, 0);
	before = read_next();
	assert_starts("port-22", begun, 5);
	assert_int_equal(fake.list_count, 2);
	count(0, 22, 6);
	count(0, 80, 1);
	count(0, 443, 9);
	read_next();
	assert_goes_on("port-22", 6);
	assert_starts("port-80", before, 1);
	assert_starts("port-443", before, 9);
	count(0, 80, 0);
	read_next();
	assert_goes_on("port-80", 0);
}

/* A walk may take long: each value has its own time, and a zero that of the walk before. */
static void test_times(void **state)
{
	cdtime_t began, last;

	(void)state;
	began = begin();
	scene.lookup = fake.interval / 16;
	count(0, 22, 5);
	count(0, 80, 7);
	fake.now += fake.interval;
	last = fake.now;
	step();
	values_assert_starts(INSTANCE, PACKETS, "port-22", began, last + scene.lookup, 5);
	values_assert_starts(INSTANCE, PACKETS, "port-80", began, last + 2 * scene.lookup, 7);
	count(0, 443, 9);
	began = last;
	fake.now += fake.interval;
	last = fake.now;
	step();
	values_assert_starts(INSTANCE, PACKETS, "port-443", began, last + 3 * scene.lookup, 9);
}

static void test_early(void **state)
{
	cdtime_t begun = begin();

	(void)state;
	count(0, 22, 5);
	fake.now = begun + fake.interval / 2 - 1;
	step();
	assert_int_equal(fake.list_count, 0);
	fake.now = begun + fake.interval / 2;
	step();
	assert_starts("port-22", begun, 5);
}

/* Its zero belongs to the last reading that showed it was not there. */
static void test_key_while_reads_fail(void **state)
{
	cdtime_t before;

	(void)state;
	begin();
	count(0, 22, 5);
	before = read_next();
	scene.scripts[0].read_error = -ENOMEM;
	count(0, 80, 500);
	for (int i = 0; i < 5; i++)
		read_next();
	assert_int_equal(fake.list_count, 0);
	scene.scripts[0].read_error = 0;
	count(0, 80, 600);
	read_next();
	assert_starts("port-80", before, 600);
	assert_goes_on("port-22", 5);
}

static void test_first_reading_fails(void **state)
{
	cdtime_t begun = begin();

	(void)state;
	count(0, 22, 5);
	scene.scripts[0].open_error = -ENOMEM;
	read_next();
	scene.scripts[0].open_error = 0;
	scene.scripts[0].read_error = -ENOMEM;
	read_next();
	scene.scripts[0].read_error = 0;
	read_next();
	assert_starts("port-22", begun, 5);
}

static void test_maps_apart(void **state)
{
	(void)state;
	begin();
	count(1, 3, 12);
	scene.scripts[0].read_error = -EPERM;
	read_next();
	values_assert_gauge(INSTANCE, "gauge", "3", fake.now, 12);
	assert_int_equal(fake.list_count, 1);
	assert_told(1, LOG_ERR, "counter web: map ports cannot be read (errno 1, ");
}

/* What the map has from before this process has grown for longer than since it was loaded. */
static void test_adopted(void **state)
{
	cdtime_t first;

	(void)state;
	scene.adopted = true;
	count(0, 22, 5);
	count(0, 80, 0);
	begin();
	fake.now++;
	step();
	assert_goes_on("port-22", 5);
	assert_int_equal(fake.list_count, 1);
	first = fake.now;
	count(0, 80, 3);
	count(0, 443, 4);
	read_next();
	assert_starts("port-80", first, 3);
	assert_starts("port-443", first, 4);
}

static void test_beyond_max_keys(void **state)
{
	(void)state;
	begin();
	count(0, 22, 5);
	scene.scripts[0].cut = true;
	read_next();
	/* It may have been there for long. */
	count(0, 443, 700);
	read_next();
	assert_goes_on("port-443", 700);
	assert_int_equal(fake.log_count, 0);
	scene.scripts[0].more = true;
	read_next();
	assert_told(1, LOG_WARNING, "map ports has had more than 4 keys since collectd started");
	/* Once: what has no place among the first ones never gets one. */
	scene.scripts[0].more = false;
	read_next();
	scene.scripts[0].more = true;
	read_next();
	assert_int_equal(fake.log_count, 1);
}

/* Two blocks about one map are one walk, whose keys are the same, each with its own bound. */
static void test_one_walk(void **state)
{
	cdtime_t begun;

	(void)state;
	scene.blocks[1].name = scene.blocks[0].name;
	scene.blocks[1].prefix = (char *)"bytes";
	scene.blocks[1].type = (char *)PACKETS;
	scene.blocks[1].max_keys = 2;
	begun = begin();
	count(0, 22, 5);
	count(0, 80, 7);
	read_next();
	assert_starts("port-22", begun, 5);
	assert_starts("bytes-22", begun, 500);
	assert_starts("bytes-80", begun, 700);
	assert_int_equal(scene.scripts[0].opened, 1);
	assert_int_equal(scene.scripts[0].reads, 1);
	assert_int_equal(fake.log_count, 0);
	begun = fake.now;
	count(0, 443, 9);
	read_next();
	assert_starts("port-443", begun, 9);
	assert_goes_on("bytes-22", 500);
	assert_int_equal(values_count(INSTANCE, PACKETS, "bytes-443"), 0);
	assert_told(1, LOG_WARNING, "map ports has had more than 2 keys");
	read_next();
	scene.scripts[0].read_error = -EPERM;
	read_next();
	assert_int_equal(fake.list_count, 0);
	assert_told(2, LOG_ERR, "map ports cannot be read");
	scene.scripts[0].read_error = 0;
	scene.scripts[0].more = true;
	read_next();
	assert_int_equal(fake.log_count, 4);
	assert_contains(fake.logs[3].text, "map ports has had more than 4 keys");
}

/* What is so of all blocks about a map is said once. */
static void test_told_for_all(void **state)
{
	(void)state;
	scene.blocks[1].name = scene.blocks[0].name;
	begin();
	count(0, 22, 5);
	scene.scripts[0].more = true;
	read_next();
	read_next();
	assert_told(1, LOG_WARNING, "map ports has had more than 4 keys");
}

/* What was counted in an inner map before it was seen has grown for longer than since a reading. */
static void test_other_map(void **state)
{
	cdtime_t before;

	(void)state;
	begin();
	count(0, 22, 5);
	read_next();
	scene.scripts[0].other = true;
	count(0, 80, 700);
	before = read_next();
	assert_goes_on("port-80", 700);
	scene.scripts[0].other = false;
	count(0, 443, 9);
	read_next();
	assert_starts("port-443", before, 9);
}

/* A block whose map is not there, or not as it wants it, leaves the others alone. */
static void test_missing_map(void **state)
{
	cdtime_t begun;

	(void)state;
	scene.blocks[1].name = scene.blocks[0].name;
	scene.blocks[1].prefix = (char *)"bytes";
	scene.blocks[1].type = (char *)PACKETS;
	scene.maps[0].fd = -1;
	scene.maps[1].fd = 0;
	begun = begin();
	count(0, 22, 5);
	read_next();
	assert_starts("bytes-22", begun, 500);
	assert_int_equal(values_count(INSTANCE, PACKETS, "port-22"), 0);
	scene.maps[1].fd = -1;
	read_next();
	assert_int_equal(fake.list_count, 0);
	assert_int_equal(fake.log_count, 0);
}

/* A key that went ends, and starts with a zero when it is back. */
static void test_key_comes_back(void **state)
{
	cdtime_t before;

	(void)state;
	begin();
	count(0, 22, 5);
	read_next();
	scene.scripts[0].count = 0;
	scene.scripts[0].cut = true;
	before = read_next();
	assert_int_equal(fake.list_count, 0);
	count(0, 22, 3);
	read_next();
	assert_starts("port-22", before, 3);
}

static void test_told_once(void **state)
{
	(void)state;
	begin();
	scene.scripts[0].read_error = -ENOMEM;
	read_next();
	read_next();
	assert_told(1, LOG_ERR,
		    "xdp plugin: counter web: map ports cannot be read (errno 12, Cannot allocate "
		    "memory): no values of it until it can; the counter goes on.");
	assert_string_equal(fake.notifications[0].plugin_instance, INSTANCE);
	scene.scripts[0].read_error = -EPERM;
	read_next();
	assert_told(2, LOG_ERR, "errno 1, ");
	scene.scripts[0].read_error = 0;
	read_next();
	read_next();
	assert_told(3, LOG_INFO, "map ports can be read again");
}

static void test_inactive(void **state)
{
	cdtime_t begun;

	(void)state;
	scene.options.inactive = true;
	count(0, 22, 0);
	count(1, 3, 0);
	begun = begin();
	read_next();
	assert_starts("port-22", begun, 0);
	values_assert_gauge(INSTANCE, "gauge", "3", fake.now, 0);
}

static void test_gauges(void **state)
{
	(void)state;
	count(1, 3, 0);
	count(1, 4, (uint64_t)-5);
	begin();
	read_next();
	values_assert_gauge(INSTANCE, "gauge", "4", fake.now, 18446744073709551611.0);
	assert_int_equal(fake.list_count, 1);
	scene.maps[1].layout.is_signed = true;
	count(1, 3, 1);
	read_next();
	values_assert_gauge(INSTANCE, "gauge", "4", fake.now, -5);
	values_assert_gauge(INSTANCE, "gauge", "3", fake.now, 1);
	count(1, 3, 0);
	read_next();
	values_assert_gauge(INSTANCE, "gauge", "3", fake.now, 0);
}

/* Its maps are others, and begin at 0. */
static void test_another_program(void **state)
{
	cdtime_t begun;

	(void)state;
	begin();
	count(0, 22, 5);
	scene.scripts[0].more = true;
	read_next();
	scene.program_id = 0;
	read_next();
	assert_int_equal(fake.list_count, 0);
	scene.program_id = 8;
	scene.scripts[0].more = false;
	begun = read_next();
	assert_int_equal(fake.list_count, 0);
	count(0, 22, 2);
	read_next();
	assert_starts("port-22", begun, 2);
	assert_int_equal(scene.scripts[0].opened, 1);
	assert_int_equal(scene.scripts[0].continued, 1);
	/* The same series go on, within the same bound. */
	assert_int_equal(fake.log_count, 1);
	/* Keys of another length are others. */
	scene.program_id = 9;
	scene.scripts[0].continue_error = -EINVAL;
	begun = read_next();
	read_next();
	assert_starts("port-22", begun, 2);
	assert_int_equal(scene.scripts[0].opened, 2);
	assert_int_equal(scene.scripts[0].closed, 1);
}

static void test_views(void **state)
{
	struct view view = {
		.name = "eth0", .time = fake.now, .attached = true, .mode = XDP_LINK_NATIVE};

	(void)state;
	begin();
	report_custom_view(scene.report, &view);
	values_assert_gauge(INSTANCE, "gauge", "attached-eth0", fake.now, 1);
	values_assert_gauge(INSTANCE, "gauge", "native-eth0", fake.now, 1);
	assert_int_equal(fake.list_count, 2);
	fake_forget_lists();
	view.mode = XDP_LINK_GENERIC;
	report_custom_view(scene.report, &view);
	values_assert_gauge(INSTANCE, "gauge", "native-eth0", fake.now, 0);
	fake_forget_lists();
	view.attached = false;
	report_custom_view(scene.report, &view);
	values_assert_gauge(INSTANCE, "gauge", "attached-eth0", fake.now, 0);
	assert_int_equal(fake.list_count, 1);
}

/* Of collectd's types.db: the type, and what is said of it; NULL: it is taken. */
static const char *const types_db[][2] = {
	{"if_rx_packets", NULL},
	{"gauge", NULL},
	{"no_such_type", "counter web: map ports: Type \"no_such_type\" is not in types.db"},
	{"if_packets", "Type \"if_packets\" has more than one value"},
	{"absolute", "Type \"absolute\" is ABSOLUTE"},
	{"counter",
	 "Type \"counter\" is COUNTER, which takes a count that restarts for an overflow"},
};

static void test_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(types_db); i++) {
		fake_reset(NULL);
		scene.blocks[0].type = (char *)types_db[i][0];
		assert_int_equal(report_custom_check(&scene.settings), !types_db[i][1]);
		assert_int_equal(fake.log_count, types_db[i][1] ? 1 : 0);
		if (types_db[i][1])
			assert_contains(fake.logs[0].text, types_db[i][1]);
	}
	/* Each of them is reported. */
	fake_reset(NULL);
	scene.blocks[0].type = scene.blocks[1].type = (char *)"no_such_type";
	assert_false(report_custom_check(&scene.settings));
	assert_int_equal(fake.log_count, 2);
}

static void test_no_memory(void **state)
{
	unsigned int failed = 0;

	(void)state;
	for (unsigned int n = 1;; n++) {
		int err;

		fail_alloc(n);
		err = report_custom_open(&scene.settings, &scene.options, PROGRAM, &scene.dispatch,
					 &scene.report);
		if (!fail_alloc_happened()) {
			assert_int_equal(err, 0);
			break;
		}
		assert_int_equal(err, -ENOMEM);
		assert_null(scene.report);
		failed++;
	}
	assert_int_equal(failed, 3);
	report_custom_close(NULL);
}

// clang-format off
#define CUSTOM_TEST(sentence, function) {(sentence), (function), set_up, tear_down, NULL}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		CUSTOM_TEST("a key starts with a zero at the reading before, and goes on",
			    test_start),
		CUSTOM_TEST("a key of a map that was not read before has no zero", test_other_map),
		CUSTOM_TEST("without a map a block has no values, and others go on",
			    test_missing_map),
		CUSTOM_TEST("a value has the time of its own lookup, its zero that of a whole walk",
			    test_times),
		CUSTOM_TEST("a first reading within half an interval is too early", test_early),
		CUSTOM_TEST("a key that appears while reads fail has its zero at the last that did "
			    "not",
			    test_key_while_reads_fail),
		CUSTOM_TEST("a map that cannot be read at first has its zeros where it was loaded",
			    test_first_reading_fails),
		CUSTOM_TEST("a map that cannot be read hurts no other", test_maps_apart),
		CUSTOM_TEST("counts that were there before have no zero, and need not wait",
			    test_adopted),
		CUSTOM_TEST(
			"a key that a walk did not come to may have counted before, and the log "
			"says once that there are more keys than MaxKeys",
			test_beyond_max_keys),
		CUSTOM_TEST("two blocks about one map are one walk", test_one_walk),
		CUSTOM_TEST("the log says once what is true of all blocks about a map",
			    test_told_for_all),
		CUSTOM_TEST("a key that comes back starts with a zero", test_key_comes_back),
		CUSTOM_TEST("a failure is logged once, and once when it is over", test_told_once),
		CUSTOM_TEST("ReportInactive gives keys that were never but 0", test_inactive),
		CUSTOM_TEST("a gauge has no zero before it, and its sign", test_gauges),
		CUSTOM_TEST("the maps of another program start again", test_another_program),
		CUSTOM_TEST("attached and native are gauges with the interface in their names",
			    test_views),
		CUSTOM_TEST("a type is of one value, and no reset of it is a spike", test_types),
		CUSTOM_TEST("without memory it does not open, and leaks nothing", test_no_memory),
	};

	return cmocka_run_group_tests_name("report/custom", tests, NULL, NULL);
}
