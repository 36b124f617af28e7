// SPDX-License-Identifier: GPL-2.0-only
/* Passes settings on to counter, sources and report, and facts from one to the other. */
#include "plugin/xdp_builtin.h"

#include <stdio.h>

#include <plugin.h>

#include "bpf/record.h"
#include "plugin/config/config.h"
#include "plugin/counter/builtin.h"
#include "plugin/counter/counter.h"
#include "plugin/diagnose/report.h"
#include "plugin/kernel/xdp_link.h"
#include "plugin/source/sources.h"

_Static_assert(CONFIG_INTERFACES_MAX == COUNTER_SLOTS_MAX, "an interface takes a slot");

/* What is counted of packets that go out: by the counter, on each CPU, and the signs; there are no
 * receive queues, and no verdicts of others. */
#define XDP_BUILTIN_OUTGOING                                                                       \
	(RECORD_BY_PROTOCOL | RECORD_BY_SIZE | RECORD_BY_CAST | RECORD_BY_CPU | RECORD_BY_SIGNAL)

void xdp_builtin_folder(const struct config *config, bool outgoing, char *text, size_t size)
{
	snprintf(text, size, "%s%s", config->pin_directory, outgoing ? "/outgoing" : "");
}

int xdp_builtin_open(const struct config *config, bool outgoing, struct xdp_builtin *builtin)
{
	const uint32_t breakdowns =
		outgoing ? config->breakdowns & XDP_BUILTIN_OUTGOING : config->breakdowns;
	const struct counter_settings for_counter = {
		.breakdowns = breakdowns,
		.slots = config->max_interfaces,
		.outgoing = outgoing,
	};
	const struct sources_settings for_sources = {
		.breakdowns = breakdowns,
		.each = {.slots = config->max_interfaces,
			 .interval_ns = CDTIME_T_TO_NS(plugin_get_interval())},
	};
	int err = sources_open(&for_sources, &builtin->sources);

	if (err)
		return err;
	builtin->settings = (struct report_interface_settings){
		.breakdowns = breakdowns,
		.outgoing = outgoing,
		.options = config->report,
		.slots = config->max_interfaces,
		.sources = builtin->sources.list,
		.source_count = builtin->sources.count,
	};
	return builtin_open(&for_counter, outgoing ? NULL : config->next, &builtin->counter);
}

int xdp_builtin_open_report(struct xdp_builtin *builtin, const struct report_types *types,
			    struct report_dispatch *dispatch)
{
	builtin->settings.types = *types;
	return report_interface_open(&builtin->settings, dispatch, &builtin->report);
}

struct program *xdp_builtin_program(const struct xdp_builtin *builtin)
{
	return builtin->counter ? builtin_program(builtin->counter) : NULL;
}

void xdp_builtin_begin(struct xdp_builtin *builtin)
{
	builtin->interfaces = (struct report_start){0};
}

void xdp_builtin_view(struct xdp_builtin *builtin, const struct view *view, bool dispatching)
{
	report_start_view(&builtin->interfaces, view, xdp_link_mode_name(view->mode));
	if (dispatching)
		report_interface_view(builtin->report, view);
}

/* The program's run time, if the kernel counts it: if it has run since the last look. */
static bool read_statistics(struct xdp_builtin *builtin, struct counter_statistics *statistics)
{
	const struct counter *counter = builtin_counter(builtin->counter);
	bool counts;

	if (!counter || counter_statistics(counter, statistics) != 0)
		return false;
	counts = statistics->run_count != builtin->run_count;
	builtin->run_count = statistics->run_count;
	return counts;
}

void xdp_builtin_log_start(struct xdp_builtin *builtin)
{
	const struct counter *counter = builtin_counter(builtin->counter);
	struct counter_statistics statistics;
	struct diagnose_report_start program = {0};

	if (!counter)
		return;
	counter_describe(counter, &program);
	report_start_log(&builtin->interfaces, &program, &builtin->settings,
			 counter_settings(counter)->queues);
	/* What an adopted program has run before is no sign that its runs are counted now. */
	(void)read_statistics(builtin, &statistics);
}

void xdp_builtin_self(struct xdp_builtin *builtin, uint64_t now)
{
	const struct counter *counter = builtin_counter(builtin->counter);
	struct report_self values = {
		.outgoing = builtin->settings.outgoing,
		.interfaces = builtin->interfaces.counted,
	};
	struct counter_statistics statistics;

	if (counter) {
		values.memory = counter_info(counter)->memory;
		values.instructions = counter_info(counter)->instructions;
	}
	values.is_timed = read_statistics(builtin, &statistics);
	if (values.is_timed) {
		values.run_time_ns = statistics.run_time_ns;
		values.run_count = statistics.run_count;
	}
	report_self(&values, &builtin->settings.types, now);
}

void xdp_builtin_close(struct xdp_builtin *builtin)
{
	builtin_close(builtin->counter);
	report_interface_close(builtin->report);
	sources_close(&builtin->sources);
	*builtin = (struct xdp_builtin){0};
}
