#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Custom counters: what is stored of their maps is what was sent, for each type of
# map and each form of a key; they come, go and persist as the built-in counter does.
bats_require_minimum_version 1.5.0
load ../lib/live

EXAMPLES=$LIVE_TOP/conf/examples
CUSTOM=$LIVE_TOP/tests/live/custom.bpf.o
PINS=/sys/fs/bpf/cxdp-custom-$CXDP_ID

setup() {
	net_up
	veth_add cxdp-own
	life "custom-$BATS_TEST_NUMBER"
	OBJECT=$LIFE/custom.bpf.o
	install -m 0644 "$CUSTOM" "$OBJECT"
}

teardown() {
	processes_down
	net_down
	rm -rf "$PINS"
}

# The last value of a series of a counter: own COUNTER SERIES
own() {
	last "custom-counter-$1" "$2"
}

own_is() {
	[ "$(own "$1" "$2")" = "$3" ]
}

# await_own COUNTER SERIES VALUE
await_own() {
	await 20 own_is "$1" "$2" "$3" || {
		echo "$2 is $(own "$1" "$2"), not $3"
		cat "$LIFE/log"
		ls "$LIFE/csv/live" "$LIFE/csv/live/xdp-custom-counter-$1"
		return 1
	}
}

send() {
	inject "$@" >"$LIFE/sent"
}

# The block of a counter with the object of this test: its maps come from standard input.
counter_block() {
	cat <<-CONF
		<Counter "$1">
			Object "$OBJECT"
			Program "${2:-count_everything}"
			Interface "${3:-cxdp-own}"
			$(cat)
		</Counter>
	CONF
}

# map_block MAP TYPE [LINE...]
map_block() {
	printf '<Map "%s">\nType "%s"\n' "$1" "$2"
	printf '%s\n' "${@:3}" "</Map>"
}

one_map() {
	map_block by_array if_rx_packets 'Label 17 "udp"' | counter_block "$@"
}

counts_on() {
	local status=0
	await 20 in_log "counter $1: $2: counting in" || status=$?
	[ "$status" = 0 ] || cat "$LIFE/log"
	return "$status"
}

@test "every type of map and every form of a key: what is stored is what was sent" {
	{
		map_block by_array if_rx_packets 'Label 17 "udp"' 'Prefix "ip"'
		map_block by_percpu_array if_rx_packets 'Member "inner.packets"' 'Prefix "cpu"'
		map_block by_percpu_array gauge 'Member "inner.small"' 'Prefix "small"'
		map_block by_hash if_rx_packets 'Instance "ipv4"'
		map_block by_percpu_hash if_rx_packets 'Instance "mac"' 'Prefix "to"'
		map_block by_lru_hash if_rx_packets 'Instance "hex"' 'Prefix "ether"'
		map_block by_lru_percpu_hash if_rx_packets 'Instance "ipv6"' 'Prefix "v6"'
		map_block by_name if_rx_packets 'Instance "string"' 'Prefix "name"'
	} | counter_block flows | collectd_configure
	collectd_start
	counts_on flows cxdp-own
	send cxdp-own 300 --frame "IPv4 UDP" --cpu 0
	send cxdp-own 200 --frame "IPv4 UDP" --cpu 1
	send cxdp-own 70 --frame "IPv4 TCP" --cpu 1
	await_own flows if_rx_packets-cpu-2 570
	await_rows 1 custom-counter-flows if_rx_packets-cpu-2
	own_is flows if_rx_packets-ip-udp 500
	own_is flows if_rx_packets-ip-6 70
	own_is flows gauge-small-2 570
	own_is flows if_rx_packets-192.0.2.2 570
	own_is flows if_rx_packets-ether-0800 570
	own_is flows "if_rx_packets-v6-2001:db8::1" 570
	own_is flows if_rx_packets-name-a%2Fb%20c 570
	own_is flows "if_rx_packets-to-02:00:00:00:00:02" 570
	own_is flows gauge-attached-cxdp-own 1
	own_is flows gauge-native-cxdp-own 0
	collectd_stop
	check_shape custom-counter-flows
	log_is_clean
}


@test "the example in the manual counts what it says, and shows it" {
	local chapter="Example of a counter"
	ip -n "$RX" link del cxdp-own
	veth_add eth0
	# Guests have no compiler: there it is the object of this build, of the same source.
	command -v clang >/dev/null || {
		clang() { cp "$LIVE_TOP/conf/examples/${*: -1}" .; }
		export -f clang
		export LIVE_TOP
	}
	follow "$chapter" 1
	example_options "$chapter" 2 | collectd_configure
	# shellcheck disable=SC2016 # for the shell inside
	collectd_start unshare --mount sh -c 'mount --bind "$0/installed" /usr/local/lib && exec "$@"' "$LIFE"
	counts_on all eth0
	send eth0 123
	await_own all if_rx_packets-all 123
	[ "$(follow "$chapter" 3 | values_shown)" = "if_rx_packets-all 123" ]
	collectd_stop
	log_is_clean
}

