#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Frames of a shape of their own: larger than a page, and tags that are not in the frame.
bats_require_minimum_version 1.5.0
load ../lib/live

setup() {
	life "$BATS_TEST_NUMBER"
	net_up
}

teardown() {
	processes_down
	net_down
}

# Frames of 9014 bytes, from an MTU of 9000, in MODE are counted with all their bytes. In
# native mode veth hands them over as packets of several buffers: an MTU above 3506 is
# refused to programs that do not declare that they take those.
jumbo_frames() {
	veth_add cxdp-jumbo 9000
	collectd_configure <<-CONF
		Interface "cxdp-jumbo"
		AttachMode "$1"
		ReportSizes true
		ReportCast true
	CONF
	collectd_start
	inject cxdp-jumbo 500 --frame "IPv4 UDP" --size 9014 >"$LIFE/sent"
	await_counts cxdp-jumbo "$LIFE/sent"
	collectd_stop
	[ "$(last cxdp-jumbo if_rx_octets)" = $((500 * 9014)) ]
	[ "$(last cxdp-jumbo if_rx_packets-size-1519_to_max)" = 500 ]
	check_counts cxdp-jumbo "$LIFE/sent"
	in_log "cxdp-jumbo: counting in $1 mode"
	log_is_clean
}

@test "with an MTU of 9000, native mode attaches and counts all bytes of packets of several buffers" {
	jumbo_frames native
}

@test "with an MTU of 9000, generic mode counts all bytes" {
	jumbo_frames generic
}

tag_what_is_sent() {
	in_tx tc qdisc add dev cxdp-tag-tx clsact
	in_tx tc filter add dev cxdp-tag-tx egress bpf direct-action obj "$OTHER" sec tc
}

# The stack tags packets in their metadata. A sender that offloads tags (veth does, by default)
# passes them on there, beside the frame, and XDP does not see them, neither native nor generic;
# one that does not writes them into the frame.
tags_of() {
	veth_add cxdp-tag
	tag_what_is_sent
	collectd_configure <<-CONF
		Interface "cxdp-tag"
		AttachMode "$1"
	CONF
	collectd_start
	inject cxdp-tag 100 --frame "IPv4 UDP" >/dev/null
	await 20 has_come_to cxdp-tag 100
	await_rows 1 cxdp-tag if_rx_packets
	bytes_beside=$(last cxdp-tag if_rx_octets)
	tagged_beside=$(last cxdp-tag if_rx_packets-vlan-tagged)
	in_tx ethtool -K cxdp-tag-tx txvlan off
	inject cxdp-tag 40 --frame "IPv4 UDP" >/dev/null
	await 20 has_come_to cxdp-tag 140
	await_rows 1 cxdp-tag if_rx_packets
	collectd_stop
	echo "beside: $tagged_beside tags, $bytes_beside bytes"
	[ "${tagged_beside:-0}" = 0 ]
	[ "$bytes_beside" = $((100 * 60)) ]
	[ "$(last cxdp-tag if_rx_packets-vlan-tagged)" = 40 ]
	[ "$(last cxdp-tag if_rx_octets)" = $((100 * 60 + 40 * 64)) ]
	[ "$(last cxdp-tag if_rx_packets-proto-ipv4_udp)" = 140 ]
}

@test "in native mode a tag is counted if it is in the frame, and not if the sender offloads it" {
	tags_of native
}

@test "in generic mode a tag is counted if it is in the frame, and not if the sender offloads it" {
	tags_of generic
}
