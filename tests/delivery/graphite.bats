#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Through write_graphite into carbon, and out of graphite-web as a picture, with the sample
# configurations of conf/graphite, but for the interval.
bats_require_minimum_version 1.5.0
load stores

setup_file() {
	export CARBON LIVE_HOST=alpha
	net_up
	veth_add cxdp-in
	carbon_start_quick
	web_start
	alpha_start "$(<"$CONF/graphite/collectd.conf")" <<<"ReportInactive true"
	traffic cxdp-in
	await 20 all_is_stored
}

all_is_stored() {
	cmp "$LIFE/sent" <(whisper_counts alpha cxdp-in)
}

@test "graphite-web draws packets by protocol, one stacked on the other" {
	local picture=$OUT/graphite.png
	web /render "target=$(panel_query graphite "Packets by protocol" alpha cxdp-in)" \
		from="$(<"$LIFE/started")" width=600 height=350 areaMode=stacked hideLegend=false template=plain \
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
		jq -r '.[] | "\(.target) \([.datapoints[][0] | values] | add * '"$STEP"' | round)"' |
		sed -E 's/.*\.(if_rx_[^)]*)\)/\1/' | sort |
		diff -u <(grep packets-proto "$LIFE/sent") -
}

@test "of what it has no values, graphite-web draws no line" {
	web /render target=collectd.alpha.xdp-none.if_rx_packets width=600 height=300 template=plain >"$BATS_TEST_TMPDIR/none.png"
	[ "$("$LIVE_TOP/tests/delivery/picture.py" "$BATS_TEST_TMPDIR/none.png")" = "" ]
}
