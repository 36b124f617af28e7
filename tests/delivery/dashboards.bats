#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Every query of every dashboard in conf/, asked of a Graphite and an InfluxDB that a host with
# two interfaces has filled, with all that the plugin can report and the interface plugin
# beside it. A query that brings nothing fails, and so does one that nobody asks.
bats_require_minimum_version 1.5.0
load stores

STATS=/proc/sys/kernel/bpf_stats_enabled

setup_file() {
	export CARBON LIVE_HOST=alpha LIVE_PLUGINS="network interface" INTERFACE=cxdp-a
	net_up
	veth_add cxdp-a
	veth_add cxdp-b
	carbon_start_quick
	web_start
	influx_start collectd
	life alpha
	cp "$STATS" "$LIFE/stats"
	echo 1 >"$STATS" # the panels of what the program costs need it
	alpha_start "LoadPlugin interface" \
		"$(<"$CONF/influxdb/collectd.conf")" "$(<"$CONF/graphite/collectd.conf")" <<-END
		ReportQueues true
		ReportCPUs true
		ReportSelf true
		ReportSignals true
		ReportPeaks true
		ReportInactive true
	END
	inject cxdp-a 4000 --signs --rate 1000 --cpu 0 >"$LIFE/sent.a" 3>&- &
	inject cxdp-b 6000 --signs --rate 1500 --cpu 1 >"$LIFE/sent.b"
	wait $!
	sum_counts "$LIFE"/sent.[ab] | sort >"$LIFE/sent"
	await 20 all_is_stored
	await_rows 3 cxdp-b if_rx_packets
}

teardown_file() {
	[ ! -e "$BATS_FILE_TMPDIR/alpha/stats" ] || cp "$BATS_FILE_TMPDIR/alpha/stats" "$STATS"
	processes_down
	net_down
}

# That of cxdp-b is what comes last.
all_is_stored() {
	diff -u <(sort "$LIFE/sent.b") <(whisper_counts alpha cxdp-b) || return
	influx collectd "SELECT last(value) FROM xdp_value WHERE instance = 'cxdp-b' AND type_instance = 'size-1024_to_1518'" |
		jq -ne --argjson sent "$(sent "$LIFE/sent.b" if_rx_packets-size-1024_to_1518)" 'input.results[0].series[0].values[0][1] == $sent'
}

# Whether what a query brings has a value in it, in every series: by graphite-web, by InfluxDB. "input" fails
# where no answer comes; jq alone would be content.
graphite_answers() {
	web /render format=json from=-10min "target=$1" |
		jq -ne 'input | length > 0 and all(.[]; any(.datapoints[]; .[0] != null))'
}

influxdb_answers() {
	influx collectd "$1" | jq -ne 'input | (.error // .results[].error) == null
		and (.results[0].series | length > 0 and all(.[]; any(.values[]; .[1] != null)))'
}

# Asks all queries of a dashboard for a host and an interface: ask STORE HOST INTERFACE
ask() {
	local title query asked=0
	while IFS=$'\t' read -r title query; do
		query=$(filled "$2" "$3" <<<"$query")
		refute grep -E '[$](host|interface|timeFilter|__)' <<<"$query" || return
		asked=$((asked + 1))
		"$1_answers" "$query" >/dev/null || {
			echo "nothing for \"$title\": $query"
			return 1
		}
	done < <(jq -r '.panels[] | .title as $title | .targets[]? | "\($title)\t\(.target // .query)"' "$CONF/grafana/$1.json")
	[ "$asked" -ge 20 ]
}

# What a dashboard is made of, one thing a line.
panels_of() {
	jq -r '.panels[] | "\(.type) \(.title)"' "$CONF/grafana/$1.json"
}

@test "the dashboards are what conf/grafana/make makes of their description" {
	"$CONF/grafana/make" "$BATS_TEST_TMPDIR"
	diff -r "$BATS_TEST_TMPDIR/grafana/graphite.json" "$CONF/grafana/graphite.json"
	diff -r "$BATS_TEST_TMPDIR/grafana/influxdb.json" "$CONF/grafana/influxdb.json"
	diff -r "$BATS_TEST_TMPDIR/graphite/dashboard.json" "$CONF/graphite/dashboard.json"
}

@test "graphite: every query of Grafana's dashboard brings values, for one host and interface and for all" {
	ask graphite alpha cxdp-a
	ask graphite '*' '*'
	ask graphite '{alpha}' '{cxdp-a,cxdp-b}'
}

@test "influxdb: every query of Grafana's dashboard brings values, for one host and interface and for all" {
	ask influxdb alpha cxdp-a
	ask influxdb '.*' '.*'
	ask influxdb '(alpha)' '(cxdp-a|cxdp-b)'
}

@test "a query of what is not there brings nothing, so that the tests above can fail" {
	refute ask graphite alpha cxdp-none
	refute ask influxdb alpha cxdp-none
}

