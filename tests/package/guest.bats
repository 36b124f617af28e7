#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# In the guest: the life of the package on a Debian with systemd, from its installation to its
# purge. Each test goes on where the one before it ended; the counter is attached throughout,
# and all that was ever injected is what has to be stored.

load ../lib/live

DROP_IN=/etc/systemd/system/collectd.service.d
UNIT=/etc/systemd/system/collectd.service
SENT=/var/tmp/sent # what each injection printed, one behind the other

# The namespace of the daemon gets the name that the helpers of the live tests use.
setup_file() {
	ip netns attach "$RX" 1
	ip netns add "$TX"
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	ip netns exec "$TX" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	veth_add lan0
	# What else this collectd has to do: nothing but to store what it gets.
	sed -i -E '/^LoadPlugin/ { /syslog/! d }; /^<Plugin (rrdtool|df)>/,/^<\/Plugin>/ d' /etc/collectd/collectd.conf
	cat >/etc/collectd/collectd.conf.d/csv.conf <<-CONF
		Hostname "live"
		Interval 1
		WriteThreads 1
		LoadPlugin csv
		<Plugin csv>
			DataDir "/var/lib/collectd/csv"
		</Plugin>
	CONF
	systemctl restart collectd
	exposure >/var/tmp/exposure
	files >/var/tmp/files
}

setup() {
	# shellcheck disable=SC2034 # the helpers' name for where values are stored
	LIFE=/var/lib/collectd
	cd /cxdp || return
}

# What a test that failed leaves for its reader.
teardown() {
	[ -n "${BATS_TEST_COMPLETED:-}" ] || journal | tail -n 20
	touch /var/tmp/stop
}

# --- the machine

# All files but those that a machine changes as it runs, and what these tests write.
files() {
	find / -xdev \( -path /tmp -o -path /var/tmp -o -path /var/log -o -path /var/cache -o -path /var/lib/dpkg \
		-o -path /var/lib/apt -o -path /var/lib/logrotate -o -path /var/backups -o -path /var/lib/systemd -o -path /var/lib/collectd -o -path /root \) -prune -o -print | sort
}

# "9.6" of systemd's verdict.
exposure() {
	systemd-analyze security --no-pager collectd.service |
		sed -n 's/.*Overall exposure level for collectd.service: \([0-9.]*\) .*/\1/p'
}

main_pid() {
	systemctl show --property MainPID --value collectd.service
}

# The commands of README.md that enable the package, but for the one that builds it.
readme_commands() {
	sed -n '/^## Enable it/,/^## [^E]/ s/^    \(sudo\(edit\)\? .*\)/\1/p' README.md |
		sed -n '/apt install/,/systemctl restart/p'
}

# The user is root; what the editor is used for.
sudo() {
	"$@"
}

sudoedit() {
	sed -i -E -e 's/"eth0"/"lan0"/' -e 's/#(Persist|ReportSizes|ReportCast) false/\1 true/' "$1"
}

# --- what collectd says of itself

# Its log since it was last started.
journal() {
	journalctl --quiet --output cat "_SYSTEMD_INVOCATION_ID=$(systemctl show --property InvocationID --value collectd.service)"
}

says() {
	journal | grep -qE -- "$1"
}

is_restarted() {
	[ "$(main_pid)" != 0 ] && [ "$(main_pid)" != "$1" ]
}

# systemd counts starts, five in 10 s by default, and refuses more; this forgets them.
restart() {
	local before
	before=$(main_pid)
	systemctl reset-failed collectd
	systemctl restart collectd
	is_restarted "$before"
}

# --- traffic

# What the interface cannot carry is reported on standard error, each time.
send() {
	inject lan0 "$@" >>"$SENT" 2>/var/tmp/inject || {
		cat /var/tmp/inject
		return 1
	}
}

# Until it is stopped, in injections of a second each; SENT has a block for each that is over.
stream_start() {
	rm -f /var/tmp/stop
	while [ ! -e /var/tmp/stop ] && send 300 --rate 300; do :; done 3>&- &
	STREAM=$!
}

stream_stop() {
	touch /var/tmp/stop
	wait "$STREAM"
}

