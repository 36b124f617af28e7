// SPDX-License-Identifier: GPL-2.0-only
/* The tables of names against the record, and against the names that the manual has. */
#include "tests/unit/unit.h"
#include "tests/unit/fake_collectd.h"

#include <net/if.h>
#include <stdio.h>

#include "bpf/record.h"
#include "plugin/report/names.h"

#define PACKETS "if_rx_packets"
#define OCTETS "if_rx_octets"

/* What the manual says of each; sizes and casts have no octets. */
struct expected {
	size_t offset;
	uint32_t breakdown;
	bool octets;
	const char *instance;
};

#define CLASS(class, name)                                                                         \
	{                                                                                          \
		offsetof(struct record, classes[class]), RECORD_BY_PROTOCOL, true, name            \
	}
#define SIZE(size, name)                                                                           \
	{                                                                                          \
		offsetof(struct record, sizes[size]), RECORD_BY_SIZE, false, name                  \
	}
#define CAST(cast, name)                                                                           \
	{                                                                                          \
		offsetof(struct record, casts[cast]), RECORD_BY_CAST, false, name                  \
	}

static const struct expected expected[] = {
	CLASS(RECORD_IPV4_TCP, "proto-ipv4_tcp"),
	CLASS(RECORD_IPV4_UDP, "proto-ipv4_udp"),
	CLASS(RECORD_IPV4_ICMP, "proto-ipv4_icmp"),
	CLASS(RECORD_IPV4_OTHER, "proto-ipv4_other"),
	CLASS(RECORD_IPV6_TCP, "proto-ipv6_tcp"),
	CLASS(RECORD_IPV6_UDP, "proto-ipv6_udp"),
	CLASS(RECORD_IPV6_ICMP, "proto-ipv6_icmp"),
	CLASS(RECORD_IPV6_OTHER, "proto-ipv6_other"),
	CLASS(RECORD_ARP, "proto-arp"),
	CLASS(RECORD_OTHER, "proto-other"),
	CLASS(RECORD_MALFORMED, "proto-malformed"),
	SIZE(RECORD_SIZE_1_TO_64, "size-1_to_64"),
	SIZE(RECORD_SIZE_65_TO_127, "size-65_to_127"),
	SIZE(RECORD_SIZE_128_TO_255, "size-128_to_255"),
	SIZE(RECORD_SIZE_256_TO_511, "size-256_to_511"),
	SIZE(RECORD_SIZE_512_TO_1023, "size-512_to_1023"),
	SIZE(RECORD_SIZE_1024_TO_1518, "size-1024_to_1518"),
	SIZE(RECORD_SIZE_1519_TO_MAX, "size-1519_to_max"),
	CAST(RECORD_UNICAST, "cast-unicast"),
	CAST(RECORD_MULTICAST, "cast-multicast"),
	CAST(RECORD_BROADCAST, "cast-broadcast"),
	{offsetof(struct record, vlan_tagged), RECORD_BY_PROTOCOL, false, "vlan-tagged"},
	{offsetof(struct record, ip_fragments), RECORD_BY_PROTOCOL, false, "fragment-ip"},
	{offsetof(struct record, tunnels[RECORD_PPPOE]), RECORD_BY_PROTOCOL, false, "tunnel-pppoe"},
	{offsetof(struct record, tunnels[RECORD_MPLS]), RECORD_BY_PROTOCOL, false, "tunnel-mpls"},
};

static const struct report_names_cell *row_at(size_t offset)
{
	const struct report_names_cell *found = NULL;
	size_t count;
	const struct report_names_cell *rows = report_names_cells(&count);

	for (size_t i = 0; i < count; i++) {
		if (rows[i].offset != offset)
			continue;
		assert_null(found);
		found = &rows[i];
	}
	if (!found)
		fail_msg("no row is at offset %zu", offset);
	return found;
}

static void test_rows(void **state)
{
	size_t count;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(expected); i++) {
		const struct report_names_cell *row = row_at(expected[i].offset);

		assert_int_equal(row->breakdown, expected[i].breakdown);
		assert_string_equal(row->names.packets_type, PACKETS);
		if (expected[i].octets)
			assert_string_equal(row->names.octets_type, OCTETS);
		else
			assert_null(row->names.octets_type);
		assert_string_equal(row->names.instance, expected[i].instance);
	}
	report_names_cells(&count);
	/* And the row below. */
	assert_int_equal(count, UNIT_LENGTH(expected) + 1);
}

/* With ReportProtocols off all packets are in it, and they are the total. */
static void test_unparsed(void **state)
{
	const struct report_names_cell *row =
		row_at(offsetof(struct record, classes[RECORD_UNPARSED]));

	(void)state;
	assert_null(row->names.packets_type);
	assert_null(row->names.octets_type);
	assert_int_equal(report_names_series(&row->names), 0);
}

static void test_others(void **state)
{
	static const struct {
		const struct report_names *names;
		const char *packets, *octets, *instance;
	} rows[] = {
		{&report_names_total, PACKETS, OCTETS, ""},
		{&report_names_cpu, PACKETS, OCTETS, "cpu"},
		{&report_names_queue, PACKETS, OCTETS, "queue"},
		{&report_names_attached, "gauge", NULL, "attached"},
		{&report_names_observing, "gauge", NULL, "observing"},
		{&report_names_native, "gauge", NULL, "native"},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		assert_string_equal(rows[i].names->packets_type, rows[i].packets);
		if (rows[i].octets)
			assert_string_equal(rows[i].names->octets_type, rows[i].octets);
		else
			assert_null(rows[i].names->octets_type);
		assert_string_equal(rows[i].names->instance, rows[i].instance);
		assert_int_equal(report_names_series(rows[i].names), rows[i].octets ? 2 : 1);
	}
}

/* No interface can have the plugin instance of a custom counter. */
static void test_custom(void **state)
{
	char text[64];

	(void)state;
	report_names_custom("x", text, sizeof(text));
	assert_string_equal(text, "custom-counter-x");
	assert_true(strlen(text) >= IFNAMSIZ);
	report_names_custom("x", text, 8);
	assert_string_equal(text, "custom-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("each cell of the record has the name that the manual says, once",
			  test_rows),
		UNIT_TEST("what is not parsed has no name of its own", test_unparsed),
		UNIT_TEST("totals, CPUs, queues and gauges have the names that the manual says",
			  test_others),
		UNIT_TEST("a custom counter has a name that no interface can have", test_custom),
	};

	return cmocka_run_group_tests_name("report/names", tests, NULL, NULL);
}
