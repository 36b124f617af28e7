# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What tests of <Maps> share: interfaces with programs of others, and what is stored of their maps.
# shellcheck source=tests/lib/live.bash
. "${BASH_SOURCE[0]%/*}/live.bash"

EXAMPLES=$LIVE_TOP/conf/examples
FOLDER=/sys/fs/bpf/cxdp-maps-$CXDP_ID

maps_setup() {
	test_up
	mkdir "$FOLDER"
	export LIVE_INTERVAL=0.5
}

maps_teardown() {
	if [ -e "$BATS_TEST_TMPDIR/filter" ]; then
		in_rx xdp-filter unload eth0 || true
		in_rx xdp-loader unload eth0 --all || true
	fi
	test_down
	rm -rf "$FOLDER"
	rm -rf /sys/fs/bpf/destinations /sys/fs/bpf/destinations-maps
}

# The last value of a series of a block: of BLOCK SERIES
of() {
	last "maps-$1" "$2"
}

of_is() {
	[ "$(of "$1" "$2")" = "$3" ]
}

# await_of BLOCK SERIES VALUE
await_of() {
	await 20 of_is "$@" || {
		echo "$2 is $(of "$1" "$2"), not $3"
		cat "$LIFE/log"
		return 1
	}
}

# Has "series value" of a block, as the last example of a chapter shows them.
shows() {
	follow "$1" 3 | values_shown | sort
}

firewall() {
	follow "$1" 1
	touch "$BATS_TEST_TMPDIR/filter"
}

# Each of the examples has its program where the manual says that it is.
follow_installed() {
	install -D -m 0644 "$EXAMPLES/destinations.bpf.o" "$LIFE/installed/collectd-xdp/destinations.bpf.o"
	follow "$@"
}
