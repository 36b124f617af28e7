#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# collectd's other writers: Prometheus asks for the values, RRD files and CSV files keep them.
bats_require_minimum_version 1.5.0
load stores

setup_file() {
	# RRD files take one value a second, and a reading every second may come a little early.
	export LIVE_HOST=alpha LIVE_PLUGINS="write_prometheus rrdtool" LIVE_INTERVAL=2
	net_up
	veth_add cxdp-in
	# write_prometheus finds no address to listen on where there are loopback addresses alone.
	ip -n "$RX" addr add 192.0.2.1/32 dev lo
	alpha_start "LoadPlugin write_prometheus" "LoadPlugin rrdtool" \
		'<Plugin write_prometheus>' '  Host "127.0.0.1"' '</Plugin>' \
		'<Plugin rrdtool>' "  DataDir \"$BATS_FILE_TMPDIR/alpha/rrd\"" '  RRARows 600' '  StepSize 1' '  HeartBeat 20' '</Plugin>' </dev/null
	inject cxdp-in 3000 --rate 1000 | awk '$2 > 0' | sort >"$LIFE/sent"
	await 20 all_is_told
	scrape >"$LIFE/metrics"
	stored_counts cxdp-in >"$LIFE/csv.counts"
	await_rows 2 cxdp-in if_rx_packets # for a rate of the last interval with packets
	collectd_stop
}

scrape() {
	in_rx curl -fsS http://127.0.0.1:9103/metrics
}

# "series value" of what Prometheus gets, from lines like
# collectd_xdp_if_rx_packets_total{xdp="cxdp-in",type="proto-arp",instance="alpha"} 1 1795253324321
told() {
	sed -nE 's/^collectd_xdp_(if_rx_[a-z]+)_total\{xdp="cxdp-in"(,type="([^"]*)")?,instance="alpha"\} ([0-9]+) .*/\1-\3 \4/p' |
		sed 's/- / /' | sort
}

all_is_told() {
	cmp "$LIFE/sent" <(scrape | told)
}

@test "write_prometheus: each count has the name, the labels and the value that a user asks for" {
	diff -u "$LIFE/sent" <(told <"$LIFE/metrics")
}

@test "write_prometheus: counts are counters and states are gauges" {
	grep -x '# TYPE collectd_xdp_if_rx_packets_total counter' "$LIFE/metrics"
	grep -x '# TYPE collectd_xdp_if_rx_octets_total counter' "$LIFE/metrics"
	grep -x '# TYPE collectd_xdp_gauge gauge' "$LIFE/metrics"
	grep -E '^collectd_xdp_gauge\{xdp="cxdp-in",type="attached",instance="alpha"\} 1 ' "$LIFE/metrics"
}

@test "csv: the last value of each series is what was sent" {
	diff -u "$LIFE/sent" "$LIFE/csv.counts"
}

# A row of an RRD file is the rate in a second, so the sum over rows is what was sent.
@test "rrdtool: each series has a file, and what its rates sum up to is what was sent" {
	local series value sum
	while read -r series value; do
		sum=$(rrdtool fetch "$LIFE/rrd/alpha/xdp-cxdp-in/$series.rrd" AVERAGE \
			--start "$((EPOCHSECONDS - 300))" --end "$EPOCHSECONDS" |
			awk '$2 ~ /^[0-9]/ { sum += $2 } END { printf "%.0f", sum }')
		echo "$series: sent $value, summed up $sum"
		[ "$sum" = "$value" ]
	done <"$LIFE/sent"
}

@test "rrdtool: a file's data source is a DERIVE that is never negative" {
	rrdtool info "$LIFE/rrd/alpha/xdp-cxdp-in/if_rx_packets-proto-ipv4_tcp.rrd" >"$BATS_TEST_TMPDIR/info"
	grep -x 'ds\[value\].type = "DERIVE"' "$BATS_TEST_TMPDIR/info"
	grep -x 'ds\[value\].min = 0.0000000000e+00' "$BATS_TEST_TMPDIR/info"
}

@test "the log has no warning and no error" {
	local expected=MHD_OPTION_EXTERNAL_LOGGER # of libmicrohttpd and collectd 5.12
	# A reading that follows a late one at once is in its second, of which an RRD file takes one value.
	! in_log "took [0-9.]* seconds, which is above its read interval" || expected+="|illegal attempt to update using time"
	log_is_clean "$expected"
}
