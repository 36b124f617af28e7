// SPDX-License-Identifier: GPL-2.0-only
/* The operations of a program, done by the built-in counter. */
#include "plugin/counter/builtin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugin/counter/next_policy.h"
#include "plugin/counter/next_slot.h"
#include "plugin/counter/pins.h"
#include "plugin/counter/program_name.h"
#include "plugin/counter/read.h"
#include "plugin/counter/slots.h"
#include "plugin/diagnose/load.h"
#include "plugin/kernel/cpus.h"
#include "plugin/kernel/pin_dir.h"
#include "plugin/kernel/privileges.h"

_Static_assert(PROGRAM_PINNED == PINSET_PROGRAMS, "the set fills an array of programs");

struct builtin {
	struct program program;
	struct counter_settings settings; /* as last loaded */
	struct counter *counter;
	struct counter_failure failure;
	struct next_policy next;
};

static struct builtin *builtin_of(const struct program *program)
{
	return (struct builtin *)program;
}

/*
 * As many queues as the largest interface has, and at least one per CPU for those to come; and as
 * many as fill the record, which is all that the next start sees of it. Returns 0, or as
 * counter_pins_queues() and cpus_measure(); `step` says which.
 */
static int choose_queues(unsigned int rx_queues, const struct pin_dir *pins,
			 unsigned int *ret_queues, const char **step)
{
	unsigned int queues, pinned = 0;
	int err = cpus_measure(&queues);

	if (err)
		return err;
	*step = "looking at the pinned records";
	err = pins ? counter_pins_queues(pins, &pinned) : 0;
	if (rx_queues > queues)
		queues = rx_queues;
	if (queues > COUNTER_QUEUES_MAX)
		queues = COUNTER_QUEUES_MAX;
	queues = RECORD_QUEUES(RECORD_BYTES(queues));
	/* No fewer than are pinned, so that counts go on. */
	*ret_queues = pinned > queues ? pinned : queues;
	return err;
}

static int load(struct program *program, unsigned int rx_queues, const struct pin_dir *pins)
{
	struct builtin *builtin = builtin_of(program);
	const struct counter_info *info;
	int err;

	builtin->settings.queues = 0;
	err = next_policy_prepare(&builtin->next, pins, &builtin->settings.next, &builtin->failure);
	if (!err && builtin->settings.breakdowns & RECORD_BY_QUEUE) {
		builtin->failure = (struct counter_failure){.step = CPUS_STEP};
		err = choose_queues(rx_queues, pins, &builtin->settings.queues,
				    &builtin->failure.step);
	}
	if (!err)
		err = counter_open(&builtin->settings, pins, &builtin->counter, &builtin->failure);
	if (err) {
		next_policy_drop(&builtin->next);
		return err;
	}
	info = counter_info(builtin->counter);
	program->fd = counter_program_fd(builtin->counter);
	program->id = info->program_id;
	program->frags = info->frags;
	program->queues = builtin->settings.queues;
	program->adopted = info->adopted;
	program->not_adopted_reason = info->not_adopted_reason;
	program->counter = builtin->counter;
	program->loaded = true;
	return 0;
}

static void explain(const struct program *program, int err, char *text, size_t size)
{
	const struct builtin *builtin = builtin_of(program);
	struct privileges privileges;
	const struct diagnose_load facts = {
		.error = err,
		.step = builtin->failure.step,
		.libbpf = builtin->failure.log.libbpf,
		.verifier = builtin->failure.log.verifier,
		.privileges = &privileges,
		.memory = counter_memory(&builtin->settings, cpus_possible()),
	};

	if (next_policy_explain(&builtin->next, text, size))
		return;
	privileges_read(&privileges);
	diagnose_load(&facts, text, size);
}

static bool has_news(const struct program *program)
{
	return next_policy_has_news(&builtin_of(program)->next);
}

static void follow(struct program *program, const struct event_teller *teller, uint64_t now)
{
	next_policy_follow(&builtin_of(program)->next, teller, now);
}

static void unload(struct program *program)
{
	struct builtin *builtin = builtin_of(program);

	counter_close(builtin->counter);
	builtin->counter = NULL;
	program->counter = NULL;
	next_policy_drop(&builtin->next);
	program->loaded = false;
}

