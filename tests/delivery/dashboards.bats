#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Every query of every dashboard in conf/, asked of a Graphite, an InfluxDB and a Prometheus that a host with
# two interfaces has filled, with all that the plugin can report and the interface plugin
# beside it. A query that brings nothing fails, and so does one that nobody asks.
bats_require_minimum_version 1.5.0
load stores

STATS=/proc/sys/kernel/bpf_stats_enabled
STORES="graphite influxdb prometheus"

setup_file() {
	local store
	export CARBON LIVE_HOST=alpha LIVE_PLUGINS="network interface write_prometheus unixsock" INTERFACE=cxdp-a
	net_up
	# write_prometheus finds no address to listen on where there are loopback addresses alone.
	ip -n "$RX" addr add 192.0.2.1/32 dev lo
	veth_add cxdp-a
	veth_add cxdp-b
	carbon_start_quick
	web_start
	influx_start collectd
	prometheus_start
	life alpha
	cp "$STATS" "$LIFE/stats"
	echo 1 >"$STATS" # the panels of what the program costs need it
	alpha_start "LoadPlugin interface" "LoadPlugin unixsock" "<Plugin unixsock>" "SocketFile \"$LIFE/socket\"" "SocketGroup root" "</Plugin>" \
		"$(<"$CONF/influxdb/collectd.conf")" "$(<"$CONF/graphite/collectd.conf")" "$(<"$CONF/prometheus/collectd.conf")" <<-END
		ReportQueues true
		ReportCPUs true
		ReportPeaks true
		ReportSelf true
		ReportSignals true
		ReportOutgoing $(if has_tcx; then echo true; else echo false; fi)
		ReportInactive true
	END
	observed_start
	answers prometheus prometheus_has 'collectd_xdp_gauge{xdp="cxdp-b",type="attached"}'
	# The program's cost is reported only while packets come, and a rate needs values in two places.
	inject cxdp-a $((3 * STEP * 1000)) --signs --rate 1000 --cpu 0 >"$LIFE/sent.a" 3>&- &
	inject cxdp-b $((3 * STEP * 1500)) --signs --rate 1500 --cpu 1 >"$LIFE/sent.b"
	wait $!
	sum_counts "$LIFE"/sent.[ab] | sort >"$LIFE/sent"
	await 20 all_is_stored >/dev/null || {
		all_is_stored
		tail -n 20 "$LIFE/log"
		return 1
	}
	for store in $STORES; do
		await 30 ask "$store" alpha cxdp-a || {
			ask "$store" alpha cxdp-a | grep -P '\tno(thing| series\t)'
			return 1
		}
	done
	await_rows 3 cxdp-b if_rx_packets
}

# What this machine's kernel may refuse, to trace another program, comes from elsewhere into collectd, as
# the plugin would report it: verdicts at cxdp-a and what became of them, an interface that is observed, and one that
# is not counted. And what is no interface, a custom counter. Where there is
# no tcx, what goes out, too.
observed_start() {
	local second verdict series
	for ((second = 1; second < 1000; second++)); do
		for verdict in aborted drop pass tx redirect; do
			echo "PUTVAL alpha/xdp-cxdp-a/if_rx_packets-verdict-$verdict interval=1 N:$((second * 10))"
			echo "PUTVAL alpha/xdp-cxdp-a/if_rx_octets-verdict-$verdict interval=1 N:$((second * 1000))"
		done
		for series in xdp-cxdp-a/if_rx_errors-exception-aborted xdp-cxdp-a/if_rx_errors-redirect-ENOSPC xdp-cxdp-a/if_tx_packets-redirect \
			xdp-cxdp-a/if_tx_dropped-redirect xdp-cxdp-a/if_rx_dropped-xsk_full-queue-0 \
			xdp/if_rx_packets-cpumap-cpu-0 xdp/if_rx_packets-cpumap-cpu-1 xdp/if_rx_dropped-cpumap-cpu-1; do
			echo "PUTVAL alpha/$series interval=1 N:$second"
		done
		has_tcx || for series in cxdp-{a,b}/if_tx_{packets,octets}{,-proto-ipv4_tcp} cxdp-{a,b}/if_tx_packets-{tcp-syn,icmp-echo}; do
			echo "PUTVAL alpha/xdp-$series interval=1 N:$second"
		done
		has_tcx || printf 'PUTVAL alpha/xdp-cxdp-%s/gauge-attached_outgoing interval=1 N:1\n' a b
		echo "PUTVAL alpha/xdp-cxdp-a/gauge-observing interval=1 N:0"
		echo "PUTVAL alpha/xdp-observed/gauge-attached interval=1 N:0"
		echo "PUTVAL alpha/xdp-observed/gauge-observing interval=1 N:1"
		echo "PUTVAL alpha/xdp-lost/gauge-attached interval=1 N:0"
		echo "PUTVAL alpha/xdp-custom-counter-ports/gauge-attached interval=1 N:1"
		sleep 1
	done | socat - "UNIX:$LIFE/socket" >"$LIFE/put" 2>&1 3>&- &
	echo $! >"$LIFE/put.pid"
}

