#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Many interfaces that come and go.

load hooks.bash

setup() {
	hooks_setup
}

teardown() {
	hooks_teardown
}

# 50 pairs a second for 20 s: each is deleted when the tenth after it has come.
storm() {
	local i
	for i in $(seq 1000); do
		echo "link add storm$i type veth peer name peer$i"
		[ "$i" -le 10 ] || echo "link del storm$((i - 10))"
	done >"$BATS_TEST_TMPDIR/commands"
	split -l 100 -d -a 3 "$BATS_TEST_TMPDIR/commands" "$BATS_TEST_TMPDIR/second."
	local part
	for part in "$BATS_TEST_TMPDIR"/second.*; do
		ip -n "$RX" -batch "$part"
		sleep 0.8 # the pace of the storm, not a wait for something
	done
}

rss() {
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$(<"$LIFE/pid")/status"
}

descriptors() {
	find "/proc/$(<"$LIFE/pid")/fd" -mindepth 1 | wc -l
}

# CPU time used so far, in hundredths of a second.
cpu_time() {
	awk '{ print $14 + $15 }' "/proc/$(<"$LIFE/pid")/stat"
}

bpf_maps() {
	bpftool -j map show | jq 'length'
}

bpf_objects_are() {
	[ "$(bpf_maps)" = "$1" ]
}

surviving_are_attached() {
	local i
	for i in $(seq 991 1000); do
		is_attached "storm$i" || return 1
	done
}

@test "a storm of 50 veths a second for 20 s leaks nothing, and every survivor is attached" {
	configure <<-CONF
		Interface "/^storm/"
	CONF
	collectd_start
	storm
	await 20 surviving_are_attached
	local rss fds maps cpu
	rss=$(rss)
	fds=$(descriptors)
	maps=$(bpf_maps)
	cpu=$(cpu_time)
	# Of 20 s, 4 would be a fifth of a CPU.
	[ "$cpu" -lt 400 ]
	local i
	for i in $(seq 991 1000); do
		ip -n "$RX" link del "storm$i"
	done
	storm
	await 20 surviving_are_attached
	[ "$(descriptors)" -eq "$fds" ]
	await 5 bpf_objects_are "$maps"
	# Of 1000 interfaces more, not a kilobyte each stays.
	[ "$(rss)" -lt $((rss + 1000)) ]
	collectd_stop
	await 10 nothing_left "$BATS_TEST_TMPDIR/before"
}
