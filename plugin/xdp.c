// SPDX-License-Identifier: GPL-2.0-only
/* collectd's callbacks and the one context they share. Wiring only. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <plugin.h>

#include "bpf/record.h"
#include "plugin/base/clock.h"
#include "plugin/base/event.h"
#include "plugin/config/config.h"
#include "plugin/custom/folder.h"
#include "plugin/custom/program.h"
#include "plugin/diagnose/report.h"
#include "plugin/hook/attach.h"
#include "plugin/hook/attempt.h"
#include "plugin/hook/clean_up.h"
#include "plugin/hook/listing.h"
#include "plugin/hook/reconcile.h"
#include "plugin/kernel/process.h"
#include "plugin/kernel/xdp_link.h"
#include "plugin/report/custom.h"
#include "plugin/report/dispatch.h"
#include "plugin/report/foreign.h"
#include "plugin/report/interface.h"
#include "plugin/report/notify.h"
#include "plugin/report/self.h"
#include "plugin/report/types.h"
#include "plugin/xdp_builtin.h"

/* One program with its state machine and its report. */
struct unit {
	struct program *program;
	struct reconcile *reconcile; /* NULL: it has nothing to count */
	char pin_directory[CUSTOM_FOLDER_PATH];
	struct xdp_builtin *builtin;	   /* the built-in counter; NULL: a custom counter */
	const struct counter_block *block; /* of a custom counter: its configuration */
	struct custom_program *custom;
	struct report_custom *report;
};

static struct {
	struct config *config;
	struct report_dispatch dispatch;
	struct xdp_builtin incoming, outgoing; /* the latter with ReportOutgoing */
	struct listing listing;
	struct attempt_company company; /* of all programs */
	struct unit *units;		/* the built-in counter first, in each direction */
	size_t unit_count;
	struct report_foreign maps; /* other people's */
	struct clean_up *clean_up;
	char owner[PATH_MAX]; /* of pins: the PID file, in which two collectd at a time differ */
	bool dispatching;     /* false during init, when writers may not be there yet */
	struct report_types types;
	uint64_t read_ns; /* duration of the last reading, with the step after it */
} context;

/* `counter`: the name of the custom counter that it is of; "": of the built-in one. */
static void on_event(void *counter, const struct event *event)
{
	const char *name = counter;

	if (name[0])
		report_notify_custom(name, event);
	else
		report_notify(event);
}

/* The same of what goes out. */
static void on_outgoing_event(void *nothing, const struct event *event)
{
	(void)nothing;
	report_notify_outgoing(event);
}

static bool is_outgoing(const struct unit *unit)
{
	return unit->builtin == &context.outgoing;
}

/* A teller that says of which unit the events are. */
static struct event_teller teller_of(const struct unit *unit)
{
	if (is_outgoing(unit))
		return (struct event_teller){.tell = on_outgoing_event};
	return (struct event_teller){.context = unit->block ? unit->block->name : (void *)"",
				     .tell = on_event};
}

static void on_view(void *unit_of_it, const struct view *view)
{
	const struct unit *unit = unit_of_it;

	if (unit->builtin)
		xdp_builtin_view(unit->builtin, view, context.dispatching);
	else if (context.dispatching)
		report_custom_view(unit->report, view);
}

static void tell_warning(struct unit *unit)
{
	const struct event_teller teller = teller_of(unit);
	char *warning = custom_program_take_warning(unit->custom);

	if (warning)
		event_tell(&teller, EVENT_WARNING, "", warning);
	free(warning);
}

static void read_unit(struct unit *unit)
{
	if (!unit->reconcile)
		return;
	reconcile_read(unit->reconcile, &context.listing);
	if (unit->report)
		report_custom_step(unit->report);
}

static void step_unit(struct unit *unit, uint64_t monotonic)
{
	cdtime_t before = cdtime();

	if (!unit->reconcile)
		return;
	reconcile_step(unit->reconcile, &context.listing, monotonic);
	if (!unit->report)
		return;
	tell_warning(unit);
	report_custom_begin(unit->report, before);
}

/* Looks after interfaces, programs and pins: all that may wait for the kernel's rtnl lock. */
static void step(void)
{
	const struct event_teller teller = teller_of(&context.units[0]);
	uint64_t started = clock_monotonic();

	listing_refresh(&context.listing, &teller);
	clean_up_step(context.clean_up);
	for (size_t i = 0; i < context.unit_count; i++)
		step_unit(&context.units[i], started);
	report_foreign_step(&context.maps, &context.listing);
	context.read_ns += clock_monotonic() - started;
	report_dispatch_finish(&context.dispatch);
}

