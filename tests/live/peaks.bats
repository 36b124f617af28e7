#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The busiest 10 and 100 ms: traffic of the same mean, in bursts and evenly spread.
bats_require_minimum_version 1.5.0
load ../lib/live

setup() {
	test_up
	veth_add cxdp-even
	veth_add cxdp-burst
}

teardown() {
	test_down
}

# Threads of collectd that sample.
samplers() {
	grep -lx 'xdp peaks' "/proc/$(<"$LIFE/pid")/task"/*/comm | wc -l
}

# The highest value of a gauge: highest INTERFACE SERIES
highest() {
	rows "$1" "$2" | awk -F, '$2 + 0 > most { most = $2 + 0 } END { printf "%.0f\n", most }'
}

# Five times 2,000 packets as fast as they go, and 10,000 with the same mean.
send_both() {
	local i
	inject cxdp-even 10000 --rate 2000 --even --cpu 1 >"$LIFE/sent.even" 3>&- &
	for i in 1 2 3 4 5; do
		inject cxdp-burst 2000 --frame "IPv4 UDP" --cpu 0 >"$LIFE/sent.burst.$i"
		sleep 1 # what is measured: a second without packets
	done
	wait $!
}

@test "bursts have higher peaks than an even stream of the same mean, and no peak is above what was sent" {
	local octets burst even
	collectd_configure <<-CONF
		Interface "/^cxdp/"
		ReportPeaks true
		ReportSelf true
	CONF
	collectd_start
	[ "$(samplers)" -eq 1 ]
	send_both
	await 20 has_come_to cxdp-burst 10000
	await 20 has_come_to cxdp-even 10000
	await_rows "$(($(row_count cxdp-burst if_rx_packets) + 1))" cxdp-burst if_rx_packets
	collectd_stop

	octets=$(sent "$LIFE/sent.burst.1" if_rx_octets)
	burst=$(highest cxdp-burst gauge-peak_packets_10ms)
	even=$(highest cxdp-even gauge-peak_packets_10ms)
	echo "packets in 10 ms: $burst/s in bursts, $even/s evenly"
	((burst <= 2000 * 100 && burst > 5 * even && even >= 2000))
	(($(highest cxdp-burst gauge-peak_octets_10ms) <= octets * 100))
	# All of a burst is in one window of 100 ms.
	burst=$(highest cxdp-burst gauge-peak_packets_100ms)
	echo "packets in 100 ms: $burst/s"
	((burst <= 2000 * 10 && burst >= 1800 * 10))
	(($(highest cxdp-burst gauge-peak_octets_100ms) <= octets * 10))
	# A window of an interval in which nothing came has no peak.
	[ "$(rows cxdp-burst gauge-peak_packets_10ms | awk -F, '$2 == 0' | wc -l)" -ge 1 ]
	[ -n "$(last '' derive-peak_windows_left_out)" ]
	log_is_clean
	await 10 nothing_left "$BATS_TEST_TMPDIR/before"
}

@test "without ReportPeaks there is no thread and no value of it" {
	collectd_configure <<<'Interface "cxdp-even"'
	collectd_start
	await_rows 2 cxdp-even gauge-attached
	[ "$(samplers)" -eq 0 ]
	collectd_stop
	[ -z "$(rows cxdp-even gauge-peak_packets_10ms)" ]
}

@test "a thread that cannot be had is named with what to do, and counting goes on" {
	collectd_configure <<-CONF
		Interface "cxdp-even"
		ReportPeaks true
	CONF
	# Of the threads that collectd starts by itself, ours is the first: it is started at init.
	collectd_start strace -D -qq -f -o "$LIFE/trace" -e trace=clone3 -e inject=clone3:error=EAGAIN:when=1 -e signal=none
	await 20 in_log 'peaks are sampled now'
	[ "$(samplers)" -eq 1 ]
	inject cxdp-even 100 >"$LIFE/sent"
	await_rows 1 cxdp-even gauge-peak_packets_10ms
	await_counts cxdp-even "$LIFE/sent"
	[ "$(last cxdp-even if_rx_packets)" -eq "$(sent "$LIFE/sent" if_rx_packets)" ]
	collectd_stop
	in_log '\[warning\] xdp plugin: peaks cannot be sampled (errno 11.*TasksMax='
	grep -q 'INJECTED' "$LIFE/trace"
}
