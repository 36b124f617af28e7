// SPDX-License-Identifier: GPL-2.0-only
/* Pins "program", "program_next" and "map", and counts in slots that a later load may adopt. */
#include "tests/unit/unit.h"
#include "tests/unit/hook/fake_program.h"

#include <errno.h>
#include <stdio.h>

#include "plugin/hook/view.h"
#include "tests/unit/hook/fake_kernel.h"

struct fake_set fake_sets[FAKE_SETS];

static int last_set;
static uint32_t last_id;

/* Ids of ours begin here. */
#define FAKE_PROGRAM_FIRST 1000

static struct fake_program *fake_of(const struct program *program)
{
	return (struct fake_program *)program;
}

void fake_program_reset(void)
{
	memset(fake_sets, 0, sizeof(fake_sets));
	last_set = 0;
	last_id = FAKE_PROGRAM_FIRST;
}

/* The set that is pinned, with its slots left over; else a new one. */
static void take_set(struct fake_program *fake, const struct pin_dir *pins)
{
	const struct fake_pin *pin = pins ? fake_kernel_pin("map") : NULL;

	fake->program.adopted = pin;
	if (!pin) {
		assert_true(last_set + 1 < FAKE_SETS);
		fake->set = &fake_sets[++last_set];
		return;
	}
	fake->set = &fake_sets[pin->object];
	for (int i = 0; i < FAKE_SLOTS; i++) {
		if (fake->set->slots[i].state == FAKE_SLOT_USED)
			fake->set->slots[i].state = FAKE_SLOT_LEFT;
	}
}

static int load(struct program *program, unsigned int rx_queues, const struct pin_dir *pins)
{
	struct fake_program *fake = fake_of(program);
	const struct fake_pin *pinned = pins ? fake_kernel_pin("program") : NULL;
	int err = fake_kernel_call("load", " %u%s", rx_queues, pins ? " pins" : "");

	assert_false(program->loaded);
	if (err)
		return err;
	fake->rx_queues = rx_queues;
	take_set(fake, pins);
	program->id = fake->is_same && pinned ? (uint32_t)pinned->object : ++last_id;
	fake_kernel_name_program(program->id, FAKE_PROGRAM_NAME);
	program->fd = fake_kernel_open(PIN_DIR_PROGRAM, (int)program->id);
	program->loaded = true;
	return 0;
}

static void explain(const struct program *program, int err, char *text, size_t size)
{
	(void)program;
	snprintf(text, size, "it does not load (%d); wait", err);
}

static bool has_news(const struct program *program)
{
	return fake_of(program)->has_news;
}

static void follow(struct program *program, const struct event_teller *teller, uint64_t now)
{
	(void)teller;
	(void)now;
	fake_of(program)->followed++;
}

static void unload(struct program *program)
{
	assert_true(program->loaded);
	fake_kernel_close(program->fd);
	program->loaded = false;
	fake_of(program)->set = NULL;
}

static struct fake_slot *slot_of(struct program *program, unsigned int slot)
{
	assert_true(program->loaded);
	assert_true(slot >= 1 && slot <= FAKE_SLOTS);
	return &fake_of(program)->set->slots[slot - 1];
}

static int take(struct program *program, unsigned int ifindex, const char *name, uint64_t now,
		uint64_t rest, unsigned int *ret_slot)
{
	int err = fake_kernel_call("take", " %u %s", ifindex, name);

	assert_true(now >= rest);
	if (!err && fake_of(program)->resting)
		err = -EINPROGRESS;
	for (unsigned int slot = 1; !err && slot <= FAKE_SLOTS; slot++) {
		struct fake_slot *free_one = slot_of(program, slot);

		if (free_one->state == FAKE_SLOT_RESTING && now - free_one->released >= rest)
			free_one->state = FAKE_SLOT_FREE;
		if (free_one->state != FAKE_SLOT_FREE)
			continue;
		*free_one = (struct fake_slot){.state = FAKE_SLOT_USED, .ifindex = ifindex};
		snprintf(free_one->name, sizeof(free_one->name), "%s", name);
		*ret_slot = slot;
		return 0;
	}
	return err ? err : -ENOSPC;
}

static int adopt(struct program *program, unsigned int ifindex, const char *name,
		 unsigned int *ret_slot)
{
	int err = fake_kernel_call("adopt", " %u %s", ifindex, name);

	for (unsigned int slot = 1; !err && slot <= FAKE_SLOTS; slot++) {
		struct fake_slot *left = slot_of(program, slot);

		if (left->state != FAKE_SLOT_LEFT || left->ifindex != ifindex ||
		    strcmp(left->name, name) != 0)
			continue;
		left->state = FAKE_SLOT_USED;
		*ret_slot = slot;
		return 0;
	}
	return err ? err : -ENOENT;
}

static void release(struct program *program, unsigned int slot, uint64_t now)
{
	assert_int_equal(slot_of(program, slot)->state, FAKE_SLOT_USED);
	slot_of(program, slot)->state = FAKE_SLOT_RESTING;
	slot_of(program, slot)->released = now;
}

