#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Whose pins they are: two collectd in one network namespace, other users, namespaces that are gone.

load ../lib/next

setup() {
	next_setup
	veth_add veth1
	rm -rf "$BATS_FILE_TMPDIR"/[abc]
	life a
}

teardown() {
	[ ! -e "$BATS_TEST_TMPDIR/mounted" ] || umount "$BATS_TEST_TMPDIR/mounted"
	next_teardown
}

# What is pinned, by whom: the folder of a life.
folder_of() {
	local folder
	# shellcheck disable=SC2153 # of tests/lib/live.bash
	for folder in "$PINS"/net-*; do
		[ "$(readlink "$folder/owner")" != "$BATS_FILE_TMPDIR/$1/pidfile" ] || echo "$folder"
	done
}

# Options without Persist, from standard input.
plain_configure() {
	{
		echo "PinDirectory \"$PINS\""
		cat
	} | configure
}

lock_folder() {
	flock --no-fork "$1" sleep infinity 3>&- &
	echo $! >"$LIFE/locker.pid"
	await 5 is_locked "$1"
}

is_locked() {
	! flock -n "$1" true
}

unlock() {
	kill "$(<"$LIFE/locker.pid")"
	rm "$LIFE/locker.pid"
}

@test "a collectd without Persist leaves the firewall of another one that stopped, and names it" {
	local link
	firewall drop_one
	next_configure <<<'Interface "veth0"'
	collectd_start
	drops 100
	link=$(link_at veth0)
	life b
	plain_configure <<<'Interface "veth1"'
	collectd_start
	await_gauge veth1 attached 1
	LIFE=$BATS_FILE_TMPDIR/a collectd_stop
	await_rows 3 veth1 gauge-attached
	drops 100
	# One that starts when the other has stopped, too.
	collectd_stop
	collectd_start
	await_gauge_again veth1 attached 1
	in_log "\[warning\] .*what the collectd with the PID file $BATS_FILE_TMPDIR/a/pidfile has pinned in $PINS/net-.* stays, and counts on; that collectd does not run; if it will not run again: rm -r $(folder_of a)"
	drops 100
	collectd_stop
	life a
	collectd_start
	in_log "link kept, counts go on"
	[ "$(link_at veth0)" = "$link" ]
	await 10 has_come_to veth0 300
	collectd_stop
}

@test "two collectd with Persist have pins of their own, also while the other one runs" {
	local name link_a link_b
	persist_configure <<<'Interface "veth0"'
	collectd_start
	link_a=$(link_at veth0)
	life b
	persist_configure <<<'Interface "veth1"'
	collectd_start
	log_is_clean
	link_b=$(pinned_link b)
	[ "$(folder_of a)" != "$(folder_of b)" ]
	for name in a b b a; do
		life "$name"
		collectd_stop
		[ "$(pinned_link a) $(pinned_link b)" = "$link_a $link_b" ]
		collectd_start
		in_log "link kept, counts go on"
	done
	inject veth0 100 >/dev/null
	inject veth1 50 >/dev/null
	LIFE=$BATS_FILE_TMPDIR/a await 20 has_come_to veth0 100
	LIFE=$BATS_FILE_TMPDIR/b await 20 has_come_to veth1 50
	collectd_stop
	# One that gives up Persist takes its own away.
	plain_configure <<<'Interface "veth0"'
	collectd_start
	await_gauge_again veth0 attached 1
	collectd_stop
	await 5 is_free veth0
	[ -z "$(folder_of a)" ]
	[ "$(pinned_link b)" = "$link_b" ]
	LIFE=$BATS_FILE_TMPDIR/b collectd_stop
}

# The id of the one link that a life has pinned.
pinned_link() {
	bpftool -j link show pinned "$(folder_of "$1")"/link_* | jq .id
}

