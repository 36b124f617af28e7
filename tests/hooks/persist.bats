#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Restarts, upgrades and what is found pinned.

load ../lib/hooks

setup() {
	test_up
	veth_add veth0
}

teardown() {
	test_down
}

# Starts, injects, stops: one life under Persist that counts N frames more.
count_more() {
	collectd_start
	inject veth0 "$1" >"$BATS_TEST_TMPDIR/sent"
	await 20 has_come_to veth0 "$2"
	await_rows 1 veth0 if_rx_packets
	collectd_stop
}

# The links of both directions, where the kernel has both.
both_links() {
	echo "$(link_at "$1") $(out_link "$1")"
}

# Whether the log says so of what comes in, and of what goes out.
log_says_of_both() {
	grep -v "outgoing: " "$LIFE/log" | grep -qF -- "$1"
	! has_tcx || grep "] xdp plugin: outgoing: " "$LIFE/log" | grep -qF -- "$1"
}

pinned() {
	find "$PINS" -type f | wc -l
}

@test "through 20 restarts with Persist every packet of a steady stream is counted and the link stays" {
	local link first
	persist_configure <<<'Interface "veth0"'
	collectd_start
	first=$(link_at veth0)
	stream_start veth0 12000
	for _ in $(seq 20); do
		collectd_stop
		holds veth0 "$(bpftool -j prog show pinned "$PINS"/net-*/program | jq .id)"
		collectd_start
		link=$(link_at veth0)
		[ "$link" = "$first" ]
	done
	stream_stop
	await 20 has_come_to veth0 "$(sent "$STREAM" if_rx_packets)"
	await_rows 1 veth0 if_rx_packets
	check_counts veth0 "$STREAM"
	rows veth0 if_rx_packets | awk -F, '$2 < before { exit 1 } { before = $2 }'
	log_is_clean
	collectd_stop
}

@test "through 20 restarts without Persist nothing is left between, and counts are exact while attached" {
	configure <<<'Interface "veth0"'
	for _ in $(seq 20); do
		rm -rf "$LIFE/csv"
		collectd_start
		inject veth0 1000 >"$BATS_TEST_TMPDIR/sent"
		await_counts veth0 "$BATS_TEST_TMPDIR/sent"
		check_counts veth0 "$BATS_TEST_TMPDIR/sent"
		collectd_stop
		await 5 is_free veth0
		await 10 nothing_left "$BATS_TEST_TMPDIR/before"
	done
}

@test "an upgrade and a downgrade of the program under a stream keep link and counts" {
	local links variant
	persist_configure <<<"Interface \"veth0\"
		ReportOutgoing true"
	collectd_start
	links=$(both_links veth0)
	stream_start veth0 10000
	for variant in tests/.build/program . tests/.build/program .; do
		collectd_stop
		collectd_plugin "$LIVE_TOP/$variant"
		collectd_start
		log_says_of_both "link kept, program replaced, counts go on"
		[ "$(both_links veth0)" = "$links" ]
	done
	stream_stop
	await 20 has_come_to veth0 "$(sent "$STREAM" if_rx_packets)"
	await_rows 1 veth0 if_rx_packets
	check_counts veth0 "$STREAM"
	log_is_clean "outgoing: nothing is counted: ReportOutgoing needs tcx hooks"
	collectd_stop
}

@test "an upgrade and a downgrade of the record layout keep the link, start at zero and say so" {
	local links variant
	persist_configure <<<"Interface \"veth0\"
		ReportOutgoing true"
	collectd_start
	links=$(both_links veth0)
	stream_start veth0 10000
	for variant in tests/.build/layout .; do
		collectd_stop
		collectd_plugin "$LIVE_TOP/$variant"
		rm -rf "$LIFE/csv"
		collectd_start
		log_says_of_both "are not used ("
		log_says_of_both "link kept, program replaced, counts start at zero"
		[ "$(both_links veth0)" = "$links" ]
	done
	stream_stop
	# What comes after the last start is counted to the packet.
	await_rows 2 veth0 if_rx_packets
	local before
	before=$(last veth0 if_rx_packets)
	inject veth0 5000 >"$BATS_TEST_TMPDIR/sent"
	await 20 has_come_to veth0 $((before + 5000))
	await_rows 1 veth0 if_rx_packets
	[ "$(last veth0 if_rx_packets)" -eq $((before + 5000)) ]
	check_shape veth0
	[ "$(find "$PINS" -name '*_v2' | wc -l)" -eq 0 ]
	collectd_stop
}

