// SPDX-License-Identifier: GPL-2.0-only
/* Memory of the kernel for low interface indexes, a map for the others, and owners for who follows.
 */
#include "plugin/counter/slots.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>

#define COUNTER_SLOTS_NEAR_BYTES (RECORD_NEAR_INDEXES * sizeof(uint16_t))
_Static_assert(COUNTER_SLOTS_MAX <= UINT16_MAX, "a slot's number fits where it is looked up");

int counter_slots_open(struct counter_slots *slots, unsigned int count, size_t value_bytes)
{
	*slots = (struct counter_slots){.count = count, .maps.signals = -1, .companion = -1};
	slots->slots = calloc(count, sizeof(*slots->slots));
	slots->zeros = calloc(1, value_bytes);
	return slots->slots && slots->zeros ? 0 : -ENOMEM;
}

int counter_slots_connect(struct counter_slots *slots, const struct counter_maps *maps)
{
	void *near = mmap(NULL, COUNTER_SLOTS_NEAR_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			  maps->slots, 0);

	if (near == MAP_FAILED)
		return -errno;
	slots->near = near;
	slots->maps = *maps;
	return 0;
}

void counter_slots_close(struct counter_slots *slots)
{
	if (slots->near)
		munmap(slots->near, COUNTER_SLOTS_NEAR_BYTES);
	free(slots->slots);
	free(slots->zeros);
	*slots = (struct counter_slots){0};
}

int counter_slots_read(struct counter_slots *slots)
{
	int owners = slots->maps.owners;

	for (__u32 at = 0; at < slots->count; at++) {
		struct counter_slot *slot = &slots->slots[at];
		struct record_owner owner;

		if (bpf_map_lookup_elem(owners, &at, &owner) < 0)
			return -errno;
		slot->state = owner.ifindex ? COUNTER_SLOT_LEFT : COUNTER_SLOT_RESTING;
		slot->ifindex = owner.ifindex;
	}
	return 0;
}

/* Has packets of the interface counted in `slot`; 0: nowhere. */
static int map_index(struct counter_slots *slots, unsigned int ifindex, unsigned int slot)
{
	int far_slots = slots->maps.far_slots;
	int err;

	if (ifindex < RECORD_NEAR_INDEXES) {
		/* Shared with the kernel: the program reads it as it is written. */
		__atomic_store_n(&slots->near[ifindex], (uint16_t)slot, __ATOMIC_RELEASE);
		return 0;
	}
	if (slot)
		err = bpf_map_update_elem(far_slots, &ifindex, &slot, BPF_ANY);
	else
		err = bpf_map_delete_elem(far_slots, &ifindex);
	return err < 0 ? -errno : 0;
}

int counter_slots_restore(struct counter_slots *slots)
{
	int err = 0;

	for (unsigned int at = 0; !err && at < slots->count; at++) {
		if (slots->slots[at].state == COUNTER_SLOT_LEFT)
			err = map_index(slots, slots->slots[at].ifindex, at + 1);
	}
	return err;
}

/* Finds a slot that may be given out. */
static int find_slot(const struct counter_slots *slots, uint64_t now, uint64_t rest,
		     unsigned int *ret_at)
{
	bool resting = false;

	for (unsigned int at = 0; at < slots->count; at++) {
		const struct counter_slot *slot = &slots->slots[at];

		if (slot->state == COUNTER_SLOT_EMPTY ||
		    (slot->state == COUNTER_SLOT_RESTING && now - slot->released >= rest)) {
			*ret_at = at;
			return 0;
		}
		resting |= slot->state == COUNTER_SLOT_RESTING;
	}
	return resting ? -EINPROGRESS : -ENOSPC;
}

static int write_owner(const struct counter_slots *slots, __u32 at, unsigned int ifindex,
		       const char *name)
{
	struct record_owner owner = {.ifindex = ifindex};

	snprintf(owner.name, sizeof(owner.name), "%s", name);
	if (bpf_map_update_elem(slots->maps.owners, &at, &owner, BPF_ANY) < 0)
		return -errno;
	return 0;
}

