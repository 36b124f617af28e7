// SPDX-License-Identifier: GPL-2.0-only
/* The slots in which interfaces are counted: whose they are, and where packets find them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "plugin/counter/counter_private.h"

int counter_slots_read(struct counter *counter)
{
	int owners = bpf_map__fd(counter->skeleton->maps.owners);

	for (__u32 at = 0; at < counter->settings.slots; at++) {
		struct counter_slot *slot = &counter->slots[at];
		struct record_owner owner;

		if (bpf_map_lookup_elem(owners, &at, &owner) < 0)
			return -errno;
		slot->state = owner.ifindex ? COUNTER_SLOT_LEFT : COUNTER_SLOT_RESTING;
		slot->ifindex = owner.ifindex;
	}
	return 0;
}

/* Has packets of the interface counted in `slot`; 0: nowhere. */
static int map_index(struct counter *counter, unsigned int ifindex, unsigned int slot)
{
	int far_slots = bpf_map__fd(counter->skeleton->maps.far_slots);
	int err;

	if (ifindex < RECORD_NEAR_INDEXES) {
		/* Shared with the kernel: the program reads it as it is written. */
		__atomic_store_n(&counter->near_slots[ifindex], slot, __ATOMIC_RELEASE);
		return 0;
	}
	if (slot)
		err = bpf_map_update_elem(far_slots, &ifindex, &slot, BPF_ANY);
	else
		err = bpf_map_delete_elem(far_slots, &ifindex);
	return err < 0 ? -errno : 0;
}

/* Finds a slot that may be given out. */
static int find_slot(const struct counter *counter, uint64_t now, uint64_t rest,
		     unsigned int *ret_at)
{
	bool resting = false;

	for (unsigned int at = 0; at < counter->settings.slots; at++) {
		const struct counter_slot *slot = &counter->slots[at];

		if (slot->state == COUNTER_SLOT_EMPTY ||
		    (slot->state == COUNTER_SLOT_RESTING && now - slot->released >= rest)) {
			*ret_at = at;
			return 0;
		}
		resting |= slot->state == COUNTER_SLOT_RESTING;
	}
	return resting ? -EINPROGRESS : -ENOSPC;
}

static int write_owner(const struct counter *counter, __u32 at, unsigned int ifindex,
		       const char *name)
{
	struct record_owner owner = {.ifindex = ifindex};

	snprintf(owner.name, sizeof(owner.name), "%s", name);
	if (bpf_map_update_elem(bpf_map__fd(counter->skeleton->maps.owners), &at, &owner, BPF_ANY) <
	    0)
		return -errno;
	return 0;
}

static int clear_slot(const struct counter *counter, __u32 at)
{
	if (bpf_map_update_elem(bpf_map__fd(counter->skeleton->maps.records), &at, counter->zeros,
				BPF_ANY) < 0 ||
	    (counter->companion >= 0 &&
	     bpf_map_update_elem(counter->companion, &at, counter->zeros, BPF_ANY) < 0))
		return -errno;
	return 0;
}

int counter_slot_take(struct counter *counter, unsigned int ifindex, const char *name, uint64_t now,
		      uint64_t rest, unsigned int *ret_slot)
{
	struct counter_slot *slot;
	unsigned int at;
	int err = find_slot(counter, now, rest, &at);

	if (err)
		return err;
	slot = &counter->slots[at];
	if (slot->state == COUNTER_SLOT_RESTING) {
		err = clear_slot(counter, at);
		if (err)
			return err;
		slot->state = COUNTER_SLOT_EMPTY;
	}
	err = write_owner(counter, at, ifindex, name);
	if (err)
		return err;
	err = map_index(counter, ifindex, at + 1);
	if (err) {
		(void)write_owner(counter, at, 0, "");
		return err;
	}
	slot->state = COUNTER_SLOT_USED;
	slot->ifindex = ifindex;
	*ret_slot = at + 1;
	return 0;
}

/* The slot that packets of the interface are counted in; 0: none. */
static unsigned int indexed_slot(const struct counter *counter, unsigned int ifindex)
{
	int far_slots = bpf_map__fd(counter->skeleton->maps.far_slots);
	__u32 slot;

	if (ifindex < RECORD_NEAR_INDEXES)
		return counter->near_slots[ifindex];
	return bpf_map_lookup_elem(far_slots, &ifindex, &slot) < 0 ? 0 : slot;
}

int counter_slot_adopt(struct counter *counter, unsigned int ifindex, const char *name,
		       unsigned int *ret_slot)
{
	unsigned int slot = indexed_slot(counter, ifindex);
	struct record_owner owner;
	__u32 at = slot - 1;

	if (!slot || slot > counter->settings.slots ||
	    counter->slots[at].state != COUNTER_SLOT_LEFT || counter->slots[at].ifindex != ifindex)
		return -ENOENT;
	if (bpf_map_lookup_elem(bpf_map__fd(counter->skeleton->maps.owners), &at, &owner) < 0)
		return -errno;
	if (strncmp(owner.name, name, sizeof(owner.name)) != 0)
		return -ENOENT;
	counter->slots[at].state = COUNTER_SLOT_USED;
	*ret_slot = slot;
	return 0;
}

void counter_slots_sweep(struct counter *counter, uint64_t now)
{
	for (unsigned int at = 0; at < counter->settings.slots; at++) {
		if (counter->slots[at].state == COUNTER_SLOT_LEFT)
			counter_slot_release(counter, at + 1, now);
	}
}

/* Whether the interface is counted in another slot by now. */
static bool is_counted_elsewhere(const struct counter *counter, unsigned int ifindex,
				 unsigned int slot)
{
	for (unsigned int at = 0; at < counter->settings.slots; at++) {
		if (at + 1 != slot && counter->slots[at].state == COUNTER_SLOT_USED &&
		    counter->slots[at].ifindex == ifindex)
			return true;
	}
	return false;
}

void counter_slot_release(struct counter *counter, unsigned int slot, uint64_t now)
{
	struct counter_slot *released = &counter->slots[slot - 1];

	/* They only fail where the entry is gone already: a hash entry nobody else deletes. */
	if (!is_counted_elsewhere(counter, released->ifindex, slot))
		(void)map_index(counter, released->ifindex, 0);
	(void)write_owner(counter, slot - 1, 0, "");
	released->state = COUNTER_SLOT_RESTING;
	released->released = now;
}
