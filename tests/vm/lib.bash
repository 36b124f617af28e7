# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the tests of guests share, besides what the live tests do.

# shellcheck source=tests/lib/live.bash
. "$BATS_TEST_DIRNAME/../lib/live.bash"

# Says it where the machine's operator reads it, also when the test passes.
tell() {
	echo "# $*" >&3
}

# Whether the kernel is at least this old: kernel_from MAJOR.MINOR. For what is expected of
# it; the plugin itself asks the kernel.
kernel_from() {
	printf '%s\n' "$1" "$(uname -r)" | sort -VC
}

# Starts collectd on cxdp-in, with $COUNT_OPTIONS, sends 100 frames, awaits their counts, and ends it: count_100
# [COMMAND...]
count_100() {
	collectd_configure <<-CONF
		Interface "cxdp-in"
		ReportSizes true
		ReportCast true
		${COUNT_OPTIONS:-}
	CONF
	collectd_start "$@" || return 1
	inject cxdp-in 100 --frame "IPv4 UDP" >"$LIFE/sent"
	await_counts cxdp-in "$LIFE/sent" || {
		cat "$LIFE/log"
		return 1
	}
	check_counts cxdp-in "$LIFE/sent"
	collectd_stop
}
