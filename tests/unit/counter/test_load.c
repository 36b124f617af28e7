// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is written into the object before it is loaded, and what is left of a load that fails.
 * The object is the true one; what would ask the kernel is made up.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "bpf/count.skel.h"
#include "bpf/outgoing.skel.h"
#include "plugin/counter/image.h"
#include "plugin/counter/load.h"
#include "plugin/counter/next_target.h"
#include "plugin/counter/pins.h"
#include "plugin/kernel/probe.h"

#define ARRAY 77 /* a descriptor of Next's array; nobody opens or closes it */

static struct {
	/* What the kernel is like. */
	bool buff_len, frags, realtime;
	unsigned int fail_loads; /* the first ones */
	int try_error, create_error, load_error, info_error, adopt_error, caller_error;
	bool adopted, same_program, new_slots;
	/* What was asked of it. */
	unsigned int created, loads, adoptions, program_adoptions;
	__u32 created_flags;
	int slots_fd; /* that the slots of the object were made to use; -1: none */
	int next_fd;  /* the same of the array of Next */
	/* What the object was when it was loaded. */
	struct {
		__u32 settings, queues;
		bool buff_len;
		__u32 records, owners, far_slots, value_size, flags, next_flags;
		bool count, next, next_map, outgoing;
	} seen;
} world;

int loader_run(int (*attempt)(void *context, struct loader *load), void *context,
	       struct loader_log *ret_log)
{
	*ret_log = (struct loader_log){0};
	return attempt(context, NULL);
}

void loader_watch(struct loader *load, struct bpf_object *object)
{
	(void)load;
	assert_non_null(object);
}

bool probe_has_buff_len(void)
{
	return world.buff_len;
}

bool probe_has_frags(void)
{
	return world.frags;
}

bool probe_is_realtime(void)
{
	return world.realtime;
}

int probe_try(void)
{
	return world.try_error;
}

int next_target_try(int array, bool frags)
{
	assert_int_equal(array, ARRAY);
	(void)frags;
	return world.caller_error;
}

int counter_pins_adopt(struct counter_object *object, const struct pin_dir *pins)
{
	(void)pins;
	world.adoptions++;
	object->info.adopted = world.adopted;
	object->info.new_slots = world.new_slots;
	return world.adopt_error;
}

void counter_pins_adopt_program(struct counter_object *object, const struct pin_dir *pins)
{
	(void)pins;
	world.program_adoptions++;
	if (world.same_program) {
		object->program = open("/dev/null", O_RDONLY | O_CLOEXEC);
		object->info.same_program = true;
	}
}