@test "the worked example runs as it is written, beside the built-in counter" {
	ip -n "$RX" link del cxdp-own
	veth_add eth0
	veth_add eth1
	run_example destinations
	counts_on destinations eth0
	send eth0 150 --frame "IPv4 UDP" --size 200 --cpu 0
	send eth0 50 --frame "IPv4 UDP" --size 200 --cpu 1
	send eth1 30 --frame "IPv4 UDP"
	await_own destinations if_rx_packets-192.0.2.2 200
	await_own destinations if_rx_octets-192.0.2.2 40000
	await 20 has_come_to eth1 30
	collectd_stop
	log_is_clean
}

# Starts collectd with an example of conf/ where it says that its object is.
run_example() {
	sed -n '/<Plugin xdp>/,/<\/Plugin>/p' "$EXAMPLES/$1.conf" | sed '1d;$d' | collectd_configure
	mkdir -p /usr/local/lib
	# shellcheck disable=SC2016 # for the shell inside
	collectd_start unshare --mount sh -c '
		mount -t tmpfs tmpfs /usr/local/lib &&
		install -D -m 0644 "$0" "/usr/local/lib/collectd-xdp/${0##*/}" && exec "$@"' \
		"$EXAMPLES/$1.bpf.o"
}

@test "no more than MaxKeys keys are reported, always the same, and that is said once" {
	map_block many if_rx_packets 'MaxKeys 4' | counter_block some | collectd_configure
	collectd_start
	counts_on some cxdp-own
	send cxdp-own 20 --frame "IPv4 UDP"
	await 20 in_log "counter some: map many has had more than 4 keys since collectd started"
	send cxdp-own 22 --frame "IPv4 UDP"
	await 20 four_have_come_to 42
	collectd_stop
	[ "$(all_counts custom-counter-some | wc -l)" -eq 4 ]
	[ "$(grep -c 'warning.*more than 4 keys' "$LIFE/log")" -eq 1 ]
	check_shape custom-counter-some
}

four_have_come_to() {
	[ "$(all_counts custom-counter-some | awk -v value="$1" '$2 == value' | wc -l)" -eq 4 ]
}

# The id of a map of the program on cxdp-own.
map_id() {
	local id
	for id in $(bpftool -j prog show id "$(program_at cxdp-own)" | jq '.map_ids[]'); do
		[ "$(bpftool -j map show id "$id" | jq -r .name)" != "$1" ] || echo "$id"
	done
}

@test "keys that come and go make no more series than MaxKeys, the same of two blocks about a map" {
	local map key
	{
		map_block by_hash if_rx_packets 'Instance "hex"' 'Prefix "a"' 'MaxKeys 5'
		map_block by_hash if_rx_octets 'Instance "hex"' 'Prefix "b"' 'MaxKeys 5'
	} | counter_block churn | LIVE_INTERVAL=0.2 collectd_configure
	collectd_start
	counts_on churn cxdp-own
	map=$(map_id by_hash)
	# One that stays; the others are there for a reading or two each.
	# shellcheck disable=SC2046
	bpftool map update id "$map" key 0 0 0 1 value $(number_bytes 8 7)
	for key in 11 12 13 14 15 16 17 18 19; do
		# shellcheck disable=SC2046
		bpftool map update id "$map" key hex 00 00 00 $key value $(number_bytes 8 5)
		await_rows 2 custom-counter-churn if_rx_octets-b-00000001
		bpftool map delete id "$map" key hex 00 00 00 $key
	done
	collectd_stop
	[ "$(all_counts custom-counter-churn | wc -l)" -eq 10 ]
	diff <(series_of custom-counter-churn | sed -n 's/if_rx_packets-a-//p') \
		<(series_of custom-counter-churn | sed -n 's/if_rx_octets-b-//p')
	# Said once, though the map never held more than two keys.
	[ "$(log_count 'warning.*map by_hash has had more than 5 keys')" -eq 1 ]
	[ "$(own churn if_rx_packets-a-00000001)" -eq 7 ]
}

@test "interfaces that appear are counted, by one program, and by no other when removed" {
	one_map hot count_everything "/^cxdp-/" | collectd_configure
	collectd_start
	counts_on hot cxdp-own
	veth_add cxdp-late
	counts_on hot cxdp-late
	send cxdp-own 10 --frame "IPv4 UDP"
	send cxdp-late 20 --frame "IPv4 UDP"
	await_own hot if_rx_packets-udp 30
	[ "$(program_at cxdp-own)" = "$(program_at cxdp-late)" ]
	ip -n "$RX" link del cxdp-late
	await 20 in_log "counter hot: cxdp-late: no longer counted"
	send cxdp-own 5 --frame "IPv4 UDP"
	await_own hot if_rx_packets-udp 35
	collectd_stop
	[ -z "$(program_at cxdp-own)" ]
}

