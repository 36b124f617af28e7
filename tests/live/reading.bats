#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What a reading costs in system calls: one for all of some interfaces, and for an interface
# that counted nothing since the last one a question whether the link is still there. That may wait
# for others, and comes when all values are dispatched; they have the time of their lookup.
bats_require_minimum_version 1.5.0
load ../lib/live

INTERFACES=(cxdp-a cxdp-b cxdp-c)

# Traces bpf(2) and recvmsg(2) in the running collectd while COMMAND runs; the latter waits, as if
# the kernel did: traced FILE COMMAND...
traced() {
	local file=$1
	shift
	strace -f -qq -ttt -e trace=bpf,recvmsg -e inject=recvmsg:delay_enter=50000 -o "$file" -p "$(<"$LIFE/pid")" 3>&- &
	echo $! >"$LIFE/strace.pid"
	await 10 is_traced
	"$@"
	kill -s TERM "$(<"$LIFE/strace.pid")"
	wait "$(<"$LIFE/strace.pid")" || true
}

is_traced() {
	local status
	for status in "/proc/$(<"$LIFE/pid")"/task/*/status; do
		[ "$(awk '$1 == "TracerPid:" { print $2 }' "$status")" = "$(<"$LIFE/strace.pid")" ] ||
			return 1
	done
}

setup_file() {
	local interface senders=()
	net_up
	for interface in "${INTERFACES[@]}"; do
		veth_add "$interface"
	done
	life reading
	collectd_configure <<<'Interface "/^cxdp-/"'
	collectd_start
	for interface in "${INTERFACES[@]}"; do
		nsenter --net="/run/netns/$TX" "$INJECT" "$interface-tx" 1000000 --rate 100 \
			--frame "IPv4 UDP" >/dev/null 2>&1 3>&- &
		senders+=($!)
	done
	for interface in "${INTERFACES[@]}"; do
		await 20 has_come_to "$interface" 1
	done
	traced "$LIFE/busy" await_rows 5 cxdp-a gauge-attached
	kill "${senders[@]}"
	wait "${senders[@]}" || true
	await_rows 2 cxdp-a gauge-attached
	traced "$LIFE/idle" await_rows 5 cxdp-a gauge-attached
	collectd_stop
}

teardown_file() {
	processes_down
	net_down
}

setup() {
	life reading
}

# One line per reading: its bpf(2) commands, in order, and where rtnetlink is listened to or asked,
# once or several times ("|"), which is so before a reading and after it; the first and the last in
# the trace may not be whole.
readings() {
	awk '/recvmsg\(/ && line !~ /\|$/ { line = line " |" }
		match($0, /bpf\([A-Z_]+/) {
			call = substr($0, RSTART + 4, RLENGTH - 4)
			if (call ~ /LOOKUP/) { print line; line = "" }
			line = line " " call
		}
		END { print line }' "$1" | sed '1,2d;$d'
}

# Whether the last values of cxdp-a have the times of the lookups in FILE: none is older than the
# call before its lookup. csv has milliseconds: times_are_of_lookups FILE
times_are_of_lookups() {
	rows cxdp-a if_rx_packets | awk -F'[ ,]+' '
		FNR == NR { value[++values] = $1; next }
		!/recvmsg\(|bpf\(/ { next }
		/LOOKUP_BATCH/ && before { from[++lookups] = before; to[lookups] = $2 }
		{ before = $2 }
		END {
			for (i = 1; i <= values; i++)
				for (j = 1; j <= lookups; j++) {
					if (value[i] < to[j] - 0.5 || value[i] > to[j] + 0.5) continue
					compared++
					if (value[i] < from[j] - 0.001 || value[i] > to[j] + 0.001) {
						printf "%.3f is not of %.6f to %.6f\n", value[i], from[j], to[j]
						wrong++
					}
				}
			print compared + 0 " values compared"
			exit wrong || compared < 3
		}' - "$1"
}

LOOKUP=" BPF_MAP_LOOKUP_BATCH"
QUESTION=" BPF_OBJ_GET_INFO_BY_FD"

@test "with packets on all of three interfaces, a reading is one bpf(2)" {
	readings "$LIFE/busy"
	[ "$(readings "$LIFE/busy" | wc -l)" -ge 3 ]
	[ "$(readings "$LIFE/busy" | sort -u)" = "$LOOKUP |" ]
}

@test "of an idle interface, the link is asked for once besides, after the reading" {
	readings "$LIFE/idle"
	[ "$(readings "$LIFE/idle" | wc -l)" -ge 3 ]
	[ "$(readings "$LIFE/idle" | sort -u)" = "$LOOKUP |$QUESTION$QUESTION$QUESTION |" ]
}

@test "values have the time of their lookup, also where the kernel lets the plugin wait before it" {
	times_are_of_lookups "$LIFE/busy"
	times_are_of_lookups "$LIFE/idle"
}