teardown_file() {
	[ ! -e "$BATS_FILE_TMPDIR/alpha/stats" ] || cp "$BATS_FILE_TMPDIR/alpha/stats" "$STATS"
	processes_down
	net_down
}

# That of cxdp-b is what comes last.
all_is_stored() {
	diff -u <(sort "$LIFE/sent.b") <(whisper_counts alpha cxdp-b) || return
	influx collectd "SELECT last(value) FROM xdp_value WHERE instance = 'cxdp-b' AND type = 'if_rx_packets' AND type_instance = 'size-1024_to_1518'" |
		jq -ne --argjson sent "$(sent "$LIFE/sent.b" if_rx_packets-size-1024_to_1518)" 'input.results[0].series[0].values[0][1] == $sent'
}

# Asks all queries of a dashboard for a host and an interface, up to the last place in which all values have
# come; ask.py tells what is answered: ask STORE HOST INTERFACE
ask() {
	in_rx "$LIVE_TOP/tests/delivery/ask.py" --now $(((EPOCHSECONDS / STEP - 1) * STEP - 1)) "$CONF/grafana/$1.json" "$2" "$3" "$STEP"
}

# As Grafana writes it for all of a variable's values; and for some of them: chosen STORE VALUE...
all_of() {
	[ "$1" = graphite ] && echo '*' || echo '.*'
}

chosen() {
	local IFS=,
	[ "$1" = graphite ] && echo "{${*:2}}" && return
	IFS='|'
	echo "(${*:2})"
}

# What all panels of a dashboard show, for all hosts and interfaces that are chosen: "PANEL LEGEND VALUE", with tabs.
shown() {
	ask "$1" "$(all_of "$1")" "$(chosen "$1" cxdp-a cxdp-b observed lost)"
}

# The panels, of collapsed rows as well: panels STORE
panels() {
	jq -c '.panels[], .panels[].panels[]?' "$CONF/grafana/$1.json"
}

# What a dashboard is made of, one thing a line.
panels_of() {
	panels "$1" | jq -r '"\(.type) \(.title) \(.collapsed)"'
}

@test "the dashboards are what conf/grafana/make makes of their description" {
	"$CONF/grafana/make" "$BATS_TEST_TMPDIR"
	local store
	for store in $STORES; do
		diff "$BATS_TEST_TMPDIR/grafana/$store.json" "$CONF/grafana/$store.json"
	done
	diff "$BATS_TEST_TMPDIR/graphite/dashboard.json" "$CONF/graphite/dashboard.json"
}

@test "every query of every dashboard brings values, for one host and interface and for all" {
	local store
	for store in $STORES; do
		ask "$store" alpha cxdp-a >"$BATS_TEST_TMPDIR/one"
		cut -f 2 "$BATS_TEST_TMPDIR/one" | refute grep cxdp-b
		ask "$store" "$(all_of "$store")" "$(all_of "$store")"
		shown "$store" >"$BATS_FILE_TMPDIR/shown.$store"
		[ "$(panels "$store" | jq -s '[.[].targets | length] | add')" -ge 50 ]
	done
}

@test "a query of what is not there brings nothing, so that the test above can fail" {
	local store
	for store in $STORES; do
		run -1 ask "$store" alpha cxdp-none
		grep -P '^Packets by protocol\tno series' <<<"$output"
	done
}