@test "a hook that another program holds is left to it, and taken when it is free" {
	in_rx ip link set cxdp-own xdpgeneric obj "$OTHER" sec xdp
	one_map busy | collectd_configure
	collectd_start
	await 20 in_log "counter busy: cxdp-own: not counted: .*other_owner"
	await_own busy gauge-attached-cxdp-own 0
	in_rx ip link set cxdp-own xdpgeneric off
	counts_on busy cxdp-own
	send cxdp-own 10 --frame "IPv4 UDP"
	await_own busy if_rx_packets-udp 10
	collectd_stop
}

@test "nothing is left behind, however collectd ends" {
	kernel_objects >"$LIFE/objects"
	one_map gone | collectd_configure
	for signal in TERM KILL; do
		collectd_start
		counts_on gone cxdp-own
		collectd_stop "$signal" || true
		await 5 nothing_left "$LIFE/objects" || nothing_left "$LIFE/objects"
	done
}

# What Persist adds to a configuration.
persist_lines() {
	printf '%s\n' "Persist true" "PinDirectory \"$PINS\""
}

@test "with Persist a restart goes on counting, and a counter that is removed goes with its pins" {
	kernel_objects >"$LIFE/objects"
	{ persist_lines; one_map kept; } | collectd_configure
	collectd_start
	counts_on kept cxdp-own
	send cxdp-own 100 --frame "IPv4 UDP"
	await_own kept if_rx_packets-udp 100
	collectd_stop KILL || true
	send cxdp-own 11 --frame "IPv4 UDP"
	collectd_start
	await 20 in_log "counter kept: cxdp-own: .*link kept.*counts go on"
	send cxdp-own 5 --frame "IPv4 UDP"
	await_own kept if_rx_packets-udp 116
	collectd_stop
	# A restart is no reset: nothing falls, and no zero is put in between.
	check_shape custom-counter-kept

	veth_add cxdp-plain
	{ persist_lines; echo 'Interface "cxdp-plain"'; } | collectd_configure
	collectd_start
	in_log "counter kept: 1 pinned links in $PINS/counter-kept/net-.* are no longer wanted"
	[ -z "$(program_at cxdp-own)" ]
	refute test -e "$PINS/counter-kept"
	collectd_stop
	echo 'Interface "cxdp-plain"' | cat - <(echo "PinDirectory \"$PINS\"") | collectd_configure
	collectd_start
	collectd_stop
	await 5 nothing_left "$LIFE/objects" || nothing_left "$LIFE/objects"
}

@test "without Persist again, what it pinned is detached and removed" {
	kernel_objects >"$LIFE/objects"
	{ persist_lines; one_map kept; } | collectd_configure
	collectd_start
	counts_on kept cxdp-own
	collectd_stop
	{ echo "PinDirectory \"$PINS\""; one_map kept; } | collectd_configure
	collectd_start
	counts_on kept cxdp-own
	collectd_stop
	await 5 nothing_left "$LIFE/objects" || nothing_left "$LIFE/objects"
	refute test -e "$PINS"
}

# What is reported of the worked example: packets and bytes.
destination_maps() {
	map_block destinations if_rx_packets 'Instance "ipv4"' 'Member "packets"'
	map_block destinations if_rx_octets 'Instance "ipv4"' 'Member "bytes"'
}

@test "with Persist another layout of a map starts from zero, and says which" {
	install -m 0644 "$EXAMPLES/destinations.bpf.o" "$OBJECT"
	{
		persist_lines
		destination_maps | counter_block kept count_destinations
	} | collectd_configure
	collectd_start
	counts_on kept cxdp-own
	send cxdp-own 20 --frame "IPv4 UDP" --size 200
	await_own kept if_rx_octets-192.0.2.2 4000
	collectd_stop
	# Two members of one size change places: type, sizes and entries are as before.
	install -m 0644 "$LIVE_TOP/tests/live/swapped.bpf.o" "$OBJECT"
	collectd_start
	await 20 in_log "counter kept: the maps pinned in .* are not used (map destinations: none with its layout"
	send cxdp-own 9 --frame "IPv4 UDP" --size 100
	await_own kept if_rx_packets-192.0.2.2 9
	await_own kept if_rx_octets-192.0.2.2 900
	collectd_stop
	[ "$(find "$PINS" -name 'map_*' | wc -l)" -eq 1 ]
}
