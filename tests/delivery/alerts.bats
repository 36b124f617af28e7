#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The alerts of conf/alerts: each is fired by frames that make it true, through a real collectd, by its
# threshold plugin and by a Prometheus that evaluates the rules. Quiet traffic beside it fires
# nothing. A reading, a scrape and an evaluation take a second here, not ten: of the rules, which stand
# there for Prometheus, the times are made shorter, and no number is changed.
bats_require_minimum_version 1.5.0
load stores

ALERTS=$CONF/alerts
RULES=$ALERTS/collectd-xdp.rules.yml
THRESHOLD=$ALERTS/threshold.conf

# What has to fire on cxdp-in: the alert, the type instance, the frame, and how many a second.
attack() {
	cat <<-END
		XdpReflection from-dns 1500 UDP from 53
		XdpReflection from-ntp 1500 UDP from 123
		XdpReflection from-snmp 1500 UDP from 161
		XdpReflection from-cldap 1500 UDP from 389
		XdpReflection from-ssdp 1500 UDP from 1900
		XdpReflection from-mdns 1500 UDP from 5353
		XdpReflection from-memcached 1500 UDP from 11211
		XdpReflection from-chargen 1500 UDP from 19
		XdpUnreachableStorm icmp-unreachable 200 ICMP unreachable
		XdpTtlExpiry icmp-time_exceeded 200 ICMP time exceeded
		XdpTtlExpiry ip-ttl_low 200 TTL of 1
		XdpMalformed proto-malformed 50 IPv4 cut off
	END
}
SYN="SYN"
SYN_ACK="SYN, ACK of IPv6"
FLOOD=10000
# More than half of the SYNs that come in before the wait for all alerts is given up.
SYN_ACKS=90000

setup_file() {
	export LIVE_HOST=alpha LIVE_PLUGINS="write_prometheus threshold"
	net_up
	for interface in cxdp-in cxdp-quiet cxdp-held cxdp-gone; do
		veth_add "$interface"
	done
	# write_prometheus finds no address to listen on where there are loopback addresses alone.
	ip -n "$RX" addr add 192.0.2.1/32 dev lo
	in_rx ip link set dev cxdp-held xdpgeneric obj "$OTHER" sec xdp
	# A reading that is late is no value that is missing.
	STEP=1 alpha_start "Timeout 10" "$(<"$CONF/prometheus/collectd.conf")" "$(<"$THRESHOLD")" <<-END
		ReportSignals true
		OnBusy "wait"
	END
	rules_start
	quiet_start
	await 20 has_fired "XdpNotAttached cxdp-held attached"
	series_of cxdp-in >"$LIFE/series.quiet"
	fired >"$LIFE/fired.quiet"
	notified >"$LIFE/notified.quiet"
	# It says 0 once: on a machine that is busy with the attack Prometheus might see that 0 alone.
	ip -n "$RX" link del cxdp-gone
	await 20 has_fired "XdpValuesStopped cxdp-gone attached"
	attack_start
	await 20 all_have_fired || all_have_fired
	await 20 all_are_notified || all_are_notified
	await 20 prometheus_has "collectd_xdp_if_rx_packets_total{xdp=\"cxdp-in\",type=\"tcp-syn\"} > $((FLOOD + 1000))"
	fired >"$LIFE/fired"
	notified >"$LIFE/notified"
	series_of cxdp-in >"$LIFE/series.flood"
	streams_stop
	await 20 all_is_over
	collectd_stop
	await 20 has_fired "XdpValuesStopped cxdp-quiet attached"
}

# --- Prometheus, with the rules of conf/ and shorter times; two scrapes that fail fire no alert

rules_start() {
	sed 's/\[1m\]/[4s]/; s/for: 30s/for: 5s/; s/> 120$/> 12/; s/ offset 1h//' "$RULES" >"$LIFE/rules.yml"
	prometheus_start "$LIFE/rules.yml"
	answers prometheus prometheus_has 'collectd_xdp_gauge{xdp="cxdp-quiet",type="attached"}'
}

# "ALERT INTERFACE TYPE-INSTANCE" of all that have fired so far.
fired() {
	prometheus_asked 'max_over_time(ALERTS{alertstate="firing"}[10m])' |
		jq -r '.data.result[].metric | "\(.alertname) \(.xdp) \(.type)"' | sort
}

has_fired() {
	fired | grep -qx "$1"
}

# --- notifications, as the logfile plugin writes them

# "INTERFACE TYPE-INSTANCE" of those that the threshold plugin makes; those of collectd-xdp itself about
# gauge-attached have another message.
notified() {
	sed -nE 's#.*severity = FAILURE, .*plugin_instance = ([^,]*), .*type_instance = ([^,]*), message = (Host alpha, plugin xdp|alpha/xdp-).*#\1 \2#p' \
		"$LIFE/log" | sort -u
}