@test "legends are alike in all stores" {
	local store
	for store in $STORES; do
		cut -f 1,2 "$BATS_FILE_TMPDIR/shown.$store" | sort -u >"$BATS_TEST_TMPDIR/$store"
	done
	diff -u "$BATS_TEST_TMPDIR/graphite" "$BATS_TEST_TMPDIR/influxdb"
	diff -u "$BATS_TEST_TMPDIR/graphite" "$BATS_TEST_TMPDIR/prometheus"
	grep -P '^Packets\talpha cxdp-a$' "$BATS_TEST_TMPDIR/graphite"
	grep -P '^Packets by verdict\tdrop$' "$BATS_TEST_TMPDIR/graphite"
	grep -P '^Redirects that failed at once\tENOSPC$' "$BATS_TEST_TMPDIR/graphite"
	grep -P '^Handed to other CPUs\talpha dropped$' "$BATS_TEST_TMPDIR/graphite"
	refute grep -P '\t.*(if_[rt]x_|proto-|size-|verdict-|cast-| xdp-|[.])' "$BATS_TEST_TMPDIR/graphite"
}

@test "the numbers of states, and the state of each interface, are those that there are" {
	local store native=1
	in_rx ip link show dev cxdp-a | grep -w xdpgeneric && native=0
	for store in $STORES; do
		awk -F '\t' '$1 ~ /^(Attached|Observed|Not counted|State of the counter|Counter of what goes out|Mode)$/ { print $1 "," $2 "," $3 + 0 }' \
			"$BATS_FILE_TMPDIR/shown.$store" | sort | diff -u <(sort <<-END
			Attached,attached,2
			Observed,observed,1
			Not counted,not counted,1
			State of the counter,alpha cxdp-a,2
			State of the counter,alpha cxdp-b,2
			State of the counter,alpha observed,1
			State of the counter,alpha lost,0
			Counter of what goes out,alpha cxdp-a,1
			Counter of what goes out,alpha cxdp-b,1
			Mode,alpha cxdp-a,$native
			Mode,alpha cxdp-b,$native
		END
		) -
	done
}

@test "sizes are stacked in their order" {
	local store
	for store in $STORES; do
		awk -F '\t' '$1 == "Packets by size" { print $2 }' "$BATS_FILE_TMPDIR/shown.$store" >"$BATS_TEST_TMPDIR/sizes"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/sizes")" -eq 7 ]
		diff <(sort -n "$BATS_TEST_TMPDIR/sizes") "$BATS_TEST_TMPDIR/sizes"
	done
}

@test "a row whose option is off by default is collapsed and names its option, the others are open" {
	local store option
	for store in $STORES; do
		jq -e '.panels | map(select(.type == "row")) | all(.[]; .collapsed == (.title | test("\\(needs ")) and .collapsed == (.panels != []))' \
			"$CONF/grafana/$store.json"
		jq -r '.panels[] | select(.collapsed).title' "$CONF/grafana/$store.json" | grep -oE 'Report[A-Za-z]+' | sort -u >"$BATS_TEST_TMPDIR/options"
		while read -r option; do
			grep -xE "[[:space:]]*#?[[:space:]]*$option false.*" "$CONF/xdp.conf"
		done <"$BATS_TEST_TMPDIR/options"
	done
}