static int xdp_config(oconfig_item_t *block)
{
	if (context.config) {
		ERROR("xdp plugin: there is more than one <Plugin xdp> block; put all options into "
		      "one.");
		return -1;
	}
	return config_read(block, &context.config) == 0 ? 0 : -1;
}

static bool reports_outgoing(void)
{
	return context.config->breakdowns & RECORD_BY_DIRECTION;
}

/* What the state machines of all units have in common; the rest is the unit's. */
static int open_reconcile(struct unit *unit, const struct selection *selection,
			  enum xdp_link_mode mode, const struct source_set *sources)
{
	const struct reconcile_settings settings = {
		.selection = selection,
		.kind = is_outgoing(unit) ? &tcx_kind : &xdp_kind,
		.mode = mode,
		.program = unit->program,
		.sources = *sources,
		.company = is_outgoing(unit) ? NULL : &context.company,
		.beside = is_outgoing(unit) ? context.units[0].reconcile : NULL,
		.links_beside = unit->builtin && reports_outgoing() ? 1 : 0,
		.interfaces = context.config->max_interfaces,
		.interval_ns = CDTIME_T_TO_NS(plugin_get_interval()),
		.persist = context.config->persist,
		.pin_directory = unit->pin_directory,
		.owner = context.owner,
		.teller = teller_of(unit),
		.taker = {.context = unit, .take = on_view},
	};

	return reconcile_open(&settings, &unit->reconcile);
}

/* The built-in counter in one direction; without interfaces it only cleans up. */
static int open_builtin(struct unit *unit, struct xdp_builtin *builtin)
{
	const struct config *config = context.config;
	int err = xdp_builtin_open_report(builtin, &context.types, &context.dispatch);

	unit->builtin = builtin;
	unit->program = xdp_builtin_program(builtin);
	xdp_builtin_folder(config, is_outgoing(unit), unit->pin_directory,
			   sizeof(unit->pin_directory));
	if (err || !config_has_builtin(config))
		return err;
	return open_reconcile(unit, config->selection,
			      is_outgoing(unit) ? XDP_LINK_AUTO : config->mode, &builtin->sources);
}

/*
 * What an earlier start pinned of the built-in counter in one direction. `unit`: NULL: it is not
 * configured; what is pinned has the same names in both directions.
 */
static int add_place(const struct unit *unit, bool outgoing)
{
	const struct program *incoming = xdp_builtin_program(&context.incoming);
	char directory[CUSTOM_FOLDER_PATH];
	const struct clean_up_place place = {
		.operations = incoming->operations,
		.program = unit ? unit->program : NULL,
		.kind = outgoing ? &tcx_kind : &xdp_kind,
		.directory = directory,
		.name = "",
		.tell = outgoing ? on_outgoing_event : on_event,
		.forget = !unit || !unit->reconcile,
	};

	xdp_builtin_folder(context.config, outgoing, directory, sizeof(directory));
	return clean_up_add(context.clean_up, &place);
}

/* Both directions, of which that of what goes out may be off. */
static int open_directions(void)
{
	bool outgoing = reports_outgoing();
	int err = open_builtin(&context.units[0], &context.incoming);

	if (!err)
		err = add_place(&context.units[0], false);
	if (!err && outgoing)
		err = open_builtin(&context.units[1], &context.outgoing);
	return err ? err : add_place(outgoing ? &context.units[1] : NULL, true);
}

/* A custom counter; what is half-built when it fails is closed with all units. */
static int open_custom(struct unit *unit, const struct counter_block *block)
{
	const struct config *config = context.config;
	const struct source_set no_sources = {0};
	int err = custom_program_open(block, &unit->custom);

	unit->block = block;
	if (!err)
		err = report_custom_open(block, &config->report, unit->custom, &context.dispatch,
					 &unit->report);
	if (err || !report_custom_check(block))
		return err;
	unit->program = custom_program_as_program(unit->custom);
	custom_folder_path(config->pin_directory, block->name, unit->pin_directory,
			   sizeof(unit->pin_directory));
	return open_reconcile(unit, block->selection, block->mode, &no_sources);
}

