#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The commands that conf/STORE/README.md gives a newcomer, run as they stand there, and run again, with
# Debian's own configurations of carbon, InfluxDB and Prometheus, and collectd's usual interval of 10 s.
bats_require_minimum_version 1.5.0
load stores

STORES=(graphite influxdb prometheus alerts)
HOST=$(hostname | tr . _)
WHISPER=/var/lib/graphite/whisper/collectd/$HOST/xdp-cxdp-in

in_machine() {
	nsenter -t "$(<"$LIFE/init")" --net --mount --pid "$@"
}

# What the commands change, of the machine around.
fingerprint() {
	find /etc/carbon /etc/collectd /etc/graphite /etc/influxdb /etc/prometheus /usr/lib/collectd -type f -exec sha256sum {} + | sort
}

setup_file() {
	local store
	net_up
	veth_add cxdp-in
	# write_prometheus finds no address to listen on where there are loopback addresses alone.
	ip -n "$RX" address add 192.0.2.1/32 dev lo
	life machine
	fingerprint >"$LIFE/around"
	daemon machine unshare --mount --pid --fork --kill-child=KILL --mount-proc \
		"$LIVE_TOP/tests/delivery/machine" "$LIFE" cxdp-in "${STORES[@]}"
	answers machine test -e "$LIFE/ready"
	pgrep -P "$(<"$LIFE/pid")" >"$LIFE/init"
	# The last collectd that the commands have started; an earlier one may have made the file.
	await 40 is_counted
	await 40 in_machine test -e "$WHISPER/gauge-attached.wsp"
	inject cxdp-in 12000 --rate 400 | sort >"$LIFE/sent.all"
	await 20 has_rate # before anything else, for a minute later there is none
	grep -Ev -- '-(size|cast)-' "$LIFE/sent.all" | awk '$2 > 0' >"$LIFE/sent"
	await 40 all_is_stored
	await 40 three_in_a_row
	for store in graphite influxdb alerts; do
		look "$store"
	done
}

# Runs the commands for when there are values: look STORE
look() {
	in_machine bash -c "cd '$LIFE/$1' && bash -e ../$1.look" >"$LIFE/$1.looked"
}

has_rate() {
	look prometheus && shows_rate
}

shows_rate() {
	jq -e '.data.result[] | select(.metric.type == "proto-ipv4_tcp").value[1] | tonumber > 0' "$LIFE/prometheus.looked"
}

# Whether a counter is at the hook. Each restart has waited for the end of the one before, which takes its counter along.
is_counted() {
	[ -n "$(program_at cxdp-in)" ]
}

setup() {
	life machine
}

# All series in both stores have what was sent.
all_is_stored() {
	diff -u "$LIFE/sent" <(carbon_rows | awk '{ value[$1] = $3 } END { for (name in value) print name, value[name] }' | sort) || return
	diff -u "$LIFE/sent" <(influx collectd "SELECT last(value) FROM xdp_value WHERE type =~ /^if_rx_/ GROUP BY type, type_instance" |
		jq -r '.results[].series[]? | "\(.tags.type)-\(.tags.type_instance) \(.values[-1][1])"' | sed 's/- / /' | sort)
}

carbon_rows() {
	in_machine "$LIVE_TOP/tests/delivery/stored.py" "$WHISPER"
}

# Whether carbon has values for three places of 10 s, one after the other.
three_in_a_row() {
	carbon_rows | awk '
		$1 != "if_rx_packets" { next }
		{ run = $2 == last + 10 ? run + 1 : 1; most = run > most ? run : most; last = $2 }
		END { exit most < 3 }'
}

# Of the picture of the last five minutes: a colour for most protocols.
@test "Graphite's first graph has the protocols in it" {
	"$LIVE_TOP/tests/delivery/picture.py" "$LIFE/graphite/graphite.png" | tee "$LIFE/lines"
	[ "$(awk '$2 > 40' "$LIFE/lines" | wc -l)" -ge 5 ]
}

@test "InfluxDB's first graph has the protocols in it" {
	"$LIVE_TOP/tests/delivery/picture.py" "$LIFE/influxdb/influxdb.png" | tee "$LIFE/lines"
	[ "$(awk '$2 > 40' "$LIFE/lines" | wc -l)" -ge 5 ]
}

@test "what was sent is in both stores, in every series, and carbon has a value for every 10 s" {
	all_is_stored
	three_in_a_row
}

@test "carbon keeps what conf/graphite says, and takes for a longer time the last of totals and the worst of states" {
	local file=$WHISPER/if_rx_packets-proto-ipv4_tcp.wsp
	in_machine whisper-info "$file"
	[ "$(in_machine whisper-info "$file" aggregationMethod)" = last ]
	[ "$(in_machine whisper-info "$file" xFilesFactor)" = 0.0 ]
	[ "$(in_machine whisper-info --json "$file" | jq -c '[.archives[] | [.secondsPerPoint, .retention]]')" = \
		"[[10,86400],[60,1209600],[600,31536000]]" ]
	[ "$(in_machine stat -c %s "$file")" = \
		"$(sed -n 's/.*: \([0-9,]*\) bytes\.$/\1/p' "$CONF/graphite/storage-schemas.conf" | tr -d ,)" ]
	[ "$(in_machine whisper-info "$WHISPER/gauge-attached.wsp" aggregationMethod)" = min ]
}

@test "Prometheus's first value is the rate of packets of a protocol" {
	cat "$LIFE/prometheus.looked"
	shows_rate
}

prometheus_has_all() {
	in_rx curl -fsG http://127.0.0.1:9090/api/v1/query --data-urlencode 'query=collectd_xdp_if_rx_packets_total{xdp="cxdp-in"}' >"$LIFE/answer" &&
		diff -u <(grep packets "$LIFE/sent") <(jq -r '.data.result[] | "if_rx_packets-\(.metric.type // "") \(.value[1])"' "$LIFE/answer" | sed 's/- / /' | awk '$2 > 0' | sort) >"$LIFE/differs"
}

@test "Prometheus has what was sent, in every series" {
	await 20 prometheus_has_all || {
		cat "$LIFE/differs"
		return 1
	}
}

@test "Prometheus evaluates the rules of the alerts, and collectd the thresholds" {
	[ "$(jq -s '[.[0].data.groups[].rules[] | select(.health == "ok" and (.name | startswith("Xdp")))] | length' "$LIFE/alerts.looked")" -eq 9 ]
	jq -s -e '.[1].status == "success"' "$LIFE/alerts.looked"
	in_machine grep -E 'Notification: .* type_instance = attached, message = Host .* within range' /var/log/collectd.log
}

@test "the second run of all commands changes nothing, and what was there before stands there still" {
	local store file
	for store in "${STORES[@]}"; do
		diff "$LIFE/$store.once" "$LIFE/$store.twice"
	done
	for file in carbon/storage-schemas.conf carbon/carbon.conf influxdb/influxdb.conf prometheus/prometheus.yml; do
		in_machine cat "/etc/$file" | diff "/etc/$file" - >"$LIFE/diff" || true
		cat "$LIFE/diff"
		refute grep '^<' "$LIFE/diff"
		[ "$file" = carbon/carbon.conf ] || grep 'collectd-xdp' "$LIFE/diff"
	done
}

@test "graphite-web has its dashboard" {
	web /dashboard/load/collectd-xdp | jq -ne 'input.state.graphs | length > 10'
}

@test "the machine around is as it was" {
	fingerprint | diff "$LIFE/around" -
}
