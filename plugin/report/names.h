/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names in collectd of all that is counted for an interface: a row per cell. Those of a
 * source stand in its own file (struct source_series), in the same form.
 */
#ifndef COLLECTD_XDP_REPORT_NAMES_H
#define COLLECTD_XDP_REPORT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one cell is called: a series of its packets, one of its bytes, or both. */
struct report_names {
	const char *packets_type; /* "if_rx_packets"; NULL: not reported */
	const char *octets_type;  /* "if_rx_octets"; NULL: not counted, or not reported */
	const char *instance;	  /* type instance */
};

/* A cell of struct record. */
struct report_names_cell {
	uint32_t breakdown; /* the bit of enum record_breakdown that it needs */
	size_t offset; /* in struct record: of a struct record_cell, or of a __u64 of packets */
	struct report_names names;
};

/* The table of struct record: all its cells. Static. */
const struct report_names_cell *report_names_cells(size_t *ret_count);

/* Of what has no cell of its own in struct record. */
extern const struct report_names report_names_total;
extern const struct report_names report_names_cpu;   /* behind the instance follows its number */
extern const struct report_names report_names_queue; /* the same */
extern const struct report_names report_names_attached;
extern const struct report_names report_names_attached_outgoing;
extern const struct report_names report_names_observing;
extern const struct report_names report_names_native;

/*
 * The type of a row of what comes in, or with `outgoing` that of the same row of what goes out:
 * "if_tx_packets" for "if_rx_packets". NULL of NULL. Static, if `type` is.
 */
const char *report_names_type(const char *type, bool outgoing);

/* The plugin instance of a custom counter; no interface has such a long name. */
void report_names_custom(const char *counter, char *text, size_t size);

/* The plugin instance of a <Maps> block. */
void report_names_maps(const char *name, char *text, size_t size);

/* Number of series that one cell becomes. */
size_t report_names_series(const struct report_names *names);

#endif
