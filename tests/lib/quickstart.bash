# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the tests of conf/quickstart share: it counts on lo of a network namespace of its own.
# shellcheck disable=SC2034 # used by the tests
# shellcheck source=tests/lib/live.bash
. "${BASH_SOURCE[0]%/*}/live.bash"

NETNS=cxdp-quick-$CXDP_ID
QUICKSTART=$LIVE_TOP/conf/quickstart

setup() {
	ip netns add "$NETNS"
	inside ip link set lo up
	export TMPDIR=$BATS_TEST_TMPDIR
	output=$BATS_TEST_TMPDIR/output
	quickstart=
}

teardown() {
	if [ -n "$quickstart" ] && kill -TERM "$quickstart" 2>/dev/null; then
		wait "$quickstart" || true
	fi
	ip netns pids "$NETNS" | xargs -r kill -s KILL || true # one may just have ended
	ip netns del "$NETNS"
	[ -z "${CLONE:-}" ] || rm -rf "$CLONE"
	[ ! -s "$output" ] || sed 's/^/# /' "$output"
}

inside() {
	nsenter --net="/run/netns/$NETNS" "$@"
}

# In the background, under its own pid; with SIGINT as a terminal would have it, not ignored.
start_quickstart() {
	nsenter --net="/run/netns/$NETNS" env --default-signal=INT "$QUICKSTART" "$@" >"$output" 2>&1 3>&- &
	quickstart=$!
}

stop_quickstart() {
	kill "-$1" "$quickstart"
	status=0
	wait "$quickstart" || status=$?
	quickstart=
}

shows() {
	grep -qE -- "$1" "$output"
}