static int clear_slot(const struct counter_slots *slots, __u32 at)
{
	if (bpf_map_update_elem(slots->maps.records, &at, slots->zeros, BPF_ANY) < 0 ||
	    (slots->maps.signals >= 0 &&
	     bpf_map_update_elem(slots->maps.signals, &at, slots->zeros, BPF_ANY) < 0) ||
	    (slots->companion >= 0 &&
	     bpf_map_update_elem(slots->companion, &at, slots->zeros, BPF_ANY) < 0))
		return -errno;
	return 0;
}

int counter_slot_take(struct counter_slots *slots, unsigned int ifindex, const char *name,
		      uint64_t now, uint64_t rest, unsigned int *ret_slot)
{
	struct counter_slot *slot;
	unsigned int at;
	int err = find_slot(slots, now, rest, &at);

	if (err)
		return err;
	slot = &slots->slots[at];
	if (slot->state == COUNTER_SLOT_RESTING) {
		err = clear_slot(slots, at);
		if (err)
			return err;
		slot->state = COUNTER_SLOT_EMPTY;
	}
	err = write_owner(slots, at, ifindex, name);
	if (err)
		return err;
	err = map_index(slots, ifindex, at + 1);
	if (err) {
		(void)write_owner(slots, at, 0, "");
		return err;
	}
	slot->state = COUNTER_SLOT_USED;
	slot->ifindex = ifindex;
	*ret_slot = at + 1;
	return 0;
}

/* The slot that packets of the interface are counted in; 0: none. */
static unsigned int indexed_slot(const struct counter_slots *slots, unsigned int ifindex)
{
	int far_slots = slots->maps.far_slots;
	__u32 slot;

	if (ifindex < RECORD_NEAR_INDEXES)
		return slots->near[ifindex];
	return bpf_map_lookup_elem(far_slots, &ifindex, &slot) < 0 ? 0 : slot;
}

int counter_slot_adopt(struct counter_slots *slots, unsigned int ifindex, const char *name,
		       unsigned int *ret_slot)
{
	unsigned int slot = indexed_slot(slots, ifindex);
	struct record_owner owner;
	__u32 at = slot - 1;

	if (!slot || slot > slots->count || slots->slots[at].state != COUNTER_SLOT_LEFT ||
	    slots->slots[at].ifindex != ifindex)
		return -ENOENT;
	if (bpf_map_lookup_elem(slots->maps.owners, &at, &owner) < 0)
		return -errno;
	if (strncmp(owner.name, name, sizeof(owner.name)) != 0)
		return -ENOENT;
	slots->slots[at].state = COUNTER_SLOT_USED;
	*ret_slot = slot;
	return 0;
}

void counter_slots_sweep(struct counter_slots *slots, uint64_t now)
{
	for (unsigned int at = 0; at < slots->count; at++) {
		if (slots->slots[at].state == COUNTER_SLOT_LEFT)
			counter_slot_release(slots, at + 1, now);
	}
}

/* Whether the interface is counted in another slot by now. */
static bool is_counted_elsewhere(const struct counter_slots *slots, unsigned int ifindex,
				 unsigned int slot)
{
	for (unsigned int at = 0; at < slots->count; at++) {
		if (at + 1 != slot && slots->slots[at].state == COUNTER_SLOT_USED &&
		    slots->slots[at].ifindex == ifindex)
			return true;
	}
	return false;
}

void counter_slot_release(struct counter_slots *slots, unsigned int slot, uint64_t now)
{
	struct counter_slot *released = &slots->slots[slot - 1];

	/* They only fail where the entry is gone already: a hash entry nobody else deletes. */
	if (!is_counted_elsewhere(slots, released->ifindex, slot))
		(void)map_index(slots, released->ifindex, 0);
	(void)write_owner(slots, slot - 1, 0, "");
	released->state = COUNTER_SLOT_RESTING;
	released->released = now;
}
