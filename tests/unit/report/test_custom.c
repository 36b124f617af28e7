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
	int open_error, read_error;
	size_t count;
	uint32_t keys[KEYS];
	uint64_t values[KEYS];
	bool cut; /* the walk did not come to an end, and knows of no more keys either */
	bool more;
	/* What came of it. */
	unsigned int opened, closed;
};

/* The entries of one map, those of the last reading and of this one. */
struct custom_walk {
	struct script *script;
	struct custom_walk_entry *entries[KEYS];
	size_t count;
};

static struct {
	struct script scripts[MAPS];
	struct map_block blocks[MAPS];
	struct counter_block settings;
	struct report_options options;
	/* The program, as far as reports ask for it. */
	struct custom_program_map maps[MAPS];
	uint32_t program_id;
	bool adopted;
	struct report_dispatch dispatch;
	struct report_custom *report;
} scene;

/* --- in place of custom/program and custom/walk */

const struct custom_program_map *custom_program_maps(const struct custom_program *custom)
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

int custom_walk_open(int fd, const struct custom_btf_layout *layout, unsigned int max_keys,
		     struct custom_walk **ret_walk)
{
	struct custom_walk *walk;

	assert_int_equal(max_keys, KEYS);
	assert_int_equal(layout->key_size, sizeof(uint32_t));
	if (scene.scripts[fd].open_error)
		return scene.scripts[fd].open_error;
	walk = calloc(1, sizeof(*walk));
	assert_non_null(walk);
	walk->script = &scene.scripts[fd];
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

static const struct custom_walk_entry *known_entry(const struct custom_walk *walk, uint32_t key)
{
	for (size_t i = 0; i < walk->count; i++) {
		if (memcmp(walk->entries[i]->key, &key, sizeof(key)) == 0)
			return walk->entries[i];
	}
	return NULL;
}

int custom_walk_read(struct custom_walk *walk, struct custom_walk_reading *ret_reading)
{
	const struct script *script = walk->script;
	struct custom_walk next = {.script = walk->script};

	if (script->read_error)
		return script->read_error;
	for (size_t i = 0; i < script->count; i++) {
		const struct custom_walk_entry *known = known_entry(walk, script->keys[i]);
		struct custom_walk_entry *entry =
			calloc(1, sizeof(*entry) + sizeof(script->keys[i]));

		assert_non_null(entry);
		entry->value = script->values[i];
		entry->is_new = !known;
		entry->started = known && known->started;
		memcpy(entry->key, &script->keys[i], sizeof(script->keys[i]));
		next.entries[next.count++] = entry;
	}
	empty(walk);
	*walk = next;
	*ret_reading = (struct custom_walk_reading){script->count, !script->more && !script->cut,
						    script->more};
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
	report_custom_step(scene.report, fake.now);
	report_dispatch_finish(&scene.dispatch);
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
	cdtime_t before;

	(void)state;
	begin();
	count(0, 22, 5);
	scene.scripts[0].more = true;
	before = read_next();
	assert_told(1, LOG_WARNING, "map ports has more than 4 keys");
	count(0, 80, 0);
	count(0, 443, 700);
	read_next();
	/* It may have been there for long. */
	assert_goes_on("port-443", 700);
	assert_int_equal(values_count(INSTANCE, PACKETS, "port-80"), 0);
	scene.scripts[0].more = false;
	before = fake.now;
	count(0, 80, 1);
	read_next();
	assert_starts("port-80", before, 1);
	assert_told(2, LOG_INFO, "map ports has no more than 4 keys");
	before = fake.now;
	count(0, 8080, 2);
	read_next();
	assert_starts("port-8080", before, 2);
}

/* A walk that is kept from its end knows neither, and what comes next may have been there. */
static void test_cut_walk(void **state)
{
	(void)state;
	begin();
	count(0, 22, 5);
	scene.scripts[0].cut = true;
	read_next();
	count(0, 80, 6);
	read_next();
	assert_goes_on("port-80", 6);
	assert_int_equal(fake.log_count, 0);
	scene.scripts[0].more = true;
	read_next();
	assert_told(1, LOG_WARNING, "more than 4 keys");
	scene.scripts[0].more = false;
	read_next();
	assert_int_equal(fake.log_count, 1);
	scene.scripts[0].cut = false;
	read_next();
	assert_told(2, LOG_INFO, "no more than 4 keys");
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
	assert_int_equal(scene.scripts[0].closed, 1);
	count(0, 22, 2);
	read_next();
	assert_starts("port-22", begun, 2);
	assert_int_equal(scene.scripts[0].opened, 2);
}

static void test_views(void **state)
{
	struct view view = {.name = "eth0", .attached = true, .mode = XDP_LINK_NATIVE};

	(void)state;
	begin();
	report_custom_view(scene.report, &view, fake.now);
	values_assert_gauge(INSTANCE, "gauge", "attached-eth0", fake.now, 1);
	values_assert_gauge(INSTANCE, "gauge", "native-eth0", fake.now, 1);
	assert_int_equal(fake.list_count, 2);
	fake_forget_lists();
	view.mode = XDP_LINK_GENERIC;
	report_custom_view(scene.report, &view, fake.now);
	values_assert_gauge(INSTANCE, "gauge", "native-eth0", fake.now, 0);
	fake_forget_lists();
	view.attached = false;
	report_custom_view(scene.report, &view, fake.now);
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
	/* Each of them is told. */
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
	assert_int_equal(failed, 2);
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
		CUSTOM_TEST("a first reading within half an interval is too early", test_early),
		CUSTOM_TEST("a key that appears while reads fail has its zero at the last that did "
			    "not",
			    test_key_while_reads_fail),
		CUSTOM_TEST("a map that cannot be read at first has its zeros where it was loaded",
			    test_first_reading_fails),
		CUSTOM_TEST("a map that cannot be read hurts no other", test_maps_apart),
		CUSTOM_TEST("counts that were there before have no zero, and need not wait",
			    test_adopted),
		CUSTOM_TEST("a key from beyond MaxKeys has no zero, and both changes are told",
			    test_beyond_max_keys),
		CUSTOM_TEST("a walk without an end says nothing of more keys", test_cut_walk),
		CUSTOM_TEST("a failure is told once, and once when it is over", test_told_once),
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
