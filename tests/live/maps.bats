#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Maps of programs that others loaded: what is stored is what was sent, and what the kernel's maps
# hold; values end with their map, and come back with it. The examples are those of the manual.
bats_require_minimum_version 1.5.0
load ../lib/maps

setup() {
	maps_setup
}

teardown() {
	maps_teardown
}

@test "xdp-filter's packets by verdict are those sent; they end and come back with its map, told once" {
	local chapter="Example of xdp-filter"
	veth_add eth0
	firewall "$chapter"
	example_options "$chapter" 2 | collectd_configure
	collectd_start
	in_log "maps filter: map xdp_stats_map is read"
	inject eth0 70 --frame "IPv4 UDP" --port 53 >"$LIFE/sent"
	inject eth0 30 --frame "IPv4 UDP" --port 54 --size 100 >>"$LIFE/sent"
	await_of filter if_rx_packets-drop 70
	await_of filter if_rx_packets-pass 30
	await_of filter if_rx_octets-pass 3000
	[ "$(shows "$chapter")" = $'if_rx_packets-drop 70\nif_rx_packets-pass 30' ]
	in_rx xdp-filter unload eth0
	await 20 in_log "maps filter: map xdp_stats_map has no values: nothing is pinned at /sys/fs/bpf/xdp-filter"
	firewall "$chapter"
	await 20 log_has 2 "xdp plugin: maps filter: map xdp_stats_map is read"
	# Less than before: a restart.
	inject eth0 5 --frame "IPv4 UDP" --port 53 >"$LIFE/sent"
	await_of filter if_rx_packets-drop 5
	collectd_stop
	# It unlinks the map, then the folder.
	[ "$(log_count 'xdp plugin: maps filter: map xdp_stats_map has no values: nothing is pinned at /sys/fs/bpf/xdp-filter;')" -eq 1 ]
	log_is_clean "map xdp_stats_map has no values"
}

log_has() {
	[ "$(log_count "$2")" -ge "$1" ]
}

