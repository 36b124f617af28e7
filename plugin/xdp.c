// SPDX-License-Identifier: GPL-2.0-only
/* collectd's callbacks and the one context they share. Wiring only. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <plugin.h>

#include "plugin/counter/builtin.h"
#include "plugin/config/config.h"
#include "plugin/customs.h"
#include "plugin/base/text.h"
#include "plugin/hook/reconcile.h"
#include "plugin/diagnose/report.h"
#include "plugin/report/dispatch.h"
#include "plugin/report/interface.h"
#include "plugin/report/notify.h"
#include "plugin/report/self.h"

static struct {
	struct config *config;
	struct report_dispatch dispatch;
	struct report_interface *report;
	struct builtin *builtin;
	struct reconcile *reconcile; /* of the built-in counter; NULL: it has no interfaces */
	struct customs *customs;
	bool dispatching;     /* false during init, when writers may not be there yet */
	cdtime_t now;	      /* of the step that runs */
	unsigned int counted; /* attached to, or observed */
	unsigned int wanted;
	char names[512];    /* "eth0 native, eth1 generic", of the step in init */
	uint64_t read_ns;   /* duration of that step */
	uint64_t run_count; /* of the program, at the last look */
} context;

_Static_assert(CONFIG_INTERFACES_MAX == COUNTER_SLOTS_MAX, "an interface takes a slot");

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

static struct report_interface_settings report_settings(const struct config *config)
{
	return (struct report_interface_settings){
		.breakdowns = config->breakdowns,
		.options = config->report,
		.observe = config->observe,
		.slots = config->max_interfaces,
	};
}

static struct counter_settings counter_settings_of(const struct config *config)
{
	return (struct counter_settings){
		.breakdowns = config->breakdowns,
		.slots = config->max_interfaces,
	};
}

static struct reconcile_settings reconcile_settings(const struct config *config)
{
	return (struct reconcile_settings){
		.selection = config->selection,
		.mode = config->mode,
		.program = builtin_program(context.builtin),
		.interfaces = config->max_interfaces,
		.observe = config->observe,
		.persist = config->persist,
		.pin_directory = config->pin_directory,
		.interval_ns = CDTIME_T_TO_NS(plugin_get_interval()),
	};
}

/* Adds one interface that is counted to the line that init logs. */
static void list_name(const struct view *view)
{
	char name[64];

	snprintf(name, sizeof(name), "%s %s", view->name,
		 view->observing ? "observed" : xdp_link_mode_name(view->mode));
	text_append_name(context.names, sizeof(context.names), name);
}

static void on_event(void *unused, const struct event *event)
{
	(void)unused;
	report_notify(event);
}

static void on_view(void *unused, const struct view *view)
{
	(void)unused;
	context.wanted++;
	context.counted += view_is_counted(view);
	if (context.dispatching) {
		report_interface_view(context.report, view, context.now);
		return;
	}
	report_interface_begin(context.report, view, cdtime());
	if (view_is_counted(view))
		list_name(view);
}

