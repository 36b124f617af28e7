#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The image of conf/container: its file system, which tests/package/container has made in $CONTAINER_ROOT, run
# as the Containerfile says, with its command and capabilities, in the network namespace of a host.
bats_require_minimum_version 1.5.0
load ../lib/live

setup_file() {
	export OUT=$BATS_FILE_TMPDIR
	net_up
	veth_add eth0
	# write_prometheus finds no address to listen on where there are loopback addresses alone.
	ip -n "$RX" address add 192.0.2.1/32 dev lo
	# A configuration of one's own: the image's, but for the interval.
	sed '1i Interval 1' "$CONTAINER_ROOT/etc/collectd/collectd.conf" >"$OUT/collectd.conf"
	container_start
	await 20 says "xdp plugin: counting on 1 of 1 interfaces (eth0"
}

teardown_file() {
	[ ! -e "$OUT/pid" ] || kill -KILL "$(<"$OUT/pid")" || true
	net_down
}

# Runs the image's command with those of its capabilities that do not match: container_start [REGEX]
container_start() {
	local capabilities command
	capabilities=$("$LIVE_TOP/tests/package/container" capabilities | grep -vxE "${1:-none}" | sed 's/^/,+/' | tr -d '\n' | tr '[:upper:]' '[:lower:]')
	read -ra command < <("$LIVE_TOP/tests/package/container" command)
	# shellcheck disable=SC2016 # for the shell inside
	nsenter --net="/run/netns/$RX" unshare --mount --pid --fork sh -ec '
		root=$1
		own=$2
		shift 2
		mount --bind "$root" "$root"
		mount --bind "$own" "$root/etc/collectd/collectd.conf"
		mount -t proc proc "$root/proc"
		mount -t sysfs -o ro sysfs "$root/sys"
		mount -t tmpfs tmpfs "$root/run"
		exec chroot "$root" setpriv "$@"' sh "$CONTAINER_ROOT" "$OUT/collectd.conf" \
		--bounding-set="-all$capabilities" --inh-caps=-all "${command[@]}" >"$OUT/log" 2>&1 3>&- &
	await 20 started $!
}

# Its first process, of which this machine has the pid.
started() {
	pgrep -P "$1" -x collectd >"$OUT/pid"
}

container_stop() {
	kill -TERM "$(<"$OUT/pid")"
	await 20 has_ended "$(<"$OUT/pid")"
	rm "$OUT/pid"
}

says() {
	grep -qF "$1" "$OUT/log"
}

# "series value" of what Prometheus gets.
scrape() {
	in_rx curl -fsS http://127.0.0.1:9103/metrics |
		sed -nE 's/^collectd_xdp_(if_rx_[a-z]+)_total\{xdp="eth0"(,type="([^"]*)")?,.*\} ([0-9]+) .*/\1-\3 \4/p' |
		sed 's/- / /' | sort
}

all_is_told() {
	scrape | diff "$OUT/sent" -
}

@test "the image is of the Debian that it is tested with" {
	# shellcheck disable=SC1091 # it is the machine's
	[ "$("$LIVE_TOP/tests/package/container" suite)" = "$(. /etc/os-release && echo "$VERSION_ID")" ]
}

# capabilities(7): NET_ADMIN is number 12, PERFMON 38, BPF 39.
@test "its collectd has the three capabilities that it needs, and no other" {
	local set
	for set in CapPrm CapEff CapBnd; do
		[ "$(sed -n "s/^$set:\t*//p" "/proc/$(<"$OUT/pid")/status")" = 000000c000001000 ]
	done
}

@test "it counts what comes in on the host's card, by protocol, and shows it to Prometheus" {
	inject eth0 500 | grep -Ev -- '-(size|cast)-' | awk '$2 > 0' | sort >"$OUT/sent"
	[ "$(wc -l <"$OUT/sent")" -gt 10 ]
	await 20 all_is_told
	all_is_told
}

@test "when it is stopped, nothing of it is at the hook" {
	[ -n "$(program_at eth0)" ]
	container_stop
	[ -z "$(program_at eth0)" ]
	refute grep -E '\[(warning|error)\] xdp plugin' "$OUT/log"
}

@test "without one of them, its log names that one" {
	container_start PERFMON
	await 20 says "CAP_PERFMON missing"
	container_stop
}
