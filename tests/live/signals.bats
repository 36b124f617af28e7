#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Signs of attacks and faults: what is injected, and nothing else, is what is stored.
bats_require_minimum_version 1.5.0
load ../lib/live

setup() {
	test_up
}

teardown() {
	test_down
}

# Sends every sample some times in a mode; each sign, with tags, tunnels and fragments, is stored exactly.
signs_in_mode() {
	veth_add cxdp-signs 3400
	collectd_configure <<-CONF
		Interface "cxdp-signs"
		AttachMode "$1"
		ReportSizes true
		ReportCast true
		ReportSignals true
	CONF
	collectd_start
	inject cxdp-signs 4000 --signs >"$LIFE/sent" 2>"$LIFE/left-out"
	[ "$(<"$LIFE/left-out")" = "left out: 13 bytes" ]
	[ "$(awk '$1 ~ /-(tcp|icmp|from|ip)-/ && $2 > 0' "$LIFE/sent" | wc -l)" = 30 ]
	await_counts cxdp-signs "$LIFE/sent"
	check_counts cxdp-signs "$LIFE/sent"
	check_shape cxdp-signs
	collectd_stop
	log_is_clean
}

@test "generic: all signs are stored exactly as sent" {
	signs_in_mode generic
}

@test "native: all signs are stored exactly as sent" {
	signs_in_mode native
}

@test "a flood of SYN from 10,000 addresses has the series of one SYN" {
	local series
	veth_add cxdp-signs
	collectd_configure <<-CONF
		Interface "cxdp-signs"
		ReportSizes true
		ReportCast true
		ReportSignals true
	CONF
	collectd_start
	inject cxdp-signs 1 --frame SYN --signs >"$LIFE/one"
	await_counts cxdp-signs "$LIFE/one"
	check_counts cxdp-signs "$LIFE/one"
	series=$(series_of cxdp-signs)
	grep -qx if_rx_packets-tcp-syn <<<"$series"
	inject cxdp-signs 10000 --frame SYN --sources 10000 --signs >"$LIFE/flood"
	sum_counts "$LIFE/one" "$LIFE/flood" >"$LIFE/sent"
	await_counts cxdp-signs "$LIFE/sent"
	check_counts cxdp-signs "$LIFE/sent"
	[ "$(last cxdp-signs if_rx_packets-tcp-syn)" = 10001 ]
	[ "$(series_of cxdp-signs)" = "$series" ]
	collectd_stop
	log_is_clean
}

@test "without ReportSignals no sign is stored, whatever ReportInactive says" {
	veth_add cxdp-signs
	collectd_configure <<-CONF
		Interface "cxdp-signs"
		ReportInactive true
	CONF
	collectd_start
	inject cxdp-signs 10 --frame SYN >"$LIFE/sent"
	await_counts cxdp-signs "$LIFE/sent"
	[ "$(series_of cxdp-signs | grep -cE -- '-(tcp|icmp|from|ip)-')" = 0 ]
	collectd_stop
}

@test "with Persist signs are counted through a restart, and start at zero when they are switched on" {
	local signals
	veth_add cxdp-signs
	for signals in true true false true; do
		collectd_configure <<-CONF
			Interface "cxdp-signs"
			Persist true
			PinDirectory "$PINS"
			ReportSignals $signals
		CONF
		collectd_start
		inject cxdp-signs 10 --frame SYN --signs >>"$LIFE/sent.all"
		sum_counts "$LIFE/sent.all" >"$LIFE/sent"
		await_counts cxdp-signs "$LIFE/sent"
		case $signals-$(sent "$LIFE/sent" if_rx_packets) in
		true-10) await 10 signs_are 10 ;;
		true-20) await 10 signs_are 20 ;;
		false-30) [ "$(find "$PINS" -name 'signals_v*' | wc -l)" = 0 ] ;;
		true-40) await 10 signs_are 10 ;;
		*) false ;;
		esac
		in_log "counts start at zero" && return 1
		collectd_stop
	done
}

signs_are() {
	[ "$(last cxdp-signs if_rx_packets-tcp-syn)" = "$1" ]
}
