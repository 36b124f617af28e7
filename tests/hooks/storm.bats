#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Many interfaces that come and go.

load ../lib/hooks

setup() {
	test_up
}

teardown() {
	test_down
}

# Pairs that come, each of which is deleted when the tenth after it has come: storm COUNT
# Not faster than 50 a second, so that readings see many of them.
storm() {
	local i started=${EPOCHREALTIME/./}
	for ((i = 1; i <= $1; i++)); do
		echo "link add storm$i type veth peer name peer$i"
		((i <= 10)) || echo "link del storm$((i - 10))"
		((i % 50)) || sleep "$(left_of $((i / 50)) "$started")" # its pace, not a wait for something
	done | ip -n "$RX" -batch -
}

# What is left of N seconds from a time in microseconds on, in seconds: left_of N TIME
left_of() {
	local left=$(($1 * 1000000 - (${EPOCHREALTIME/./} - $2)))
	((left > 0)) || left=0
	printf '%d.%06d\n' $((left / 1000000)) $((left % 1000000))
}

# In KB, added up: what "status" says may be off by hundreds.
rss() {
	awk '$1 == "Rss:" { print $2 }' "/proc/$(<"$LIFE/pid")/smaps_rollup"
}

# Without the files that the writer and the log open for a moment.
descriptors() {
	find "/proc/$(<"$LIFE/pid")/fd" -mindepth 1 ! -lname "$LIFE/*" | wc -l
}

descriptors_are() {
	[ "$(descriptors)" -eq "$1" ]
}

threads() {
	awk '$1 == "Threads:" { print $2 }' "/proc/$(<"$LIFE/pid")/status"
}

# CPU time used so far, in hundredths of a second.
cpu_time() {
	awk '{ print $14 + $15 }' "/proc/$(<"$LIFE/pid")/stat"
}

bpf_maps() {
	held_objects "$(<"$LIFE/pid")" | grep -c '^map '
}

bpf_objects_are() {
	[ "$(bpf_maps)" = "$1" ]
}

# The last ten of N.
survivors() {
	seq -f "storm%.0f" $(($1 - 9)) "$1"
}

surviving_are_attached() {
	local name
	for name in $(survivors "$1"); do
		is_attached "$name" || return 1
	done
}

@test "a storm of 50 veths a second for 20 s leaks nothing, and every survivor is attached" {
	local rss fds maps threads cpu started
	configure <<-CONF
		Interface "/^storm/"
		ReportPeaks true # a thread
		ReportFate true  # programs at tracepoints
	CONF
	started=$SECONDS
	collectd_start
	storm 1000
	await 20 surviving_are_attached 1000
	rss=$(rss)
	fds=$(descriptors)
	maps=$(bpf_maps)
	threads=$(threads)
	cpu=$(cpu_time)
	echo "$cpu hundredths of a second, $rss KB"
	# Less than a fifth of a CPU, for the 20 s or longer that it took.
	[ "$cpu" -lt $(((SECONDS - started) * 20)) ]
	survivors 1000 | sed 's/^/link del /' | ip -n "$RX" -batch -
	storm 300
	await 20 surviving_are_attached 300
	await 5 descriptors_are "$fds"
	[ "$(threads)" -eq "$threads" ]
	await 5 bpf_objects_are "$maps"
	# Of 300 interfaces more, not a kilobyte each stays.
	[ "$(rss)" -lt $((rss + 300)) ]
	collectd_stop
	await 10 nothing_left "$BATS_TEST_TMPDIR/before"
}