is_over() {
	grep -q "severity = OKAY, .*plugin_instance = cxdp-in, .*type_instance = $1, message = .*within range again" \
		<(tac "$LIFE/log" | sed "/severity = FAILURE, .*plugin_instance = cxdp-in, .*type_instance = $1,/q")
}

# --- traffic

stream() {
	local name=$1 interface=$2 rate=$3
	shift 3
	nsenter --net="/run/netns/$TX" "$INJECT" "$interface-tx" $((1 << 40)) --rate "$rate" "$@" >"$LIFE/sent.$name" 2>&1 3>&- &
	echo $! >"$LIFE/$name.pid"
}

# A few of every frame on cxdp-quiet, not faster, for the malformed ones come one after the other. On cxdp-in
# connections that are answered: their SYNs, many answers, and more packets. Two of each frame come before
# them, for Prometheus does not count the first value of a series.
quiet_start() {
	local frame
	stream quiet cxdp-quiet 5 --even
	while read -r frame; do
		inject cxdp-in 2 --frame "$frame" >/dev/null || return
	done < <(attack | cut -d ' ' -f 4- && printf '%s\n' "$SYN" "$SYN_ACK")
	await 20 prometheus_has 'collectd_xdp_if_rx_packets_total{xdp="cxdp-in",type="tcp-syn_ack"} == 2'
	inject cxdp-in 3000 --frame "IPv4 TCP" --rate 1000 >"$LIFE/sent.tcp" 3>&- &
	inject cxdp-in 600 --frame "$SYN" --rate 200 >"$LIFE/sent.syn" 3>&- &
	inject cxdp-in $SYN_ACKS --frame "$SYN_ACK" --rate $((SYN_ACKS / 3)) >"$LIFE/sent.syn_ack" || return
	wait -n && wait -n || return
	await 20 prometheus_has "collectd_xdp_if_rx_packets_total{xdp=\"cxdp-in\",type=\"tcp-syn_ack\"} == $((SYN_ACKS + 2))"
	await_rows 2 cxdp-in if_rx_packets
}

attack_start() {
	local type rate frame
	while read -r _ type rate frame; do
		stream "$type" cxdp-in "$rate" --frame "$frame"
	done < <(attack)
	# Until all has fired: on a busy machine the rate may fall below the limit at first.
	stream flood cxdp-in 1500 --frame "$SYN" --sources $FLOOD
}

streams_stop() {
	local file pid
	for file in "$LIFE"/*.pid; do
		pid=$(<"$file")
		kill -s TERM "$pid"
		wait "$pid" || return
		rm "$file"
	done
}

# --- what has to come

expected() {
	attack | awk '{ print $1, "cxdp-in", $2 }'
	echo "XdpSynFlood cxdp-in tcp-syn"
	echo "XdpSynShare cxdp-in tcp-syn"
	echo "XdpSynUnanswered null null"
	echo "XdpNotAttached cxdp-held attached"
	echo "XdpValuesStopped cxdp-gone attached"
}

# What collectd can say of it.
expected_notifications() {
	expected | awk '$1 != "XdpSynShare" && $1 != "XdpSynUnanswered" { print $2, $3 }'
}

all_have_fired() {
	diff <(expected | sort) <(fired)
}

all_are_notified() {
	diff <(expected_notifications | sort -u) <(notified)
}

all_is_over() {
	local type
	for type in tcp-syn $(attack | awk '{ print $2 }'); do
		is_over "$type" || return
	done
	prometheus_asked ALERTS >"$LIFE/alerts.over" && only_lasting <"$LIFE/alerts.over"
}

# Whether the alerts are those that no traffic has fired.
only_lasting() {
	diff <(printf '%s\n' "XdpNotAttached cxdp-held" "XdpValuesStopped cxdp-gone") \
		<(jq -r '.data.result[].metric | "\(.alertname) \(.xdp)"' | sort)
}

series_of() {
	(cd "$LIFE/csv/alpha/xdp-$1" && printf '%s\n' *) | sed 's/-20..-..-..$//' | sort -u
}

# --- the numbers, as "ALERT TYPE-INSTANCE NUMBER" or "ALERT NUMBER"

threshold_numbers() {
	awk '
		/^ *# Xdp[A-Za-z]*:/ { names = inside ? $2 : names $2; inside = 0; split(names, name, ":") }
		/^ *<Type/ { inside = 1 }
		inside && $1 == "Instance" { gsub(/"/, "", $2); instance = $2 }
		inside && $1 ~ /^Failure/ { print name[1], instance, $2 }
		inside && $1 == "Interesting" && $2 == "true" { print name[2], instance, "-" }' "$THRESHOLD"
}

rules_numbers() {
	awk '
		/- alert:/ { name = $3 }
		/^ *(expr|for):/ { inside = $1 == "expr:" }
		inside {
			while (match($0, /[<>]=? [0-9.]+/)) {
				number = substr($0, RSTART, RLENGTH)
				sub(/^.* /, "", number)
				print name, number
				$0 = substr($0, RSTART + RLENGTH)
			}
		}' "$RULES"
}

# Which type instances a rule is about: a regular expression.
rule_types() {
	awk -v wanted="$1" '/- alert:/ { name = $3 } name == wanted' "$RULES" | sed -nE 's/.*type=~?"([^"]*)".*/\1/p' | head -n 1
}

