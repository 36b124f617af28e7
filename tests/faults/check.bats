#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# collectd-xdp-check says beforehand what the plugin would say, of the process that runs collectd
# and of no other, and touches nothing.

bats_require_minimum_version 1.5.0
load faults.bash

CHECK=$LIVE_TOP/collectd-xdp-check

setup() {
	test_up
}

teardown() {
	test_down
}

# A process to be judged, in RX: stand_in [COMMAND...], which executes what follows. Its pid is
# in $STAND_IN.
stand_in() {
	nsenter --net="/run/netns/$RX" "$@" sleep 1000 3>&- &
	STAND_IN=$!
	echo "$STAND_IN" >"$LIFE/stand-in.pid"
	await 5 sleeps "$STAND_IN"
}

sleeps() {
	grep -qx sleep "/proc/$1/comm"
}

# Checks the process of stand_in: check [ARGUMENT...]
check() {
	"$CHECK" --pid "$STAND_IN" "$@"
}

# A configuration with these lines in the block: conf [LINE...]
conf() {
	printf '%s\n' '<Plugin "xdp">' "$@" '</Plugin>' >"$LIFE/xdp.conf"
	echo "$LIFE/xdp.conf"
}

# A systemctl that knows one unit, whose properties come from standard input; "" of the others.
fake_systemctl() {
	mkdir -p "$LIFE/bin"
	cat >"$LIFE/properties"
	cat >"$LIFE/bin/systemctl" <<-END
		#!/bin/sh
		for name; do :; done
		case \$name in
		collectd.service) cat "$LIFE/properties" ;;
		*) printf 'LoadState=not-found\nMainPID=0\nCapabilityBoundingSet=cap_bpf\n' ;;
		esac
	END
	chmod +x "$LIFE/bin/systemctl"
	PATH=$LIFE/bin:$PATH
}

# What the last log of collectd says of an interface: said NAME
said() {
	sed -n "s/.*xdp plugin: $1: \(.*\)\.\$/\1/p" "$LIFE/log" | tail -n 1
}

@test "where all would work it says so, with the mode, and so it is" {
	veth_add cxdp0
	stand_in
	check -c "$(conf 'Interface "lo"' 'Interface "cxdp0"' 'Persist true' "PinDirectory \"$PINS\"")" >"$LIFE/check"
	grep -q '^ok    lo: would be counted in generic mode' "$LIFE/check"
	grep -q '^ok    cxdp0: would be counted in generic mode, for native mode on veth' "$LIFE/check"
	grep -q "^ok    PinDirectory $PINS: on a bpf file system" "$LIFE/check"
	grep -q '^all would work$' "$LIFE/check"
	[ ! -e "$PINS" ]
	collectd_configure <<-CONF
		Interface "lo"
		Interface "cxdp0"
	CONF
	collectd_start
	in_log 'counting on 2 of 2 interfaces (lo generic, cxdp0 generic)'
	collectd_stop
}

@test "with ReportOutgoing it tells who is at the tcx hook, and so it is; without it, nothing of that" {
	local with
	has_tcx || skip "needs Linux 6.6"
	veth_add cxdp0
	stand_in
	with=$(conf 'Interface "cxdp0"' 'ReportOutgoing true')
	check -c "$with" >"$LIFE/check"
	grep -qx 'ok    cxdp0: what goes out would be counted at its tcx hook' "$LIFE/check"
	grep -q 'CPUs, in both directions)$' "$LIFE/check"
	collectd_configure <<-CONF
		Interface "cxdp0"
		ReportOutgoing true
	CONF
	collectd_start
	in_log 'counting what goes out of 1 of 1 interfaces (cxdp0)'
	"$CHECK" --pid "$(<"$LIFE/pid")" -c "$with" | grep -x 'ok    cxdp0: what goes out is counted already at its tcx hook'
	run check -c "$with"
	grep -x 'ok    cxdp0: what goes out would be counted at its tcx hook, before the programs that are there (tcx_count)' <<<"$output"
	# No process is named, and no unit is known.
	run in_rx env PATH=/nonexistent "$CHECK" -c "$with"
	grep -x 'note  cxdp0: a counter of what goes out is at its tcx hook: one that Persist has left is taken over, one of another collectd stays beside this one' <<<"$output"
	collectd_stop
	check -c "$(conf 'Interface "cxdp0"')" >"$LIFE/check"
	refute grep -E 'goes out|directions' "$LIFE/check"
}

