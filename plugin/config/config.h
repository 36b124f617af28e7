/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The <Plugin xdp> block of collectd.conf: reads it, checks all of it, and explains what is
 * wrong. Has no side effect but log lines. `collectd -T` tests a configuration with it;
 * `collectd -t` of collectd 5.8 to 5.12 does not call it, and so finds no mistake in the block.
 */
#ifndef COLLECTD_XDP_CONFIG_CONFIG_H
#define COLLECTD_XDP_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/config/report_options.h"
#include "plugin/config/selection.h"
#include "plugin/kernel/xdp_link.h"

struct counter_block;
struct maps_block;
struct oconfig_item_s;

/* MaxInterfaces is at most this. */
#define CONFIG_INTERFACES_MAX 4096

struct config {
	struct selection *selection; /* of the built-in counter; see config_has_builtin() */
	enum xdp_link_mode mode;
	bool persist;
	char *pin_directory;
	char *next; /* path of a pinned program; NULL: off */
	unsigned int max_interfaces;
	uint32_t
		breakdowns; /* bits of enum record_breakdown: ReportProtocols and its kin, OnBusy */
	struct report_options report;
	struct counter_block **counters; /* the <Counter> blocks */
	size_t counter_count;
	struct maps_block **maps; /* the <Maps> blocks */
	size_t maps_count;
};

/*
 * Reads one <Plugin xdp> block. Everything that is wrong with it is logged,
 * one line each, with the value and what is allowed.
 * Returns 0 and a configuration the caller frees; -EINVAL, -ENOMEM.
 */
int config_read(const struct oconfig_item_s *block, struct config **ret_config);

/* Whether the built-in counter has interfaces; else there are <Counter> or <Maps> blocks only. */
bool config_has_builtin(const struct config *config);

/* Takes NULL. */
void config_free(struct config *config);

#endif
