// SPDX-License-Identifier: GPL-2.0-only
/*
 * The states of maps of others: pins and programs that come, go and are replaced, as a test makes
 * them in place of the kernel; what is reported of each, once; which descriptors stay open.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "plugin/foreign/layout.h"
#include "plugin/foreign/maps.h"
#include "plugin/foreign/pinned.h"
#include "plugin/foreign/programs.h"
#include "tests/unit/fail_alloc.h"

#define MAPS 2
#define TOLD 8

/* A map is open as 1000 and its id. */
#define FD 1000

static struct {
	int pin_error, id_error, layout_error, find_error, name_error;
	uint32_t ids[MAPS]; /* of the maps that have the names, in their order */
	bool calls;
	bool fail_first; /* of two openings of a pin */
	unsigned int finds, opened, closed, pins;
	struct map_block blocks[MAPS];
	struct maps_block settings;
	struct foreign_maps *maps;
	/* What was reported. */
	enum event_severity severities[TOLD];
	char texts[TOLD][512];
	size_t told;
} world;

static uint32_t id_of(const char *name)
{
	return world.ids[strcmp(name, world.blocks[0].name) != 0];
}

int foreign_pinned_open(const char *pin, const char *name, int *ret_fd, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", pin, name);
	if (world.pin_error)
		return world.pin_error;
	if (world.fail_first && ++world.pins % 2)
		return -ENOENT;
	world.opened++;
	*ret_fd = FD + (int)id_of(name);
	return 0;
}

int bpf_map_get_fd_by_id_opts(__u32 id, const struct bpf_get_fd_by_id_opts *options)
{
	assert_int_equal(options->open_flags, BPF_F_RDONLY);
	errno = -world.id_error;
	if (world.id_error)
		return -1;
	world.opened++;
	return FD + (int)id;
}

int bpf_obj_get_info_by_fd(int fd, void *info, __u32 *length)
{
	(void)length;
	((struct bpf_map_info *)info)->id = (uint32_t)(fd - FD);
	return 0;
}

int close(int fd)
{
	assert_true(fd >= FD);
	world.closed++;
	return 0;
}

int foreign_layout_find(struct foreign_layout_file *file, int fd, const struct map_block *block,
			struct custom_btf_layout *ret_layout, char *text, size_t size)
{
	(void)file;
	(void)fd;
	snprintf(text, size, "%s%s", world.layout_error == -EINVAL ? "no count in " : "",
		 world.layout_error == -EINVAL ? block->name : "");
	if (!world.layout_error)
		*ret_layout = (struct custom_btf_layout){.key_size = 4};
	return world.layout_error;
}

void foreign_layout_clear(struct foreign_layout_file *file)
{
	(void)file;
}

int foreign_programs_find(uint32_t hook_program, struct foreign_programs *ret_programs)
{
	assert_true(hook_program != 0);
	world.finds++;
	*ret_programs = (struct foreign_programs){.calls = world.calls};
	return world.find_error;
}

int foreign_programs_map(const struct foreign_programs *programs, const char *name,
			 const char *program, uint32_t *ret_id)
{
	(void)programs;
	(void)program;
	*ret_id = id_of(name);
	return world.name_error;
}

void foreign_programs_names(const struct foreign_programs *programs, const char *map, char *list,
			    size_t size)
{
	(void)programs;
	snprintf(list, size, "%s", map ? "one, other" : "one");
}

void foreign_programs_map_names(const struct foreign_programs *programs, const char *program,
				char *list, size_t size)
{
	(void)programs;
	(void)program;
	snprintf(list, size, "some");
}

static void on_event(void *context, const struct event *event)
{
	(void)context;
	assert_true(world.told < TOLD);
	world.severities[world.told] = event->severity;
	snprintf(world.texts[world.told++], sizeof(world.texts[0]), "%s", event->text);
}

static int set_up(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.blocks[0].name = (char *)"a";
	world.blocks[1].name = (char *)"b";
	world.ids[0] = 1;
	world.ids[1] = 2;
	world.settings = (struct maps_block){.name = (char *)"theirs",
					     .pin = (char *)"/sys/fs/bpf/x",
					     .maps = world.blocks,
					     .map_count = MAPS};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	foreign_maps_close(world.maps);
	assert_int_equal(world.opened, world.closed);
	return 0;
}

static void begin(void)
{
	const struct event_teller teller = {NULL, on_event};

	assert_int_equal(foreign_maps_open(&world.settings, &teller, &world.maps), 0);
}

static void step_pins(void)
{
	world.told = 0;
	foreign_maps_step(world.maps, NULL);
}

