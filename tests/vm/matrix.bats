#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Kinds of interfaces and MTUs, in each mode: the plugin attaches as the table in matrix.md
# says, or says why not.
bats_require_minimum_version 1.5.0
load lib

TABLE=$BATS_TEST_DIRNAME/matrix.md

# One interface for each row of the table, up, in RX. A slave and a port have a bond and a
# bridge of their own that is not counted: XDP at an upper device blocks its lower ones.
make_interfaces() {
	local mtu
	ip -n "$RX" -batch - <<-LINKS
		link add cxdp-dummy type dummy
		link add cxdp-bond type bond mode active-backup
		link add cxdp-b1 type veth peer name cxdp-b1-tx netns $TX
		link set cxdp-b1 master cxdp-bond
		link add cxdp-bond2 type bond mode active-backup
		link add cxdp-slave type veth peer name cxdp-slave-tx netns $TX
		link set cxdp-slave master cxdp-bond2
		link add cxdp-base type veth peer name cxdp-base-tx netns $TX
		link set cxdp-base up
		link add cxdp-vlan link cxdp-base type vlan id 5
		link add cxdp-qinq link cxdp-vlan type vlan id 6
		link add cxdp-macvlan link cxdp-base type macvlan mode bridge
		link add cxdp-bridge type bridge
		link add cxdp-port type veth peer name cxdp-port-tx netns $TX
		link add cxdp-bridge2 type bridge
		link set cxdp-port master cxdp-bridge2
		tuntap add mode tun name cxdp-tun
		tuntap add mode tap name cxdp-tap
	LINKS
	for mtu in 1500 3506 3507 9000; do
		echo "link add cxdp-veth$mtu mtu $mtu type veth peer name cxdp-v$mtu-tx mtu $mtu netns $TX"
	done | ip -n "$RX" -batch -
	# In the order of the table: a lower device comes before its upper one.
	interfaces | sed 's/.*/link set & up/' | ip -n "$RX" -batch -
}

interfaces() {
	awk -F' *[|] *' 'NR > 2 { print ($2 == "lo" ? "" : "cxdp-") $2 ($2 == "veth" ? $3 : "") }' "$TABLE"
}

# The cell of an interface and a mode, for this kernel: "native (before 5.15: refused)".
expected() {
	local cell column limit
	case $2 in
	auto) column=4 ;;
	native) column=5 ;;
	generic) column=6 ;;
	esac
	cell=$(awk -F' *[|] *' -v name="$1" -v column=$column \
		'NR > 2 && (($2 == "lo" ? "" : "cxdp-") $2 ($2 == "veth" ? $3 : "")) == name { print $column }' "$TABLE")
	limit=$(sed -n 's/.*(before \(.*\): .*/\1/p' <<<"$cell")
	if [ -n "$limit" ] && ! kernel_from "$limit"; then
		cell=${cell##*: }
		echo "${cell%)}"
	else
		echo "${cell%% (*}"
	fi
}

# What the plugin made of it, from its log: the mode, or "refused" if it says a cause.
actual() {
	local line
	line=$(grep -m 1 -F "xdp plugin: $1: " "$LIFE/log")
	case $line in
	*": counting in "*" mode"*)
		line=${line##*: counting in }
		echo "${line%% mode*}"
		;;
	*": not counted: "*) echo refused ;;
	*) echo "nothing said" ;;
	esac
}

check_mode() {
	local mode=$1 name wrong=0
	life "$mode"
	interfaces | sed 's/.*/Interface "&"/' >"$LIFE/options"
	echo "AttachMode \"$mode\"" >>"$LIFE/options"
	collectd_configure <"$LIFE/options"
	collectd_start
	collectd_stop
	for name in $(interfaces); do
		[ "$(actual "$name")" = "$(expected "$name" "$mode")" ] && continue
		echo "$name: expected $(expected "$name" "$mode"), is $(actual "$name")"
		grep -F "xdp plugin: $name: " "$LIFE/log"
		wrong=1
	done
	[ "$wrong" = 0 ]
}

# Every refusal names its cause and, after a semicolon or a colon, what to do.
check_causes() {
	life "$1"
	refute grep -E 'not counted: [^;:]*$' <(grep '\] xdp plugin: .* not counted' "$LIFE/log")
}

setup_file() {
	net_up
	make_interfaces
}

teardown_file() {
	processes_down
	net_down
}

@test "auto: each kind of interface and MTU is counted or refused as the table says" {
	check_mode auto
}

@test "native: each kind of interface and MTU is counted or refused as the table says" {
	check_mode native
}

@test "generic: each kind of interface and MTU is counted or refused as the table says" {
	check_mode generic
}

@test "native: each refusal names a cause and what to do" {
	check_causes native
}
