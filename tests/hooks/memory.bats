#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Three lives with Persist, with all that can happen to an interface, watched by
# valgrind, and by AddressSanitizer and UBSan.

load ../lib/hooks

setup() {
	test_up
	veth_add veth0
	veth_add veth1
	persist_configure <<-CONF
		Interface "/^veth/"
		Interface "lo"
		ReportQueues true
		ReportCPUs true
		ReportPeaks true
		ReportSelf true
	CONF
}

teardown() {
	test_down
}

# Attach, detached by force, renamed, re-created, adopted, upgraded, cleaned up:
# whole_life COMMAND...
whole_life() {
	collectd_start "$@"
	inject veth0 100 >/dev/null
	await 30 has_come_to veth0 100
	in_rx bpftool link detach id "$(link_at veth0)"
	await 30 in_log "veth0: no longer counted: the counter was detached"
	ip -n "$RX" link set veth1 down
	ip -n "$RX" link set veth1 name vethnew
	await_gauge vethnew attached 1
	ip -n "$RX" link del veth0
	veth_add veth0
	await_rows 2 veth0 gauge-attached
	collectd_stop
	CAST=false persist_configure <<<'Interface "/^veth/"'
	collectd_start "$@"
	in_log "program replaced"
	collectd_stop
	collectd_configure <<-CONF
		Interface "veth0"
		PinDirectory "$PINS"
	CONF
	collectd_start "$@"
	in_log "detached and removed"
	collectd_stop
	[ ! -e "$PINS" ]
}

@test "under valgrind three lives have no invalid access and no leak" {
	whole_life valgrind --log-file="$LIFE/valgrind.%p" --keep-debuginfo=yes --leak-check=full \
		--errors-for-leak-kinds=definite,indirect --error-exitcode=99 \
		--suppressions="$BATS_TEST_DIRNAME/../lib/valgrind.supp"
	[ "$(grep -l "ERROR SUMMARY: 0 errors" "$LIFE"/valgrind.* | wc -l)" -eq 3 ]
}

@test "under AddressSanitizer and UBSan three lives have no error" {
	local asan
	asan=$(gcc -print-file-name=libasan.so)
	# A variant is built from this tree by tests/hooks/run.
	collectd_plugin "$LIVE_TOP/tests/.build/sanitized"
	whole_life env LD_PRELOAD="$(readlink -f "$asan")" \
		ASAN_OPTIONS=detect_leaks=0:log_path="$LIFE/asan" \
		UBSAN_OPTIONS=halt_on_error=1:log_path="$LIFE/ubsan"
	[ -z "$(find "$LIFE" -name '*san.*')" ]
}
