# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the tests of hooks share, besides what the live tests do.

# shellcheck source=tests/lib/live.bash
. "$BATS_TEST_DIRNAME/../lib/live.bash"

HOLDER=$LIVE_TOP/tests/lib/holder

# Seconds; most of what a test of hooks does is to wait for readings.
export LIVE_INTERVAL=0.2

# Both ends of a veth: mtu_set INTERFACE BYTES
mtu_set() {
	ip -n "$RX" link set "$1" mtu "$2"
	ip -n "$TX" link set "$1-tx" mtu "$2"
}

# Holds the hook of an interface in RX by a link, or is at its tcx hook, before or after others:
# holder_start INTERFACE native|generic|before|after [OBJECT]. Sets HOLDER_ID.
holder_start() {
	local out=$BATS_TEST_TMPDIR/holder
	mkdir -p "$BATS_FILE_TMPDIR/holder"
	: >"$out"
	nsenter --net="/run/netns/$RX" "$HOLDER" "$1" "$2" "${3:-$OTHER}" >"$out" 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/holder/pid"
	await 5 test -s "$out"
	HOLDER_ID=$(<"$out")
	[ "$2" = before ] || [ "$2" = after ] || holds "$1" "$HOLDER_ID"
}

holder_stop() {
	local pid
	pid=$(<"$BATS_FILE_TMPDIR/holder/pid")
	rm "$BATS_FILE_TMPDIR/holder/pid"
	kill "$pid"
	wait "$pid" || true
}

# Whether a program of this id is at the hook: holds INTERFACE ID
holds() {
	[ "$(program_at "$1")" = "$2" ]
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

# The id of the counter's link at the tcx hook: of its pin, or of a descriptor of collectd.
out_link() {
	local index pin
	index=$(ip -n "$RX" -j link show dev "$1" | jq '.[0].ifindex')
	for pin in "$PINS"/outgoing/net-*/link_"$index"; do
		if [ -e "$pin" ]; then
			bpftool -j link show pinned "$pin" | jq .id
			return
		fi
	done
	for pin in "/proc/$(<"$LIFE/pid")"/fdinfo/*; do
		awk -v index_="$index" '
			$1 == "link_type:" { tcx = $2 == "tcx" }
			$1 == "link_id:" { id = $2 }
			$1 == "ifindex:" && $2 == index_ && tcx { print id }' "$pin" 2>/dev/null || true
	done
}

# Whether the stored total of what goes out has come to N: out_has_come_to INTERFACE N
out_has_come_to() {
	read_rows "$1" if_tx_packets
	[ ${#ROWS[@]} -gt 0 ] && ((${ROWS[-1]#*,} >= $2))
}

# Waits for a value of a gauge: await_gauge INTERFACE NAME VALUE
await_gauge() {
	await 20 gauge_is "$@"
}

# The same of a reading of this start, where an earlier one has left values.
await_gauge_again() {
	await_rows 1 "$1" "gauge-$2" && await_gauge "$@"
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

# Makes an interface once more, with its name and its index.
recreate() {
	local index
	index=$(ip -n "$RX" -j link show dev "$1" | jq '.[0].ifindex')
	ip -n "$RX" link del "$1"
	ip -n "$RX" link add index "$index" name "$1" type veth peer name "$1-tx" netns "$TX"
	ip -n "$TX" link set "$1-tx" arp off up
	ip -n "$RX" link set "$1" arp off up
	await 5 veth_is_up "$1"
}

# All that is counted in a record; further options come from standard input. What holds a hook
# is waited for, whether or not this kernel can trace programs.
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

# Starts collectd and kills it after a random time of up to half a second, or so many milliseconds, counted
# from the start of the process: what it does then is anything from loading to reading: kill_at_random [MS]
kill_at_random() {
	local pid most=${1:-500}
	nsenter --net="/run/netns/$RX" collectd -f -C "$LIFE/collectd.conf" \
		>>"$LIFE/out" 2>&1 3>&- &
	pid=$!
	echo "$pid" >"$LIFE/pid"
	sleep "0.$(printf '%03d' $((RANDOM % most)))"
	keep_held "$pid"
	kill -s KILL "$pid"
	wait "$pid" 2>/dev/null || true
	rm "$LIFE/pid"
}