# Whether collectd has one descriptor of a map; it opens a pin to compare it, and files, for a moment.
holds_once() {
	grep -lxs "map_id:[[:space:]]*$1" "/proc/$(<"$LIFE/pid")"/fdinfo/* >"$LIFE/descriptors" || true
	[ "$(wc -l <"$LIFE/descriptors")" -eq 1 ]
}

@test "a program that bpftool loaded and pinned is counted as it counts, and nothing of it is touched" {
	local chapter="Example of pinned maps" map program
	veth_add eth0
	follow_installed "$chapter" 1
	example_options "$chapter" 2 | collectd_configure
	destinations_pins >"$LIFE/pins"
	program=$(program_at eth0)
	collectd_start
	in_log "maps destinations: map destinations is read"
	inject eth0 40 --frame "IPv4 UDP" --cpu 0 >"$LIFE/sent"
	inject eth0 2 --frame "IPv4 UDP" --cpu 1 >>"$LIFE/sent"
	await_of destinations if_rx_packets-192.0.2.2 42
	[ "$(shows "$chapter")" = "if_rx_packets-192.0.2.2 42" ]
	# What collectd has of it can only read.
	map=$(bpftool -j map show pinned /sys/fs/bpf/destinations-maps/destinations | jq .id)
	await 5 holds_once "$map"
	refute held_for_writing "$(<"$LIFE/descriptors")"
	collectd_stop
	log_is_clean
	diff "$LIFE/pins" <(destinations_pins)
	[ "$(program_at eth0)" = "$program" ]
	in_rx bpftool net detach xdpgeneric dev eth0
}

destinations_pins() {
	find /sys/fs/bpf/destinations /sys/fs/bpf/destinations-maps | sort
}

# Whether a descriptor may be written to: held_for_writing /proc/PID/fdinfo/N
held_for_writing() {
	grep -qE '^flags:[[:space:]]*[0-7]*[12]$' "$1"
}

# --- maps that the test makes

# make_map NAME TYPE VALUE_SIZE ENTRIES [KEY VALUE]: pinned in the folder, in place of what is there, in one step.
make_map() {
	bpftool map create "$FOLDER/new" type "$2" key 4 value "$3" entries "$4" name "$1"
	[ $# -eq 4 ] || set_value "$FOLDER/new" "$5" "$6"
	mv "$FOLDER/new" "$FOLDER/$1"
}

# set_value PIN KEY VALUE, of 8 bytes
set_value() {
	# shellcheck disable=SC2046 # words are what it prints
	bpftool map update pinned "$1" key $(number_bytes 4 "$2") value $(number_bytes 8 "$3")
}

counts_block() {
	cat <<-CONF
		<Maps "states">
			Pin "$FOLDER"
			<Map "counts">
				Type "if_rx_packets"
			</Map>
		</Maps>
	CONF
}

@test "a pin that goes, or becomes a map of another layout or no map: told once, and values end until it is back" {
	local before
	make_map counts hash 8 16
	set_value "$FOLDER/counts" 7 5
	counts_block | collectd_configure
	collectd_start
	await_of states if_rx_packets-7 5
	rm "$FOLDER/counts"
	await 20 in_log "map counts has no values: nothing is pinned at $FOLDER/counts"
	make_map counts hash 12 16
	await 20 in_log "map counts has no BTF, by which the count would be found in its values of 12 bytes"
	before=$(row_count maps-states if_rx_packets-7)
	bpftool prog load "$EXAMPLES/count_all.bpf.o" "$FOLDER/program"
	mv "$FOLDER/program" "$FOLDER/counts"
	await 20 in_log "map counts has no values: what is pinned at $FOLDER/counts is not a map"
	[ "$(row_count maps-states if_rx_packets-7)" -eq "$before" ]
	make_map counts hash 8 16 7 3
	await_of states if_rx_packets-7 3
	collectd_stop
	# Each of the three once, and the map twice.
	[ "$(log_count '\[error\] xdp plugin: maps states: map counts')" -eq 3 ]
	[ "$(log_count 'xdp plugin: maps states: map counts is read')" -eq 2 ]
	[ "$(rows maps-states if_rx_packets-7 | awk -F, '$2 != 5 && $2 != 3' | wc -l)" -eq 0 ]
}

@test "what can never be read is reported with its cause: a ring buffer, or a pin with a dot in its name" {
	bpftool map create "$FOLDER/ring" type ringbuf key 0 value 0 entries 65536 name ring
	make_map counts hash 8 16 7 5
	{
		counts_block
		counts_block | sed 's/"states"/"ring"/; s/"counts"/"ring"/'
		counts_block | sed 's/"states"/"dot"/; s/"counts"/"counts.v2"/'
	} | collectd_configure
	collectd_start
	await_of states if_rx_packets-7 5
	in_log "maps ring: map ring is of type ringbuf, which this plugin cannot read"
	in_log "maps dot: map counts.v2 has no values: no pin can be called $FOLDER/counts.v2, for the bpf file system has no names with a dot"
	collectd_stop
}

# Whether collectd has no more descriptors than N, but those that it has for a moment.
descriptors_are_few() {
	[ "$(descriptors_of "$(<"$LIFE/pid")")" -le "$1" ]
}

@test "of a map of 1,000,000 keys no more than MaxKeys are read; replaced a hundred times it costs no descriptor" {
	local i descriptors memory
	counts_block | LIVE_INTERVAL=0.1 collectd_configure
	make_map counts array 8 16
	set_value "$FOLDER/counts" 7 5
	collectd_start
	await_of states if_rx_packets-7 5
	memory=$(memory_of "$(<"$LIFE/pid")")
	a_million_keys
	await 20 in_log "map counts has had more than 256 keys since collectd started"
	# More than it takes to know 256 keys, and a tenth of what a million keys would take.
	[ "$(memory_of "$(<"$LIFE/pid")")" -le $((memory + 1600)) ]
	descriptors=$(descriptors_of "$(<"$LIFE/pid")")
	for i in {1..100}; do
		make_map counts hash 8 16 7 "$i"
	done
	await_of states if_rx_packets-7 100
	await 5 descriptors_are_few "$descriptors"
	collectd_stop
	log_is_clean "has had more than 256 keys"
}

@test "the map of the program at an interface's hook is counted, also while that is replaced a hundred times" {
	local i descriptors
	veth_add eth0
	maps_of of 'Of "eth0"' 'Member "packets"' | sed 's/if_rx_octets/if_rx_packets/' | LIVE_INTERVAL=0.1 collectd_configure
	at_hook 1
	collectd_start
	in_log "maps of: map destinations is read"
	descriptors=$(descriptors_of "$(<"$LIFE/pid")")
	for i in {2..100}; do
		at_hook "$i"
	done
	inject eth0 42 --frame "IPv4 UDP" >"$LIFE/sent"
	await_of of if_rx_packets-192.0.2.2 42
	await 5 descriptors_are_few "$descriptors"
	collectd_stop
	log_is_clean
	in_rx bpftool net detach xdpgeneric dev eth0
}

# at_hook NUMBER: a program of that number, whose map ends with it, in the place of the one before.
at_hook() {
	bpftool prog load "$EXAMPLES/destinations.bpf.o" "$FOLDER/program-$1"
	in_rx bpftool net attach xdpgeneric pinned "$FOLDER/program-$1" dev eth0 overwrite
	rm "$FOLDER/program-$1"
}

# The map of a program that has put 1,000,000 keys into it, in place of the one that is there.
a_million_keys() {
	head -c 64 /dev/zero >"$LIFE/frame"
	bpftool prog load "$LIVE_TOP/tests/live/million.bpf.o" "$FOLDER/program" pinmaps "$FOLDER/maps"
	bpftool prog run pinned "$FOLDER/program" repeat 1000000 data_in "$LIFE/frame"
	mv "$FOLDER/maps/counts" "$FOLDER/counts"
}

# inner VALUE: a map that has it under key 9, as the inner map under key 3 from now on.
inner() {
	rm -f "$FOLDER/inner"
	bpftool map create "$FOLDER/inner" type hash key 4 value 8 entries 4 name inner
	set_value "$FOLDER/inner" 9 "$1"
	# shellcheck disable=SC2046
	bpftool map update pinned "$FOLDER/outer" key $(number_bytes 4 3) value pinned "$FOLDER/inner"
}

@test "inner maps are read under their outer keys, also while one is exchanged a hundred times" {
	local i descriptors
	bpftool map create "$FOLDER/model" type hash key 4 value 8 entries 4 name model
	bpftool map create "$FOLDER/outer" type array_of_maps key 4 value 4 entries 64 name outer inner_map pinned "$FOLDER/model"
	bpftool map create "$FOLDER/by_address" type hash_of_maps key 4 value 4 entries 4 name by_address inner_map pinned "$FOLDER/model"
	set_value "$FOLDER/model" 6 33
	bpftool map update pinned "$FOLDER/by_address" key 192 0 2 9 value pinned "$FOLDER/model"
	LIVE_INTERVAL=0.1 collectd_configure <<-CONF
		<Maps "nested">
			Pin "$FOLDER"
			<Map "outer">
				Type "if_rx_packets"
				Prefix "v"
				Label 9 "nine"
			</Map>
			<Map "by_address">
				Type "if_rx_octets"
				OuterInstance "ipv4"
			</Map>
		</Maps>
	CONF
	collectd_start
	in_log "map outer is a map of maps, and there is no map in it"
	await_of nested if_rx_octets-192.0.2.9-6 33
	inner 200
	await_of nested if_rx_packets-v-3-nine 200
	# It may have counted for long before it was seen: a zero would be a spike.
	[ "$(rows maps-nested if_rx_packets-v-3-nine | head -n 1 | cut -d , -f 2)" = 200 ]
	descriptors=$(descriptors_of "$(<"$LIFE/pid")")
	for i in {1..100}; do
		inner "$i"
	done
	await_of nested if_rx_packets-v-3-nine 100
	await 5 descriptors_are_few "$descriptors"
	# A key that comes in a map that was read starts with a zero.
	set_value "$FOLDER/inner" 5 7
	await_of nested if_rx_packets-v-3-5 7
	[ "$(rows maps-nested if_rx_packets-v-3-5 | head -n 1 | cut -d , -f 2)" = 0 ]
	# shellcheck disable=SC2046
	bpftool map delete pinned "$FOLDER/outer" key $(number_bytes 4 3)
	collectd_stop
	log_is_clean "there is no map in it"
}

@test "without CAP_SYS_ADMIN a pin is read by what an object says of it, and the log tells what needs the capability" {
	install -m 0644 "$EXAMPLES/destinations.bpf.o" "$LIFE/destinations.bpf.o"
	make_map counts hash 8 16
	set_value "$FOLDER/counts" 7 5
	bpftool prog load "$EXAMPLES/destinations.bpf.o" "$FOLDER/program" pinmaps "$FOLDER/maps"
	# The same without BTF: bpftool makes none. Packets and bytes are the two halves of a value.
	make_map destinations hash 16 16
	# shellcheck disable=SC2046
	bpftool map update pinned "$FOLDER/destinations" key 192 0 2 9 value $(number_bytes 8 3) $(number_bytes 8 456)
	{
		counts_block
		maps_of of 'Of "lo"' ""
		maps_of struct "Pin \"$FOLDER/maps\"" 'Member "bytes"'
		maps_of object "Pin \"$FOLDER\"" 'Member "bytes"' "Object \"$LIFE/destinations.bpf.o\""
	} | collectd_configure
	in_rx bpftool net attach xdpgeneric pinned "$FOLDER/program" dev lo
	collectd_start setpriv --bounding-set=-sys_admin --inh-caps=-all
	await_of states if_rx_packets-7 5
	await_of object if_rx_octets-192.0.2.9 456
	in_log "maps of: no values: the kernel shows the maps of the program at lo only with CAP_SYS_ADMIN"
	in_log "maps struct: map destinations: the kernel shows its BTF, by which the count is found in its values of 16 bytes, only with CAP_SYS_ADMIN"
	collectd_stop
	[ "$(rows maps-object if_rx_octets-192.0.2.9 | head -n 1 | cut -d , -f 2)" = 456 ]
}

# maps_of BLOCK PLACE LINE [LINE]: about a map "destinations", with a line in its block, and one around it.
maps_of() {
	cat <<-CONF
		<Maps "$1">
			$2
			$4
			<Map "destinations">
				Type "if_rx_octets"
				Instance "ipv4"
				$3
			</Map>
		</Maps>
	CONF
}

# KiB
memory_of() {
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status"
}

descriptors_of() {
	find "/proc/$1/fd" -mindepth 1 | wc -l
}