blocks() {
	grep -c '^if_rx_packets ' "$SENT"
}

more_blocks() {
	(($(blocks) > $1))
}

# All that was ever sent is stored, and nothing else.
nothing_is_lost() {
	sum_counts "$SENT" >/var/tmp/sum
	await_counts lan0 /var/tmp/sum
	check_counts lan0 /var/tmp/sum
}

# --- units

# The service of collectd's own authors, in this project's words, and lines to be added to it.
hardened() {
	cat >"$UNIT" <<-UNIT
		[Service]
		Type=notify
		EnvironmentFile=-/etc/default/collectd
		ExecStart=/usr/sbin/collectd
		Restart=on-failure
		CapabilityBoundingSet=
		NoNewPrivileges=yes
		ProtectHome=yes
		ProtectSystem=full
		$(cat)
	UNIT
	systemctl daemon-reload
}

# What else a careful administrator takes away from a daemon that measures.
strict() {
	cat <<-UNIT
		ProtectSystem=strict
		ReadWritePaths=/var/lib/collectd
		ProtectKernelTunables=yes
		ProtectKernelModules=yes
		ProtectKernelLogs=yes
		ProtectControlGroups=yes
		ProtectClock=yes
		ProtectHostname=yes
		PrivateTmp=yes
		PrivateDevices=yes
		LockPersonality=yes
		MemoryDenyWriteExecute=yes
		RestrictNamespaces=yes
		RestrictRealtime=yes
		RestrictSUIDSGID=yes
		SystemCallArchitectures=native
	UNIT
}

# Puts standard input in the place of the package's drop-in; without any, nothing.
replace_drop_in() {
	mkdir -p "$DROP_IN"
	cat >"$DROP_IN/collectd-xdp.conf"
	systemctl daemon-reload
}

own_drop_in() {
	rm -r "$DROP_IN"
	systemctl daemon-reload
}

# Restarted with the drop-in of the package, it counts on, with all that it does elsewhere.
counts_with_drop_in() {
	own_drop_in
	restart
	await 60 says "xdp plugin: lan0: counting .* counts go on"
	send 100
	nothing_is_lost
	refute says "Persist has no effect"
}

# --- the life of the package

@test "the package installs as README.md says, and neither restarts collectd nor enables itself" {
	local before
	before=$(main_pid)
	eval "$(readme_commands | head -n 1)"
	[ "$(dpkg-query -W -f '${db:Status-Abbrev}' collectd-plugin-xdp)" = "ii " ]
	[ "$(main_pid)" = "$before" ]
	systemctl restart collectd
	refute grep -F xdp.so "/proc/$(main_pid)/maps"
}

@test "the drop-in makes nothing worse in systemd-analyze security" {
	systemctl show --property DropInPaths collectd.service | grep -F /collectd-xdp.conf
	echo "before: $(</var/tmp/exposure), now: $(exposure)" >&3
	[ "$(</var/tmp/exposure)" = "$(exposure)" ]
}

@test "enabled as README.md says, it counts what comes in" {
	eval "$(readme_commands | tail -n +2)"
	await 60 says "xdp plugin: lan0: counting in generic mode"
	send 500
	nothing_is_lost
	refute says "xdp plugin: .*(missing|cannot|Persist has no effect)"
	[ -n "$(ls /sys/fs/bpf/collectd-xdp)" ]
}

@test "ten restarts with Persist under traffic lose no packet, and leave the hook as it is" {
	local seen program number
	program=$(program_at lan0)
	[ -n "$program" ]
	stream_start
	for number in {1..10}; do
		seen=$(blocks)
		restart
		await 60 more_blocks "$seen"
		echo "restart $number" >&3 # who hears nothing takes a guest for hung
	done
	stream_stop
	nothing_is_lost
	says "lan0: counting in generic mode, as before the restart: link kept.*, counts go on"
	[ "$(systemctl show --property NRestarts --value collectd.service)" = 0 ]
	echo "$(awk '$1 == "if_rx_packets" { n += $2 } END { print n }' "$SENT") packets so far" >&3
}

