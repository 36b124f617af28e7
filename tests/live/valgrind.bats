#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A whole life in a real collectd under valgrind: no error and no leak that is ours.
bats_require_minimum_version 1.5.0
load ../lib/live

setup_file() {
	net_up
	veth_add cxdp-in
	life valgrind
	collectd_configure <<-CONF
		Interface "cxdp-in"
		Interface "cxdp-missing"
		$REPORT_ALL
		ReportSelf true
		ReportSignals true
		ReportOutgoing true
	CONF
	# collectd unloads the plugin at its end; valgrind is to name its functions all the same.
	collectd_start valgrind --log-file="$LIFE/valgrind" --keep-debuginfo=yes --num-callers=40 \
		--leak-check=full --errors-for-leak-kinds=definite,indirect --error-exitcode=99 \
		--suppressions="$BATS_TEST_DIRNAME/../lib/valgrind.supp"
	inject cxdp-in 1000 >"$LIFE/sent"
	await_counts cxdp-in "$LIFE/sent"
	ip -n "$RX" link del cxdp-in
	veth_add cxdp-in
	await_rows 3 cxdp-in gauge-attached
	collectd_stop || echo "$?" >"$LIFE/status"
}

teardown_file() {
	processes_down
	net_down
}

setup() {
	life valgrind
}

@test "under valgrind a life with hot-plug has no invalid access, no use of what is not set, and no leak" {
	cat "$LIFE/valgrind"
	refute test -e "$LIFE/status"
	grep "ERROR SUMMARY: 0 errors" "$LIFE/valgrind"
	grep -E "definitely lost: 0 bytes|All heap blocks were freed" "$LIFE/valgrind"
}

@test "under valgrind all that was sent is stored" {
	[ "$(rows cxdp-in if_rx_packets | awk -F, '$2 > most { most = $2 } END { print most }')" = 1000 ]
	in_log "Exiting normally"
}