@test "for each kind of device it foretells the mode that auto takes, or why it takes none" {
	local kind name wanted
	veth_add cxdp-veth
	ip -n "$RX" tuntap add cxdp-tap mode tap
	ip -n "$RX" tuntap add cxdp-tun mode tun
	# Not every kernel has all of them.
	for kind in bridge dummy bond ifb vlan vxlan macvlan; do
		case $kind in
		vlan) ip -n "$RX" link add link cxdp-veth name cxdp-vlan type vlan id 5 || true ;;
		vxlan) ip -n "$RX" link add cxdp-vxlan type vxlan id 7 dstport 4789 || true ;;
		macvlan) ip -n "$RX" link add link cxdp-veth name cxdp-macvlan type macvlan || true ;;
		*) ip -n "$RX" link add "cxdp-$kind" type "$kind" || true ;;
		esac
	done
	stand_in
	collectd_configure <<<'Interface "/^cxdp-/"'
	run -1 check -c "$LIFE/collectd.conf"
	echo "$output"
	collectd_start
	for name in $(ip -n "$RX" -o link | grep -o 'cxdp-[a-z]*' | sort -u); do
		[ -n "$(said "$name")" ] || continue
		wanted=$(said "$name")
		case $wanted in
		"counting in "*) grep -E "^(ok   |note ) $name: would be counted in ${wanted#counting in }" <<<"$output" ;;
		*) grep -xF "FAIL  $name: $wanted" <<<"$output" ;;
		esac
	done
	[[ $(said cxdp-tun) == "not counted: its frames have no Ethernet header"* ]]
	[[ $(said cxdp-tap) == "counting in native mode" && $(said cxdp-bridge) == "counting in generic mode" ]]
	collectd_stop
}

@test "a bond in native mode is refused in the plugin's words" {
	ip -n "$RX" link add cxdp-bond type bond || skip "this kernel has no bonds"
	stand_in
	run -1 check -c "$(conf 'Interface "cxdp-bond"' 'AttachMode "native"')"
	[[ $output == *"FAIL  cxdp-bond: not counted: a bond "*" select the ports"* ]]
}

@test "with OnBusy wait a hook that is held is a failure, and nobody's hook is touched" {
	veth_add cxdp0
	stand_in
	mkdir "$PINS"
	bpftool prog load "$OTHER" "$PINS/other"
	in_rx bpftool net attach xdpgeneric pinned "$PINS/other" dev cxdp0
	interface_state cxdp0 >"$LIFE/before"
	run -1 check -c "$(conf 'Interface "cxdp0"' 'OnBusy "wait"')"
	interface_state cxdp0 | diff "$LIFE/before" -
	[[ ${lines[-1]} == "1 would not work" ]]
	collectd_configure <<<$'Interface "cxdp0"\nOnBusy "wait"'
	collectd_start
	grep -xF "FAIL  cxdp0: $(said cxdp0)" <<<"$output"
	[[ $(said cxdp0) == *"held by program "*"(id $(program_at cxdp0),"* ]]
	collectd_stop
}

@test "with OnBusy observe it foretells that a hook is observed, or why it is not" {
	veth_add cxdp0
	stand_in
	mkdir "$PINS"
	bpftool prog load "$OTHER" "$PINS/other"
	in_rx bpftool net attach xdpgeneric pinned "$PINS/other" dev cxdp0
	run check cxdp0
	collectd_configure <<<'Interface "cxdp0"'
	collectd_start
	echo "$output"
	if [[ $(said cxdp0) == observing* ]]; then
		[ "$status" -eq 0 ]
		grep '^note  cxdp0: its XDP hook is held by program .* (OnBusy "observe")$' <<<"$output"
	else
		[ "$status" -eq 1 ]
		grep -xF "FAIL  cxdp0: $(said cxdp0)" <<<"$output"
	fi
	collectd_stop
}

