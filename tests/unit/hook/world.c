// SPDX-License-Identifier: GPL-2.0-only
/* Steps, and what comes of them. */
#include "tests/unit/unit.h"
#include "tests/unit/hook/world.h"

#include <stdio.h>

#include "plugin/hook/attach.h"

struct world world;

static void note(char *log, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void note(char *log, size_t size, const char *format, ...)
{
	size_t used = strlen(log);
	va_list arguments;

	va_start(arguments, format);
	used += (size_t)vsnprintf(log + used, size - used, format, arguments);
	va_end(arguments);
	assert_true(used < size);
}

/* Nothing is reported twice in a row of the same interface. */
static void on_event(void *context, const struct event *event)
{
	static const char *const severities[] = {"okay", "warning", "failure", "news"};
	char line[WORLD_TOLD / 8];
	unsigned int i = 0;

	(void)context;
	snprintf(line, sizeof(line), "%s %s: %s\n", severities[event->severity], event->interface,
		 event->text);
	assert_true(strlen(line) < sizeof(line) - 1);
	while (world.last[i][0] &&
	       strncmp(strchr(world.last[i], ' '), strchr(line, ' '),
		       (size_t)(strchr(strchr(line, ' '), ':') - strchr(line, ' ') + 1)) != 0)
		i++;
	assert_true(i < WORLD_VIEWS);
	if (strcmp(world.last[i], line) == 0)
		fail_msg("told twice: %s", line);
	snprintf(world.last[i], sizeof(world.last[i]), "%s", line);
	note(world.told, sizeof(world.told), "%s", line);
}

static void keep_view(struct world_view *kept, const struct view *view)
{
	*kept = (struct world_view){.view = *view, .is_read = view->reading};
	snprintf(kept->name, sizeof(kept->name), "%s", view->name);
	if (view->reading)
		kept->packets = view_total(&view->reading->sum).packets;
	assert_int_equal(view->source_count, world.settings.sources.count);
	if (view->source_count && view->sources[0].cells) {
		assert_ptr_equal(view->sources[0].source, &world.source.source);
		kept->source_time = view->sources[0].time;
		kept->source_packets = view->sources[0].cells[0].packets;
	}
}

static void on_view(void *context, const struct view *view)
{
	(void)context;
	if (world.is_reading) {
		assert_true(world.reading_count < WORLD_VIEWS);
		keep_view(&world.readings[world.reading_count++], view);
	} else {
		assert_true(world.view_count < WORLD_VIEWS);
		keep_view(&world.views[world.view_count++], view);
	}
}

/* What was read in this step of what is shown after it. */
static void add_readings(void)
{
	for (unsigned int i = 0; i < world.view_count; i++) {
		struct world_view *view = &world.views[i];
		const struct world_view *reading = world_reading(view->name);

		if (!reading || !reading->is_read || reading->view.epoch != view->view.epoch)
			continue;
		view->is_read = true;
		view->packets = reading->packets;
		view->source_packets = reading->source_packets;
	}
}

#define NOTE_SOURCE(...) note(world.source.log, sizeof(world.source.log), __VA_ARGS__)

static void source_begin(struct source *source, const struct program *program,
			 const struct event_teller *teller)
{
	(void)source;
	(void)teller;
	assert_true(program->loaded);
	NOTE_SOURCE("begin; ");
}

static void source_end(struct source *source)
{
	(void)source;
	assert_true(world.program.program.loaded);
	NOTE_SOURCE("end; ");
}

static void source_step(struct source *source, const struct event_teller *teller, uint64_t now)
{
	(void)source;
	(void)teller;
	assert_int_equal(now, world.now);
}

static void source_taken(struct source *source, const struct source_interface *interface)
{
	(void)source;
	assert_true(interface->epoch > 0);
	NOTE_SOURCE("taken %u %s; ", interface->slot, interface->interface->name);
}

static void source_released(struct source *source, unsigned int slot)
{
	(void)source;
	NOTE_SOURCE("released %u; ", slot);
}

static enum source_answer source_held(struct source *source,
				      const struct source_interface *interface,
				      const struct event_teller *teller, uint64_t now, char *why,
				      size_t size)
{
	(void)source;
	(void)teller;
	assert_int_equal(now, world.now);
	NOTE_SOURCE("held %u by %u; ", interface->slot, interface->interface->hook.program_id);
	if (world.source.answer == SOURCE_REFUSED && world.source.reason)
		snprintf(why, size, "%s", world.source.reason);
	return world.source.answer;
}

static void source_free(struct source *source, unsigned int slot)
{
	(void)source;
	NOTE_SOURCE("free %u; ", slot);
}

static bool source_read(struct source *source, const struct source_interface *interface,
			struct record_cell *ret_cells)
{
	(void)source;
	assert_true(interface->slot > 0);
	ret_cells[0] = (struct record_cell){.packets = world.source.packets};
	return world.source.packets;
}

static const struct source_operations source_operations = {
	.cells = 1,
	.begin = source_begin,
	.end = source_end,
	.step = source_step,
	.slot_taken = source_taken,
	.slot_released = source_released,
	.hook_is_held = source_held,
	.hook_is_free = source_free,
	.read = source_read,
};

int world_set_up(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	fake_kernel_reset();
	fake_program_reset();
	world.now = 1000 * WORLD_INTERVAL;
	world.source.source.operations = &source_operations;
	world.source.answer = SOURCE_REFUSED;
	world.sources[0] = &world.source.source;
	assert_int_equal(selection_new(&world.selection), 0);
	world_select("eth0");
	fake_program_init(&world.program, true);
	world.settings = (struct reconcile_settings){
		.selection = world.selection,
		.kind = &xdp_kind,
		.mode = XDP_LINK_AUTO,
		.program = &world.program.program,
		.sources = {world.sources, 1},
		.interfaces = FAKE_SLOTS,
		.interval_ns = WORLD_INTERVAL,
		.pin_directory = "/pins",
		.owner = "/run/world.pid",
		.teller = {.tell = on_event},
		.taker = {.take = on_view},
	};
	return 0;
}

int world_tear_down(void **state)
{
	(void)state;
	if (world.reconcile)
		world_stop();
	selection_free(world.selection);
	return 0;
}

void world_select(const char *entry)
{
	char reason[128];

	assert_int_equal(selection_add(world.selection, entry, reason, sizeof(reason)), 0);
}

void world_start(void)
{
	const char *reason = world.program.program.not_adopted_reason;
	bool is_same = world.program.is_same, needs_pins = world.program.program.needs_pins;

	fake_program_init(&world.program, world.program.program.operations->slots);
	world.program.program.not_adopted_reason = reason;
	world.program.program.needs_pins = needs_pins;
	world.program.is_same = is_same;
	memset(world.last, 0, sizeof(world.last));
	assert_int_equal(reconcile_open(&world.settings, &world.reconcile), 0);
}

static void step(void)
{
	world.now += WORLD_INTERVAL;
	world.view_count = 0;
	world.reading_count = 0;
	world.is_reading = true;
	listing_listen(&world.listing);
	reconcile_read(world.reconcile, &world.listing);
	fake_kernel_note("dispatched; ");
	if (world.between)
		world.between();
	world.between = NULL;
	listing_refresh(&world.listing, &world.settings.teller);
	reconcile_step(world.reconcile, &world.listing, world.now);
	world.is_reading = false;
	reconcile_show(world.reconcile, &world.listing);
	add_readings();
}

void world_steps(unsigned int count, uint64_t packets)
{
	for (unsigned int i = 0; i < count; i++) {
		for (int device = 0; device < FAKE_DEVICES; device++) {
			if (kernel.devices[device].interface.index)
				fake_program_count(kernel.devices[device].interface.index, packets);
		}
		step();
	}
}

void world_stop(void)
{
	reconcile_close(world.reconcile);
	world.reconcile = NULL;
	listing_close(&world.listing);
	assert_int_equal(fake_kernel_open_fds(), 0);
	assert_int_equal(kernel.opened, 0);
	assert_false(kernel.locked);
	fake_kernel_end_process();
}

void world_kill(void)
{
	/* The kernel lets go first; then the memory of the process goes. */
	struct fake_kernel killed;

	fake_kernel_end_process();
	killed = kernel;
	for (int i = 0; i < FAKE_FDS; i++)
		kernel.fds[i].open = true;
	for (int i = 0; i < FAKE_LINKS; i++)
		kernel.links[i].references = FAKE_FDS;
	kernel.locked = true;
	reconcile_close(world.reconcile);
	world.reconcile = NULL;
	listing_close(&world.listing);
	kernel = killed;
}

void world_forget(void)
{
	world.told[0] = '\0';
	world.source.log[0] = '\0';
	fake_kernel_forget();
}

const struct world_view *world_view(const char *name)
{
	for (unsigned int i = 0; i < world.view_count; i++) {
		if (strcmp(world.views[i].name, name) == 0)
			return &world.views[i];
	}
	return NULL;
}

const struct world_view *world_reading(const char *name)
{
	for (unsigned int i = 0; i < world.reading_count; i++) {
		if (strcmp(world.readings[i].name, name) == 0)
			return &world.readings[i];
	}
	return NULL;
}

uint32_t world_at_hook(unsigned int index)
{
	return world.settings.kind->outgoing ? fake_kernel_outgoing(index)
					     : fake_kernel_at_hook(index);
}

void world_detach(unsigned int index)
{
	if (world.settings.kind->outgoing)
		fake_kernel_detach_outgoing(index);
	else
		fake_kernel_detach(index);
}

bool world_is_attached(const char *name)
{
	return world_view(name) && world_view(name)->view.attached;
}

unsigned int world_times_told(const char *text)
{
	unsigned int times = 0;

	for (const char *at = world.told; (at = strstr(at, text)); at++)
		times++;
	return times;
}

void world_start_first(void)
{
	world.settings.persist = true;
	world_select("eth1");
	fake_kernel_add(2, "eth0", "");
	fake_kernel_add(3, "eth1", "");
	world_start();
	world_steps(2, 5);
	assert_true(world_is_attached("eth0"));
	assert_true(world_is_attached("eth1"));
	assert_non_null(fake_kernel_pin("program"));
	assert_non_null(fake_kernel_pin("map"));
	assert_non_null(fake_kernel_pin("link_2"));
	assert_non_null(fake_kernel_pin("link_3"));
	assert_null(fake_kernel_pin("program_next"));
}

void world_restart(void)
{
	world_stop();
	world_forget();
	world_start();
}
