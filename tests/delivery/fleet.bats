#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Three hosts, each a namespace with a collectd of its own and an interface of the same name,
# send to a central collectd, which gives what they send to InfluxDB and to Graphite, with the
# sample configurations of conf/fleet. The central collectd ends, and is started again, while
# packets come in. What it has missed then is in no store, but the totals are right: they are
# counted on the hosts. A series that begins meanwhile is the exception.
bats_require_minimum_version 1.5.0
load stores

HOSTS=(alpha beta gamma)
CENTRE=192.0.2.1

# Runs a command for a host, with RX, TX and LIFE its own: on HOST COMMAND...
# shellcheck disable=SC2034 # used by the command
on() {
	local LIVE_HOST=$1 RX=cxdp-$1-$CXDP_ID TX=cxdp-$1-tx-$CXDP_ID LIFE
	life "$1"
	shift
	"$@"
}

# The link to the centre, beside that on which packets are counted: link NUMBER
link() {
	net_up
	veth_add cxdp-in
	ip -n "$RX" link add centre type veth peer name "$LIVE_HOST" netns "$centre"
	ip -n "$RX" addr add "198.51.100.$1" peer "$CENTRE" dev centre
	ip -n "$centre" addr add "$CENTRE" peer "198.51.100.$1" dev "$LIVE_HOST"
	ip -n "$RX" link set centre up
	ip -n "$centre" link set "$LIVE_HOST" up
}

# A host starts to count and to send: start SECURITY-LEVEL OPTION...
start() {
	local security=$1
	shift
	LIVE_PLUGINS=network collectd_configure \
		"$(sed "s/centre.example/$CENTRE/; s/SecurityLevel .*/SecurityLevel \"$security\"/" "$CONF/fleet/host.conf")" <<-END
		Interface "cxdp-in"
		$(printf '%s\n' "$@")
	END
	collectd_start
}

# What arrives is added to what arrived before, of what is reported by default: receive COUNT [OPTION...]
receive() {
	inject cxdp-in "$@" | grep -Ev -- '-(size|cast)-' >>"$LIFE/sent.all"
	sum_counts "$LIFE/sent.all" | sort >"$LIFE/sent"
}

# All that the hosts got is in both stores, of every series.
all_is_stored() {
	local host
	for host in "${HOSTS[@]}"; do
		diff -u <(awk '$2 > 0' "$BATS_FILE_TMPDIR/$host/sent") <(influx_counts "$host" 'last(value)' | awk '$2 > 0') || return
		diff -u <(awk '$2 > 0' "$BATS_FILE_TMPDIR/$host/sent") <(whisper_counts "$host" cxdp-in | awk '$2 > 0') || return
	done
}

# It counts nothing itself.
centre_configure() {
	echo "hosts: a password of your own" >"$LIFE/auth_file"
	LIVE_HOST=centre LIVE_PLUGINS=network collectd_configure "$(<"$CONF/graphite/collectd.conf")" \
		"$(sed "s/centre.example/$CENTRE/; s,/etc/collectd/auth_file,$LIFE/auth_file," "$CONF/fleet/centre.conf")" \
		</dev/null
	sed -i '/^LoadPlugin xdp/,$d' "$LIFE/collectd.conf"
}

setup_file() {
	local host centre=$RX number=1
	export CARBON
	net_up
	ip -n "$RX" addr add "$CENTRE/32" dev lo
	carbon_start </dev/null
	influx_start collectd
	for host in "${HOSTS[@]}"; do
		number=$((number + 1))
		on "$host" link "$number"
	done
	life centre
	centre_configure
	collectd_start
	on alpha start Sign
	on beta start Encrypt "ReportInactive true"
	on gamma start Encrypt "ReportInactive true"

	on alpha receive 1000 --frame "IPv4 TCP"
	on beta receive 2000
	on gamma receive 3000
	await 30 all_is_stored
	for host in "${HOSTS[@]}"; do
		cp "$BATS_FILE_TMPDIR/$host/sent" "$BATS_FILE_TMPDIR/$host/sent.before"
	done

	collectd_stop
	echo "${EPOCHREALTIME/./}" >"$LIFE/stopped"
	on alpha receive 500
	on beta receive 700
	on gamma receive 900
	for host in "${HOSTS[@]}"; do
		cp "$BATS_FILE_TMPDIR/$host/sent" "$BATS_FILE_TMPDIR/$host/sent.gap"
		on "$host" await_rows 3 cxdp-in if_rx_packets
	done
	echo "${EPOCHREALTIME/./}" >"$LIFE/started"
	mv "$LIFE/log" "$LIFE/log.before"
	collectd_start
	await 30 all_is_stored

	on alpha receive 100 --frame ARP
	on beta receive 200
	on gamma receive 300
	await 30 all_is_stored

	on alpha collectd_stop
	echo "${EPOCHREALTIME/./}" >"$LIFE/unsigned"
	on alpha start None "ReportInactive true"
	on alpha await_rows 3 cxdp-in if_rx_packets
}