@test "a hook that collectd's own counter holds is no failure; to another collectd it is" {
	veth_add cxdp0
	collectd_configure <<<'Interface "cxdp0"'
	collectd_start
	"$CHECK" --pid "$(<"$LIFE/pid")" cxdp0 >"$LIFE/check"
	grep -q "^ok    cxdp0: is counted already: .* program xdp_count (id $(program_at cxdp0), generic mode)" "$LIFE/check"
	stand_in
	run -1 check -c "$(conf 'Interface "cxdp0"' 'OnBusy "wait"')"
	[[ $output == *"FAIL  cxdp0: not counted: its XDP hook is held by program xdp_count (id "* ]]
	collectd_stop
}

@test "an interface above with a program is named, and what is below is no obstacle" {
	veth_add cxdp-veth
	ip -n "$RX" link add cxdp-bridge type bridge
	ip -n "$RX" link set cxdp-veth master cxdp-bridge
	in_rx ip link set dev cxdp-bridge xdpgeneric obj "$OTHER" sec xdp
	stand_in
	run -1 check cxdp-veth
	[[ $output == *"FAIL  cxdp-veth: not counted: cxdp-bridge above it has the XDP program other_owner"* ]]
	collectd_configure <<<'Interface "cxdp-veth"'
	collectd_start
	grep -xF "FAIL  cxdp-veth: $(said cxdp-veth)" <<<"$output"
	collectd_stop
	in_rx ip link set dev cxdp-bridge xdpgeneric off
	in_rx ip link set dev cxdp-veth xdpgeneric obj "$OTHER" sec xdp
	run -0 check cxdp-bridge
}

@test "the capabilities of the process that is judged count, not those of the check" {
	stand_in setpriv --bounding-set=-all,+bpf --inh-caps=-all
	run -1 check lo nothing
	[[ $output == *"FAIL  capabilities: CAP_NET_ADMIN and CAP_PERFMON missing; run collectd as root"* ]]
	[[ $output == *"FAIL  nothing: not counted: there is no interface of this name"* ]]
	[[ ${lines[-1]} == "2 would not work" ]]
}

@test "its user namespace, its limits and its network namespace count, too" {
	veth_add cxdp0
	stand_in unshare --user --map-root-user
	run -1 check cxdp0
	[[ $output == *"FAIL  capabilities: collectd runs in a user namespace"* ]]
	kill "$STAND_IN"
	stand_in prlimit --nofile=40
	run -1 check cxdp0
	[[ $output == *"FAIL  RLIMIT_NOFILE is 40, "*"raise LimitNOFILE"* ]]
	[[ $output == *"note  collectd runs in another network namespace"* ]]
	[[ $output == *"ok    cxdp0: would be counted"* ]]
	[[ ${lines[-1]} == "1 would not work" ]]
}

@test "its control group's memory counts" {
	local group=/sys/fs/cgroup/cxdp-check-$CXDP_ID
	[ -e /sys/fs/cgroup/cgroup.controllers ] || skip "there is no control group of version 2 here"
	mkdir "$group"
	if [ ! -e "$group/memory.max" ] || ! echo 1M >"$group/memory.max"; then
		rmdir "$group"
		skip "the memory controller is not delegated here"
	fi
	stand_in
	echo "$STAND_IN" >"$group/cgroup.procs"
	run check -c "$(conf 'Interface "lo"' 'MaxInterfaces 4096')"
	kill "$STAND_IN"
	await 5 rmdir "$group"
	[ "$status" -eq 1 ]
	[[ $output == *"FAIL  the memory limit of collectd's control group leaves "*"raise MemoryMax"* ]]
}

