#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Limits of the process and of its control group, what becomes of bpffs, faults that last, and
# a kernel that is slow.

load faults.bash

setup() {
	test_up
}

teardown() {
	test_down
	[ -z "${GROUP:-}" ] || await 5 rmdir "$GROUP"
}

log_has_once() {
	[ "$(grep -v 'Notification:' "$LIFE/log" | grep -c -- "$1")" -eq 1 ]
}

counts_lo() {
	[ "$(last lo gauge-attached)" = 1 ]
}

lo_configure() {
	{
		echo 'Interface "lo"'
		cat
	} | collectd_configure "Interval ${INTERVAL:-0.2}" "$@"
}

@test "memory that a control group does not give is named with its limit and what is wanted" {
	local limit
	if [ -d /sys/fs/cgroup/memory ]; then
		GROUP=/sys/fs/cgroup/memory/cxdp-$CXDP_ID limit=memory.limit_in_bytes
	else
		GROUP=/sys/fs/cgroup/cxdp-$CXDP_ID limit=memory.max
		echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	fi
	mkdir "$GROUP"
	echo 67108864 >"$GROUP/$limit"
	lo_configure <<-CONF
		MaxInterfaces 4096
	CONF
	# Not every kernel charges maps to a group of version 1, so their creation is made to fail.
	# shellcheck disable=SC2016 # the inner shell expands it
	collectd_start sh -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$GROUP" \
		strace -D -f -qq -e trace=bpf -e inject=bpf:error=ENOMEM:when=5 -o "$LIFE/trace"
	await 10 log_has_once 'errno 12.*no memory for [0-9]* KiB of maps, and collectd.s control group may use 65536 KiB in all; set a smaller MaxInterfaces'
	await 20 counts_lo
	collectd_stop
}

few_descriptors() {
	local limit=$1
	lo_configure </dev/null
	collectd_start prlimit --nofile="$limit:1024"
	await 10 in_log "RLIMIT_NOFILE is $limit); raise LimitNOFILE"
	prlimit --pid "$(<"$LIFE/pid")" --nofile=1024:1024
	await 20 counts_lo
	collectd_stop
}

@test "too few file descriptors are named with the limit, and it recovers when there are more" {
	few_descriptors 9
}

@test "the same with nearly enough" {
	few_descriptors 14
}

@test "RLIMIT_MEMLOCK is the operator's: it is as small afterwards as it was" {
	lo_configure </dev/null
	collectd_start prlimit --memlock=65536:65536
	await 20 counts_lo
	grep -Eq '^Max locked memory +65536 +65536 ' "/proc/$(<"$LIFE/pid")/limits"
	collectd_stop
}

@test "Persist without a bpf file system counts, and says how to mount one" {
	lo_configure <<-CONF
		Persist true
		PinDirectory "$PINS"
	CONF
	collectd_start unshare --mount sh -c 'umount -l /sys/fs/bpf; exec "$@"' sh
	await 20 counts_lo
	log_has_once 'Persist has no effect.*is on no bpf file system.*mount -t bpf -o mode=0700 bpf'
	collectd_stop
}

@test "Persist on a read-only bpf file system counts, and names the setting of the unit" {
	lo_configure <<-CONF
		Persist true
		PinDirectory "$PINS"
	CONF
	collectd_start unshare --mount sh -c 'mount -o remount,bind,ro /sys/fs/bpf; exec "$@"' sh
	await 20 counts_lo
	log_has_once 'Persist has no effect.*read-only.*ProtectKernelTunables'
	collectd_stop
}

@test "a bpf file system that is replaced during the run hurts no counting" {
	local pid
	lo_configure <<-CONF
		Interface "late"
		Persist true
		PinDirectory "$PINS"
	CONF
	collectd_start unshare --mount
	await 20 counts_lo
	pid=$(<"$LIFE/pid")
	nsenter --mount --target "$pid" mount -t bpf bpf /sys/fs/bpf
	ip -n "$RX" link add late type veth peer name late-tx
	await 20 in_log 'late: its link could not be pinned in '
	await_rows 3 late gauge-attached
	[ "$(last late gauge-attached)" = 1 ]
	[ "$(last lo gauge-attached)" = 1 ]
	collectd_stop
}

# A life in which CALLS fail from the FIRST to the 99th after it, in the thread that reads, too.
hundred_faults() {
	INTERVAL=0.05 lo_configure </dev/null
	collectd_start strace -D -f -qq -e trace="$1" -e inject="$1:error=ENOMEM:when=$2..$(($2 + 99))" \
		-o "$LIFE/trace"
	await 40 hundred_injected
}