dashboard_numbers() {
	jq -r '[.panels[], .panels[].panels[]?][] | .fieldConfig.defaults.thresholds.steps[1].value as $limit
		| .description // "" | capture("^Alert (?<name>Xdp[A-Za-z]+)\\..*?(more than (?<also>[0-9]+) SYN/s)?\\.?$")
		| .name as $name | ($limit, (.also | values | tonumber)) | values | "\($name) \(.)"' "$CONF/grafana/$1.json"
}

# The rows of README.md's table: "ALERT RULES THRESHOLD"
readme_alerts() {
	# shellcheck disable=SC2016 # what stands between backticks in Markdown
	sed -nE 's/^\| `(Xdp[A-Za-z]+)` \|.*\| (yes|-) \| (yes|-) \|.*/\1 \2 \3/p' "$ALERTS/README.md"
}

@test "the rules are correct, and say what they are to say of values that are made up" {
	promtool check rules "$RULES"
	promtool test rules "$LIVE_TOP/tests/delivery/rules_test.yml"
}

@test "README.md, the rules, the threshold plugin and all dashboards have the same alerts" {
	local store
	sed -nE 's/.*- alert: (.*)/\1 yes/p' "$RULES" | diff <(readme_alerts | cut -d ' ' -f 1,2) -
	threshold_numbers | cut -d ' ' -f 1 | sort -u | diff <(readme_alerts | awk '$3 == "yes" { print $1 }' | sort) -
	for store in graphite influxdb prometheus; do
		jq -r '[.panels[], .panels[].panels[]?][] | .description // "" | capture("^Alert (?<name>Xdp[A-Za-z]+)\\.").name' "$CONF/grafana/$store.json" |
			sort | diff <(readme_alerts | cut -d ' ' -f 1 | sort) -
	done
}

@test "the rules, the threshold plugin and all dashboards have the same numbers" {
	local name instance number store
	rules_numbers >"$BATS_TEST_TMPDIR/rules"
	cat "$BATS_TEST_TMPDIR/rules"
	while read -r name instance number; do
		[[ $instance =~ ^($(rule_types "$name"))$ ]]
		[ "$number" = - ] || grep -x "$name $number" "$BATS_TEST_TMPDIR/rules"
	done < <(threshold_numbers)
	for store in graphite influxdb prometheus; do
		dashboard_numbers "$store" | grep -v XdpValuesStopped >"$BATS_TEST_TMPDIR/$store"
		grep -vxFf "$BATS_TEST_TMPDIR/rules" "$BATS_TEST_TMPDIR/$store" && return 1
		[ "$(wc -l <"$BATS_TEST_TMPDIR/$store")" -eq 9 ]
	done
	grep -E '^Xdp(SynFlood|Reflection) ' "$BATS_TEST_TMPDIR/rules" | grep -c ' 1000$' | grep -x 2
}

@test "quiet traffic fires nothing, in either" {
	diff <(echo "XdpNotAttached cxdp-held attached") "$LIFE/fired.quiet"
	diff <(echo "cxdp-held attached") "$LIFE/notified.quiet"
	refute grep cxdp-quiet "$LIFE/fired" "$LIFE/notified"
}

@test "Prometheus: each alert has fired by the traffic that it is about, and no other" {
	diff <(expected | sort) "$LIFE/fired"
}

@test "threshold: each notification has come by the traffic that it is about, and no other" {
	diff <(expected_notifications | sort -u) "$LIFE/notified"
}

@test "a flood of SYNs from $FLOOD addresses makes no series" {
	[ "$(sent "$LIFE/sent.flood" if_rx_packets)" -gt $FLOOD ]
	diff "$LIFE/series.quiet" "$LIFE/series.flood"
}

@test "when the traffic ends, all alerts of it end, in either" {
	local type
	for type in tcp-syn $(attack | awk '{ print $2 }'); do
		is_over "$type"
	done
	only_lasting <"$LIFE/alerts.over"
}

@test "Prometheus: a collectd that has ended is noticed by its values, of each interface" {
	await 20 has_fired "XdpValuesStopped cxdp-in attached"
}

@test "the log has no error, and no warning but of what was done" {
	log_is_clean "cxdp-held|cxdp-gone|MHD_OPTION_EXTERNAL_LOGGER" # as in writers.bats
}
