// SPDX-License-Identifier: GPL-2.0-only
/*
 * When what is at the path of Next is asked for again, on answers that the test makes up; what the
 * true kernel answers is the kernel tier's to show.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "plugin/counter/next_slot.h"
#include "plugin/kernel/pin_dir.h"
#include "plugin/kernel/probe.h"

static struct {
	/* What is at the path. */
	int error;
	enum diagnose_next_cause cause;
	uint32_t id;
	/* What came of it. */
	unsigned int asked;
	uint32_t in_slot;
} world;

static char path[] = "/tmp/test_next_slot.XXXXXX";

/* --- in place of the kernel and of next_target */

int next_target_open(const char *at, struct next_target *ret_target,
		     struct diagnose_next_refusal *ret_refusal)
{
	assert_string_equal(at, path);
	world.asked++;
	*ret_refusal = (struct diagnose_next_refusal){.cause = world.cause};
	if (!world.error)
		*ret_target = (struct next_target){.fd = (int)world.id, .id = world.id};
	return world.error;
}

void next_target_open_id(uint32_t id, struct next_target *ret_target)
{
	*ret_target = (struct next_target){.fd = -1, .id = id};
}

void next_target_close(struct next_target *target)
{
	*target = (struct next_target){.fd = -1};
}

int next_target_try(int array, bool frags)
{
	(void)array;
	(void)frags;
	return 0;
}

int probe_try(void)
{
	return 0;
}

int bpf_map_create(enum bpf_map_type type, const char *name, __u32 key_size, __u32 value_size,
		   __u32 entries, const struct bpf_map_create_opts *options)
{
	(void)name;
	(void)key_size;
	(void)value_size;
	(void)entries;
	(void)options;
	assert_int_equal(type, BPF_MAP_TYPE_PROG_ARRAY);
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	(void)fd;
	(void)key;
	(void)flags;
	world.in_slot = *(const uint32_t *)value;
	return 0;
}

int pin_dir_get(const struct pin_dir *pins, const char *name, enum pin_dir_kind kind, int *ret_fd)
{
	(void)pins;
	(void)name;
	(void)kind;
	(void)ret_fd;
	return -ENOENT;
}

/* Needed by others of its file. */
bool pin_dir_has(const struct pin_dir *pins, const char *name)
{
	(void)pins;
	(void)name;
	return false;
}

int pin_dir_put(const struct pin_dir *pins, const char *name, int fd)
{
	(void)pins;
	(void)name;
	(void)fd;
	return -ENOSYS;
}

int pin_dir_drop(const struct pin_dir *pins, const char *name)
{
	(void)pins;
	(void)name;
	return -ENOSYS;
}

int pin_dir_rename(const struct pin_dir *pins, const char *from, const char *to)
{
	(void)pins;
	(void)from;
	(void)to;
	return -ENOSYS;
}

/* --- the tests */

/* Another pin is at the path, and with it what is asked for next. */
static void pin_another(int error, enum diagnose_next_cause cause, uint32_t id)
{
	char other[sizeof(path) + 4];
	int fd;

	snprintf(other, sizeof(other), "%s.new", path);
	fd = open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(rename(other, path), 0);
	world.error = error;
	world.cause = cause;
	world.id = id;
	world.asked = 0;
}

static struct next_slot *open_slot(void)
{
	struct diagnose_next_refusal refusal;
	struct next_slot *slot = NULL;

	pin_another(0, DIAGNOSE_NEXT_CALLABLE, 7);
	assert_int_equal(next_slot_open(path, NULL, &slot, &refusal), 0);
	assert_int_equal(world.in_slot, 7);
	return slot;
}

static void expect(struct next_slot *slot, enum next_slot_news news, unsigned int asked,
		   uint32_t in_slot)
{
	struct diagnose_next_refusal refusal;

	assert_int_equal(next_slot_follow(slot, &refusal), news);
	assert_int_equal(world.asked, asked);
	assert_int_equal(world.in_slot, in_slot);
	if (news == NEXT_SLOT_REFUSED)
		assert_int_equal(refusal.cause,
				 world.error == -ENOEXEC ? world.cause : DIAGNOSE_NEXT_NOT_TOLD);
}

/* What is refused for what it is, is asked for when another pin is there. */
static void test_refused(void **state)
{
	struct next_slot *slot = open_slot();

	(void)state;
	expect(slot, NEXT_SLOT_SAME, 1, 7);
	pin_another(-ENOEXEC, DIAGNOSE_NEXT_NO_PROGRAM, 8);
	expect(slot, NEXT_SLOT_REFUSED, 1, 7);
	expect(slot, NEXT_SLOT_SAME, 1, 7);
	pin_another(0, DIAGNOSE_NEXT_CALLABLE, 9);
	expect(slot, NEXT_SLOT_REPLACED, 1, 9);
	next_slot_close(slot);
}

/* What may be over with the same pin is asked for again, and logged once. */
static void test_asked_again(void **state)
{
	static const struct {
		int error;
		enum diagnose_next_cause cause;
	} rows[] = {{-ENOEXEC, DIAGNOSE_NEXT_EXTENDED}, {-ENOMEM, DIAGNOSE_NEXT_CALLABLE}};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		struct next_slot *slot = open_slot();

		pin_another(rows[i].error, rows[i].cause, 8);
		expect(slot, NEXT_SLOT_REFUSED, 1, 7);
		expect(slot, NEXT_SLOT_SAME, 2, 7);
		expect(slot, NEXT_SLOT_SAME, 3, 7);
		world.error = 0;
		world.cause = DIAGNOSE_NEXT_CALLABLE;
		expect(slot, NEXT_SLOT_REPLACED, 4, 8);
		expect(slot, NEXT_SLOT_SAME, 4, 8);
		next_slot_close(slot);
	}
}

static int make_path(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	return fd < 0;
}

static int remove_path(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("what cannot be called is asked for when another pin is there",
			  test_refused),
		UNIT_TEST("what may pass without another pin is asked for again, and told once",
			  test_asked_again),
	};

	return cmocka_run_group_tests_name("next_slot", tests, make_path, remove_path);
}