int bpf_map_create(enum bpf_map_type type, const char *name, __u32 key_size, __u32 value_size,
		   __u32 entries, const struct bpf_map_create_opts *options)
{
	(void)name;
	assert_int_equal(type, BPF_MAP_TYPE_ARRAY);
	assert_int_equal(key_size, 4);
	assert_int_equal(value_size, RECORD_NEAR_INDEXES * sizeof(uint16_t));
	assert_int_equal(entries, 1);
	world.created++;
	world.created_flags = options->map_flags;
	if (world.create_error) {
		errno = -world.create_error;
		return world.create_error;
	}
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int bpf_map__reuse_fd(struct bpf_map *map, int fd)
{
	assert_true(fd >= 0);
	if (strcmp(bpf_map__name(map), "next_program") == 0)
		world.next_fd = fd;
	else
		world.slots_fd = fd;
	return 0;
}

/* The object of what goes out has one program, and settings of its own. */
static void see_outgoing(struct bpf_object *object)
{
	const struct bpf_program *program = bpf_object__find_program_by_name(object, "tcx_count");
	size_t size;
	const struct outgoing__rodata *settings =
		bpf_map__initial_value(bpf_object__find_map_by_name(object, ".rodata"), &size);

	assert_int_equal(bpf_program__type(program), BPF_PROG_TYPE_SCHED_CLS);
	assert_null(bpf_object__find_map_by_name(object, "next_program"));
	world.seen.outgoing = bpf_program__autoload(program);
	world.seen.flags = bpf_program__flags(program);
	world.seen.settings = settings->setting_flags;
	world.seen.queues = settings->setting_queues;
	world.seen.buff_len = settings->setting_buff_len;
}

static void see_incoming(struct bpf_object *object)
{
	size_t size;
	const struct count__rodata *settings =
		bpf_map__initial_value(bpf_object__find_map_by_name(object, ".rodata"), &size);

	world.seen.outgoing = false;
	world.seen.settings = settings->setting_flags;
	world.seen.queues = settings->setting_queues;
	world.seen.buff_len = settings->setting_buff_len;
	world.seen.count =
		bpf_program__autoload(bpf_object__find_program_by_name(object, "xdp_count"));
	world.seen.next =
		bpf_program__autoload(bpf_object__find_program_by_name(object, "xdp_count_next"));
	world.seen.flags =
		bpf_program__flags(bpf_object__find_program_by_name(object, "xdp_count"));
	world.seen.next_flags =
		bpf_program__flags(bpf_object__find_program_by_name(object, "xdp_count_next"));
	world.seen.next_map =
		bpf_map__autocreate(bpf_object__find_map_by_name(object, "next_program"));
}

int bpf_object__load(struct bpf_object *object)
{
	world.loads++;
	if (bpf_object__find_program_by_name(object, "tcx_count"))
		see_outgoing(object);
	else
		see_incoming(object);
	world.seen.records = bpf_map__max_entries(bpf_object__find_map_by_name(object, "records"));
	world.seen.value_size =
		bpf_map__value_size(bpf_object__find_map_by_name(object, "records"));
	world.seen.owners = bpf_map__max_entries(bpf_object__find_map_by_name(object, "owners"));
	world.seen.far_slots =
		bpf_map__max_entries(bpf_object__find_map_by_name(object, "far_slots"));
	return world.loads <= world.fail_loads ? -EACCES : world.load_error;
}

int bpf_obj_get_info_by_fd(int fd, void *info, __u32 *length)
{
	struct bpf_prog_info *program = info;

	(void)fd;
	(void)length;
	if (world.info_error) {
		errno = -world.info_error;
		return world.info_error;
	}
	program->id = 4711;
	program->verified_insns = 815;
	return 0;
}

static const struct counter_settings plain = {
	.slots = 3, .breakdowns = RECORD_BY_SIZE, .length = COUNTER_LENGTH_HELPER};
static struct counter_failure failure;
static struct counter_object object;
static int lowest_fd;

/* The lowest descriptor that is free: the same before and after where none is left open. */
static int next_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;
}

static int setup(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	memset(&object, 0, sizeof(object));
	world.slots_fd = world.next_fd = -1;
	lowest_fd = next_fd();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	counter_unload(&object);
	assert_int_equal(next_fd(), lowest_fd);
	return 0;
}

static void load(const struct counter_settings *settings)
{
	counter_unload(&object);
	assert_int_equal(counter_load(settings, NULL, &object, &failure), 0);
}

static void test_plain(void **state)
{
	(void)state;
	load(&plain);
	assert_int_equal(world.seen.settings, RECORD_BY_SIZE);
	assert_int_equal(world.seen.queues, 0);
	assert_false(world.seen.buff_len);
	assert_false(world.seen.settings & RECORD_ATOMIC);
	assert_int_equal(world.seen.records, 3);
	assert_int_equal(world.seen.owners, 3);
	assert_int_equal(world.seen.far_slots, 3);
	assert_int_equal(world.seen.value_size, RECORD_BYTES(0));
	assert_true(world.seen.count);
	assert_false(world.seen.next);
	assert_false(world.seen.next_map);
	assert_int_equal(world.seen.flags, 0);
	assert_int_equal(world.next_fd, -1);
	/* Made by the plugin, to be shared through memory. */
	assert_int_equal(world.created, 1);
	assert_int_equal(world.created_flags, BPF_F_MMAPABLE);
	assert_true(world.slots_fd >= 0);
	assert_int_equal(object.info.program_id, 4711);
	assert_int_equal(object.info.instructions, 815);
	assert_false(object.info.frags);
	assert_false(object.info.atomic);
	assert_int_equal(world.adoptions, 0);
}

static void test_queues(void **state)
{
	const struct counter_settings settings = {.slots = 1,
						  .breakdowns = RECORD_BY_QUEUE,
						  .queues = 7,
						  .length = COUNTER_LENGTH_HELPER};

	(void)state;
	load(&settings);
	assert_int_equal(world.seen.queues, 7);
	assert_int_equal(world.seen.settings, RECORD_BY_QUEUE);
	assert_int_equal(world.seen.value_size, RECORD_BYTES(7));
}