@test "a bridge and a VLAN have their whole names, and an alternative name is one of them, for the plugin, too" {
	veth_add cxdp-veth
	ip -n "$RX" link add cxdp-bridge type bridge
	# iproute2 shows "cxdp-veth@if2", "cxdp-bridge.5@cxdp-bridge". Not every kernel has VLANs.
	ip -n "$RX" link add link cxdp-bridge name cxdp-bridge.5 type vlan id 5 || true
	ip -n "$RX" link property add dev cxdp-veth altname cxdp-other
	stand_in
	check '/^cxdp-/' >"$LIFE/check"
	for name in cxdp-veth cxdp-bridge cxdp-bridge.5; do
		ip -n "$RX" link show dev "$name" || continue
		grep -q "^ok    $name: would be counted in generic mode" "$LIFE/check"
	done
	refute grep '@' "$LIFE/check"
	run -0 check cxdp-other '/^cxdp-\d+$/'
	[[ $output == *"note  cxdp-other: this is an alternative name of cxdp-veth, "* ]]
	[[ $output == *"ok    cxdp-veth: would be counted in generic mode"* ]]
	[[ $output == *"note  Interface \"/^cxdp-\d+$/\" matches no interface "*"write [0-9] or [[:digit:]]"* ]]
	collectd_configure <<<'Interface "cxdp-other"'
	collectd_start
	[[ $(said cxdp-veth) == "counting in generic mode" ]]
	collectd_stop
}

@test "it names a directory of pins on no bpf file system, and one that is read-only" {
	stand_in
	run -1 check -c "$(conf 'Interface "lo"' 'Persist true' "PinDirectory \"$LIFE/pins\"")"
	[[ $output == *"FAIL  PinDirectory $LIFE/pins cannot be used: it is on no bpf file system"*"mount one"* ]]
	[ ! -e "$LIFE/pins" ]
	kill "$STAND_IN"
	# shellcheck disable=SC2016 # for the shell inside
	stand_in unshare --mount sh -c 'mount --bind -o ro /sys/fs/bpf /sys/fs/bpf && mount -o remount,bind,ro /sys/fs/bpf && exec "$@"' sh
	run -1 check -c "$(conf 'Interface "lo"' 'Persist true' "PinDirectory \"$PINS\"")"
	[[ $output == *"FAIL  PinDirectory $PINS cannot be used: it is read-only"*ProtectKernelTunables* ]]
}

@test "the memory it forecasts is that of the plugin's own forecast" {
	local forecast
	stand_in
	collectd_configure 'Interval 0.2' <<-CONF
		Interface "lo"
		MaxInterfaces 1000
	CONF
	forecast=$(check -c "$LIFE/collectd.conf" | sed -n 's/.*memory of the maps: \([0-9]*\) KiB.*/\1/p')
	collectd_start strace -D -f -qq -e trace=bpf -e inject=bpf:error=ENOMEM:when=5 -o "$LIFE/trace"
	in_log "no memory for $forecast KiB of maps"
	collectd_stop
}

@test "by default it takes the plugin's defaults, and what the plugin refuses it refuses so" {
	local slots
	stand_in
	slots=$(check lo | sed -n 's/.*KiB (\([0-9]* slots x [0-9]* bytes x [0-9]* CPUs\).*/\1/p')
	collectd_configure <<<'Interface "lo"'
	collectd_start
	in_log "bytes of maps ($slots)"
	collectd_stop
	collectd_configure <<<$'Interface "lo"\nMaxInterfaces 0\nAttachMode "natve"'
	run -1 check -c "$LIFE/collectd.conf"
	run -1 collectd_start
	grep -ohE 'xdp plugin: .*(MaxInterfaces|AttachMode).*\.$' "$LIFE/log" | sort -u |
		sed 's/^xdp plugin: \(.*\)\.$/FAIL  configuration: \1/' >"$LIFE/wanted"
	run -1 check -c "$LIFE/collectd.conf"
	[ "$(wc -l <"$LIFE/wanted")" -eq 2 ]
	grep '^FAIL' <<<"$output" | sort | diff "$LIFE/wanted" -
}