static void step_hook(uint32_t program_id)
{
	const struct foreign_hook hook = {.program_id = program_id};

	world.told = 0;
	foreign_maps_step(world.maps, &hook);
}

static bool is_read(size_t i)
{
	return foreign_maps_list(world.maps)[i].fd >= 0;
}

static void assert_told(size_t i, enum event_severity severity, const char *text)
{
	assert_true(i < world.told);
	assert_contains(world.texts[i], text);
	assert_int_equal(world.severities[i], severity);
}

static void test_pins(void **state)
{
	(void)state;
	begin();
	assert_false(is_read(0));
	assert_int_equal(foreign_maps_generation(world.maps, 0), 0);
	step_pins();
	assert_int_equal(world.told, 2);
	assert_told(0, EVENT_NEWS, "map a is read (id 1)");
	assert_true(is_read(0) && is_read(1));
	for (int i = 0; i < 3; i++) {
		step_pins();
		assert_int_equal(world.told, 0);
	}
	assert_int_equal(world.opened - world.closed, 2);
}

static void test_replaced(void **state)
{
	uint64_t before, other;

	(void)state;
	begin();
	step_pins();
	before = foreign_maps_generation(world.maps, 0);
	other = foreign_maps_generation(world.maps, 1);
	world.ids[0] = 7;
	step_pins();
	assert_int_equal(world.told, 1);
	assert_told(0, EVENT_NEWS, "map a is another one now (id 7)");
	assert_int_equal(foreign_maps_list(world.maps)[0].fd, FD + 7);
	assert_true(foreign_maps_generation(world.maps, 0) != before);
	assert_true(foreign_maps_generation(world.maps, 1) == other);
	assert_int_equal(world.opened - world.closed, 2);
}

static void test_gone_and_back(void **state)
{
	(void)state;
	begin();
	step_pins();
	world.pin_error = -ENOENT;
	step_pins();
	assert_int_equal(world.told, 2);
	assert_told(1, EVENT_FAILURE, "nothing is pinned at /sys/fs/bpf/x/b");
	assert_false(is_read(0) || is_read(1));
	step_pins();
	assert_int_equal(world.told, 0);
	world.pin_error = -EMEDIUMTYPE;
	step_pins();
	assert_told(0, EVENT_FAILURE, "is not a map");
	world.pin_error = 0;
	world.layout_error = -EINVAL;
	step_pins();
	assert_told(0, EVENT_FAILURE, "no count in a");
	step_pins();
	assert_int_equal(world.told, 0);
	world.layout_error = 0;
	step_pins();
	assert_int_equal(world.told, 2);
	assert_told(0, EVENT_OKAY, "map a is read (id 1)");
}

/* Another map of the same place that cannot be read ends the values of the one before. */
static void test_other_layout(void **state)
{
	(void)state;
	begin();
	step_pins();
	world.ids[0] = 7;
	world.layout_error = -EINVAL;
	step_pins();
	assert_int_equal(world.told, 1);
	assert_false(is_read(0));
	assert_true(is_read(1));
}

/* For want of memory or descriptors nothing that is read ends. */
static void test_transient(void **state)
{
	(void)state;
	begin();
	world.pin_error = -EMFILE;
	step_pins();
	assert_told(0, EVENT_FAILURE, "errno 24");
	world.pin_error = 0;
	step_pins();
	world.pin_error = -ENOMEM;
	step_pins();
	assert_int_equal(world.told, 0);
	assert_true(is_read(0) && is_read(1));
	world.pin_error = 0;
	world.ids[0] = 7;
	world.layout_error = -ENOMEM;
	step_pins();
	assert_int_equal(world.told, 0);
	assert_int_equal(foreign_maps_list(world.maps)[0].fd, FD + 1);
}

/* What is wrong with a map that two blocks are about is logged once. */
static void test_same_map(void **state)
{
	(void)state;
	world.blocks[1].name = world.blocks[0].name;
	begin();
	step_pins();
	assert_int_equal(world.told, 1);
	world.pin_error = -ENOENT;
	step_pins();
	assert_int_equal(world.told, 1);
	world.pin_error = 0;
	step_pins();
	assert_int_equal(world.told, 1);
	assert_told(0, EVENT_OKAY, "map a is read");
	assert_true(is_read(0) && is_read(1));
}

/* The block that read the map for both may be the one that loses it. */
static void test_same_map_apart(void **state)
{
	uint64_t before;

	(void)state;
	world.blocks[1].name = world.blocks[0].name;
	begin();
	step_pins();
	before = foreign_maps_generation(world.maps, 1);
	world.fail_first = true;
	step_pins();
	assert_false(is_read(0));
	assert_true(is_read(1));
	assert_true(foreign_maps_generation(world.maps, 1) != before);
	before = foreign_maps_generation(world.maps, 1);
	step_pins();
	assert_true(foreign_maps_generation(world.maps, 1) == before);
}