static void sweep(struct program *program, uint64_t now)
{
	(void)now;
	for (unsigned int slot = 1; slot <= FAKE_SLOTS; slot++) {
		if (slot_of(program, slot)->state == FAKE_SLOT_LEFT)
			slot_of(program, slot)->state = FAKE_SLOT_FREE;
	}
}

static int read_slot(struct program *program, unsigned int slot, struct view_reading *ret_reading)
{
	int err = fake_kernel_call("read", " %u", slot);

	/* One that rests is read once more. */
	if (slot_of(program, slot)->state != FAKE_SLOT_RESTING) {
		assert_int_equal(slot_of(program, slot)->state, FAKE_SLOT_USED);
		assert_true(fake_of(program)->read_ahead);
	}
	if (err)
		return err;
	*ret_reading = (struct view_reading){.time = kernel.time};
	ret_reading->sum.classes[RECORD_IPV4_UDP].packets =
		fake_of(program)->steady ? kernel.time : slot_of(program, slot)->packets;
	ret_reading->sum.classes[RECORD_IPV4_UDP].bytes =
		ret_reading->sum.classes[RECORD_IPV4_UDP].packets * FAKE_BYTES;
	return 0;
}

static void read_ahead(struct program *program, bool on)
{
	assert_true(program->loaded);
	fake_of(program)->reads_ahead += on;
	fake_of(program)->read_ahead = on;
}

static int pin_program(const struct program *program, const struct pin_dir *pins)
{
	if (fake_of(program)->is_same && program->adopted)
		return 0;
	return pin_dir_put(pins, "program_next", program->fd);
}

static int pin(const struct program *program, const struct pin_dir *pins)
{
	int map = fake_kernel_open(PIN_DIR_MAP, (int)(fake_of(program)->set - fake_sets));
	int err = program->adopted ? 0 : pin_dir_put(pins, "map", map);

	fake_kernel_close(map);
	if (!err && pin_dir_has(pins, "program_next"))
		err = pin_dir_rename(pins, "program_next", "program");
	return err;
}

static int pinned(const struct program *program, const struct pin_dir *pins,
		  uint32_t ret_ids[PROGRAM_PINNED])
{
	static const char *const names[PROGRAM_PINNED] = {"program", "program_next"};
	int err = fake_kernel_call("pinned", "%s", "");

	(void)program;
	assert_non_null(pins);
	for (int i = 0; i < PROGRAM_PINNED; i++) {
		const struct fake_pin *found = fake_kernel_pin(names[i]);

		ret_ids[i] = found && !err ? (uint32_t)found->object : 0;
	}
	return err;
}

static bool is_pin(const struct program *program, const char *name)
{
	(void)program;
	return strcmp(name, "program") == 0 || strcmp(name, "program_next") == 0 ||
	       strcmp(name, "map") == 0;
}

static int unpin(const struct program *program, const struct pin_dir *pins)
{
	static const char *const names[] = {"program", "program_next", "map"};
	int err = 0;

	(void)program;
	for (size_t i = 0; i < UNIT_LENGTH(names); i++) {
		int failed = pin_dir_drop(pins, names[i]);

		err = err ? err : failed;
	}
	return err;
}

static const struct program_slots slots_table = {
	.take = take,
	.adopt = adopt,
	.release = release,
	.sweep = sweep,
	.read = read_slot,
	.read_ahead = read_ahead,
};

static bool calls_next(const struct pin_dir *pins)
{
	return pin_dir_has(pins, "tail_call");
}

#define FAKE_OPERATIONS                                                                            \
	.load = load, .explain = explain, .has_news = has_news, .follow = follow,                  \
	.unload = unload, .pin_program = pin_program, .pin = pin, .pinned = pinned,                \
	.unpin = unpin, .is_pin = is_pin, .calls_next = calls_next

static const struct program_operations with_slots = {FAKE_OPERATIONS, .slots = &slots_table};
static const struct program_operations without_slots = {FAKE_OPERATIONS};

void fake_program_init(struct fake_program *program, bool slots)
{
	*program = (struct fake_program){
		.program = {.operations = slots ? &with_slots : &without_slots,
			    .name = FAKE_PROGRAM_NAME,
			    .not_adopted_reason = ""}};
}

void fake_program_count(unsigned int ifindex, uint64_t packets)
{
	if (!fake_kernel_runs(ifindex, FAKE_PROGRAM_FIRST))
		return;
	for (int set = 0; set < FAKE_SETS; set++) {
		for (int i = 0; i < FAKE_SLOTS; i++) {
			struct fake_slot *slot = &fake_sets[set].slots[i];

			if ((slot->state == FAKE_SLOT_USED || slot->state == FAKE_SLOT_LEFT) &&
			    slot->ifindex == ifindex)
				slot->packets += packets;
		}
	}
}
