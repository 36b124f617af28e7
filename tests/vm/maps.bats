#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Maps of programs behind libxdp's dispatcher, for which a program has to take the place of a function
# of another one (freplace); not every machine that runs the tests allows that.
bats_require_minimum_version 1.5.0
load ../lib/maps

setup() {
	maps_setup
}

teardown() {
	maps_teardown
}

@test "maps of two programs behind libxdp's dispatcher are read, also after a third one" {
	local chapter="Example of libxdp's dispatcher"
	veth_add eth0
	touch "$BATS_TEST_TMPDIR/filter"
	follow_installed "$chapter" 1
	in_rx xdp-loader status eth0 | grep -q xdp_dispatcher
	example_options "$chapter" 2 | collectd_configure
	collectd_start
	in_log "maps eth0: map xdp_stats_map is read"
	in_log "maps eth0: map destinations is read"
	inject eth0 70 --frame "IPv4 UDP" --port 53 >"$LIFE/sent"
	inject eth0 30 --frame "IPv4 UDP" --port 54 >>"$LIFE/sent"
	await_of eth0 if_rx_packets-drop 70
	await_of eth0 if_rx_packets-pass 30
	await_of eth0 if_rx_packets-to-192.0.2.2 30
	# The dispatcher is another program then, and the maps of the two are the same.
	in_rx xdp-loader load eth0 -m skb -s xdp "$EXAMPLES/count_all.bpf.o"
	inject eth0 20 --frame "IPv4 UDP" --port 54 >"$LIFE/sent"
	await_of eth0 if_rx_packets-to-192.0.2.2 50
	await_of eth0 if_rx_packets-pass 50
	collectd_stop
	log_is_clean
}
