// SPDX-License-Identifier: GPL-2.0-only
/* The tables of names. What a new row needs besides: its words in the manual, "Values". */
#include "plugin/report/names.h"

#include <stdio.h>
#include <string.h>

#include "bpf/record.h"

#define PACKETS "if_rx_packets"
#define OCTETS "if_rx_octets"
#define AT(member) offsetof(struct record, member)

static const struct report_names_cell cells[] = {
	{RECORD_BY_PROTOCOL, AT(classes[RECORD_IPV4_OTHER]), {PACKETS, OCTETS, "proto-ipv4_other"}},
	{RECORD_BY_PROTOCOL, AT(classes[RECORD_IPV4_TCP]), {PACKETS, OCTETS, "proto-ipv4_tcp"}},
	{RECORD_BY_PROTOCOL, AT(classes[RECORD_IPV4_UDP]), {PACKETS, OCTETS, "proto-ipv4_udp"}},
	{RECORD_BY_PROTOCOL, AT(classes[RECORD_IPV4_ICMP]), {PACKETS, OCTETS, "proto-ipv4_icmp"}},
	{RECORD_BY_PROTOCOL, AT(classes[RECORD_IPV6_OTHER]), {PACKETS, OCTETS, "proto-ipv6_other"}},
	{RECORD_BY_PROTOCOL, AT(classes[RECORD_IPV6_TCP]), {PACKETS, OCTETS, "proto-ipv6_tcp"}},
	{RECORD_BY_PROTOCOL, AT(classes[RECORD_IPV6_UDP]), {PACKETS, OCTETS, "proto-ipv6_udp"}},
	{RECORD_BY_PROTOCOL, AT(classes[RECORD_IPV6_ICMP]), {PACKETS, OCTETS, "proto-ipv6_icmp"}},
	{RECORD_BY_PROTOCOL, AT(classes[RECORD_ARP]), {PACKETS, OCTETS, "proto-arp"}},
	{RECORD_BY_PROTOCOL, AT(classes[RECORD_OTHER]), {PACKETS, OCTETS, "proto-other"}},
	{RECORD_BY_PROTOCOL, AT(classes[RECORD_MALFORMED]), {PACKETS, OCTETS, "proto-malformed"}},
	{RECORD_BY_PROTOCOL, AT(classes[RECORD_UNPARSED]), {NULL, NULL, NULL}}, /* in the total */
	{RECORD_BY_SIZE, AT(sizes[RECORD_SIZE_1_TO_64]), {PACKETS, NULL, "size-1_to_64"}},
	{RECORD_BY_SIZE, AT(sizes[RECORD_SIZE_65_TO_127]), {PACKETS, NULL, "size-65_to_127"}},
	{RECORD_BY_SIZE, AT(sizes[RECORD_SIZE_128_TO_255]), {PACKETS, NULL, "size-128_to_255"}},
	{RECORD_BY_SIZE, AT(sizes[RECORD_SIZE_256_TO_511]), {PACKETS, NULL, "size-256_to_511"}},
	{RECORD_BY_SIZE, AT(sizes[RECORD_SIZE_512_TO_1023]), {PACKETS, NULL, "size-512_to_1023"}},
	{RECORD_BY_SIZE, AT(sizes[RECORD_SIZE_1024_TO_1518]), {PACKETS, NULL, "size-1024_to_1518"}},
	{RECORD_BY_SIZE, AT(sizes[RECORD_SIZE_1519_TO_MAX]), {PACKETS, NULL, "size-1519_to_max"}},
	{RECORD_BY_CAST, AT(casts[RECORD_UNICAST]), {PACKETS, NULL, "cast-unicast"}},
	{RECORD_BY_CAST, AT(casts[RECORD_MULTICAST]), {PACKETS, NULL, "cast-multicast"}},
	{RECORD_BY_CAST, AT(casts[RECORD_BROADCAST]), {PACKETS, NULL, "cast-broadcast"}},
	{RECORD_BY_PROTOCOL, AT(vlan_tagged), {PACKETS, NULL, "vlan-tagged"}},
	{RECORD_BY_PROTOCOL, AT(ip_fragments), {PACKETS, NULL, "fragment-ip"}},
	{RECORD_BY_PROTOCOL, AT(tunnels[RECORD_PPPOE]), {PACKETS, NULL, "tunnel-pppoe"}},
	{RECORD_BY_PROTOCOL, AT(tunnels[RECORD_MPLS]), {PACKETS, NULL, "tunnel-mpls"}},
};

#define CELLS (sizeof(cells) / sizeof(cells[0]))
#define SINGLE_CELLS 2 /* vlan_tagged, ip_fragments */

_Static_assert(
	CELLS == RECORD_CLASSES + RECORD_SIZES + RECORD_CASTS + RECORD_TUNNELS + SINGLE_CELLS,
	"each class, size, cast and tunnel, and each other cell of the record, has a row above");
_Static_assert(AT(padding) ==
		       RECORD_CLASSES * sizeof(struct record_cell) +
			       (RECORD_SIZES + RECORD_CASTS + RECORD_TUNNELS + SINGLE_CELLS) *
				       sizeof(__u64),
	       "the record has no other members; a new one needs rows above");

const struct report_names report_names_total = {PACKETS, OCTETS, ""};
const struct report_names report_names_cpu = {PACKETS, OCTETS, "cpu"};
const struct report_names report_names_queue = {PACKETS, OCTETS, "queue"};
const struct report_names report_names_attached = {"gauge", NULL, "attached"};
const struct report_names report_names_attached_outgoing = {"gauge", NULL, "attached_outgoing"};
const struct report_names report_names_observing = {"gauge", NULL, "observing"};
const struct report_names report_names_native = {"gauge", NULL, "native"};

const struct report_names_cell *report_names_cells(size_t *ret_count)
{
	*ret_count = CELLS;
	return cells;
}

const char *report_names_type(const char *type, bool outgoing)
{
	static const struct {
		const char *in, *out;
	} directions[] = {{PACKETS, "if_tx_packets"}, {OCTETS, "if_tx_octets"}};

	for (size_t i = 0; type && outgoing && i < sizeof(directions) / sizeof(directions[0]);
	     i++) {
		if (strcmp(type, directions[i].in) == 0)
			return directions[i].out;
	}
	return type;
}

void report_names_custom(const char *counter, char *text, size_t size)
{
	snprintf(text, size, "custom-counter-%s", counter);
}

void report_names_maps(const char *name, char *text, size_t size)
{
	snprintf(text, size, "maps-%s", name);
}

size_t report_names_series(const struct report_names *names)
{
	return (names->packets_type != NULL) + (names->octets_type != NULL);
}