static void step(void)
{
	uint64_t started;

	context.counted = 0;
	context.wanted = 0;
	context.now = cdtime();
	started = monotonic_ns();
	if (context.reconcile)
		reconcile_step(context.reconcile, started);
	customs_step(context.customs, started, context.now, context.dispatching);
	context.read_ns = monotonic_ns() - started;
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

/* The built-in counter; without interfaces it only cleans up what an earlier start pinned. */
static int open_builtin(void)
{
	const struct reconcile_observer observer = {.event = on_event, .view = on_view};
	const struct counter_settings for_counter = counter_settings_of(context.config);
	struct reconcile_settings for_reconcile;
	int err = builtin_open(&for_counter, context.config->next, &context.builtin);

	if (err)
		return err;
	for_reconcile = reconcile_settings(context.config);
	if (config_has_builtin(context.config))
		return reconcile_open(&for_reconcile, &observer, &context.reconcile);
	reconcile_forget(for_reconcile.program, for_reconcile.pin_directory, &observer);
	return 0;
}

/* Makes all that steps need. Returns 0 or -ENOMEM; what was made until then is closed later. */
static int open_all(void)
{
	const struct report_interface_settings for_report = report_settings(context.config);
	int err = report_interface_open(&for_report, &context.dispatch, &context.report);

	if (!err)
		err = open_builtin();
	if (err)
		return err;
	return customs_open(context.config, &context.dispatch,
			    CDTIME_T_TO_NS(plugin_get_interval()), &context.customs);
}

/* The line an operator looks for after a start. */
static void log_summary(void)
{
	const struct report_interface_settings for_report = report_settings(context.config);
	const struct counter *counter = builtin_counter(context.builtin);
	struct diagnose_report_start facts = {
		.counted = context.counted,
		.wanted = context.wanted,
		.names = context.names,
		.slots = for_report.slots,
	};
	char text[DIAGNOSE_REPORT_TEXT];
	const struct counter_info *info;
	unsigned int queues;

	if (!counter)
		return;
	info = counter_info(counter);
	queues = counter_settings(counter)->queues;
	facts.program = counter_program_name(counter);
	facts.program_id = info->program_id;
	facts.instructions = info->instructions;
	facts.multi_buffer = info->frags;
	facts.atomic = info->atomic;
	facts.memory = info->memory;
	facts.slot_bytes = RECORD_BYTES(queues);
	facts.cpus = info->cpus;
	facts.series = report_interface_series_max(&for_report, info->cpus, queues);
	diagnose_report_start(&facts, text, sizeof(text));
	INFO("xdp plugin: %s.", text);
}

/* What an adopted program has run before is no sign that its runs are counted now. */
static void note_statistics(void)
{
	const struct counter *counter = builtin_counter(context.builtin);
	struct counter_statistics statistics;

	if (context.config->report.self && counter && counter_statistics(counter, &statistics) == 0)
		context.run_count = statistics.run_count;
}

static int xdp_init(void)
{
	if (!context.config) {
		ERROR("xdp plugin: there is no <Plugin xdp> block; add one with at least one "
		      "Interface or <Counter>.");
		return -1;
	}
	if (open_all() < 0) {
		ERROR("xdp plugin: no memory for %u interfaces; set a smaller MaxInterfaces.",
		      context.config->max_interfaces);
		return -1;
	}
	step();
	log_summary();
	note_statistics();
	context.dispatching = true;
	return 0;
}

/* The program's run time, if the kernel counts it: if it has run since the last reading. */
static bool read_statistics(const struct counter *counter, struct counter_statistics *statistics)
{
	bool counts;

	if (counter_statistics(counter, statistics) != 0)
		return false;
	counts = statistics->run_count != context.run_count;
	context.run_count = statistics->run_count;
	return counts;
}

static void dispatch_self(void)
{
	const struct counter *counter = builtin_counter(context.builtin);
	struct report_self self = {
		.read_seconds = (double)context.read_ns / 1e9,
		.interfaces = context.counted,
	};
	struct counter_statistics statistics;

	if (counter) {
		self.memory = counter_info(counter)->memory;
		self.instructions = counter_info(counter)->instructions;
		self.is_timed = read_statistics(counter, &statistics);
	}
	if (self.is_timed) {
		self.run_time_ns = statistics.run_time_ns;
		self.run_count = statistics.run_count;
	}
	report_self(&self, context.now);
}

/*
 * Never fails: what cannot be read is reported as not attached and tried again
 * by reconcile; collectd would only read less and less often.
 */
static int xdp_read(void)
{
	step();
	if (context.config->report.self)
		dispatch_self();
	return 0;
}

static int xdp_shutdown(void)
{
	customs_close(context.customs);
	context.customs = NULL;
	reconcile_close(context.reconcile);
	context.reconcile = NULL;
	builtin_close(context.builtin);
	context.builtin = NULL;
	report_interface_close(context.report);
	context.report = NULL;
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
