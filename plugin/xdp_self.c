// SPDX-License-Identifier: GPL-2.0-only
/* Gathers what is known of interfaces, counter and program, for the log and for ReportSelf. */
#include "plugin/xdp_self.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include <plugin.h>

#include "plugin/base/clock.h"
#include "plugin/base/text.h"
#include "plugin/counter/counter.h"
#include "plugin/counter/image.h"
#include "plugin/diagnose/report.h"
#include "plugin/kernel/privileges.h"
#include "plugin/kernel/process.h"
#include "plugin/kernel/xdp_link.h"
#include "plugin/report/self.h"

uint64_t xdp_self_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

void xdp_self_begin(struct xdp_self *self)
{
	self->counted = 0;
	self->wanted = 0;
	self->names[0] = '\0';
}

void xdp_self_view(struct xdp_self *self, const struct view *view)
{
	char name[64];

	self->wanted += !view->departed;
	self->counted += view_is_counted(view);
	if (!view_is_counted(view))
		return;
	snprintf(name, sizeof(name), "%s %s", view->name,
		 view->observing ? "observed" : xdp_link_mode_name(view->mode));
	text_append_name(self->names, sizeof(self->names), name);
}

/* Once, with the number to set; each interface has a line of its own besides. */
static void log_shortage(const struct xdp_self *self)
{
	const unsigned int uncounted = self->wanted - self->counted;
	char text[DIAGNOSE_REPORT_TEXT];
	struct privileges privileges;

	if (!uncounted || process_may_take_file())
		return;
	privileges_read(&privileges);
	diagnose_report_files(uncounted, privileges.files,
			      process_files_wanted(privileges.files, uncounted), text,
			      sizeof(text));
	WARNING("xdp plugin: %s.", text);
}

void xdp_self_log(struct xdp_self *self, const struct counter *counter,
		  const struct report_interface_settings *settings)
{
	struct diagnose_report_start facts = {
		.counted = self->counted,
		.wanted = self->wanted,
		.names = self->names,
		.slots = settings->slots,
	};
	struct counter_statistics statistics;
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
	facts.length = counter_image_length(info->length);
	facts.memory = info->memory;
	facts.slot_bytes = RECORD_BYTES(queues);
	facts.cpus = info->cpus;
	facts.series = report_interface_series_max(settings, info->cpus, queues);
	diagnose_report_start(&facts, text, sizeof(text));
	INFO("xdp plugin: %s.", text);
	log_shortage(self);
	/* What an adopted program has run before is no sign that its runs are counted now. */
	if (counter_statistics(counter, &statistics) == 0)
		self->run_count = statistics.run_count;
}

/* The program's run time, if the kernel counts it: if it has run since the last reading. */
static bool read_statistics(struct xdp_self *self, const struct counter *counter,
			    struct counter_statistics *statistics)
{
	bool counts;

	if (counter_statistics(counter, statistics) != 0)
		return false;
	counts = statistics->run_count != self->run_count;
	self->run_count = statistics->run_count;
	return counts;
}

void xdp_self_dispatch(struct xdp_self *self, const struct counter *counter)
{
	struct report_self values = {
		.read_seconds = (double)self->read_ns / 1e9,
		.interfaces = self->counted,
	};
	uint64_t now = clock_now();
	struct counter_statistics statistics;

	if (counter) {
		values.memory = counter_info(counter)->memory;
		values.instructions = counter_info(counter)->instructions;
		values.is_timed = read_statistics(self, counter, &statistics);
	}
	if (values.is_timed) {
		values.run_time_ns = statistics.run_time_ns;
		values.run_count = statistics.run_count;
	}
	report_self(&values, &self->types, now);
}