@test "a PID file that was changed is another collectd's: what it pinned is named, and the advice helps" {
	persist_configure <<<'Interface "veth0"'
	collectd_start
	collectd_stop
	sed -i "s,^PIDFile .*,PIDFile \"$LIFE/other\"," "$LIFE/collectd.conf"
	collectd_start
	await_gauge veth0 attached 0
	in_log "its XDP hook is held by program xdp_count"
	sh -c "$(sed -n 's/\.$//; s/.*warning.*PID file .* pinned in .* run again: //p' "$LIFE/log")"
	await_gauge veth0 attached 1
	# The same by the command line.
	collectd_stop
	sed -i '/^PIDFile/d' "$LIFE/collectd.conf"
	: >"$LIFE/log"
	nsenter --net="/run/netns/$RX" collectd -f -P "$LIFE/third" -C "$LIFE/collectd.conf" >"$LIFE/out" 2>&1 3>&- &
	echo $! >"$LIFE/pid"
	await 60 in_log "entering read-loop"
	in_log "the PID file $LIFE/other has pinned in"
	collectd_stop
}

@test "what an earlier version has pinned is gone on with by who counts there, and left by others" {
	local link
	persist_configure <<<'Interface "veth0"'
	collectd_start
	inject veth0 100 >/dev/null
	await 20 has_come_to veth0 100
	collectd_stop
	link=$(link_at veth0)
	rm "$PINS"/net-*/owner
	life b
	plain_configure <<<'Interface "veth1"'
	collectd_start
	in_log "what an earlier version has pinned in $PINS/net-.* does not say whose it is"
	collectd_stop
	persist_configure <<<'Interface "veth1"'
	collectd_start
	await_gauge_again veth1 attached 1
	collectd_stop
	[ "$(link_at veth0)" = "$link" ]
	life a
	collectd_start
	in_log "link kept, counts go on"
	[ "$(link_at veth0)" = "$link" ]
	[ -n "$(folder_of a)" ]
	collectd_stop
}

@test "a folder that is made beforehand by another user is refused, at any depth, and counting goes on" {
	local path net pins
	net=net-$(stat -L -c %i "/run/netns/$RX")
	mkdir "$BATS_TEST_TMPDIR/mounted"
	chmod 755 "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
	mount -t bpf bpf "$BATS_TEST_TMPDIR/mounted"
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/mounted")" = 1777 ]
	pins=$BATS_TEST_TMPDIR/mounted/xdp/pins
	PINS=$pins persist_configure <<<'Interface "veth0"'
	for path in xdp xdp/pins "xdp/pins/$net"; do
		mkdir -p "$BATS_TEST_TMPDIR/mounted/$path"
		chown nobody "$BATS_TEST_TMPDIR/mounted/$path"
		collectd_start
		in_log "\[warning\] .*Persist has no effect until it is restarted, .*: $BATS_TEST_TMPDIR/mounted/$path belongs to user $(id -u nobody), who could take what is pinned off the hooks; remove it"
		await_gauge_again veth0 attached 1
		collectd_stop
		await 5 is_free veth0
		chown root "$BATS_TEST_TMPDIR/mounted/$path"
	done
	chmod 1777 "$pins/$net"
	collectd_start
	in_log "others may write to $pins/$net (mode 1777)"
	collectd_stop
	# As it says; and nobody can take away what is pinned then.
	chmod go-w "$pins/$net"
	collectd_start
	log_is_clean
	refute setpriv --reuid nobody --clear-groups rm -r "$BATS_TEST_TMPDIR/mounted/xdp"
	collectd_stop
	refute is_free veth0
	rm -r "$BATS_TEST_TMPDIR/mounted/xdp"
}

@test "a folder that was locked at the start is used when it is free, and what counted until then counts on" {
	local program
	persist_configure <<<'Interface "/^veth/"'
	mkdir -p "$PINS/net-$(stat -L -c %i "/run/netns/$RX")"
	lock_folder "$PINS"/net-*
	collectd_start
	await_gauge veth0 attached 1
	in_log "Persist has no effect as long as that is so"
	inject veth0 100 >/dev/null
	await 20 has_come_to veth0 100
	program=$(program_at veth0)
	unlock
	await 20 in_log "\[info\] .*Persist has effect now"
	inject veth0 100 >/dev/null
	await 20 has_come_to veth0 200
	check_shape veth0
	collectd_stop
	[ "$(program_at veth0)" = "$program" ]
}

