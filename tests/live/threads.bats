#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# With collectd's usual five write threads, which take values in turn and keep no order among them:
# a first value that overtakes its zero is kept, and collectd drops the zero as too old.
bats_require_minimum_version 1.5.0
load ../lib/live

INTERFACES=(cxdp-a cxdp-b cxdp-c cxdp-d cxdp-e cxdp-f)

setup() {
	local interface
	net_up
	life threads
	for interface in "${INTERFACES[@]}"; do
		veth_add "$interface"
	done
}

teardown() {
	processes_down
	net_down
}

inject_all() {
	local interface
	for interface in "${INTERFACES[@]}"; do
		inject "$interface" 500 >"$LIFE/sent.$interface" 2>>"$LIFE/left-out"
	done
}

# Whether each series that a second writer got begins with a zero and never falls, in the order of the
# times. Not by csv: where two threads make a file at once, it writes its head over a row.
begin_with_zeros() {
	tr -d '\r' <"$LIFE/graphite" | grep -F .if_rx_ | LC_ALL=C sort -k 1,1 -k 3,3n -k 2,2n | awk -v wanted="$1" '
		$1 != name { name = $1; series++; before = 0; begins = 1 }
		begins && $2 != 0 { print name " begins with " $2; bad = 1 }
		$2 < before { print name " falls from " before " to " $2; bad = 1 }
		{ before = $2; begins = 0 }
		END { print series + 0 " series of " wanted; exit bad || series != wanted }'
}

@test "with five write threads every series of six interfaces that start at once has its zero" {
	local interface
	graphite_listen
	# Of an interval, the plugin waits an eighth for what writers have in their hands.
	LIVE_INTERVAL=2 LIVE_WRITE_THREADS=5 collectd_configure "$(graphite_configuration | sed 's/StoreRates true/StoreRates false/')" \
		<<<"Interface \"/^cxdp-/\"
			$REPORT_ALL"
	collectd_start
	for interface in "${INTERFACES[@]}"; do
		await_rows 1 "$interface" gauge-attached
	done
	between_readings inject_all
	for interface in "${INTERFACES[@]}"; do
		await_counts "$interface" "$LIFE/sent.$interface"
		check_counts "$interface" "$LIFE/sent.$interface"
	done
	collectd_stop
	wait "$(<"$LIFE/graphite.pid")"
	for interface in "${INTERFACES[@]}"; do
		series_of "$interface"
	done >"$LIFE/series"
	[ "$(wc -l <"$LIFE/series")" -ge 240 ]
	begin_with_zeros "$(wc -l <"$LIFE/series")"
	log_is_clean
}