@test "an upgrade under traffic restarts collectd once and loses no packet" {
	local before
	before=$(main_pid)
	stream_start
	systemctl reset-failed collectd
	apt-get install -y ./newer/*.deb
	is_restarted "$before"
	before=$(main_pid)
	refute grep -F "xdp.so (deleted)" "/proc/$before/maps"
	grep -F /usr/lib/collectd/xdp.so "/proc/$before/maps"
	stream_stop
	nothing_is_lost
	[ "$(main_pid)" = "$before" ]
}

@test "the drop-in carries it through a unit without capabilities, as collectd's own; without it the log names them" {
	hardened <<<""
	replace_drop_in </dev/null
	restart
	await 60 says "xdp plugin: nothing is counted: .*CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON missing"
	counts_with_drop_in
}

@test "the drop-in carries it through a unit that makes /sys read-only; without it the log names that" {
	hardened < <(strict)
	replace_drop_in <<-UNIT
		[Service]
		CapabilityBoundingSet=CAP_BPF CAP_NET_ADMIN CAP_PERFMON
	UNIT
	restart
	await 60 says "xdp plugin: Persist has no effect .*read-only"
	counts_with_drop_in
	rm "$UNIT"
	systemctl daemon-reload
	restart
}

# Removes the package, without anything else done; what was said is in $output.
remove() {
	run apt-get remove -y collectd-plugin-xdp
	echo "$output"
	output=${output//$'\r'/} # dpkg writes to a terminal
	[ "$status" -eq 0 ]
}

nothing_is_attached() {
	[ -z "$(program_at lan0)" ] && [ ! -e /sys/fs/bpf/collectd-xdp ]
}

# Installs it again, with a configuration that counts, and OPTION besides: count_again OPTION
count_again() {
	apt-get install -y ./deb/*.deb
	printf 'LoadPlugin xdp\n<Plugin xdp>\nInterface "lan0"\n%s\n</Plugin>\n' "$1" >/etc/collectd/collectd.conf.d/xdp.conf
	systemctl reset-failed collectd
	systemctl restart collectd
	await 60 says "xdp plugin: lan0: counting in generic mode"
}

@test "removed while it counts with Persist, nothing of it is at the hook, and it says why collectd is stopped" {
	[ -n "$(program_at lan0)" ]
	remove
	await 5 nothing_is_attached
	[[ $output == *"collectd is stopped"*"/etc/collectd/collectd.conf.d/xdp.conf"*"systemctl start collectd"* ]]
	[ "$(systemctl is-active collectd)" != active ]
	rm /etc/collectd/collectd.conf.d/xdp.conf
	systemctl start collectd
}

@test "removed while it counts without Persist, nothing of it is at the hook" {
	count_again "Persist false"
	remove
	await 5 nothing_is_attached
	[[ $output == *"collectd is stopped"* ]]
	rm /etc/collectd/collectd.conf.d/xdp.conf
	systemctl start collectd
}

@test "removed after it was taken out of the configuration, nothing of it is at the hook, and collectd goes on" {
	local before
	count_again "Persist true"
	rm /etc/collectd/collectd.conf.d/xdp.conf
	before=$(main_pid)
	remove
	await 5 nothing_is_attached
	[[ $output != *"collectd is stopped"* ]]
	is_restarted "$before"
}

@test "removed where the bpf file system is read-only, it says what stays, and what it advises takes that off" {
	count_again "Persist true"
	mount -o remount,ro /sys/fs/bpf
	remove
	[ -n "$(program_at lan0)" ]
	[[ $output == *"cannot be removed"*"mount -o remount,rw /sys/fs/bpf; rm -r /sys/fs/bpf/collectd-xdp/net-"* ]]
	eval "$(sed -n 's/.*until the next boot, or: //p' <<<"$output")"
	rmdir /sys/fs/bpf/collectd-xdp
	await 5 nothing_is_attached
	rm /etc/collectd/collectd.conf.d/xdp.conf
	systemctl start collectd
}

@test "purged, it leaves no file, and collectd as it was" {
	apt-get purge -y collectd-plugin-xdp
	refute dpkg-query -W collectd-plugin-xdp
	files | diff /var/tmp/files -
	systemctl is-active collectd
	[ -z "$(systemctl show --property DropInPaths --value collectd.service)" ]
}