@test "a change of a setting replaces the program and goes on counting" {
	persist_configure <<<'Interface "veth0"'
	count_more 1000 1000
	CAST=false persist_configure <<<'Interface "veth0"'
	count_more 500 1500
	in_log "link kept, program replaced, counts go on"
	[ "$(last veth0 if_rx_packets)" -eq 1500 ]
}

@test "with every breakdown on, a restart keeps link, program and maps" {
	local link program records
	persist_configure <<<"Interface \"veth0\"
		ReportQueues true
		ReportCPUs true"
	count_more 100 100
	link=$(link_at veth0)
	program=$(program_at veth0)
	records=$(bpftool -j map show pinned "$PINS"/net-*/records_v1 | jq .id)
	count_more 50 150
	[ "$(link_at veth0)" = "$link" ]
	[ "$(program_at veth0)" = "$program" ]
	[ "$(bpftool -j map show pinned "$PINS"/net-*/records_v1 | jq .id)" = "$records" ]
	[ "$(last veth0 if_rx_packets)" -eq 150 ]
	refute in_log "program replaced"
}

@test "without Persist the pins of an earlier start are detached and removed" {
	persist_configure <<<'Interface "veth0"'
	count_more 100 100
	[ "$(pinned)" -gt 0 ]
	configure <<-CONF
		Interface "lo"
		PinDirectory "$PINS"
	CONF
	collectd_start
	in_log "no longer wanted: detached and removed"
	await 5 is_free veth0
	[ ! -e "$PINS" ]
	collectd_stop
	await 10 nothing_left "$BATS_TEST_TMPDIR/before"
}

@test "an interface that is no longer selected is let go at the next start" {
	veth_add veth1
	persist_configure <<<'Interface "/^veth/"'
	count_more 100 100
	persist_configure <<<'Interface "veth1"'
	collectd_start
	await 5 is_free veth0
	is_attached veth1
	collectd_stop
}

@test "an interface that was re-created while collectd was down starts at zero" {
	persist_configure <<<'Interface "veth0"'
	count_more 100 100
	recreate veth0
	rm -r "$LIFE/csv"
	count_more 50 50
	[ "$(last veth0 if_rx_packets)" -eq 50 ]
	check_shape veth0
}

@test "an interface that was renamed while collectd was down keeps the link and starts at zero, also in the only slot" {
	local link
	persist_configure <<<'Interface "/^veth/"
		MaxInterfaces 1'
	count_more 100 100
	link=$(link_at veth0)
	ip -n "$RX" link set veth0 down
	ip -n "$RX" link set veth0 name vethnew
	ip -n "$RX" link set vethnew up
	collectd_start
	await_gauge vethnew attached 1
	[ "$(link_at vethnew)" = "$link" ]
	await 5 veth_is_up vethnew veth0-tx
	in_tx "$INJECT" veth0-tx 70 >"$BATS_TEST_TMPDIR/sent"
	await_counts vethnew "$BATS_TEST_TMPDIR/sent"
	[ "$(last vethnew if_rx_packets)" -eq 70 ]
	check_shape vethnew
	collectd_stop
}

@test "another mode is taken at the next start" {
	persist_configure <<<'Interface "veth0"'
	count_more 100 100
	persist_configure <<<'Interface "veth0"
		AttachMode "native"'
	collectd_start
	await_gauge veth0 native 1
	[ "$(ip -n "$RX" -j -d link show dev veth0 | jq '.[0].xdp.mode')" -eq 1 ]
	collectd_stop
}