teardown_file() {
	local host
	processes_down
	for host in "${HOSTS[@]}"; do
		on "$host" net_down
	done
	net_down
}

setup() {
	CARBON=$BATS_FILE_TMPDIR/carbon
	life centre
}

# "series value" for each count of a host in InfluxDB: influx_counts HOST VALUE [MORE-CONDITIONS]
influx_counts() {
	influx collectd "SELECT $2 FROM xdp_value WHERE host = '$1' AND instance = 'cxdp-in' AND type =~ /^if_rx_/ ${3:-}
		GROUP BY type, type_instance" |
		jq -r '.results[].series[]? | "\(.tags.type)-\(.tags.type_instance) \(.values[-1][1])"' |
		sed 's/- / /' | sort
}

@test "the stores have the three hosts, each under its own name, and no other" {
	[ "$(influx collectd 'SHOW TAG VALUES FROM xdp_value WITH KEY = host' |
		jq -r '.results[].series[].values[][1]' | sort | paste -sd ' ')" = "${HOSTS[*]}" ]
	[ "$(find "$CARBON/whisper/collectd" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | paste -sd ' ')" = "${HOSTS[*]}" ]
}

@test "each host's totals are what was sent to it, in InfluxDB and in Graphite, of every series" {
	all_is_stored
}

# Up to a packet's worth of values is held back on the host, and may come after the gap.
@test "of what hosts send while the central collectd is away, values are lost" {
	local host from until read stored
	from=$(<"$LIFE/stopped")
	until=$(<"$LIFE/started")
	for host in beta gamma; do
		read=$(on "$host" rows cxdp-in if_rx_packets |
			awk -F, -v from="$from" -v until="$until" '$1 * 1e6 > from && $1 * 1e6 < until { n++ } END { print n }')
		stored=$(influx_counts "$host" 'count(value)' "AND time > ${from}000 AND time < ${until}000" | sent - if_rx_packets)
		echo "$host: $read values, ${stored:-0} of them stored"
		((read >= 3 && ${stored:-0} < read))
	done
}

@test "over that time each series of a host rises by what was sent to it" {
	local host before after
	before="AND time <= $(<"$LIFE/stopped")000"
	after="AND time >= $(<"$LIFE/started")000 - 1s"
	for host in beta gamma; do
		diff -u "$BATS_FILE_TMPDIR/$host/sent.before" <(influx_counts "$host" 'last(value)' "$before")
		influx_counts "$host" 'first(value)' "$after" >"$BATS_TEST_TMPDIR/first"
		diff -u "$BATS_FILE_TMPDIR/$host/sent.gap" "$BATS_TEST_TMPDIR/first"
	done
}

@test "a series that begins in that time begins with what it has counted by then, without ReportInactive" {
	[ "$(influx_counts alpha 'first(value)' | sent - if_rx_packets-proto-ipv4_udp)" = \
		"$(sent "$BATS_FILE_TMPDIR/alpha/sent.gap" if_rx_packets-proto-ipv4_udp)" ]
	[ "$(influx_counts alpha 'first(value)' | sent - if_rx_packets-proto-ipv4_tcp)" = 0 ]
}

# Whether a host has values since then: has_values HOST MICROSECONDS
has_values() {
	[ "$(influx_counts "$1" 'count(value)' "AND time > ${2}000")" != "" ]
}

@test "what is not signed is not taken" {
	# What another host has sent since is there.
	await 30 has_values beta "${EPOCHREALTIME/./}"
	refute has_values alpha "$(<"$LIFE/unsigned")"
}

# conf/fleet/centre.conf: 4 series of each interface, and 26 with ReportProtocols.
@test "an interface has as many series as the fleet is reckoned with" {
	[ "$(influx collectd "SHOW SERIES FROM xdp_value WHERE host = 'beta'" | jq '.results[0].series[0].values | length')" = 30 ]
}

# collectd does not forward notifications, and says so.
@test "no log has an error" {
	local host
	refute grep '\[error\]' <(grep -v "A notification has been received" "$LIFE/log" "$LIFE/log.before")
	for host in beta gamma; do
		on "$host" log_is_clean
	done
}
