#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What is injected, and nothing else, is what the writers store: once in generic
# mode and once in native mode, with one sender and then with two at once.
bats_require_minimum_version 1.5.0
load ../lib/live

# Frames up to 3000 bytes are in the samples; native XDP on veth takes this MTU on every kernel.
MTU=3400

# The kernel's own count of what came in: packets, bytes, and what it dropped on the way.
kernel_counts() {
	ip -n "$RX" -j -s link show dev cxdp-in | jq -r '.[0].stats64.rx | "\(.packets) \(.bytes)"'
	ip -n "$TX" -j -s link show dev cxdp-in-tx | jq -r '.[0].stats64.tx.dropped'
}

# A life of collectd in one mode; what was sent goes to sent.*, the sum to sent. Two CPUs send
# LIVE_FRAMES each at once: fewer in guests, whose CPUs are emulated.
live_in_mode() {
	local first second
	life "$1"
	veth_add cxdp-in "$MTU"
	graphite_listen
	collectd_configure "$(graphite_configuration)" <<-CONF
		Interface "cxdp-in"
		AttachMode "$1"
		$REPORT_ALL
	CONF
	collectd_start
	inject cxdp-in 20000 --cpu 0 >"$LIFE/sent.alone" 2>"$LIFE/left-out"
	await 20 has_come_to cxdp-in 20000
	inject cxdp-in "${LIVE_FRAMES:-100000}" --cpu 0 >"$LIFE/sent.0" 2>>"$LIFE/injected" 3>&- &
	first=$!
	inject cxdp-in "${LIVE_FRAMES:-100000}" --cpu 1 >"$LIFE/sent.1" 2>>"$LIFE/injected" 3>&- &
	second=$!
	wait "$first"
	wait "$second"
	sum_counts "$LIFE"/sent.* >"$LIFE/sent"
	await_counts cxdp-in "$LIFE/sent"
	kernel_counts >"$LIFE/kernel"
	collectd_stop
	wait "$(<"$LIFE/graphite.pid")"
	ip -n "$RX" link del cxdp-in
}

setup_file() {
	net_up
	live_in_mode generic
	live_in_mode native
}

teardown_file() {
	processes_down
	net_down
}

# Does it of the life in each mode: in_both_modes COMMAND... One test is for both: what bats does around a
# test takes longer than the test.
in_both_modes() {
	local mode
	for mode in generic native; do
		echo "$mode mode:"
		life "$mode"
		"$@"
	done
}

all_but_one_sample_were_sent() {
	[ "$(<"$LIFE/left-out")" = "left out: 13 bytes" ]
	[ "$(awk '$1 !~ /^if_rx_octets/ && $2 < 20' "$LIFE/sent")" = "" ]
}

# The sum over the stored counts whose name begins with a prefix.
stored_sum() {
	stored_counts cxdp-in | awk -v prefix="$1" 'index($1, prefix) == 1 { n += $2 } END { printf "%.0f", n }'
}

parts_make_the_total() {
	local packets bytes
	packets=$(last cxdp-in if_rx_packets)
	bytes=$(last cxdp-in if_rx_octets)
	[ "$(stored_sum if_rx_packets-proto-)" = "$packets" ]
	[ "$(stored_sum if_rx_octets-proto-)" = "$bytes" ]
	[ "$(stored_sum if_rx_packets-size-)" = "$packets" ]
	[ "$(stored_sum if_rx_packets-cast-)" = "$packets" ]
}

# Each sender is on a CPU of its own, and veth receives on the CPU that sends.
cpus_counted_what_was_sent_there() {
	local zero one
	zero=$(sum_counts "$LIFE/sent.alone" "$LIFE/sent.0" | sent - if_rx_packets)
	one=$(sent "$LIFE/sent.1" if_rx_packets)
	[ "$(last cxdp-in if_rx_packets-cpu-0)" = "$zero" ]
	[ "$(last cxdp-in if_rx_packets-cpu-1)" = "$one" ]
	[ "$(sum_of cxdp-in if_rx_octets-cpu-)" = "$(sent "$LIFE/sent" if_rx_octets)" ]
}

queues_make_the_total() {
	[ "$(sum_of cxdp-in if_rx_packets-queue-)" = "$(sent "$LIFE/sent" if_rx_packets)" ]
	[ "$(sum_of cxdp-in if_rx_octets-queue-)" = "$(sent "$LIFE/sent" if_rx_octets)" ]
}

is_native() {
	[ "${LIFE##*/}" = native ] && echo 1 || echo 0
}

# In native mode veth counts a frame's bytes without its Ethernet header (drivers/net/veth.c,
# veth_xdp_rcv()).
kernel_agrees() {
	local packets bytes dropped
	{ read -r packets bytes && read -r dropped; } <"$LIFE/kernel"
	[ "$packets" = "$(last cxdp-in if_rx_packets)" ]
	[ $((bytes + $(is_native) * 14 * packets)) = "$(last cxdp-in if_rx_octets)" ]
	[ "$dropped" = 0 ]
}

# Whether the second writer got the rates that the first one's values give.
rates_agree() {
	tr -d '\r' <"$LIFE/graphite" >"$LIFE/rates"
	"$BATS_TEST_DIRNAME/rates.py" "$LIFE/rates" "$LIFE/csv/live/xdp-cxdp-in"
}

@test "in both modes every sample but one shorter than a header was sent, and every count is needed" {
	in_both_modes all_but_one_sample_were_sent
}

counts_are_those_sent() {
	check_counts cxdp-in "$LIFE/sent"
}

@test "in both modes classes, sizes, casts, tags and fragments are stored exactly as sent, from one and two CPUs" {
	in_both_modes counts_are_those_sent
}

@test "in both modes the totals are the sums of classes, of sizes and of casts" {
	in_both_modes parts_make_the_total
}

@test "in both modes each CPU counted what was sent on it" {
	in_both_modes cpus_counted_what_was_sent_there
}

@test "in both modes the queues make up the total" {
	in_both_modes queues_make_the_total
}

@test "in both modes the kernel's own counter of received packets and bytes agrees" {
	in_both_modes kernel_agrees
}

@test "in both modes every series begins with a zero and never falls" {
	in_both_modes check_shape cxdp-in
}

@test "in both modes a second writer gets the rates that the first one's values give" {
	in_both_modes rates_agree
}

mode_is_reported() {
	[ "$(last cxdp-in gauge-attached)" = 1 ]
	[ "$(last cxdp-in gauge-native)" = "$(is_native)" ]
	in_log "cxdp-in: counting in ${LIFE##*/} mode"
}

@test "in both modes gauge-attached is 1, and gauge-native is 1 in native mode alone" {
	in_both_modes mode_is_reported
}

@test "in both modes the log has no warning and no error, and every type is known" {
	in_both_modes log_is_clean
}