# The text that Grafana offers of each answer, after the variable's regular expression.
@test "graphite: the variables offer this host and its interfaces, and nothing else" {
	local host interface regex
	host=$(jq -r '.templating.list[] | select(.name == "host").query' "$CONF/grafana/graphite.json")
	[ "$(web /metrics/find "query=$host" | jq -r '.[].text' | sort)" = alpha ]
	interface=$(jq -r '.templating.list[] | select(.name == "interface").query' "$CONF/grafana/graphite.json" | filled alpha '*')
	regex=$(jq -r '.templating.list[] | select(.name == "interface").regex[1:-1]' "$CONF/grafana/graphite.json")
	[ "$(web /metrics/find "query=$interface" | jq -r --arg regex "$regex" '.[].text | capture($regex | sub("\\("; "(?<it>")).it' |
		sort | paste -sd ' ')" = "cxdp-a cxdp-b lost observed" ]
}

variable_query() {
	jq -r --arg name "$1" '.templating.list[] | select(.name == $name).query' "$CONF/grafana/influxdb.json" | filled alpha '.*'
}

@test "influxdb: the variables offer this host and its interfaces, and nothing else" {
	[ "$(influx collectd "$(variable_query host)" | jq -r '.results[].series[].values[][1]')" = alpha ]
	[ "$(influx collectd "$(variable_query interface)" | jq -r '.results[].series[].values[][1]' | sort | paste -sd ' ')" = "cxdp-a cxdp-b lost observed" ]
}

# What label_values(SERIES, LABEL) of a variable is: Grafana asks for the series.
label_values() {
	local series name
	series=$(jq -r --arg name "$1" '.templating.list[] | select(.name == $name).query.query' "$CONF/grafana/prometheus.json" | filled alpha '.*')
	name=$(sed -E 's/^label_values\(.*, (.*)\)$/\1/' <<<"$series")
	series=$(sed -E 's/^label_values\((.*), .*\)$/\1/' <<<"$series")
	in_rx curl -fsG http://127.0.0.1:9090/api/v1/series --data-urlencode "match[]=$series" | jq -r --arg name "$name" '.data[][$name]' | sort -u
}

@test "prometheus: the variables offer this host and its interfaces, and nothing else" {
	[ "$(label_values host)" = alpha ]
	[ "$(label_values interface | paste -sd ' ')" = "cxdp-a cxdp-b lost observed" ]
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

prometheus_shows() {
	in_rx curl -fsG http://127.0.0.1:9090/api/v1/query_range --data-urlencode "query=$(panel_query prometheus "$@")" \
		-d start=$((EPOCHSECONDS - 600)) -d end="$EPOCHSECONDS" -d step="$STEP" |
		jq '.data.result[].values[][1] | tonumber | select(. > 0)'
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
	for store in $STORES; do
		all=$(all_of "$store")
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
	for series in derive-peak_windows_left_out if_rx_dropped-cpumap-cpu-1 invocations-program; do
		[ "$(whisper-info "$CARBON/whisper/collectd/alpha/xdp/$series.wsp" aggregationMethod)" = last ]
	done
}

@test "all dashboards have the same panels, and each panel has a query or a text" {
	diff <(panels_of graphite) <(panels_of influxdb)
	diff <(panels_of graphite) <(panels_of prometheus)
	panels graphite | jq -se 'all(if .type == "row" then true elif .type == "text" then .options.content != "" else .targets | length > 0 end)'
	panels_of graphite | grep -c '^state-timeline ' | grep -x 1
}

@test "the data source is asked for at the import, and nothing names another" {
	local store source
	for store in $STORES; do
		source=DS_${store^^}
		jq -e --arg source "$source" --arg store "$store" \
			'.__inputs | length == 1 and .[0].name == $source and .[0].pluginId == $store' "$CONF/grafana/$store.json"
		[ "$(jq -c '[.. | objects | .datasource? | values] | unique' "$CONF/grafana/$store.json")" = \
			"[{\"type\":\"$store\",\"uid\":\"\${$source}\"}]" ]
	done
}

@test "graphite-web keeps its dashboard, and gives it back as it was; its targets are those that are asked above" {
	in_rx curl -fsS --data-urlencode "state@$CONF/graphite/dashboard.json" \
		http://127.0.0.1:8080/dashboard/save/collectd-xdp | jq -ne input.success
	diff <(jq -S . "$CONF/graphite/dashboard.json") <(web /dashboard/load/collectd-xdp | jq -S .state)
	panels graphite | jq -r '.targets[]?.target' | filled '*' '*' | sort -u >"$BATS_TEST_TMPDIR/asked"
	jq -r '.graphs[][1].target[]' "$CONF/graphite/dashboard.json" | sort -u >"$BATS_TEST_TMPDIR/targets"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/targets")" -ge 40 ]
	[ "$(comm -23 "$BATS_TEST_TMPDIR/targets" "$BATS_TEST_TMPDIR/asked")" = "" ]
}

@test "the log has no warning and no error" {
	log_is_clean MHD_OPTION_EXTERNAL_LOGGER # as in writers.bats
}
