// SPDX-License-Identifier: GPL-2.0-only
/* Reads the signs of a slot, sums them over the CPUs, and says what each is called. */
#include "plugin/source/signals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "plugin/counter/counter.h"
#include "plugin/hook/program.h"

struct signals {
	struct source source;
	struct counter *counter;       /* NULL: the program is not loaded */
	struct record_signals *values; /* of one slot, for each possible CPU; NULL: no memory */
};

#define SIGNALS_PACKETS(of, name)                                                                  \
	{                                                                                          \
		.cell = (of), .packets_type = "if_rx_packets", .instance = (name)                  \
	}
#define SIGNALS_BOTH(of, name)                                                                     \
	{                                                                                          \
		.cell = (of), .packets_type = "if_rx_packets", .octets_type = "if_rx_octets",      \
		.instance = (name)                                                                 \
	}

static const struct source_series series[] = {
	SIGNALS_PACKETS(RECORD_TCP_SYN, "tcp-syn"),
	SIGNALS_PACKETS(RECORD_TCP_SYN_ACK, "tcp-syn_ack"),
	SIGNALS_PACKETS(RECORD_TCP_FIN, "tcp-fin"),
	SIGNALS_PACKETS(RECORD_TCP_RST, "tcp-rst"),
	SIGNALS_PACKETS(RECORD_TCP_NULL, "tcp-null"),
	SIGNALS_PACKETS(RECORD_TCP_SYN_FIN, "tcp-syn_fin"),
	SIGNALS_PACKETS(RECORD_ICMP_ECHO_REQUEST, "icmp-echo_request"),
	SIGNALS_PACKETS(RECORD_ICMP_ECHO_REPLY, "icmp-echo_reply"),
	SIGNALS_PACKETS(RECORD_ICMP_UNREACHABLE, "icmp-unreachable"),
	SIGNALS_PACKETS(RECORD_ICMP_TIME_EXCEEDED, "icmp-time_exceeded"),
	SIGNALS_PACKETS(RECORD_ICMP_REDIRECT, "icmp-redirect"),
	SIGNALS_PACKETS(RECORD_ICMP_NEIGHBOUR, "icmp-neighbour"),
	SIGNALS_BOTH(RECORD_FROM_DNS, "from-dns"),
	SIGNALS_BOTH(RECORD_FROM_NTP, "from-ntp"),
	SIGNALS_BOTH(RECORD_FROM_SNMP, "from-snmp"),
	SIGNALS_BOTH(RECORD_FROM_CLDAP, "from-cldap"),
	SIGNALS_BOTH(RECORD_FROM_SSDP, "from-ssdp"),
	SIGNALS_BOTH(RECORD_FROM_MDNS, "from-mdns"),
	SIGNALS_BOTH(RECORD_FROM_MEMCACHED, "from-memcached"),
	SIGNALS_BOTH(RECORD_FROM_CHARGEN, "from-chargen"),
	SIGNALS_PACKETS(RECORD_TTL_LOW, "ip-ttl_low"),
	SIGNALS_PACKETS(RECORD_SHORT_FRAGMENT, "ip-short_fragment"),
};

#define SIGNALS_SERIES (sizeof(series) / sizeof(series[0]))

/* But for RECORD_NO_SIGNAL, and RECORD_ICMP_NEIGHBOUR_REDIRECT, which is in two others. */
_Static_assert(SIGNALS_SERIES == RECORD_SIGNALS - 2, "each sign has a name");

static struct signals *signals_of(struct source *source)
{
	return (struct signals *)source;
}

static void begin(struct source *source, const struct program *program,
		  const struct event_teller *teller)
{
	struct signals *signals = signals_of(source);

	(void)teller;
	signals->counter = program->counter;
	if (signals->counter)
		signals->values =
			calloc(counter_info(signals->counter)->cpus, sizeof(*signals->values));
}

static void end(struct source *source)
{
	struct signals *signals = signals_of(source);

	free(signals->values);
	signals->values = NULL;
	signals->counter = NULL;
}

static void add(struct record_cell *sum, const struct record_cell *cell)
{
	sum->packets += cell->packets;
	sum->bytes += cell->bytes;
}

static bool read_slot(struct source *source, const struct source_interface *interface,
		      struct record_cell *ret_cells)
{
	struct signals *signals = signals_of(source);
	__u32 at = interface->slot - 1;

	if (!signals->values ||
	    bpf_map_lookup_elem(counter_maps(signals->counter).signals, &at, signals->values) < 0)
		return false;
	memset(ret_cells, 0, RECORD_SIGNALS * sizeof(*ret_cells));
	for (unsigned int cpu = 0; cpu < counter_info(signals->counter)->cpus; cpu++) {
		for (int cell = 0; cell < RECORD_SIGNALS; cell++)
			add(&ret_cells[cell], &signals->values[cpu].cells[cell]);
	}
	/* RFC 4861: the redirect is a message of neighbour discovery. */
	add(&ret_cells[RECORD_ICMP_REDIRECT], &ret_cells[RECORD_ICMP_NEIGHBOUR_REDIRECT]);
	add(&ret_cells[RECORD_ICMP_NEIGHBOUR], &ret_cells[RECORD_ICMP_NEIGHBOUR_REDIRECT]);
	return true;
}

static void close_source(struct source *source)
{
	free(signals_of(source));
}

static const struct source_operations operations = {
	.option = "ReportSignals",
	.cells = RECORD_SIGNALS,
	.series = series,
	.series_count = SIGNALS_SERIES,
	.begin = begin,
	.end = end,
	.read = read_slot,
	.close = close_source,
};

int signals_open(const struct source_settings *settings, struct source **ret_source)
{
	struct signals *signals = calloc(1, sizeof(*signals));

	(void)settings;
	if (!signals)
		return -ENOMEM;
	signals->source.operations = &operations;
	*ret_source = &signals->source;
	return 0;
}
