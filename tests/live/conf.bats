#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The files in conf/ that are copied into a system: the sample configuration
# and the systemd drop-in.

load ../lib/live

# Starts, reads once and stops with the given file as the plugin's configuration,
# in a network namespace with lo alone; under the command that follows, if any.
# Not `collectd -t`: that of 5.12 reads no configuration (collectd issue 3216).
check_configuration() {
	cat >"$BATS_TEST_TMPDIR/collectd.conf" <<-END
		Hostname "localhost"
		BaseDir "$BATS_TEST_TMPDIR"
		PluginDir "$LIVE_TOP/plugin/.libs"
		Include "$1"
	END
	unshare --net "${@:2}" collectd -T -C "$BATS_TEST_TMPDIR/collectd.conf" 2>&1
}

# What collectd says to a configuration that it takes.
accepted() {
	[ "$status" -eq 0 ]
	[[ $output == *'plugin "xdp" successfully loaded'* ]]
	[[ $output != *[Ee]rror* && $output != *option* ]]
}

# The sample with every option that is commented out switched on.
write_all_options() {
	sed -E 's/^( *)#([A-Z][A-Za-z]+ [^ ]+|<.*>|  .*)$/\1\2/' "$LIVE_TOP/conf/xdp.conf" >"$BATS_TEST_TMPDIR/all.conf"
}

@test "the sample configuration is accepted as it is" {
	run check_configuration "$LIVE_TOP/conf/xdp.conf"
	accepted
}

@test "the sample configuration names every option of the plugin, each accepted" {
	local known option
	write_all_options
	run check_configuration "$BATS_TEST_TMPDIR/all.conf"
	accepted
	sed 's/^<Plugin xdp>/&\nNoSuchOption true/' "$LIVE_TOP/conf/xdp.conf" >"$BATS_TEST_TMPDIR/wrong.conf"
	run check_configuration "$BATS_TEST_TMPDIR/wrong.conf"
	[ "$status" -ne 0 ]
	known=$(sed -n 's/.*the options are \(.*\)\.$/\1/p' <<<"$output" | head -n 1)
	[ -n "$known" ]
	for option in ${known//,/ }; do
		grep -qE "^ *<?$option " "$BATS_TEST_TMPDIR/all.conf"
	done
}

# Whether a unit with the drop-in may use a capability, as systemd reads the two.
# $1: a line of the unit; $2: capability.
may_use() {
	local root=$BATS_TEST_TMPDIR/root
	rm -rf "$root"
	mkdir -p "$root/etc/systemd/system/collectd.service.d"
	cp "$LIVE_TOP/conf/collectd-xdp.conf" "$root/etc/systemd/system/collectd.service.d/"
	printf '[Service]\nExecStart=/bin/true\n%s\n' "$1" >"$root/etc/systemd/system/collectd.service"
	cp -r /lib/systemd/system/*.target "$root/etc/systemd/system/"
	systemd-analyze security --offline=true --root="$root" --json=short collectd.service \
		>"$BATS_TEST_TMPDIR/security.json"
	grep -qF "\"set\":false,\"name\":\"CapabilityBoundingSet=~$2\"" "$BATS_TEST_TMPDIR/security.json"
}

@test "the systemd drop-in takes nothing from a unit without bounds" {
	may_use "" CAP_BPF
	may_use "" CAP_NET_ADMIN
	may_use "" CAP_SYS_TIME
	may_use "" CAP_SYS_ADMIN
}

@test "the systemd drop-in adds to a unit without capabilities what the plugin needs, no more" {
	may_use CapabilityBoundingSet= CAP_BPF
	may_use CapabilityBoundingSet= CAP_NET_ADMIN
	refute may_use CapabilityBoundingSet= CAP_SYS_TIME
	refute may_use CapabilityBoundingSet= CAP_SYS_ADMIN
}

@test "the systemd drop-in keeps what a hardened unit allows" {
	may_use CapabilityBoundingSet=CAP_SYS_TIME CAP_SYS_TIME
	may_use CapabilityBoundingSet=CAP_SYS_TIME CAP_BPF
	refute may_use CapabilityBoundingSet=CAP_SYS_TIME CAP_SYS_ADMIN
}

@test "the capabilities of the systemd drop-in are enough to count, and each is needed" {
	local allowed capability
	allowed=$(sed -n 's/^CapabilityBoundingSet=\(CAP_.*\)/\1/p' "$LIVE_TOP/conf/collectd-xdp.conf")
	counts_with "$allowed"
	for capability in $allowed; do
		refute counts_with "${allowed/$capability/}"
	done
}

# Whether the plugin counts on lo of a namespace of its own with these capabilities alone.
counts_with() {
	local capability bounds=-all log
	for capability in $1; do
		capability=${capability#CAP_}
		bounds+=,+${capability,,}
	done
	sed -E 's/"eth0"/"lo"/' "$LIVE_TOP/conf/xdp.conf" >"$BATS_TEST_TMPDIR/lo.conf"
	log=$(check_configuration "$BATS_TEST_TMPDIR/lo.conf" setpriv "--bounding-set=$bounds") || true
	grep -q "xdp plugin: counting on 1 of 1 interfaces" <<<"$log"
}

# Runs the command that the drop-in has run before collectd, on a bpf file system of its own to
# which everybody may write, after the commands on standard input.
before_start() {
	local command
	command=$(sed -n "s/^ExecStartPre=-+\/bin\/sh -c '\(.*\)'$/\1/p" "$LIVE_TOP/conf/collectd-xdp.conf")
	[ -n "$command" ]
	# As systemd reads it.
	command=${command//\$\$/\$}
	run unshare --mount sh -c "mount -t bpf -o mode=1777 bpf /sys/fs/bpf
		$(cat)
		$command
		stat -c '%U %a' /sys/fs/bpf/collectd-xdp"
	echo "$output"
}

@test "the drop-in makes the folder of pins root's alone, and says so where it is somebody else's" {
	before_start <<<""
	[ "$output" = "root 700" ]
	before_start <<<"mkdir -m 755 /sys/fs/bpf/collectd-xdp"
	[ "$output" = "root 755" ]
	before_start <<<"setpriv --reuid nobody --clear-groups mkdir -m 700 /sys/fs/bpf/collectd-xdp"
	[[ $output == *"is no directory of root that nobody else may write to"*"nobody 700" ]]
	before_start <<<"mkdir -m 777 /sys/fs/bpf/collectd-xdp"
	[[ $output == *"is no directory of root that nobody else may write to"*"root 777" ]]
	before_start <<<"ln -s /tmp /sys/fs/bpf/collectd-xdp"
	[[ $output == *"is no directory of root that nobody else may write to"* ]]
}
