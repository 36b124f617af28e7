# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the tests of faults share, besides what the live tests do.

# shellcheck source=tests/lib/live.bash
. "$BATS_TEST_DIRNAME/../lib/live.bash"

CASE=$LIVE_TOP/tests/faults/case

# The calls of the main thread, which starts the plugin: main_calls CALLS [OPTION...]
# "FIRST LAST": those before the plugin opens its first socket are not its own.
main_calls() {
	local calls=$1
	shift
	"$CASE" "$BATS_TEST_TMPDIR" "$calls,socket" 0 count "$@" >/dev/null
	awk -v calls="$calls" '
		NR == 1 { main = $1 }
		$1 != main { next }
		/MAP_STACK/ { exit } # threads of collectd
		/AF_NETLINK/ && !first { first = count + 1 }
		$2 ~ "^(" calls ")\\(" { count++ }
		END { print first, count }' "$BATS_TEST_TMPDIR/count/trace"
}

# Runs a case for each of the calls FIRST to LAST: sweep CALLS ERROR FIRST LAST [OPTION...]
# CALLS as strace takes them, OPTION a line of the plugin's configuration. Half of the cases
# wait for the other half's intervals.
sweep() {
	local calls=$1 error=$2 first=$3 last=$4
	shift 4
	seq "$first" "$last" |
		xargs -P "$(($(nproc) + 1))" -I {} "$CASE" "$BATS_TEST_TMPDIR" "$calls" "$error" {} "$@" \
			>"$BATS_TEST_TMPDIR/sweep" 2>&1 || true
	grep -v '^ok ' "$BATS_TEST_TMPDIR/sweep" || true
	[ "$(grep -c '^ok ' "$BATS_TEST_TMPDIR/sweep")" -eq $((last - first + 1)) ] || return 1
	# Something was hit: the calls are those of the plugin.
	grep -q '^ok hit' "$BATS_TEST_TMPDIR/sweep" || return 1
	await 20 nothing_left "$BATS_TEST_TMPDIR/before" || nothing_left "$BATS_TEST_TMPDIR/before"
}

# Each of CALLS, a regular expression, with an error.
other_sweep() {
	local first last
	read -r first last < <(main_calls "$@")
	((first >= 1 && last >= first))
	for error in $ERRORS; do
		sweep "$1" "$error" "$first" "$last" "${@:2}"
	done
}