# The text that Grafana offers of each answer, after the variable's regular expression.
@test "graphite: the variables offer this host and its two interfaces" {
	local host interface regex
	host=$(jq -r '.templating.list[] | select(.name == "host").query' "$CONF/grafana/graphite.json")
	[ "$(web /metrics/find "query=$host" | jq -r '.[].text' | sort)" = alpha ]
	interface=$(jq -r '.templating.list[] | select(.name == "interface").query' "$CONF/grafana/graphite.json" | filled alpha '*')
	regex=$(jq -r '.templating.list[] | select(.name == "interface").regex[1:-1]' "$CONF/grafana/graphite.json")
	[ "$(web /metrics/find "query=$interface" | jq -r --arg regex "$regex" '.[].text | capture($regex | sub("\\("; "(?<it>")).it' |
		sort | paste -sd ' ')" = "cxdp-a cxdp-b" ]
}

variable_query() {
	jq -r --arg name "$1" '.templating.list[] | select(.name == $name).query' "$CONF/grafana/influxdb.json" | filled alpha '.*'
}

@test "influxdb: the variables offer this host and its two interfaces" {
	[ "$(influx collectd "$(variable_query host)" | jq -r '.results[].series[].values[][1]')" = alpha ]
	[ "$(influx collectd "$(variable_query interface)" | jq -r '.results[].series[].values[][1]' | sort | paste -sd ' ')" = "cxdp-a cxdp-b" ]
}

@test "the stack of protocols, times the interval, is what was sent" {
	[ "$(web /render format=json from=-10min "target=$(panel_query graphite "Packets by protocol" '*' '*')" |
		jq '[.[].datapoints[][0] | values] | add * '"$STEP"' | round')" = "$(sent "$LIFE/sent" if_rx_packets)" ]
	[ "$(influx collectd "$(panel_query influxdb "Packets by protocol" '.*' '.*')" |
		jq '[.results[0].series[].values[][1] | values] | add * '"$STEP"' | round')" = "$(sent "$LIFE/sent" if_rx_packets)" ]
}

# Whether one of the numbers on standard input is near another one. Not all are: the first and the last place of
# a query have a part of a round of all frames.
one_is_near() {
	awk -v wanted="$1" '{ print $1, "wanted", wanted; near += $1 > wanted * 0.95 && $1 < wanted * 1.05 } END { exit !near }'
}

# What a panel shows while packets come: STORE_shows TITLE HOST INTERFACE
graphite_shows() {
	web /render format=json from=-10min "target=$(panel_query graphite "$@")" | jq '.[].datapoints[][0] | values | select(. > 0)'
}

influxdb_shows() {
	influx collectd "$(panel_query influxdb "$@")" | jq '.results[0].series[].values[][1] | values | select(. > 0)'
}

# The sum of what was sent, divided: sent_share FILE SERIES OF_SERIES...
sent_share() {
	local file=$1 part=$2
	shift 2
	printf '%s\n' "$@" | jq -Rn --argjson part "$(sent "$file" "$part")" --rawfile sent "$file" \
		'[$sent | split("\n")[] | split(" ") | {(.[0] // ""): .[1]}] | add as $sent | $part / ([inputs | $sent[.] | tonumber] | add)'
}

@test "the panels that divide one rate by another show what was sent" {
	local store all share both
	share=$(sent_share "$LIFE/sent.a" if_rx_packets-tcp-syn if_rx_packets-proto-ipv4_tcp if_rx_packets-proto-ipv6_tcp)
	both=$(sent_share "$LIFE/sent" if_rx_packets-tcp-syn if_rx_packets-tcp-syn if_rx_packets-tcp-syn_ack)
	for store in graphite influxdb; do
		[ "$store" = graphite ] && all='*' || all='.*'
		"${store}_shows" "SYN, of all TCP packets" alpha cxdp-a | one_is_near "$share"
		"${store}_shows" "SYN, of SYN and SYN-ACK" alpha "$all" | one_is_near "$both"
	done
}

@test "carbon keeps the highest of peaks, the lowest of states and the last of totals" {
	local series method
	while read -r method series; do
		[ "$(whisper-info "$(whisper alpha cxdp-a "$series")" aggregationMethod)" = "$method" ]
	done <<-END
		max gauge-peak_packets_10ms
		max gauge-peak_octets_100ms
		min gauge-attached
		last if_rx_packets
	END
	[ "$(whisper-info "$CARBON/whisper/collectd/alpha/xdp/derive-peak_windows_left_out.wsp" aggregationMethod)" = last ]
}

@test "both dashboards have the same panels, and each panel has a query or a text" {
	diff <(panels_of graphite) <(panels_of influxdb)
	jq -e '.panels | all(if .type == "text" then .options.content != "" else .targets | length > 0 end)' \
		"$CONF"/grafana/*.json
	panels_of graphite | grep -c '^state-timeline ' | grep -x 2
}

@test "the data source is asked for at the import, and nothing names another" {
	local store source
	for store in graphite influxdb; do
		source=DS_${store^^}
		jq -e --arg source "$source" --arg store "$store" \
			'.__inputs | length == 1 and .[0].name == $source and .[0].pluginId == $store' "$CONF/grafana/$store.json"
		[ "$(jq -c '[.. | objects | .datasource? | values] | unique' "$CONF/grafana/$store.json")" = \
			"[{\"type\":\"$store\",\"uid\":\"\${$source}\"}]" ]
	done
}

@test "graphite-web keeps its dashboard, gives it back as it was, and has values for every target" {
	local target
	in_rx curl -fsS --data-urlencode "state@$CONF/graphite/dashboard.json" \
		http://127.0.0.1:8080/dashboard/save/collectd-xdp | jq -ne input.success
	diff <(jq -S . "$CONF/graphite/dashboard.json") <(web /dashboard/load/collectd-xdp | jq -S .state)
	while IFS= read -r target; do
		graphite_answers "$target" || {
			echo "nothing for: $target"
			return 1
		}
	done < <(jq -r '.graphs[][1].target[]' "$CONF/graphite/dashboard.json")
}

@test "the log has no warning and no error" {
	log_is_clean
}