static int open_clean_up(void)
{
	const struct config *config = context.config;
	const struct clean_up_settings settings = {.kind = &xdp_kind,
						   .owner = context.owner,
						   .persist = config->persist,
						   .tell = on_event};

	process_real_path(global_option_get("PIDFile"), context.owner, sizeof(context.owner));
	if (clean_up_open(&settings, &context.clean_up) < 0)
		return -ENOMEM;
	return custom_folder_add(config->pin_directory, config->counters, config->counter_count,
				 context.clean_up);
}

/* Makes all that steps need. Returns 0 or -ENOMEM; what was made until then is closed later. */
static int open_all(void)
{
	const struct config *config = context.config;
	const bool outgoing = reports_outgoing();
	const size_t directions = outgoing ? 2 : 1;
	int err = xdp_builtin_open(config, false, &context.incoming);

	if (!err && outgoing)
		err = xdp_builtin_open(config, true, &context.outgoing);
	if (err)
		return err;
	report_types_check(&context.types, &context.incoming.sources, outgoing,
			   config->report.self);
	context.units = calloc(directions + config->counter_count, sizeof(*context.units));
	if (!context.units)
		return -ENOMEM;
	context.unit_count = directions + config->counter_count;
	err = open_clean_up();
	if (!err)
		err = open_directions();
	for (size_t i = 0; !err && i < config->counter_count; i++)
		err = open_custom(&context.units[directions + i], config->counters[i]);
	return err ? err
		   : report_foreign_open(&context.maps, config->maps, config->maps_count,
					 &config->report, &context.dispatch);
}

static void close_unit(struct unit *unit)
{
	reconcile_close(unit->reconcile);
	report_custom_close(unit->report);
	custom_program_close(unit->custom);
}

/* Of the built-in counter. */
static void log_start(const struct unit *unit)
{
	if (!unit->builtin || !unit->reconcile)
		return;
	reconcile_show(unit->reconcile, &context.listing);
	xdp_builtin_log_start(unit->builtin);
}

static int xdp_init(void)
{
	if (!context.config) {
		ERROR("xdp plugin: there is no <Plugin xdp> block behind LoadPlugin xdp, where "
		      "collectd reads it; add one with at least one Interface, <Counter> or "
		      "<Maps>, or move it behind.");
		return -1;
	}
	if (open_all() < 0) {
		ERROR("xdp plugin: no memory for %u interfaces; set a smaller MaxInterfaces.",
		      context.config->max_interfaces);
		return -1;
	}
	step();
	for (size_t i = 0; i < context.unit_count; i++)
		log_start(&context.units[i]);
	context.dispatching = true;
	return 0;
}

/* What the plugin costs. */
static void dispatch_self(void)
{
	uint64_t now = clock_now();

	report_self_reading((double)context.read_ns / 1e9, &context.types, now);
	xdp_builtin_self(&context.incoming, now);
	if (reports_outgoing())
		xdp_builtin_self(&context.outgoing, now);
}

/* Reads and dispatches all that is counted. Nothing here waits for the kernel's rtnl lock. */
static void read_all(void)
{
	uint64_t started = clock_monotonic(), spent;

	xdp_builtin_begin(&context.incoming);
	xdp_builtin_begin(&context.outgoing);
	listing_listen(&context.listing);
	for (size_t i = 0; i < context.unit_count; i++)
		read_unit(&context.units[i]);
	report_interface_sources(context.incoming.report);
	report_foreign_read(&context.maps);
	spent = clock_monotonic() - started;
	/* First values of series, too, come before what tells of the plugin itself. */
	report_dispatch_finish(&context.dispatch);
	if (context.config->report.self)
		dispatch_self();
	context.read_ns = spent;
}

/*
 * Never fails: what cannot be read is reported as not attached and tried again
 * by reconcile; collectd would only read less and less often.
 */
static int xdp_read(void)
{
	read_all();
	step();
	return 0;
}

static int xdp_shutdown(void)
{
	/* Custom counters first. */
	while (context.unit_count)
		close_unit(&context.units[--context.unit_count]);
	free(context.units);
	context.units = NULL;
	report_foreign_close(&context.maps);
	clean_up_close(context.clean_up);
	context.clean_up = NULL;
	listing_close(&context.listing);
	xdp_builtin_close(&context.outgoing);
	xdp_builtin_close(&context.incoming);
	report_dispatch_close(&context.dispatch);
	config_free(context.config);
	context.config = NULL;
	return 0;
}

void module_register(void)
{
	plugin_register_complex_config("xdp", xdp_config);
	plugin_register_init("xdp", xdp_init);
	plugin_register_read("xdp", xdp_read);
	plugin_register_shutdown("xdp", xdp_shutdown);
}