static void test_kernel_features(void **state)
{
	(void)state;
	world.realtime = true;
	world.frags = true;
	load(&plain);
	/* Without the helper the length of a packet of several buffers is not known. */
	assert_false(object.info.frags);
	assert_int_equal(world.seen.flags, 0);
	assert_true(object.info.atomic);
	assert_true(world.seen.settings & RECORD_ATOMIC);
	world.buff_len = true;
	load(&plain);
	assert_true(object.info.frags);
	assert_int_equal(world.seen.flags, BPF_F_XDP_HAS_FRAGS);
	assert_true(world.seen.buff_len);
	world.frags = false;
	world.realtime = false;
	load(&plain);
	assert_false(object.info.frags);
	assert_true(world.seen.buff_len);
	assert_false(world.seen.settings & RECORD_ATOMIC);
}

static void expect_length(enum counter_length fastest, enum counter_length length,
			  unsigned int loads)
{
	struct counter_settings settings = plain;

	settings.length = fastest;
	world.loads = 0;
	load(&settings);
	assert_int_equal(object.info.length, length);
	assert_int_equal(world.seen.buff_len, length != COUNTER_LENGTH_POINTERS);
	assert_int_equal(world.loads, loads);
}

static void test_length(void **state)
{
	struct counter_settings settings = plain;
	bool cast = counter_image_may_cast();

	(void)state;
	expect_length(COUNTER_LENGTH_CAST, COUNTER_LENGTH_POINTERS, 1);
	world.buff_len = true;
	expect_length(COUNTER_LENGTH_CAST, cast ? COUNTER_LENGTH_CAST : COUNTER_LENGTH_HELPER, 1);
	expect_length(COUNTER_LENGTH_HELPER, COUNTER_LENGTH_HELPER, 1);
	expect_length(COUNTER_LENGTH_POINTERS, COUNTER_LENGTH_POINTERS, 1);
	/* Whatever is wrong with the fastest, the next one decides. */
	world.fail_loads = cast ? 1 : 0;
	expect_length(COUNTER_LENGTH_CAST, COUNTER_LENGTH_HELPER, cast ? 2 : 1);
	/* But what passes does not: the fastest is tried again. */
	world.fail_loads = 0;
	world.load_error = -ENOMEM;
	world.loads = 0;
	settings.length = COUNTER_LENGTH_CAST;
	counter_unload(&object);
	assert_int_equal(counter_load(&settings, NULL, &object, &failure), -ENOMEM);
	assert_int_equal(world.loads, 1);
}

/* The counter that calls another program takes the packets that the other program takes. */
static void test_next(void **state)
{
	struct counter_settings settings = plain;

	(void)state;
	settings.next = (struct counter_next){.wanted = true, .array = ARRAY};
	world.buff_len = true;
	world.frags = true;
	load(&settings);
	assert_false(world.seen.count);
	assert_true(world.seen.next);
	assert_true(world.seen.next_map);
	assert_int_equal(world.next_fd, ARRAY);
	assert_int_equal(world.seen.next_flags, 0);
	assert_false(object.info.frags);
	settings.next.frags = true;
	load(&settings);
	assert_int_equal(world.seen.next_flags, BPF_F_XDP_HAS_FRAGS);
	assert_true(object.info.frags);
	assert_ptr_equal(counter_object_program(&object), object.image.program_next);
	settings.next.wanted = false;
	load(&settings);
	assert_ptr_equal(counter_object_program(&object), object.image.program);
}

/* Whatever way to the length is asked for: that is of what comes in. */
static void test_outgoing(void **state)
{
	struct counter_settings settings = plain;

	(void)state;
	settings.outgoing = true;
	settings.breakdowns = RECORD_BY_PROTOCOL | RECORD_BY_SIGNAL;
	world.buff_len = true;
	world.frags = true;
	load(&settings);
	assert_int_equal(world.loads, 1);
	assert_true(world.seen.outgoing);
	assert_int_equal(world.seen.flags, 0);
	assert_int_equal(world.seen.settings, RECORD_BY_PROTOCOL | RECORD_BY_SIGNAL);
	assert_int_equal(world.seen.queues, 0);
	assert_int_equal(world.seen.records, 3);
	assert_int_equal(world.seen.owners, 3);
	assert_int_equal(object.info.length, COUNTER_LENGTH_WIRE);
	/* The fastest is tried first, and the other one where it does not load. */
	settings.length = COUNTER_LENGTH_CAST;
	load(&settings);
	assert_int_equal(object.info.length,
			 counter_image_may_cast() ? COUNTER_LENGTH_WIRE_CAST : COUNTER_LENGTH_WIRE);
	world.loads = 0;
	world.fail_loads = counter_image_may_cast() ? 1 : 0;
	load(&settings);
	assert_int_equal(object.info.length, COUNTER_LENGTH_WIRE);
	assert_int_equal(world.loads, world.fail_loads + 1);
	assert_true(object.info.frags);
	assert_string_equal(bpf_program__name(counter_object_program(&object)), "tcx_count");
	/* There is nothing to call another program by. */
	counter_unload(&object);
	world.loads = 0;
	settings.next = (struct counter_next){.wanted = true, .array = ARRAY};
	assert_int_equal(counter_load(&settings, NULL, &object, &failure), -EOPNOTSUPP);
	assert_int_equal(world.loads, 0);
}