@test "a second collectd beside the first, and collectd -T, disturb nothing" {
	local link first
	persist_configure <<<'Interface "veth0"'
	collectd_start
	first=$LIFE
	link=$(link_at veth0)
	pins=$(find "$PINS" | sort)
	in_rx collectd -T -C "$LIFE/collectd.conf" >"$LIFE/T" 2>&1
	life second
	persist_configure <<<'Interface "veth0"'
	sed -i "s,^PIDFile .*,PIDFile \"$first/pidfile\"," "$LIFE/collectd.conf"
	collectd_start
	await_gauge veth0 attached 0
	in_log "another collectd uses it"
	collectd_stop
	LIFE=$first
	[ "$(link_at veth0)" = "$link" ]
	[ "$(find "$PINS" | sort)" = "$pins" ]
	inject veth0 100 >"$BATS_TEST_TMPDIR/sent"
	await_counts veth0 "$BATS_TEST_TMPDIR/sent"
	check_counts veth0 "$BATS_TEST_TMPDIR/sent"
	collectd_stop
}

@test "pins that are foreign, of another kind, or half written are never read and never removed blindly" {
	local directory
	persist_configure <<<'Interface "veth0"'
	count_more 10 10
	directory=$(echo "$PINS"/net-*)
	# A map of other sizes, a program where a map was, a missing map, a foreign pin.
	rm "$directory/records_v1"
	bpftool map create "$directory/records_v1" type array key 4 value 8 entries 1 name cxdp_bad
	rm -rf "$LIFE/csv"
	count_more 10 10
	in_log "type of map records_v1 is 2, wanted is 6"
	[ "$(last veth0 if_rx_packets)" -eq 10 ]

	rm "$directory/owners_v1"
	mv "$directory/settings" "$directory/keep"
	bpftool prog pin id "$(bpftool -j prog show pinned "$directory/program" | jq .id)" "$directory/owners_v1"
	rm -rf "$LIFE/csv"
	count_more 10 10
	in_log "pin owners_v1: it is no map"
	in_log "1 pins in .* are not of this plugin and stay"
	[ -e "$directory/keep" ]
	[ "$(last veth0 if_rx_packets)" -eq 10 ]

	rm "$directory/owners_v1" "$directory/program"
	rm -rf "$LIFE/csv"
	count_more 10 10
	[ "$(last veth0 if_rx_packets)" -eq 10 ]
	rm "$directory/keep"
}

# Pins as an earlier version left them, whose array of slots knew 4,096 interface indexes.
make_slots_short() {
	rm "$1/slots_v1"
	bpftool map create "$1/slots_v1" type array key 4 value 16384 entries 1 name count.data flags 1024
}

@test "where an interface is counted is found in the pins of an earlier version, and counts go on" {
	local directory id
	persist_configure <<<'Interface "veth0"'
	count_more 10 10
	directory=$(echo "$PINS"/net-*)
	make_slots_short "$directory"
	count_more 10 20
	[ "$(bpftool -j map show pinned "$directory/slots_v1" | jq .bytes_value)" = 131072 ]
	id=$(program_at veth0)
	count_more 10 30
	[ "$(program_at veth0)" = "$id" ]
	refute in_log "wanted is"
	[ "$(last veth0 if_rx_packets)" -eq 30 ]
}

@test "a link of somebody else that is pinned at our place stays, and so does its program" {
	local directory
	persist_configure <<<'Interface "veth0"'
	count_more 10 10
	directory=$(echo "$PINS"/net-*)
	rm "$directory"/link_*
	await 5 is_free veth0
	holder_start veth0 generic
	bpftool link pin id "$(link_at veth0)" "$directory/link_$(ip -n "$RX" -j link show dev veth0 | jq '.[0].ifindex')"
	holder_stop
	collectd_start
	in_log "are not of this plugin and stay"
	await_gauge veth0 attached 0
	holds veth0 "$HOLDER_ID"
	collectd_stop
	holds veth0 "$HOLDER_ID"
}

@test "where there is no bpf file system, or a read-only one, it says so and works unpinned" {
	mkdir "$BATS_TEST_TMPDIR/plain"
	configure <<-CONF
		Interface "veth0"
		Persist true
		PinDirectory "$BATS_TEST_TMPDIR/plain/pins"
	CONF
	collectd_start
	in_log "it is on no bpf file system"
	is_attached veth0
	collectd_stop
	await 5 is_free veth0
	[ ! -e "$BATS_TEST_TMPDIR/plain/pins" ]

	mkdir "$BATS_TEST_TMPDIR/ro"
	mount -t bpf -o ro bpf "$BATS_TEST_TMPDIR/ro"
	configure <<-CONF
		Interface "veth0"
		Persist true
		PinDirectory "$BATS_TEST_TMPDIR/ro/pins"
	CONF
	collectd_start || { umount "$BATS_TEST_TMPDIR/ro"; false; }
	collectd_stop
	umount "$BATS_TEST_TMPDIR/ro"
	in_log "it is read-only"
	await 5 is_free veth0
}

