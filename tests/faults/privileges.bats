#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What collectd needs to be allowed: it works, or the log names what is missing.

load faults.bash

setup() {
	test_up
}

teardown() {
	test_down
}

# A life with these capabilities alone; says in one row of the table what came of it:
# outcome "CAPABILITY..."
outcome() {
	local set=-all capability
	for capability in $1; do
		set+=,+$capability
	done
	life "caps-${1// /-}"
	collectd_configure 'Interval 0.2' <<-CONF
		Interface "lo"
	CONF
	collectd_start setpriv --bounding-set="$set" --inh-caps=-all
	await 10 has_rows lo gauge-attached 2
	if [ "$(last lo gauge-attached)" = 1 ]; then
		log_is_clean >&2 && echo works
	else
		sed -n 's/.*\[error\] xdp plugin: nothing is counted: .*: \(\(, \| and \|CAP_[A-Z_]*\)*\) missing; .*/\1 missing/p' \
			"$LIFE/log" | sort -u
	fi
	collectd_stop
}

# By capabilities(7): CAP_SYS_ADMIN stands for each of the others.
expected() {
	local missing=() capability
	if [[ " $1 " == *" sys_admin "* ]]; then
		echo works
		return
	fi
	for capability in bpf net_admin perfmon; do
		[[ " $1 " == *" $capability "* ]] || missing+=("CAP_${capability^^}")
	done
	case ${#missing[@]} in
	0) echo works ;;
	1) echo "${missing[0]} missing" ;;
	2) echo "${missing[0]} and ${missing[1]} missing" ;;
	3) echo "${missing[0]}, ${missing[1]} and ${missing[2]} missing" ;;
	esac
}

# One row of the table in the manual, which leaves CAP_SYS_ADMIN out: row "CAPABILITY..." OUTCOME
row() {
	local capability row=
	for capability in bpf net_admin perfmon; do
		if [[ " $1 " == *" $capability "* ]]; then
			row+="yes Ta "
		else
			row+="- Ta "
		fi
	done
	echo ".It $row${2//CAP_/}"
}

@test "with every subset of the capabilities it works, or says exactly which are missing, as the manual has it" {
	local number bit capability capabilities names=(bpf net_admin perfmon sys_admin) result
	for number in {0..15}; do
		capabilities=
		for bit in 0 1 2 3; do
			((number >> bit & 1)) && capabilities+="${capabilities:+ }${names[bit]}"
		done
		result=$(outcome "$capabilities")
		echo "$capabilities: $result"
		[ "$result" = "$(expected "$capabilities")" ]
		[[ " $capabilities " == *" sys_admin "* ]] ||
			grep -Fqx -- "$(row "$capabilities" "$result")" "$LIVE_TOP/conf/collectd-xdp.5"
	done
	await 10 nothing_left "$BATS_TEST_TMPDIR/before"
}

@test "a user who is not root works with the three capabilities" {
	collectd_configure 'Interval 0.2' <<-CONF
		Interface "lo"
	CONF
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
	touch "$LIFE/log"
	chown -R 65534:65534 "$LIFE"
	collectd_start setpriv --reuid=65534 --regid=65534 --clear-groups \
		--inh-caps=-all,+bpf,+net_admin,+perfmon --ambient-caps=-all,+bpf,+net_admin,+perfmon
	await 10 has_rows lo gauge-attached 2
	[ "$(last lo gauge-attached)" = 1 ]
	log_is_clean
	collectd_stop
}

@test "in a user namespace all capabilities do not help, and the log says why" {
	collectd_configure 'Interval 0.2' <<-CONF
		Interface "lo"
	CONF
	collectd_start unshare --user --map-root-user
	await 10 in_log 'xdp plugin: nothing is counted: .*user namespace, where capabilities do not reach'
	collectd_stop
}