hundred_injected() {
	[ "$(grep -c INJECTED "$LIFE/trace")" -ge 100 ]
}

@test "counts that cannot be read for 100 intervals are logged once, and once when they can" {
	hundred_faults bpf 51
	await 20 log_has_once 'its counts can be read again'
	log_has_once 'its counts cannot be read (errno 12'
	collectd_stop
}

@test "a list of interfaces that cannot be read for 100 intervals is logged once, and once when it can" {
	hundred_faults recvmsg 11
	await 20 log_has_once 'the list of interfaces can be read again'
	log_has_once 'list of interfaces cannot be read (errno 12'
	collectd_stop
}

@test "a counter that cannot be loaded at five attempts is logged once, and once when it can" {
	# The first calls of the main thread; then those of the one that reads.
	lo_configure </dev/null
	collectd_start strace -D -f -qq -e trace=bpf -e inject=bpf:error=ENOMEM:when=1..4 \
		-o "$LIFE/trace"
	await 20 log_has_once 'the counter is loaded now'
	log_has_once 'nothing is counted: .*no memory for'
	collectd_stop
}

# Calls of the plugin that have begun.
calls_begun() {
	grep -c 'bpf(' "$LIFE/trace"
}

@test "a slow kernel delays no other plugin, and the end of collectd by the calls of one reading" {
	local begun
	lo_configure 'LoadPlugin uptime' </dev/null
	# From the 51st call of a thread on, each takes three seconds.
	collectd_start strace -D -f -qq -e trace=bpf -e inject=bpf:delay_enter=3000000:when=51+ \
		-o "$LIFE/trace"
	# Of the interval's 15 in that time, on a machine that is quiet.
	await 30 uptime_goes_on 5
	begun=$(calls_begun)
	collectd_stop
	# A lookup, and a look at the link.
	(($(calls_begun) - begun <= 2))
}

uptime_count() {
	cat "$LIFE"/csv/live/uptime/uptime-* 2>/dev/null | grep -vc epoch || true
}

# Whether N values of another plugin have come since the last delayed call ended.
uptime_goes_on() {
	local call
	call=$(grep -c DELAYED "$LIFE/trace") || return 1
	if [ "$call" != "${LAST_CALL:-}" ]; then
		LAST_CALL=$call
		UPTIME=$(uptime_count)
	fi
	(($(uptime_count) >= UPTIME + $1))
}

@test "descriptors are left to other plugins: what does not fit waits, and is counted when it fits" {
	local pid i waiting wanted
	for i in $(seq 60); do
		echo "link add cxdp-f$i type veth peer name cxdp-g$i"
	done | ip -n "$RX" -batch -
	LIVE_PLUGINS=load collectd_configure 'Interval 0.2' 'LoadPlugin load' <<<'Interface "/^cxdp-/"
		ReportOutgoing true
		MaxInterfaces 200'
	collectd_start prlimit --nofile=128:4096
	pid=$(<"$LIFE/pid")
	await 20 in_log 'not counted: .*RLIMIT_NOFILE is 128); raise LimitNOFILE'
	await 20 log_has_once 'plugin: [0-9]* interfaces wait for file descriptors: .*set LimitNOFILE='
	waiting=$(sed -n 's/.*] xdp plugin: \([0-9]*\) interfaces wait for file descriptors: .*/\1/p' "$LIFE/log")
	# The number that is named first is enough for both directions.
	wanted=$(sed -n 's/.*] xdp plugin: .* set LimitNOFILE=\([0-9]*\) in collectd.s unit.*/\1/p' "$LIFE/log" | head -n 1)
	# What the process holds, by /proc; what others open meanwhile is beside it.
	[ "$(find "/proc/$pid/fd" -type l | wc -l)" -le 80 ]
	((waiting > 60 && wanted > 122))
	prlimit --pid "$pid" --nofile="$wanted:4096"
	await 40 all_attached 120
	! has_tcx || await 40 all_go_out 120 "$pid"
	ls "$LIFE"/csv/live/load/load-*
	collectd_stop
}

# Whether a process has so many links to the tcx hook.
all_go_out() {
	[ "$(cat "/proc/$2/fdinfo/"* 2>/dev/null | grep -c 'link_type:.*tcx')" -eq "$1" ]
}

all_attached() {
	[ "$(ip -n "$RX" -o link | grep -c 'xdpgeneric')" -eq "$1" ]
}