@test "one command removes everything by hand" {
	persist_configure <<<'Interface "veth0"'
	count_more 10 10
	refute is_free veth0
	rm -r "$PINS"
	await 5 is_free veth0
	await 10 nothing_left "$BATS_TEST_TMPDIR/before"
}

@test "a pin that was left on its way to its name is cleared, and the interface is counted" {
	local directory
	persist_configure <<<'Interface "veth0"'
	count_more 10 10
	directory=$(echo "$PINS"/net-*)
	mv "$directory"/link_* "$directory/new"
	rm -rf "$LIFE/csv"
	count_more 10 10
	[ ! -e "$directory/new" ]
	log_is_clean
}

@test "a set of maps that was replaced by half is not adopted" {
	local directory
	veth_add veth1
	persist_configure <<<'Interface "/^veth/"'
	count_more 10 10
	directory=$(echo "$PINS"/net-*)
	# As after a kill in the middle of pinset_pin().
	rm "$directory/owners_v1"
	rm -rf "$LIFE/csv"
	count_more 10 10
	in_log "are not used (map owners_v1: none with its layout of keys and values is pinned)"
	[ "$(last veth0 if_rx_packets)" -eq 10 ]
	[ "$(last veth1 if_rx_packets)" -eq 0 ]
}

@test "pins that another process has locked are taken over when it lets go of them" {
	local link
	persist_configure <<<'Interface "veth0"'
	count_more 10 10
	link=$(link_at veth0)
	flock --no-fork "$(echo "$PINS"/net-*)" sleep infinity 3>&- &
	echo $! >"$LIFE/locker.pid"
	await 5 is_locked
	collectd_start
	await_gauge veth0 attached 0
	in_log "another collectd uses it"
	kill "$(<"$LIFE/locker.pid")"
	rm "$LIFE/locker.pid"
	await_gauge veth0 attached 1
	[ "$(link_at veth0)" = "$link" ]
	inject veth0 10 >/dev/null
	await 20 has_come_to veth0 20
	[ "$(log_count 'xdp plugin: .*another collectd uses it')" -eq 1 ]
	collectd_stop
}

is_locked() {
	! flock -n "$(echo "$PINS"/net-*)" true
}

# A custom counter by the name of its program, that has to be attached natively.
own_configure() {
	collectd_configure <<-CONF
		Persist true
		PinDirectory "$PINS"
		<Counter "own">
			Object "$LIFE/own.bpf.o"
			Program "$1"
			Interface "veth0"
			AttachMode "native"
			<Map "tally">
				Type "if_rx_packets"
			</Map>
		</Counter>
	CONF
}

own_tally() {
	[ "$(bpftool -j map dump pinned "$PINS"/counter-own/net-*/map_tally-* | jq ".[$1].formatted.value")" -eq "$2" ]
}

@test "where a hook refuses the next counter, the previous one goes on until the hook takes the next one" {
	local before
	install -m 0644 "$LIVE_TOP/tests/lib/next.bpf.o" "$LIFE/own.bpf.o"
	mtu_set veth0 9000
	own_configure drop_one
	collectd_start
	await 10 in_log "veth0: counting in native mode"
	before=$(program_at veth0)
	collectd_stop
	own_configure drop_plain
	collectd_start
	in_log "\[error\] .*counter own: veth0: cannot update the program at the XDP hook (errno 34, "
	holds veth0 "$before"
	inject veth0 100 >/dev/null
	await 10 own_tally 0 100
	mtu_set veth0 1500
	await 10 in_log "counter own: veth0: .*link kept, program replaced, counts go on"
	refute holds veth0 "$before"
	inject veth0 100 >/dev/null
	await 10 own_tally 1 100
	collectd_stop
}