@test "it finds the block in a file that collectd.conf includes" {
	stand_in
	mkdir "$LIFE/conf.d"
	conf 'Interface "lo"' >"$LIFE/name"
	mv "$LIFE/xdp.conf" "$LIFE/conf.d/"
	echo 'no configuration < at all' >"$LIFE/conf.d/README"
	printf '%s\n' 'Interval 10 # seconds' "<Include \"$LIFE/conf.d\">" '  Filter "*.conf"' '</Include>' >"$LIFE/main.conf"
	check -c "$LIFE/main.conf" >"$LIFE/check"
	[ "$(grep -c 'would be counted' "$LIFE/check")" -eq 1 ]
	run -2 check -c "$LIFE/conf.d"
	[[ $output == *"$LIFE/conf.d/README, line 1: this is no configuration of collectd"* ]]
	echo 'Interval 10' >"$LIFE/main.conf"
	run -2 check -c "$LIFE/main.conf"
	[[ $output == *"there is no <Plugin xdp> block"* ]]
	run -2 check -c "$LIFE/nothing"
}

@test "of a unit that runs its process is judged, and what its settings forbid" {
	stand_in setpriv --bounding-set=-all,+bpf,+net_admin,+perfmon --inh-caps=-all
	fake_systemctl <<-END
		LoadState=loaded
		MainPID=$STAND_IN
		SystemCallFilter=read write bpf
		RestrictAddressFamilies=AF_INET AF_UNIX
	END
	run -1 "$CHECK" lo
	[[ $output == *"note  this check judges process $STAND_IN of collectd.service"* ]]
	[[ $output == *"ok    capabilities: "* ]]
	[[ $output == *"FAIL  nothing is counted: the kernel's list of interfaces cannot be read"*RestrictAddressFamilies* ]]
	[[ ${lines[-1]} == "1 would not work" ]]
}

@test "of a unit that does not run its settings are judged, not those of root's shell" {
	fake_systemctl <<-END
		LoadState=loaded
		MainPID=0
		User=nobody
		CapabilityBoundingSet=cap_bpf cap_net_admin cap_perfmon
		AmbientCapabilities=cap_bpf
		LimitNOFILESoft=40
		LimitMEMLOCKSoft=infinity
	END
	run -1 "$CHECK" lo
	[[ $output == *"note  collectd.service does not run, so this check judges what the unit would give it"* ]]
	[[ $output == *"FAIL  capabilities: CAP_NET_ADMIN and CAP_PERFMON missing"* ]]
	[[ $output == *"FAIL  RLIMIT_NOFILE is 40,"* ]]
	[[ ${lines[-1]} == "2 would not work" ]]
	sed -i '/^User/d' "$LIFE/properties"
	sed -i 's/^LimitNOFILESoft.*/SystemCallFilter=~bpf reboot/' "$LIFE/properties"
	run -1 "$CHECK" lo
	[[ $output == *"FAIL  capabilities: the capabilities are there, but a seccomp filter is active; let it pass bpf(2)"* ]]
	[[ ${lines[-1]} == "1 would not work" ]]
}

@test "a unit that systemd does not know, and wrong arguments, have a status of their own" {
	fake_systemctl <<<LoadState=loaded
	run -3 "$CHECK" -u TYPO lo
	[[ $output == *"systemd has no unit TYPO"* ]]
	PATH=${PATH#*:} run -3 env PATH=/nonexistent "$CHECK" -u collectd lo
	[[ $output == *"systemd cannot be asked about unit collectd"* ]]
	run -2 "$CHECK" --pid 0 lo
	run -2 "$CHECK" --pid x lo
	run -2 "$CHECK" --no-such-option lo
	run -0 "$CHECK" --help
}

@test "more interfaces than MaxInterfaces are named as the plugin names them" {
	veth_add cxdp-a
	veth_add cxdp-b
	stand_in
	collectd_configure <<<$'Interface "/^cxdp-/"\nMaxInterfaces 1'
	run -1 check -c "$LIFE/collectd.conf"
	collectd_start
	wanted=$(sed -n 's/.*xdp plugin: \(1 selected interfaces are not counted .*\)\.$/\1/p' "$LIFE/log")
	[ -n "$wanted" ]
	grep -xF "FAIL  $wanted" <<<"$output"
	collectd_stop
}

@test "conf/check runs it from a clone, with the same arguments and status" {
	run -3 env PATH=/usr/bin:/bin:/usr/sbin "$LIVE_TOP/conf/check" -u no-such-unit.service lo
	run -0 "$LIVE_TOP/conf/check" --help
	[[ $output == "usage: collectd-xdp-check "* ]]
}
