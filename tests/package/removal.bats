#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# conf/removal, which the packages run before the plugin's files go: what is at the hooks after it,
# as the kernel tells, for a collectd that runs and for what one has pinned. /etc, /run and the bpf
# file system are the test's own, and so are a systemctl and an invoke-rc.d that know one service.

load ../lib/live

PINNED=/sys/fs/bpf/collectd-xdp

setup() {
	test_up
	veth_add eth0
	PLUGIN_FILE=$LIFE/plugins/xdp.so
	touch "$LIFE/etc.conf"
	mkdir "$LIFE/bin" "$LIFE/bpf"
	mount -t bpf -o mode=0700 bpf "$LIFE/bpf"
	cat >"$LIFE/bin/systemctl" <<-END
		#!/bin/bash
		echo "\$*" >>"$LIFE/systemctl"
		case \$* in
		"show --property MainPID --value collectd.service") cat "$LIFE/pid" 2>/dev/null ;;
		"stop collectd.service" | "restart collectd.service" | "collectd stop")
			[ ! -e "$LIFE/forbidden" ] || exit 101
			kill "\$(<"$LIFE/pid")"
			while grep -qs '^State:.[^Z]' "/proc/\$(<"$LIFE/pid")/status"; do sleep 0.1; done
			;;
		esac
	END
	ln -s systemctl "$LIFE/bin/deb-systemd-invoke"
	ln -s systemctl "$LIFE/bin/invoke-rc.d"
	chmod +x "$LIFE"/bin/*
}

teardown() {
	test_down
	umount -R "$LIFE/bpf" || true
}

# Runs a command where the bpf file system, /etc and /run are the test's.
apart() {
	# shellcheck disable=SC2016 # for the shell inside
	nsenter --net="/run/netns/$RX" unshare --mount sh -c '
		life=$1
		shift
		mount --bind "$life/bpf" /sys/fs/bpf
		mount -t tmpfs tmpfs /etc/collectd && cp "$life/etc.conf" /etc/collectd/collectd.conf
		mount -t tmpfs tmpfs /run
		if [ -e "$life/collectdmon" ]; then cp "$life/collectdmon" /run/collectdmon.pid; else mkdir -p /run/systemd/system; fi
		export PATH=$life/bin:$PATH
		exec "$@"' sh "$LIFE" "$@"
}

removal() {
	run apart "$LIVE_TOP/conf/removal" "$PLUGIN_FILE"
	echo "$output"
	[ "$status" -eq 0 ]
}

# A collectd as the service, which pins where the test's bpf file system is.
counting() {
	collectd_configure <<-END
		Interface "eth0"
		$(cat)
	END
	start_counting
}

start_counting() {
	printf 'LoadPlugin xdp\n' >"$LIFE/etc.conf"
	# shellcheck disable=SC2016 # for the shell inside
	collectd_start unshare --mount sh -c 'mount --bind "$0/bpf" /sys/fs/bpf && exec "$@"' "$LIFE"
	await 20 attached
}

attached() {
	[ -n "$(program_at eth0)" ]
}

@test "a counter that runs without pins leaves the hook: collectd is stopped where it could not start again, and that is said" {
	counting <<<""
	removal
	is_free eth0
	has_ended "$(<"$LIFE/pid")"
	[[ $output == *"collectd is stopped"*"/etc/collectd/collectd.conf"*"systemctl start collectd"* ]]
}

@test "where an init script runs collectdmon, the collectd that this looks after is found" {
	counting <<<""
	echo "$BASHPID" >"$LIFE/collectdmon"
	removal
	is_free eth0
	grep -qx "collectd stop" "$LIFE/systemctl"
	[[ $output == *"collectd is stopped"* ]]
}

@test "a collectd that may not be stopped is named, and nothing says that it is stopped" {
	counting <<<""
	touch "$LIFE/forbidden"
	removal
	[[ $output == *"process $(<"$LIFE/pid") (collectd) still has the plugin loaded"* ]]
	[[ $output != *"is stopped"* ]]
	attached
}

@test "where the configuration no longer loads it, collectd is restarted, and nothing needs to be said" {
	counting <<<""
	: >"$LIFE/etc.conf"
	removal
	is_free eth0
	grep -q "^restart" "$LIFE/systemctl"
	[ -z "$output" ]
}

@test "a collectd that is no service is named, and goes on" {
	counting <<<""
	mv "$LIFE/pid" "$LIFE/other.pid"
	removal
	[[ $output == *"process $(<"$LIFE/other.pid") (collectd) still has the plugin loaded"*"kill $(<"$LIFE/other.pid")"* ]]
	attached
}

are_gone() {
	local id
	for id; do
		! bpftool link show id "$id" || return
	done
}

@test "what Persist has pinned leaves the hooks, of both directions, in the default folder and in that of the configuration" {
	local folder links
	for folder in $PINNED /sys/fs/bpf/elsewhere/pins; do
		counting <<-END
			Persist true
			ReportOutgoing true
			PinDirectory "$folder"
		END
		mapfile -t links < <(held_objects "$(<"$LIFE/pid")" | sed -n 's/^link //p')
		[ ${#links[@]} -eq "$(has_tcx && echo 2 || echo 1)" ]
		collectd_stop
		attached
		printf '<Plugin "xdp">\n  PinDirectory "%s"\n</Plugin>\n' "$folder" >"$LIFE/etc.conf"
		removal
		await 5 are_gone "${links[@]}"
		is_free eth0
		[ -z "$output" ]
		[ ! -e "$LIFE/bpf/${folder#/sys/fs/bpf/}" ]
	done
}

@test "a running collectd with Persist leaves neither link nor pin" {
	counting <<<"Persist true"
	removal
	await 5 is_free eth0
	[ ! -e "$LIFE/bpf/collectd-xdp" ]
}

# Follows what the sentence advises, which ends with the command.
follow_advice() {
	local command
	command=$(sed -n "/$1/ s/.*to end that: //p" <<<"$output")
	[[ $command == "rm -r /sys/fs/bpf/collectd-xdp/"* ]]
	apart sh -c "$command"
	await 5 is_free eth0
}

@test "what calls the program of Next stays, and is named with what to do, which helps" {
	apart bpftool prog loadall "$LIVE_TOP/tests/lib/next.bpf.o" /sys/fs/bpf/shelf
	counting <<-END
		Persist true
		Next "/sys/fs/bpf/shelf/drop_one"
	END
	removal
	attached
	[[ $output == *"collectd is stopped"*"the program of Next stays in force"* ]]
	follow_advice Next
}

@test "a program of a <Counter> block stays, and is named with what to do, which helps" {
	collectd_configure <<-END
		Persist true
		<Counter "all">
			Object "$LIVE_TOP/conf/examples/count_all.bpf.o"
			Program "count_all"
			Interface "eth0"
			<Map "packets">
				Type "if_rx_packets"
				Label 0 "all"
			</Map>
		</Counter>
	END
	start_counting
	removal
	attached
	[[ $output == *"the program of a <Counter> block stays attached"* ]]
	follow_advice Counter
}

@test "what others pinned beside it stays, and is named" {
	local net
	counting <<<"Persist true"
	net=$(echo "$LIFE"/bpf/collectd-xdp/net-*)
	bpftool map create "$net/mine" type array key 4 value 4 entries 1 name mine
	removal
	await 5 is_free eth0
	[ "$(ls "$net")" = mine ]
	[[ $output == *"/sys/fs/bpf/collectd-xdp/${net##*/} is not the plugin's, and stays"* ]]
}

@test "a folder in which others may write is left, and named" {
	counting <<<"Persist true"
	collectd_stop
	chmod 777 "$LIFE"/bpf/collectd-xdp/net-*
	removal
	attached
	[[ $output == *"is not the daemon's alone"* ]]
}

@test "on a read-only bpf file system it says what stays and what to do, and does not fail" {
	counting <<<"Persist true"
	collectd_stop
	mount -o remount,bind,ro "$LIFE/bpf"
	removal
	mount -o remount,bind,rw "$LIFE/bpf"
	attached
	[[ $output == *"cannot be removed"*"until the next boot"*"rm -r $PINNED/net-"* ]]
}
