// SPDX-License-Identifier: GPL-2.0-only
/* Would the kernel load the counter for the process that is judged? */
#include <errno.h>

#include "bpf/record.h"
#include "plugin/base/trusted_dir.h"
#include "plugin/check/check.h"
#include "plugin/config/config.h"
#include "plugin/config/counter_block.h"
#include "plugin/config/maps_block.h"
#include "plugin/counter/counter.h"
#include "plugin/diagnose/check.h"
#include "plugin/diagnose/interfaces.h"
#include "plugin/diagnose/load.h"
#include "plugin/diagnose/pins.h"
#include "plugin/diagnose/privileges.h"
#include "plugin/kernel/cpus.h"
#include "plugin/kernel/privileges.h"
#include "plugin/kernel/probe.h"
#include "plugin/kernel/process.h"

/* Descriptors that collectd and its other plugins are left with. */
#define FILES_OF_OTHERS 32

static void remark(struct check *check, enum check_verdict verdict,
		   enum diagnose_check_remark which)
{
	check_say(check, verdict, NULL, diagnose_check_remark(which));
}

static void judge_kernel(struct check *check)
{
	const struct privileges *privileges = &check->subject.privileges;
	char text[CHECK_TEXT];

	if (privileges_kernel_before(privileges, 5, 10)) {
		diagnose_kernel(privileges, text, sizeof(text));
		check_say(check, CHECK_FAIL, NULL, text);
	} else {
		diagnose_check_kernel(privileges, text, sizeof(text));
		check_say(check, CHECK_OK, NULL, text);
	}
	if (privileges_kernel_before(privileges, 5, 18))
		remark(check, CHECK_NOTE, DIAGNOSE_CHECK_OLD_NATIVE);
	if (probe_is_realtime())
		remark(check, CHECK_NOTE, DIAGNOSE_CHECK_REALTIME);
	if (privileges->lockdown[0]) {
		diagnose_check_lockdown(privileges->lockdown, text, sizeof(text));
		check_say(check, CHECK_NOTE, NULL, text);
	}
}

static void judge_capabilities(struct check *check)
{
	const struct check_subject *subject = &check->subject;
	char missing[64], why[CHECK_TEXT];

	if (!subject->privileges.known) {
		remark(check, CHECK_FAIL, DIAGNOSE_CHECK_UNKNOWN);
		return;
	}
	privileges_missing(&subject->privileges, PRIVILEGES_LOAD, missing, sizeof(missing));
	if (missing[0] || subject->privileges.user_namespace || subject->refuses_bpf) {
		diagnose_permission(&subject->privileges, PRIVILEGES_LOAD, why, sizeof(why));
		check_say(check, CHECK_FAIL, "capabilities", why);
		return;
	}
	remark(check, CHECK_OK, DIAGNOSE_CHECK_CAPABLE);
	if (subject->privileges.seccomp == 2 && !subject->filter_known)
		remark(check, CHECK_NOTE, DIAGNOSE_CHECK_SECCOMP);
	if (subject->privileges.confinement[0]) {
		diagnose_check_confinement(subject->privileges.confinement, why, sizeof(why));
		check_say(check, CHECK_NOTE, NULL, why);
	}
}

/* Before this process lists interfaces itself, for it may have what collectd lacks. */
static void judge_sockets(struct check *check)
{
	char text[CHECK_TEXT];

	if (!check->subject.refuses_netlink)
		return;
	diagnose_interfaces(-EAFNOSUPPORT, false, text, sizeof(text));
	check_say(check, CHECK_FAIL, NULL, text);
}

/* As many cells for queues as the counter has, see plugin/counter/builtin.c. */
static unsigned int choose_queues(const struct config *config, unsigned int rx_queues)
{
	unsigned int queues = cpus_possible();

	if (!(config->breakdowns & RECORD_BY_QUEUE))
		return 0;
	if (rx_queues > queues)
		queues = rx_queues;
	return queues < COUNTER_QUEUES_MAX ? queues : COUNTER_QUEUES_MAX;
}