static void use_hook(void)
{
	world.settings.pin = NULL;
	world.settings.interface = (char *)"eth0";
	begin();
}

/* The kernel is asked for the maps when the program is another one, and else for nothing. */
static void test_hook(void **state)
{
	(void)state;
	use_hook();
	step_hook(5);
	assert_int_equal(world.told, 2);
	assert_true(is_read(0) && is_read(1));
	step_hook(5);
	step_hook(5);
	assert_int_equal(world.finds, 1);
	assert_int_equal(world.opened, 2);
	world.ids[0] = 9;
	step_hook(6);
	assert_int_equal(world.finds, 2);
	assert_int_equal(world.told, 1);
	assert_told(0, EVENT_NEWS, "map a is another one now (id 9)");
	/* Which programs are called may change without a change of the first one. */
	world.calls = true;
	step_hook(7);
	step_hook(7);
	assert_int_equal(world.finds, 4);
}

static void test_hook_gone(void **state)
{
	const struct foreign_hook missing = {.error = -ENODEV}, late = {.error = -ETIMEDOUT},
				  several = {.several = true};

	(void)state;
	use_hook();
	step_hook(5);
	world.told = 0;
	foreign_maps_step(world.maps, &late);
	assert_int_equal(world.told, 0);
	assert_true(is_read(0));
	step_hook(0);
	assert_int_equal(world.told, 1);
	assert_told(0, EVENT_FAILURE, "there is no program at the XDP hook of eth0");
	assert_false(is_read(0) || is_read(1));
	step_hook(0);
	assert_int_equal(world.told, 0);
	foreign_maps_step(world.maps, &missing);
	assert_told(0, EVENT_FAILURE, "there is no interface eth0");
	foreign_maps_step(world.maps, &several);
	assert_told(1, EVENT_FAILURE, "more than one mode");
	step_hook(5);
	assert_told(0, EVENT_OKAY, "map a is read");
	step_hook(0);
	assert_int_equal(world.told, 1);
}

static void test_hook_refused(void **state)
{
	(void)state;
	use_hook();
	world.find_error = -ENOENT;
	step_hook(5);
	assert_int_equal(world.told, 0);
	world.find_error = -EPERM;
	step_hook(5);
	assert_told(0, EVENT_FAILURE, "only with CAP_SYS_ADMIN");
	world.find_error = 0;
	world.name_error = -ENOTUNIQ;
	step_hook(5);
	assert_told(0, EVENT_FAILURE, "several maps at eth0 are called a");
	world.name_error = -ESRCH;
	step_hook(5);
	assert_told(0, EVENT_FAILURE, "to one of those that are");
	world.name_error = -ENOENT;
	step_hook(5);
	assert_told(0, EVENT_FAILURE, "no program at eth0 has a map a");
	step_hook(5);
	assert_int_equal(world.told, 0);
	world.name_error = 0;
	world.id_error = -ENOENT;
	step_hook(5);
	assert_int_equal(world.told, 0);
	world.id_error = 0;
	step_hook(5);
	assert_told(0, EVENT_OKAY, "map a is read");
}

static void test_memory(void **state)
{
	const struct event_teller teller = {NULL, on_event};
	bool failed = true;

	(void)state;
	for (unsigned int n = 1; failed; n++) {
		int err;

		fail_alloc(n);
		err = foreign_maps_open(&world.settings, &teller, &world.maps);
		failed = fail_alloc_happened();
		assert_int_equal(err, failed ? -ENOMEM : 0);
	}
}

// clang-format off
#define MAPS_TEST(sentence, function) {(sentence), (function), set_up, tear_down, NULL}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		MAPS_TEST("a pin is opened, and told once", test_pins),
		MAPS_TEST("a map that takes the place of another one is read", test_replaced),
		MAPS_TEST("what goes is logged once, and that it is back", test_gone_and_back),
		MAPS_TEST("a map of another layout ends the values of its place alone",
			  test_other_layout),
		MAPS_TEST("what may be over at the next step ends nothing", test_transient),
		MAPS_TEST("what is wrong with a map of two blocks is logged once", test_same_map),
		MAPS_TEST("a map of two blocks is read by the one that has it",
			  test_same_map_apart),
		MAPS_TEST("maps of a program are looked for when it is another one", test_hook),
		MAPS_TEST("without a program there are no values, told once", test_hook_gone),
		MAPS_TEST("what the kernel refuses is reported", test_hook_refused),
		MAPS_TEST("without memory nothing is opened, and nothing leaks", test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