# The built-in counter, and a custom one: counters_configure NAME...
counters_configure() {
	local name
	for name; do
		cat <<-CONF
			<Counter "$name">
				Object "$LIVE_TOP/conf/examples/count_all.bpf.o"
				Program "count_all"
				Interface "veth1"
				<Map "packets">
					Type "if_rx_packets"
					Label 0 "all"
				</Map>
			</Counter>
		CONF
	done | cat <(echo 'Interface "veth0"') - | persist_configure
}

@test "a custom counter that is removed while its folder is locked is let go when it is free, and that is said" {
	counters_configure all
	collectd_start
	await 10 in_log "counter all: veth1: counting"
	collectd_stop
	counters_configure
	lock_folder "$PINS"/counter-all/net-*
	collectd_start
	await_rows 3 veth0 gauge-attached
	[ "$(log_count "xdp plugin: counter all: what is pinned below $PINS/counter-all is no longer wanted, and cannot be removed while another collectd uses it")" -eq 1 ]
	refute is_free veth1
	unlock
	await 20 is_free veth1
	await 5 test ! -e "$PINS/counter-all"
	collectd_stop
	# Another collectd's stays.
	counters_configure all
	collectd_start
	collectd_stop
	life b
	plain_configure <<<'Interface "veth1"'
	collectd_start
	in_log "counter all: what the collectd with the PID file"
	refute is_free veth1
	collectd_stop
	rm -r "$PINS"
}

@test "without Persist on a read-only file system the hook is freed and counted at, and the pins are named" {
	persist_configure <<<'Interface "veth0"'
	collectd_start
	collectd_stop
	plain_configure <<<'Interface "veth0"'
	# shellcheck disable=SC2016 # for the shell inside
	collectd_start unshare --mount sh -c 'mount --bind /sys/fs/bpf /sys/fs/bpf && mount -o remount,bind,ro /sys/fs/bpf && exec "$@"' sh
	await_gauge_again veth0 attached 1
	in_log "\[warning\] .*what an earlier start has pinned in $(folder_of a) cannot be removed, .*: it is read-only (errno 30); see that the unit of collectd leaves it writable"
	inject veth0 100 >/dev/null
	await 20 has_come_to veth0 100
	collectd_stop
	await 5 is_free veth0
}

is_gone() {
	! ip -n "$TX" link show dev "$1"
}

@test "pins of a network namespace that is gone are removed, those of one that is there are not" {
	local gone
	persist_configure <<<'Interface "veth0"'
	collectd_start
	collectd_stop
	gone=$(folder_of a)
	veth_add veth2
	ip -n "$TX" link add name other type veth peer name other-peer
	ip -n "$TX" link set other arp off up
	ip -n "$TX" link set other-peer up
	life b
	persist_configure <<<'Interface "other"'
	in_tx collectd -T -C "$LIFE/collectd.conf" >"$LIFE/out" 2>&1
	[ -n "$(ip -n "$TX" -j -d link show dev other | jq -r '.[0].xdp.prog.id // empty')" ]
	ip -n "$TX" link del other
	[ -n "$(folder_of b)" ]
	# RX goes, with all in it, and comes again as another one.
	ip netns del "$RX"
	ip netns add "$RX"
	ip -n "$RX" link set lo up
	# The end of a namespace takes its time; the other end of the link goes with it.
	await 20 is_gone veth0-tx
	[ "$gone" != "$PINS/net-$(stat -L -c %i "/run/netns/$RX")" ] || skip "the number of the namespace was given out again"
	life c
	plain_configure <<<'Interface "lo"'
	collectd_start
	in_log "\[info\] .*what was pinned in $gone is removed: its network namespace is gone"
	[ ! -e "$gone" ]
	[ -n "$(folder_of b)" ]
	collectd_stop
}
