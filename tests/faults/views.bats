#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What a container shows of the machine: files of /sys and /proc that say other numbers than the
# kernel works with, or are not there. Counted is what was sent, on both CPUs.

load faults.bash

setup() {
	test_up
	veth_add cxdp-v
	veth_add cxdp-own
}

teardown() {
	test_down
}

# The built-in counter, and per-CPU maps of a custom one.
view_configure() {
	collectd_configure 'Interval 0.2' <<-CONF
		Interface "cxdp-v"
		$REPORT_ALL
		$(cat)
		<Counter "flows">
			Object "$LIVE_TOP/tests/live/custom.bpf.o"
			Program "count_everything"
			Interface "cxdp-own"
			<Map "by_percpu_array">
				Type "if_rx_packets"
				Member "inner.packets"
				Prefix "cpu"
			</Map>
			<Map "by_percpu_hash">
				Type "if_rx_packets"
				Instance "mac"
				Prefix "to"
			</Map>
		</Counter>
	CONF
}

# Starts collectd where COMMAND has changed the mounts: view_start COMMAND...
# A heap that is written over ends it at the latest when that is freed.
view_start() {
	collectd_start env MALLOC_CHECK_=3 unshare --mount sh -c "$1"'; exec "$@"' sh
	await 20 in_log 'cxdp-v: counting in'
	await 20 in_log 'cxdp-own: counting in'
}

custom_is() {
	[ "$(last custom-counter-flows "$1")" = "$2" ]
}

# Packets on both CPUs are in all counts of both counters, and nothing is amiss until the end.
view_counts() {
	inject cxdp-v 3000 --cpu 0 >"$LIFE/first" 2>"$LIFE/left-out"
	inject cxdp-v 2000 --cpu 1 >"$LIFE/second" 2>"$LIFE/left-out"
	inject cxdp-own 300 --frame "IPv4 UDP" --cpu 0 >/dev/null
	inject cxdp-own 200 --frame "IPv4 UDP" --cpu 1 >/dev/null
	sum_counts "$LIFE/first" "$LIFE/second" >"$LIFE/sent"
	await_counts cxdp-v "$LIFE/sent"
	check_counts cxdp-v "$LIFE/sent"
	[ "$(last cxdp-v if_rx_packets-cpu-0)" = 3000 ]
	[ "$(last cxdp-v if_rx_packets-cpu-1)" = 2000 ]
	await 20 custom_is if_rx_packets-cpu-2 500
	await 20 custom_is "if_rx_packets-to-02:00:00:00:00:02" 500
	collectd_stop
	log_is_clean "$@"
}

# The bytes of maps in the line of the start are those that the kernel accounts for, about.
maps_are_known() {
	refute in_log ', 0 bytes of maps'
}

@test "where /sys shows one CPU, what all CPUs counted is reported, and the end is clean" {
	view_configure </dev/null
	echo 0 >"$LIFE/possible"
	view_start "mount --bind '$LIFE/possible' /sys/devices/system/cpu/possible"
	view_counts
}

@test "without /sys the same is counted" {
	view_configure </dev/null
	view_start 'mount -t tmpfs none /sys'
	view_counts
	maps_are_known
}

@test "without /proc the same is counted, and the memory of the maps is known" {
	view_configure </dev/null
	view_start 'mount -t tmpfs none /proc'
	view_counts set_thread_name
	maps_are_known
}

@test "without /proc Persist says that this is what it lacks" {
	view_configure <<-CONF
		Persist true
		PinDirectory "$PINS"
	CONF
	view_start 'mount -t tmpfs none /proc'
	in_log 'Persist has no effect.*/proc does not show the network namespace of collectd.*mount /proc'
	refute in_log 'choose another PinDirectory'
	view_counts 'Persist has no effect|set_thread_name'
}

@test "where the number of CPUs cannot be measured, the log names the call that failed, and it is tried again" {
	view_configure </dev/null
	# Of the thread that starts the plugin alone; the others that read have first calls of their own.
	collectd_start strace -D -qq -e trace=bpf -e inject=bpf:error=ENOMEM:when=1 -o "$LIFE/trace"
	await 20 in_log 'measuring a per-CPU map failed (errno 12'
	await 20 in_log 'the counter is loaded now'
	# It is loaded before it is attached.
	await 20 in_log 'cxdp-v: counting in'
	await 20 in_log 'cxdp-own: counting in'
	view_counts 'measuring a per-CPU map failed'
}
