// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any maps under the names of our pins, with any content, and any names: a
 * counter is opened all the same, adopts nothing that is not as it should be,
 * and can be used and pinned in their place.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "plugin/counter/counter.h"
#include "plugin/counter/pins.h"
#include "plugin/hook/pinset.h"
#include "plugin/hook/attach.h"
#include "plugin/kernel/pin_dir.h"

#define FUZZ_SLOTS 2
#define FUZZ_NAME 24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bytes that are taken one by one; zeros when there are no more. */
struct input {
	const uint8_t *data;
	size_t size;
};

static uint8_t take(struct input *input)
{
	if (!input->size)
		return 0;
	input->size--;
	return *input->data++;
}

static void take_bytes(struct input *input, void *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		((uint8_t *)bytes)[i] = take(input);
}

/* What the counter pins, of FUZZ_SLOTS slots. */
static const struct shape {
	const char *pin, *name;
	enum bpf_map_type type;
	uint32_t key, value, entries, flags;
} shapes[] = {
	{"records_v1", "records", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 320, FUZZ_SLOTS, 0},
	{"owners_v1", "owners", BPF_MAP_TYPE_ARRAY, 4, 24, FUZZ_SLOTS, 0},
	{"far_slots_v1", "far_slots", BPF_MAP_TYPE_HASH, 4, 4, FUZZ_SLOTS, 0},
	/* The last one: it takes all the bytes that are left. */
	{"slots_v1", "count.bss", BPF_MAP_TYPE_ARRAY, 4, 2 * RECORD_NEAR_INDEXES, 1,
	 BPF_F_MMAPABLE},
};

/* A map that is as it should be but for what the input says; its first entries hold its bytes. */
static void pin_map(const struct pin_dir *pins, const struct shape *shape, struct input *input)
{
	uint8_t change = take(input);
	struct shape other = *shape;
	static uint8_t value[2 * RECORD_NEAR_INDEXES];
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = shape->flags);
	char name[16];
	int map;

	if (change & 1)
		other.type = take(input) % 12;
	if (change & 2)
		other.key = 4 + take(input) % 8;
	if (change & 4)
		other.value = 8U * (1 + take(input) % 64);
	if (change & 8)
		other.entries = 1 + take(input) % 8;
	if (change & 16)
		return;
	snprintf(name, sizeof(name), "%s", shape->name);
	if (change & 32)
		name[0] = 'x';
	map = bpf_map_create(other.type, name, other.key, other.value, other.entries, &options);
	if (map < 0)
		return;
	for (uint32_t at = 0; at < 3 && other.key == sizeof(at); at++) {
		uint32_t key = other.type == BPF_MAP_TYPE_HASH ? RECORD_NEAR_INDEXES + at : at;

		take_bytes(input, value, other.value);
		bpf_map_update_elem(map, &key, value, BPF_ANY);
	}
	if (pin_dir_put(pins, shape->pin, map) != 0)
		abort();
	close(map);
}

static void drop(void *pins, const char *name)
{
	pin_dir_drop(pins, name);
}

static void use(struct counter *counter)
{
	static const unsigned int indexes[] = {0, 1, 2, 3, RECORD_NEAR_INDEXES, UINT32_MAX};
	struct view_reading reading;
	unsigned int slot;

	for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		if (counter_slot_adopt(counter_slots(counter), indexes[i], "eth0", &slot) != 0)
			continue;
		if (slot < 1 || slot > FUZZ_SLOTS ||
		    counter_read(counter_reader(counter), slot, &reading) != 0)
			abort();
	}
	counter_slots_sweep(counter_slots(counter), 1);
	if (counter_slot_take(counter_slots(counter), 1, "lo", 100, 10, &slot) == 0 &&
	    (counter_read(counter_reader(counter), slot, &reading) != 0 ||
	     counter_total(&reading.sum).packets != 0))
		abort();
}

static void check_name(struct input *input)
{
	char name[FUZZ_NAME + 1];
	unsigned int ifindex;

	take_bytes(input, name, FUZZ_NAME);
	name[FUZZ_NAME] = '\0';
	ifindex = pinset_link_ifindex(&xdp_kind, name);
	if (ifindex && (strncmp(name, "link_", 5) != 0 || counter_pins_is_pin(name)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct counter_settings settings = {.slots = FUZZ_SLOTS,
							 .breakdowns = RECORD_BY_PROTOCOL,
							 .length = COUNTER_LENGTH_HELPER};
	static struct pin_dir *pins;
	struct input input = {data, size};
	struct counter_failure failure;
	struct counter *counter;
	char path[64];

	snprintf(path, sizeof(path), "/sys/fs/bpf/cxdp-fuzz-%d", getpid());
	if (!pins && pin_dir_open(path, "/run/fuzz.pid", PIN_DIR_MADE, &pins, NULL) != 0)
		abort();
	check_name(&input);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		pin_map(pins, &shapes[i], &input);
	if (counter_open(&settings, pins, &counter, &failure) != 0)
		abort();
	use(counter);
	if (counter_pins_put_program(counter_object(counter), pins) != 0 ||
	    counter_pins_put(counter_object(counter), pins) != 0)
		abort();
	counter_close(counter);
	pin_dir_list(pins, drop, pins);
	return 0;
}
