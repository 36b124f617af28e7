# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the tests of hooks share, besides what the live tests do.

# shellcheck source=tests/live/lib.bash
. "$BATS_TEST_DIRNAME/../live/lib.bash"

HOLDER=$LIVE_TOP/tests/hooks/holder
PINS=/sys/fs/bpf/cxdp-pins-$CXDP_ID

# Seconds; most of what a test of hooks does is to wait for readings.
export LIVE_INTERVAL=0.5

# Every test has its own namespaces, links and pins.
hooks_setup() {
	net_up
	life "$BATS_TEST_NUMBER"
	kernel_objects >"$BATS_TEST_TMPDIR/before"
}

hooks_teardown() {
	processes_down
	holder_stop
	net_down
	rm -rf "$PINS"
}

# Both ends of a veth: mtu_set INTERFACE BYTES
mtu_set() {
	ip -n "$RX" link set "$1" mtu "$2"
	ip -n "$TX" link set "$1-tx" mtu "$2"
}

# Holds the hook of an interface in RX by a link: holder_start INTERFACE MODE. Sets HOLDER_ID.
holder_start() {
	nsenter --net="/run/netns/$RX" "$HOLDER" "$1" "$2" "$OTHER" \
		>"$BATS_TEST_TMPDIR/holder.out" 3>&- &
	HOLDER_PID=$!
	await 5 test -s "$BATS_TEST_TMPDIR/holder.out"
	HOLDER_ID=$(<"$BATS_TEST_TMPDIR/holder.out")
	holds "$1" "$HOLDER_ID"
}

holder_stop() {
	[ -n "${HOLDER_PID:-}" ] || return 0
	kill "$HOLDER_PID"
	wait "$HOLDER_PID" || true
	HOLDER_PID=
}

# Whether a program of this id is at the hook: holds INTERFACE ID
holds() {
	[ "$(program_at "$1")" = "$2" ]
}

is_free() {
	[ -z "$(program_at "$1")" ]
}

# The id of the link at the hook of an interface in RX: of its pin, or of a descriptor
# that some process holds (bpftool 7.1 does not tell a link's interface).
link_at() {
	local index program pin
	index=$(ip -n "$RX" -j link show dev "$1" | jq '.[0].ifindex')
	program=$(program_at "$1")
	for pin in "$PINS"/net-*/link_"$index"; do
		if [ -e "$pin" ]; then
			bpftool -j link show pinned "$pin" | jq .id
			return
		fi
	done
	for pin in /proc/[0-9]*/fdinfo; do
		cat "$pin"/* 2>/dev/null
	done | awk -v index_="$index" -v program="$program" '
		$1 == "link_id:" { id = $2 }
		$1 == "prog_id:" { at = $2 }
		$1 == "ifindex:" && $2 == index_ && at == program { found = id }
		END { print found }'
}

# Waits for a value of a gauge: await_gauge INTERFACE NAME VALUE
await_gauge() {
	await 20 gauge_is "$@"
}

# csv writes gauges as 1.000000000000000e+00.
gauge_is() {
	last "$1" "gauge-$2" | awk -v value="$3" '{ found = $1 == value } END { exit !found }'
}

# Waits until the counter is at the hook, by the kernel.
await_attached() {
	await 20 is_attached "$1"
}

is_attached() {
	in_rx bpftool -j net show | jq -e --arg name "$1" --argjson id "$(program_at "$1")" \
		'.[0].xdp[] | select(.devname == $name)' >/dev/null &&
		[ "$(bpftool -j prog show id "$(program_at "$1")" | jq -r .name)" = xdp_count ]
}

# All that is counted in a record; further options come from standard input. What holds a hook
# is waited for, whether or not this kernel has programs traced.
configure() {
	{
		echo 'OnBusy "wait"'
		echo 'ReportSizes true'
		echo "ReportCast ${CAST:-true}"
		cat
	} | collectd_configure
}

# The same with Persist.
persist_configure() {
	{
		echo 'Persist true'
		echo "PinDirectory \"$PINS\""
		cat
	} | configure
}

# Has the next starts of this life use the plugin of another build tree.
collectd_plugin() {
	PLUGIN=$1/plugin/.libs/xdp.so
	cp "$PLUGIN" "$LIFE/plugins/"
}

# Sends in the background: stream_start INTERFACE COUNT RATE. What was sent is in $STREAM.
stream_start() {
	STREAM=$BATS_TEST_TMPDIR/stream
	inject "$1" "$2" --rate "$3" >"$STREAM" 3>&- &
	STREAM_PID=$!
}

stream_is_over() {
	has_ended "$STREAM_PID"
}
