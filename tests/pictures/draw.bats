#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Draws the dashboards of conf/grafana with Grafana's graph component, as they are imported and with all rows open,
# from a Graphite, an InfluxDB and a Prometheus that hold an hour that hour.py has made up. The pictures are in tests/out; that
# of README.md is a part of one.
bats_require_minimum_version 1.5.0
load ../delivery/stores

BUILT=$LIVE_TOP/tests/.build/pictures
HERE=$LIVE_TOP/tests/pictures

setup_file() {
	npm_install
	(cd "$BUILT" && node_modules/.bin/esbuild page.tsx --bundle --outfile=page.js --define:process.env.NODE_ENV='"production"' \
		--loader:.svg=dataurl --loader:.ttf=empty --jsx=automatic --log-level=warning)
	export CARBON NOW=$((EPOCHSECONDS / 10 * 10))
	net_up
	carbon_start <<<$'[all]\npattern = .*\nretentions = 10s:2h\n'
	web_start
	influx_start collectd
	hour_stored
	mkdir -p "$BATS_FILE_TMPDIR/pictures"
	local store
	for store in graphite influxdb prometheus; do
		in_rx "$LIVE_TOP/tests/delivery/ask.py" --json --now $NOW --since 3600 "$CONF/grafana/$store.json" web1 "$(chosen $store)" 10 \
			>"$BATS_FILE_TMPDIR/pictures/$store.answers" || true
	done
}

# 470 MB the first time.
npm_install() {
	mkdir -p "$BUILT"
	cp "$HERE/page.tsx" "$HERE/shoot.mjs" "$BUILT/"
	cmp -s "$HERE/package.json" "$BUILT/package.json" && [ -e "$BUILT/node_modules/.package-lock.json" ] && return
	cp "$HERE/package.json" "$BUILT/"
	(cd "$BUILT" && npm install --prefer-offline --no-audit --no-fund --ignore-scripts --loglevel=error)
}

hour_stored() {
	local folder=$BATS_FILE_TMPDIR/hour prometheus=$BATS_FILE_TMPDIR/prometheus
	mkdir -p "$folder" "$prometheus"
	"$HERE/hour.py" "$folder" "$NOW"
	in_rx socat -u "FILE:$folder/graphite" TCP:127.0.0.1:2003
	in_rx curl -fsS -X POST http://127.0.0.1:8086/query --data-urlencode "q=CREATE DATABASE collectd" >"$folder/created"
	in_rx curl -fsS -X POST "http://127.0.0.1:8086/write?db=collectd&precision=s" --data-binary "@$folder/influxdb"
	promtool tsdb create-blocks-from openmetrics "$folder/prometheus" "$prometheus/data" >"$folder/blocks"
	prometheus_start
	answers prometheus prometheus_has "collectd_xdp_gauge @ $NOW"
	await 60 carbon_has_all
}

carbon_has_all() {
	web /render format=json "from=$((NOW - 100))" "until=$NOW" "target=collectd.web1.xdp.total_time_in_ms-program" |
		jq -ne --argjson now "$NOW" 'input[0].datapoints | any(.[]; .[0] != null and .[1] >= $now - 10)'
}

chosen() {
	[ "$1" = graphite ] && echo '{eth0,eth1}' || echo '(eth0|eth1)'
}

# A dashboard with its answers, after a change of it by jq: picture STORE CHANGE
picture() {
	jq -n --slurpfile dashboard "$CONF/grafana/$1.json" --slurpfile answers "$BATS_FILE_TMPDIR/pictures/$1.answers" \
		--argjson now "$NOW" "{dashboard: (\$dashboard[0] | $2), answers: \$answers[0], interfaces: [\"eth0\", \"eth1\"], from: (\$now - 3600), to: \$now}"
}

# Every row open, one below the other; a panel for each interface is one.
# shellcheck disable=SC2016 # jq's
OPEN='.panels |= (reduce .[] as $row ({add: 0, panels: []};
	.add as $add | ([$row.panels[]? | .gridPos | .y + .h] | max // 0) as $bottom
	| .panels += [$row | .gridPos.y += $add | .collapsed = false] + [$row.panels[]? | .gridPos.y += $add]
	| if $bottom > 0 then .add += $bottom - $row.gridPos.y - 1 else . end) | .panels)'

shoot() {
	node "$BUILT/shoot.mjs" "$BUILT/page.js" "$@"
}

@test "the dashboards are drawn as they are imported" {
	local store
	for store in graphite influxdb prometheus; do
		picture $store . >"$BUILT/$store.json"
		shoot "$BUILT/$store.json" "$OUT/dashboard-$store.png"
	done
}

@test "the dashboards are drawn with all rows open" {
	local store
	for store in graphite influxdb prometheus; do
		picture $store "$OPEN" >"$BUILT/$store.json"
		shoot "$BUILT/$store.json" "$OUT/dashboard-$store-open.png"
	done
}

@test "no text is cut off on a narrow screen" {
	picture prometheus "$OPEN" >"$BUILT/narrow.json"
	shoot "$BUILT/narrow.json" "$OUT/dashboard-narrow.png" 1000
}

@test "README.md's picture is drawn: numbers, packets and bits, and both by protocol" {
	picture prometheus . >"$BUILT/readme.json"
	shoot "$BUILT/readme.json" "$OUT/dashboard.png" 1300 874
}
