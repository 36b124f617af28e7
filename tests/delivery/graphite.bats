#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Through write_graphite into carbon, and out of graphite-web as a picture, with the sample
# configurations of conf/graphite, but for the interval: the host sends every second and is
# kept and shown every 2 s, so that a value in time for each is sure.
bats_require_minimum_version 1.5.0
load stores

setup_file() {
	export CARBON LIVE_HOST=alpha
	net_up
	veth_add cxdp-in
	carbon_start <<-END
		[the host of these tests sends every second]
		pattern = ^collectd\.
		retentions = 2s:1h
	END
	web_start
	life alpha
	collectd_configure "$(<"$CONF/graphite/collectd.conf")" <<-END
		Interface "cxdp-in"
		ReportSizes true
		ReportCast true
		ReportInactive true
	END
	collectd_start
	await_rows 4 cxdp-in if_rx_packets
	traffic cxdp-in
	await 20 all_is_stored
}

teardown_file() {
	processes_down
	net_down
}

setup() {
	CARBON=$BATS_FILE_TMPDIR/carbon
	life alpha
}

all_is_stored() {
	cmp "$LIFE/sent" <(whisper_counts alpha cxdp-in)
}

@test "graphite-web draws packets by protocol, one stacked on the other" {
	local picture=$OUT/graphite.png
	web /render "target=$(panel_query graphite "Packets by protocol" alpha cxdp-in)" \
		from=-30s width=600 height=350 areaMode=stacked hideLegend=false template=plain \
		"title=alpha cxdp-in: packets/s by protocol (Graphite)" >"$picture"
	"$LIVE_TOP/tests/delivery/picture.py" "$picture" | tee "$LIFE/lines"
	lines_are_drawn "$LIFE/lines"
}

@test "the last value of every series is what was sent, of what was not sent 0" {
	diff -u "$LIFE/sent" <(whisper_counts alpha cxdp-in)
}

@test "what every series rises by, summed up, is what was sent" {
	whisper_rows alpha cxdp-in | awk '
		$1 in last && $3 < last[$1] { print $1 " falls" }
		{ sum[$1] += $1 in last ? $3 - last[$1] : 0; last[$1] = $3 }
		END { for (name in sum) printf "%s %.0f\n", name, sum[name] }' | sort | diff -u "$LIFE/sent" -
}

@test "the rates that graphite-web makes of the totals, times the interval, are what was sent" {
	web /render format=json from=-10min "target=perSecond(collectd.alpha.xdp-cxdp-in.if_rx_packets-proto-*)" |
		jq -r '.[] | "\(.target) \([.datapoints[][0] | values] | add * 2 | round)"' |
		sed -E 's/.*\.(if_rx_[^)]*)\)/\1/' | sort |
		diff -u <(grep packets-proto "$LIFE/sent") -
}

@test "of what it has no values, graphite-web draws no line" {
	web /render target=collectd.alpha.xdp-none.if_rx_packets width=600 height=300 template=plain >"$BATS_TEST_TMPDIR/none.png"
	[ "$("$LIVE_TOP/tests/delivery/picture.py" "$BATS_TEST_TMPDIR/none.png")" = "" ]
}