static void test_pins(void **state)
{
	const struct pin_dir *pins = (const void *)&world;

	(void)state;
	assert_int_equal(counter_load(&plain, pins, &object, &failure), 0);
	assert_int_equal(world.adoptions, 1);
	assert_int_equal(world.program_adoptions, 0);
	assert_int_equal(world.created, 1);
	counter_unload(&object);
	world.adopted = true;
	world.same_program = true;
	assert_int_equal(counter_load(&plain, pins, &object, &failure), 0);
	assert_int_equal(world.program_adoptions, 1);
	/* The pinned slots are used. */
	assert_int_equal(world.created, 1);
	assert_true(object.info.same_program);
	counter_unload(&object);
	world.same_program = false;
	world.new_slots = true;
	assert_int_equal(counter_load(&plain, pins, &object, &failure), 0);
	assert_int_equal(world.created, 2);
}

static void expect_failure(const struct counter_settings *settings, int err, const char *step)
{
	struct counter_object untouched = {.program = 5};

	assert_int_equal(counter_load(settings, (const void *)&world, &untouched, &failure), err);
	assert_string_equal(failure.step, step);
	assert_int_equal(untouched.program, 5);
	assert_int_equal(next_fd(), lowest_fd);
}

static void test_failures(void **state)
{
	(void)state;
	world.try_error = -EPERM;
	expect_failure(&plain, -EPERM, "getting a map, a program and descriptors");
	assert_int_equal(world.loads, 0);
	world.try_error = 0;
	world.adopt_error = -EMFILE;
	expect_failure(&plain, -EMFILE, "configuring the counter");
	world.adopt_error = 0;
	world.create_error = -ENOMEM;
	expect_failure(&plain, -ENOMEM, "configuring the counter");
	assert_int_equal(world.loads, 0);
	world.create_error = 0;
	world.load_error = -EINVAL;
	expect_failure(&plain, -EINVAL, "loading the counter");
	world.load_error = 0;
	world.info_error = -EMFILE;
	expect_failure(&plain, -EMFILE, "asking about the counter");
	world.adopted = world.same_program = true;
	expect_failure(&plain, -EMFILE, "asking about the counter");
}

/* libbpf takes a refusal for want of memory for a kernel that lacks something. */
static void test_misled(void **state)
{
	struct counter_settings settings = plain;

	(void)state;
	settings.next = (struct counter_next){.wanted = true, .array = ARRAY};
	world.load_error = -EINVAL;
	expect_failure(&settings, -EPROTONOSUPPORT, "loading the counter");
	world.caller_error = -EINVAL;
	expect_failure(&settings, -EINVAL, "loading the counter");
	world.caller_error = 0;
	world.load_error = -ENOMEM;
	expect_failure(&settings, -ENOMEM, "loading the counter");
	settings.next.wanted = false;
	world.load_error = -EINVAL;
	expect_failure(&settings, -EINVAL, "loading the counter");
}

// clang-format off
#define TEST(sentence, function) {.name = (sentence), .test_func = (function), .setup_func = setup, .teardown_func = teardown}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("settings, sizes of maps and the program that lets pass are those of the settings", test_plain),
		TEST("queues make the records longer", test_queues),
		TEST("what the kernel has decides on packets of several buffers and on atomics", test_kernel_features),
		TEST("the fastest way to the length that loads is taken", test_length),
		TEST("with Next the other program is loaded, with its array", test_next),
		TEST("for what goes out another object is loaded, which calls no other program",
		     test_outgoing),
		TEST("maps that are pinned are used, and none is made beside them", test_pins),
		TEST("a step that fails is named, and nothing is left open", test_failures),
		TEST("a load that libbpf failed by what it remembers is told apart", test_misled),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
