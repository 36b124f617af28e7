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
	for mtu in 1500 9000; do
		cat <<-LINKS
			link add dummy$mtu mtu $mtu type dummy
			link add bond$mtu mtu $mtu type bond mode active-backup
			link add held$mtu mtu $mtu type veth peer name held$mtu-tx mtu $mtu netns $TX
			link set held$mtu master bond$mtu
			link add holds-slave$mtu mtu $mtu type bond mode active-backup
			link add slave$mtu mtu $mtu type veth peer name slave$mtu-tx mtu $mtu netns $TX
			link set slave$mtu master holds-slave$mtu
			link add base$mtu mtu $mtu type veth peer name base$mtu-tx mtu $mtu netns $TX
			link set base$mtu up
			link add vlan$mtu link base$mtu mtu $mtu type vlan id 5
			link add qinq$mtu link vlan$mtu mtu $mtu type vlan id 6
			link add macvlan$mtu link base$mtu mtu $mtu type macvlan mode bridge
			link add bridge$mtu mtu $mtu type bridge
			link add port$mtu mtu $mtu type veth peer name port$mtu-tx mtu $mtu netns $TX
			link add holds-port$mtu mtu $mtu type bridge
			link set port$mtu master holds-port$mtu
			tuntap add mode tun name tun$mtu
			link set tun$mtu mtu $mtu
			tuntap add mode tap name tap$mtu
			link set tap$mtu mtu $mtu
		LINKS
	done | ip -n "$RX" -batch -
	for mtu in 1500 3506 3507 9000; do
		echo "link add veth$mtu mtu $mtu type veth peer name veth$mtu-tx mtu $mtu netns $TX"
	done | ip -n "$RX" -batch -
	# In the order of the table: a lower device comes before its upper one.
	interfaces | sed 's/.*/link set & up/' | ip -n "$RX" -batch -
}

# What an interface of the table is called.
# shellcheck disable=SC2016 # awk's
NAME='function name() { return $2 == "lo" ? $2 : $2 $3 }'

interfaces() {
	awk -F' *[|] *' "$NAME"' NR > 2 { print name() }' "$TABLE"
}

# What the table says of a mode on this kernel, by interface: expected COLUMN
# A cell is like "native (before 5.15: refused)".
expected() {
	awk -F' *[|] *' -v column="$1" -v release="$(uname -r)" "$NAME"'
		function is_older(than, is, from) {
			split(release, is, /[.-]/)
			split(than, from, ".")
			return is[1] * 1000 + is[2] < from[1] * 1000 + from[2]
		}
		NR == 1 {
			for (i = 2; i < NF; i++)
				if ($i == column) at = i
		}
		NR > 2 {
			n = split($at, cell, / \(before |: |\)/)
			print name(), (n > 1 && is_older(cell[2]) ? cell[3] : cell[1])
		}' "$TABLE"
}

# What the plugin made of it, from its log: the mode, or "refused" if it says a cause.
actual() {
	awk -F' *[|] *' "$NAME"'
		FILENAME ~ /matrix.md$/ { if (FNR > 2) order[++count] = name(); next }
		!match($0, /xdp plugin: [a-z0-9-]+: /) { next }
		{
			interface = substr($0, RSTART + 12, RLENGTH - 14)
			said = substr($0, RSTART + RLENGTH)
		}
		interface in outcome { next }
		said ~ /^not counted: / { outcome[interface] = "refused" }
		said ~ /^counting in .* mode/ { split(said, word, " "); outcome[interface] = word[3] }
		END {
			for (i = 1; i <= count; i++)
				print order[i], order[i] in outcome ? outcome[order[i]] : "nothing said"
		}' "$TABLE" "$LIFE/log"
}

check_mode() {
	life "$1"
	interfaces | sed 's/.*/Interface "&"/' >"$LIFE/options"
	echo "AttachMode \"$1\"" >>"$LIFE/options"
	collectd_configure <"$LIFE/options"
	collectd_start
	collectd_stop
	diff -u --label table --label plugin <(expected "$1") <(actual) || {
		grep -F "xdp plugin: " "$LIFE/log"
		return 1
	}
}

# Every refusal names its cause and, after a semicolon or a colon, what to do.
check_causes() {
	life "$1"
	grep -q 'not counted' "$LIFE/log"
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