static int take_slot(struct program *program, unsigned int ifindex, const char *name, uint64_t now,
		     uint64_t rest, unsigned int *ret_slot)
{
	return counter_slot_take(counter_slots(builtin_of(program)->counter), ifindex, name, now,
				 rest, ret_slot);
}

static int adopt_slot(struct program *program, unsigned int ifindex, const char *name,
		      unsigned int *ret_slot)
{
	return counter_slot_adopt(counter_slots(builtin_of(program)->counter), ifindex, name,
				  ret_slot);
}

static void release_slot(struct program *program, unsigned int slot, uint64_t now)
{
	counter_slot_release(counter_slots(builtin_of(program)->counter), slot, now);
}

static void sweep_slots(struct program *program, uint64_t now)
{
	counter_slots_sweep(counter_slots(builtin_of(program)->counter), now);
}

static int read_slot(struct program *program, unsigned int slot, struct view_reading *ret_reading)
{
	return counter_read(counter_reader(builtin_of(program)->counter), slot, ret_reading);
}

static void read_ahead(struct program *program, bool on)
{
	counter_read_ahead(counter_reader(builtin_of(program)->counter), on);
}

static int pin_program(const struct program *program, const struct pin_dir *pins)
{
	struct builtin *builtin = builtin_of(program);
	/* What it calls is pinned before anything calls it. */
	int err = next_policy_pin(&builtin->next, pins);

	return err ? err : counter_pins_put_program(counter_object(builtin->counter), pins);
}

static int pin(const struct program *program, const struct pin_dir *pins)
{
	struct builtin *builtin = builtin_of(program);
	int err = counter_pins_put(counter_object(builtin->counter), pins);
	int settled = next_policy_settle(&builtin->next, pins);

	return err ? err : settled;
}

static int pinned(const struct program *program, const struct pin_dir *pins,
		  uint32_t ret_ids[PROGRAM_PINNED])
{
	(void)program;
	return counter_pins_programs(pins, ret_ids);
}

static int unpin(const struct program *program, const struct pin_dir *pins)
{
	(void)program;
	return counter_pins_drop(pins);
}

static bool is_pin(const struct program *program, const char *name)
{
	(void)program;
	return counter_pins_is_pin(name);
}

static bool calls_next(const struct pin_dir *pins)
{
	return pin_dir_has(pins, NEXT_SLOT_PIN) || pin_dir_has(pins, NEXT_SLOT_PIN_NEW);
}

static const struct program_slots slots = {
	.take = take_slot,
	.adopt = adopt_slot,
	.release = release_slot,
	.sweep = sweep_slots,
	.read = read_slot,
	.read_ahead = read_ahead,
};

static const struct program_operations operations = {
	.load = load,
	.explain = explain,
	.has_news = has_news,
	.follow = follow,
	.unload = unload,
	.slots = &slots,
	.pin_program = pin_program,
	.pin = pin,
	.pinned = pinned,
	.unpin = unpin,
	.is_pin = is_pin,
	.calls_next = calls_next,
};

int builtin_open(const struct counter_settings *settings, const char *next,
		 struct builtin **ret_builtin)
{
	struct builtin *builtin = calloc(1, sizeof(*builtin));

	if (!builtin)
		return -ENOMEM;
	builtin->program.operations = &operations;
	snprintf(builtin->program.name, sizeof(builtin->program.name), "%s",
		 counter_program_name_of(settings->outgoing, next));
	if (!settings->outgoing)
		builtin->program.alias = counter_program_name_of(false, !next);
	builtin->program.needs_pins = next;
	builtin->next.path = next;
	builtin->settings = *settings;
	/* There is a record per CPU anyway; the program would look at more of each packet. */
	builtin->settings.breakdowns &= RECORD_COUNTED;
	*ret_builtin = builtin;
	return 0;
}

struct program *builtin_program(struct builtin *builtin)
{
	return &builtin->program;
}

const struct counter *builtin_counter(const struct builtin *builtin)
{
	return builtin ? builtin->counter : NULL;
}

void builtin_close(struct builtin *builtin)
{
	if (!builtin)
		return;
	if (builtin->program.loaded)
		unload(&builtin->program);
	free(builtin);
}
