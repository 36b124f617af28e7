#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Into InfluxDB on both ways, with the sample configurations of conf/: collectd's network
# plugin to its collectd input, and write_graphite to its Graphite input.
bats_require_minimum_version 1.5.0
load stores

COUNTS="host = 'alpha' AND instance = 'cxdp-in' AND type =~ /^if_rx_/"

setup_file() {
	export LIVE_HOST=alpha LIVE_PLUGINS=network
	net_up
	veth_add cxdp-in
	influx_start collectd graphite
	alpha_start "$(<"$CONF/influxdb/collectd.conf")" "$(<"$CONF/graphite/collectd.conf")" </dev/null
	traffic cxdp-in
	await 20 all_is_there by_collectd
	await 20 all_is_there by_graphite
	await_rows 2 cxdp-in if_rx_packets # which would show a surplus
}

# "series value" for each count that came through the network plugin: by_collectd VALUE [FROM]
by_collectd() {
	influx collectd "SELECT $1 FROM ${2:-xdp_value WHERE $COUNTS} GROUP BY type, type_instance" |
		jq -r '.results[].series[]? | "\(.tags.type)-\(.tags.type_instance) \(.values[-1][1])"' |
		sed 's/- / /' | sort
}

# The same for what came through write_graphite.
by_graphite() {
	influx graphite "SELECT $1 FROM /^if_rx_/ WHERE host = 'alpha' AND instance = 'xdp-cxdp-in'" |
		jq -r '.results[].series[]? | "\(.name) \(.values[-1][1])"' | sort
}

# The totals come first, and what collectd holds back for a whole packet comes an interval later.
all_is_there() {
	cmp <(awk "\$2 > 0" "$LIFE/sent") <("$1" 'last(value)')
}

@test "collectd input: every series is there, and its last value less its first is what was sent" {
	diff -u <(awk "\$2 > 0" "$LIFE/sent") <(by_collectd 'last(value) - first(value)')
}

@test "collectd input: what every series rises by, summed up, is what was sent" {
	diff -u <(awk "\$2 > 0" "$LIFE/sent") <(by_collectd 'sum(rise)' \
		"(SELECT non_negative_difference(value) AS rise FROM xdp_value WHERE $COUNTS GROUP BY type, type_instance)")
}

@test "graphite input: every series is there, and its last value less its first is what was sent" {
	diff -u <(awk "\$2 > 0" "$LIFE/sent") <(by_graphite 'last(value) - first(value)')
}

@test "collectd input: it has the values that collectd's csv writer has, at the same times" {
	local time value
	rows cxdp-in if_rx_octets >"$LIFE/octets.csv"
	[ "$(wc -l <"$LIFE/octets.csv")" -gt 10 ]
	# The last ones may still be on their way.
	await 20 octets_are "$(wc -l <"$LIFE/octets.csv")"
	while IFS=, read -r time value; do
		echo "$time $value"
		jq -e --argjson time "$time" --argjson value "$value" \
			'any(.results[0].series[0].values[]; (.[0] - $time * 1000 | fabs) <= 1 and .[1] == $value)' "$LIFE/octets"
	done <"$LIFE/octets.csv"
}

# Whether there are N values of the octets, or more.
octets_are() {
	influx collectd "SELECT value FROM xdp_value WHERE type = 'if_rx_octets' AND type_instance = ''" >"$LIFE/octets"
	jq -ne --argjson count "$1" 'input.results[0].series[0].values | length >= $count' "$LIFE/octets"
}

@test "the states are there" {
	influx collectd "SELECT min(value) FROM xdp_value WHERE type = 'gauge' AND type_instance = 'attached' AND instance = 'cxdp-in'" |
		jq -ne 'input.results[0].series[0].values[0][1] == 1'
}

@test "conf/influxdb/plot draws a line for each protocol" {
	local picture=$OUT/influxdb.png
	INTERVAL=1s in_rx "$CONF/influxdb/plot" "$picture" cxdp-in alpha
	"$LIVE_TOP/tests/delivery/picture.py" "$picture" | tee "$LIFE/lines"
	lines_are_drawn "$LIFE/lines"
}

@test "conf/influxdb/plot says so if there is nothing to draw" {
	run -1 in_rx "$CONF/influxdb/plot" "$BATS_TEST_TMPDIR/none.png" cxdp-in omega
	[ "$output" = "plot: InfluxDB has no packets of cxdp-in at omega in the last 60 minutes" ]
}

@test "the log has no warning and no error" {
	log_is_clean
}
