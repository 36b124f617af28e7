#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# conf/quickstart in the clone of a user, in which root runs it.

load ../lib/quickstart

# The tracked files, and one that root left there; a user's, whom sudo would name.
make_clone() {
	CLONE=$(mktemp -d "/var/tmp/cxdp-clone-$CXDP_ID.XXXX")
	git -C "$LIVE_TOP" -c safe.directory="$LIVE_TOP" ls-files -z | tar -C "$LIVE_TOP" -c --null -T - | tar -x -C "$CLONE"
	chown -R nobody: "$CLONE"
	chmod 755 "$CLONE"
	mkdir "$CLONE/autom4te.cache"
	QUICKSTART=$CLONE/conf/quickstart
}

as_user() {
	setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups env -u TMPDIR "$@"
}

owner_builds() {
	pgrep -u nobody -f "$CLONE|conftest"
}

owner_has_stopped() {
	! owner_builds
}

@test "quickstart builds as the clone's owner, is interrupted anywhere, waits for another, and leaves the owner a clone to go on with" {
	local first second
	git -C "$LIVE_TOP" -c safe.directory="$LIVE_TOP" rev-parse || skip "this is no git checkout"
	make_clone
	start_quickstart lo
	await 60 shows "^== configuring"
	stop_quickstart INT
	[ "$status" -eq 130 ]
	[[ $(tail -n 1 "$output") == "quickstart: interrupted while configuring"* ]]
	await 1 owner_has_stopped # the last of them may still be about to end
	[ -z "$(compgen -G "$TMPDIR/collectd-xdp.*/csv")" ]

	start_quickstart --interval 1 lo
	first=$quickstart
	# On a busy machine configure may have come to its end before it was interrupted.
	await 60 shows "^== (configuring|building)"
	nsenter --net="/run/netns/$NETNS" "$QUICKSTART" --interval 1 lo >"$BATS_TEST_TMPDIR/second" 2>&1 3>&- &
	second=$!
	await 20 grep -q "^== waiting for another quickstart" "$BATS_TEST_TMPDIR/second"
	await 300 shows "lo: counting in generic mode"
	quickstart=$second
	status=0
	await 60 has_ended "$second"
	wait "$second" || status=$?
	[ "$status" -eq 3 ]
	refute grep -E '^== (making|configuring|building)' "$BATS_TEST_TMPDIR/second"
	quickstart=$first
	stop_quickstart INT
	[ "$status" -eq 0 ]

	inside "$CLONE/conf/check" lo >"$BATS_TEST_TMPDIR/check" 2>&1 || true
	grep 'lo: would be counted' "$BATS_TEST_TMPDIR/check"
	[ -z "$(find "$CLONE" -uid 0)" ]
	cd "$CLONE"
	as_user make -q plugin/xdp.la
	as_user sh -c './bootstrap && ./configure && make -j2' >"$BATS_TEST_TMPDIR/make" 2>&1 || {
		tail "$BATS_TEST_TMPDIR/make"
		false
	}
}