/* Of one direction, or of both. */
static uint64_t memory_of(const struct counter_settings *settings, bool outgoing, unsigned int cpus)
{
	struct counter_settings without_queues = *settings;
	uint64_t memory = counter_memory(settings, cpus);

	without_queues.queues = 0;
	return memory + (outgoing ? counter_memory(&without_queues, cpus) : 0);
}

static void judge_memory(struct check *check, unsigned int rx_queues)
{
	const struct privileges *privileges = &check->subject.privileges;
	const struct counter_settings settings = {
		.breakdowns = check->config->breakdowns,
		.queues = choose_queues(check->config, rx_queues),
		.slots = check->config->max_interfaces,
	};
	const bool outgoing = check_reports_outgoing(check);
	unsigned int cpus = cpus_possible();
	uint64_t memory = memory_of(&settings, outgoing, cpus);
	uint64_t left = check->subject.group_left;
	char text[CHECK_TEXT];

	if (left < memory) {
		diagnose_check_group(left, memory, text, sizeof(text));
		check_say(check, CHECK_FAIL, NULL, text);
	} else if (diagnose_exceeds_memlock(privileges, memory)) {
		diagnose_memlock(privileges, memory, false, text, sizeof(text));
		check_say(check, CHECK_FAIL, NULL, text);
	} else {
		const struct diagnose_check_memory facts = {
			memory, settings.slots, RECORD_BYTES(settings.queues), cpus, outgoing};

		diagnose_check_memory(&facts, text, sizeof(text));
		check_say(check, CHECK_OK, NULL, text);
	}
}

static void judge_files(struct check *check)
{
	uint64_t files = check->subject.privileges.files;
	const bool outgoing = check_reports_outgoing(check);
	unsigned int slots = check->config->max_interfaces;
	char text[CHECK_TEXT];

	if (files - process_files_reserve(files) < FILES_OF_OTHERS + slots * (outgoing ? 2 : 1)) {
		diagnose_check_few_files(files, slots, outgoing, text, sizeof(text));
		check_say(check, CHECK_FAIL, NULL, text);
	} else {
		diagnose_check_files(files, text, sizeof(text));
		check_say(check, CHECK_OK, NULL, text);
	}
}

static void judge_pins(struct check *check)
{
	const struct check_subject *subject = &check->subject;
	const char *directory = check->config->pin_directory;
	bool override = subject->privileges.effective & PRIVILEGES_DAC_OVERRIDE;
	struct trusted_dir_flaw flaw;
	char text[CHECK_TEXT];
	int err;

	if (!check->config->persist)
		return;
	err = process_may_pin(subject->pid, directory, subject->privileges.user, override, &flaw);
	if (!err && !subject->may_write_pins)
		err = -EROFS;
	if (err) {
		diagnose_pins(err, directory, &flaw, text, sizeof(text));
		check_say(check, CHECK_FAIL, NULL, text);
	} else {
		diagnose_check_pins(directory, text, sizeof(text));
		check_say(check, CHECK_OK, NULL, text);
	}
}

/* What is not looked at is said, so that nobody takes it for good. */
static void name_others(struct check *check)
{
	char text[CHECK_TEXT];

	for (size_t i = 0; i < check->config->counter_count; i++) {
		diagnose_check_counter(check->config->counters[i]->name, text, sizeof(text));
		check_say(check, CHECK_NOTE, NULL, text);
	}
	for (size_t i = 0; i < check->config->maps_count; i++) {
		diagnose_check_maps(check->config->maps[i]->name, text, sizeof(text));
		check_say(check, CHECK_NOTE, NULL, text);
	}
	if (check->config->next) {
		diagnose_check_next(check->config->next, text, sizeof(text));
		check_say(check, CHECK_NOTE, NULL, text);
	}
}

void check_process(struct check *check, unsigned int rx_queues)
{
	judge_kernel(check);
	judge_capabilities(check);
	judge_sockets(check);
	judge_memory(check, rx_queues);
	judge_files(check);
	judge_pins(check);
	name_others(check);
}
