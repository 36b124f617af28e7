/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The <Plugin xdp> block of collectd.conf: reads it, checks all of it, and
 * explains what is wrong. Has no side effect but log lines, so that
 * `collectd -t` tells whether a configuration is good.
 */
#ifndef COLLECTD_XDP_CONFIG_CONFIG_H
#define COLLECTD_XDP_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "plugin/kernel/xdp_link.h"
#include "plugin/config/selection.h"

struct counter_block;
struct oconfig_item_s;

struct config {
	struct selection *selection; /* of the built-in counter; see config_has_builtin() */
	enum xdp_link_mode mode;
	bool observe; /* OnBusy "observe" */
	bool persist;
	char *pin_directory;
	char *next; /* path of a pinned program; NULL: off */
	unsigned int max_interfaces;
	bool report_protocols;
	bool report_sizes;
	bool report_cast;
	bool report_queues;
	bool report_cpus;
	bool report_inactive;
	bool report_self;
	struct counter_block **counters; /* the <Counter> blocks */
	size_t counter_count;
};

/*
 * Reads one <Plugin xdp> block. Everything that is wrong with it is logged,
 * one line each, with the value and what is allowed.
 * Returns 0 and a configuration the caller frees; -EINVAL, -ENOMEM.
 */
int config_read(const struct oconfig_item_s *block, struct config **ret_config);

/* Whether the built-in counter has interfaces; else there are <Counter> blocks only. */
bool config_has_builtin(const struct config *config);

/* Takes NULL. */
void config_free(struct config *config);

#endif
