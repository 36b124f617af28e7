# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the live tests share: network namespaces, a real collectd with the plugin
# of this build, what its writers stored (stored.bash), and what the kernel holds.

# shellcheck source=tests/lib/stored.bash
. "${BASH_SOURCE[0]%/*}/stored.bash"

LIVE_TOP=${LIVE_TOP:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
INJECT=$LIVE_TOP/tests/lib/inject
# shellcheck disable=SC2034 # used by the tests
OTHER=$LIVE_TOP/tests/lib/other.bpf.o
export CXDP_ID=${CXDP_ID:-$$}
RX=cxdp-rx-$CXDP_ID # where collectd runs and packets arrive
TX=cxdp-tx-$CXDP_ID # where they are sent

# Polls until COMMAND succeeds, for four times the seconds that would be long on a quiet machine:
# there are slow and busy ones, and what succeeds does not wait for the end: await SECONDS COMMAND...
await() {
	local seconds=$(($1 * 4)) deadline=$((SECONDS + $1 * 4))
	shift
	until "$@" >/dev/null 2>&1; do
		if ((SECONDS >= deadline)); then
			echo "not within $seconds seconds: $*"
			return 1
		fi
		pause
	done
}

# A tenth of a second, without a program that has to be started for it: in emulated guests that would
# take longer than what is awaited. Nothing is ever written to this descriptor.
exec {PAUSE}<> <(:)
pause() {
	read -rt 0.1 -u "$PAUSE" || true
}

is_little_endian() {
	[[ $(printf '\1\0' | od -An -td2) -eq 1 ]]
}

# A number as bpftool takes it, byte by byte in this machine's order: number_bytes SIZE NUMBER
number_bytes() {
	local bytes='' i order=big
	! is_little_endian || order=little
	for ((i = 0; i < $1; i++)); do
		if [ $order = little ]; then
			bytes="$bytes $(($2 >> 8 * i & 255))"
		else
			bytes="$(($2 >> 8 * i & 255)) $bytes"
		fi
	done
	echo "$bytes"
}

# Succeeds if COMMAND fails; `!` alone does not fail a test.
refute() {
	if "$@"; then
		echo "unexpected success: $*"
		return 1
	fi
}

in_rx() {
	nsenter --net="/run/netns/$RX" "$@"
}

in_tx() {
	nsenter --net="/run/netns/$TX" "$@"
}

# Whether there are hooks for what goes out: tcx is of Linux 6.6.
has_tcx() {
	printf '6.6\n%s\n' "$(uname -r)" | sort -CV
}

# --- tests with namespaces, a life and pins of their own

# shellcheck disable=SC2034 # used by the tests
PINS=/sys/fs/bpf/cxdp-pins-$CXDP_ID

test_up() {
	net_up
	life "$BATS_TEST_NUMBER"
	kernel_objects >"$BATS_TEST_TMPDIR/before"
}

test_down() {
	processes_down
	net_down
	rm -rf "$PINS"
}

# --- namespaces and links

# Nothing but what is injected is to arrive: no IPv6 (autoconfiguration), no ARP,
# no IPv4 address on the links.
net_up() {
	local name
	mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
	for name in "$RX" "$TX"; do
		ip netns add "$name"
		nsenter --net="/run/netns/$name" sysctl -qw \
			net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
		ip -n "$name" link set lo up
	done
}

net_down() {
	local name
	for name in "$RX" "$TX"; do
		[ ! -e "/run/netns/$name" ] || ip netns del "$name"
	done
}

# A pair of veth: NAME in RX, its peer NAME-tx in TX: veth_add NAME [MTU]. With a queue
# for each of two CPUs, which XPS chooses by the sender's (sysfs of TX: `ip netns exec`).
veth_add() {
	ip -n "$RX" link add "$1" mtu "${2:-1500}" numtxqueues 2 numrxqueues 2 type veth \
		peer name "$1-tx" mtu "${2:-1500}" numtxqueues 2 numrxqueues 2 netns "$TX"
	ip netns exec "$TX" sh -c "echo 1 >/sys/class/net/$1-tx/queues/tx-0/xps_cpus
		echo 2 >/sys/class/net/$1-tx/queues/tx-1/xps_cpus"
	ip -n "$TX" link set "$1-tx" arp off up
	ip -n "$RX" link set "$1" arp off up
	await 5 veth_is_up "$1"
}

# Whether both ends send: one that came up first still drops for a while, and says "UP" when that is over.
# veth_is_up NAME [PEER]
veth_is_up() {
	ip -n "$RX" link show "$1" | grep -q "state UP" && ip -n "$TX" link show "${2:-$1-tx}" | grep -q "state UP"
}

# What a test must leave as it was: flags, MTU, kind, XDP; and the features.
interface_state() {
	ip -n "$RX" -d link show dev "$1"
	ip -n "$TX" -d link show dev "$1-tx"
	in_rx ethtool -k "$1"
	in_tx ethtool -k "$1-tx"
}

# --- frames

# Has INTERFACE receive frames: inject INTERFACE COUNT [OPTION...]. Prints what was sent.
inject() {
	local interface=$1
	shift
	in_tx "$INJECT" "$interface-tx" "$@"
}

# The same in the background, until it is stopped: stream_start INTERFACE RATE [OPTION...]
# What was sent is in $STREAM then.
stream_start() {
	stream_from "$TX" "$1-tx" "${@:2}"
}

# The same out of an interface: stream_from NAMESPACE INTERFACE RATE [OPTION...]
stream_from() {
	STREAM=$LIFE/stream
	nsenter --net="/run/netns/$1" "$INJECT" "$2" $((1 << 40)) --rate "${@:3}" >"$STREAM" 3>&- &
	echo $! >"$STREAM.pid"
}

stream_stop() {
	local pid
	pid=$(<"$STREAM.pid")
	rm "$STREAM.pid"
	kill -s TERM "$pid"
	wait "$pid"
}

# Adds up what several injections sent.
sum_counts() {
	awk '{ sum[$1] += $2 } END { for (name in sum) printf "%s %.0f\n", name, sum[name] }' "$@"
}

# The number on one line of what an injection printed: sent FILE SERIES
sent() {
	awk -v name="$2" '$1 == name { print $2 }' "$1"
}

# --- collectd

# What can be reported of an interface, switched on.
# shellcheck disable=SC2034 # used by the tests
REPORT_ALL=$'ReportSizes true\nReportCast true\nReportQueues true\nReportCPUs true'

# The life of one collectd has a folder: configuration, log, what it wrote.
life() {
	LIFE=$BATS_FILE_TMPDIR/$1
	mkdir -p "$LIFE/plugins" "$LIFE/csv"
}

# Writes the configuration, and copies the plugin of this build, or PLUGIN: the options of the
# plugin come from standard input, each argument is a line outside of its block. The variables
# LIVE_HOST and LIVE_INTERVAL differ where they are set; LIVE_PLUGINS are more of collectd's
# plugins. One thread writes, unless LIVE_WRITE_THREADS says how many: collectd's usual five overtake
# each other on a busy machine, so that csv has rows of one series in another order.
collectd_configure() {
	# shellcheck disable=SC2206 # LIVE_PLUGINS is a list
	local plugins=(logfile csv write_graphite uptime ${LIVE_PLUGINS:-})
	plugins=("${plugins[@]/%/.so}")
	# collectd takes no symbolic links
	cp "${plugins[@]/#//usr/lib/collectd/}" "${PLUGIN:-$LIVE_TOP/plugin/.libs/xdp.so}" "$LIFE/plugins/"
	cat >"$LIFE/collectd.conf" <<-CONF
		Hostname "${LIVE_HOST:-live}"
		FQDNLookup false
		BaseDir "$LIFE"
		PIDFile "$LIFE/pidfile"
		PluginDir "$LIFE/plugins"
		TypesDB "/usr/share/collectd/types.db"
		Interval ${LIVE_INTERVAL:-1}
		WriteThreads ${LIVE_WRITE_THREADS:-1}
		LoadPlugin logfile
		<Plugin logfile>
			LogLevel info
			File "$LIFE/log"
			Timestamp true
			PrintSeverity true
		</Plugin>
		LoadPlugin csv
		<Plugin csv>
			DataDir "$LIFE/csv"
			StoreRates false
		</Plugin>
		$(printf '%s\n' "$@")
		LoadPlugin xdp
		<Plugin xdp>
		$(cat)
		</Plugin>
	CONF
}

# The configuration of a second writer, which stores rates, in $LIFE/graphite.
graphite_configuration() {
	cat <<-CONF
		LoadPlugin write_graphite
		<Plugin write_graphite>
			<Node "rates">
				Host "127.0.0.1"
				Port "2003"
				Protocol "tcp"
				StoreRates true
			</Node>
		</Plugin>
	CONF
}

# What listens for it. Ends by itself when collectd closes the connection.
graphite_listen() {
	nsenter --net="/run/netns/$RX" socat -u TCP-LISTEN:2003,bind=127.0.0.1,reuseaddr \
		"CREATE:$LIFE/graphite" 3>&- &
	echo $! >"$LIFE/graphite.pid"
	await 5 graphite_listens
}

graphite_listens() {
	in_rx ss -Hltn 'sport = :2003' | grep -q LISTEN
}

# Starts collectd in RX, under the command given, and waits until it reads. SIGHUP does
# what it does by default, also where it is ignored around the tests (nohup).
collectd_start() {
	: >"$LIFE/log"
	nsenter --net="/run/netns/$RX" env --default-signal=HUP "$@" \
		collectd -f -C "$LIFE/collectd.conf" >"$LIFE/out" 2>&1 3>&- {PAUSE}>&- &
	echo $! >"$LIFE/pid"
	await 60 reads_or_has_ended
	in_log "entering read-loop" || {
		cat "$LIFE/out" "$LIFE/log"
		return 1
	}
}

reads_or_has_ended() {
	in_log "entering read-loop" || has_ended "$(<"$LIFE/pid")"
}

# Whether a process has ended; it may still wait to be collected by its parent. Like all that
# is polled it starts no program: in emulated guests that is what takes long. /proc/PID/status
# would be read line by line, and its lines move when the process executes another program.
has_ended() {
	local stat=
	read -r stat 2>/dev/null <"/proc/$1/stat" || true
	stat=${stat##*) }
	[ -z "$stat" ] || [ "${stat%% *}" = Z ]
}

# Ends collectd with a signal (default: TERM); returns its exit status.
collectd_stop() {
	local pid
	pid=$(<"$LIFE/pid")
	keep_held "$pid"
	kill -s "${1:-TERM}" "$pid"
	await 20 has_ended "$pid" || return 1
	rm "$LIFE/pid"
	wait "$pid"
}

# Ends what a failed test left running, of which a folder has the pid.
processes_down() {
	local file pid
	for file in "$BATS_FILE_TMPDIR"/*/{,*.}pid; do
		[ -e "$file" ] || continue
		pid=$(<"$file")
		has_ended "$pid" || is_younger "$pid" "$file" || kill -s KILL "$pid"
		rm "$file"
	done
}

# Whether a process has got the number that is in a file after that was written: is_younger PID FILE
is_younger() {
	local seconds
	seconds=$(ps -o etimes= -p "$1") || return
	((seconds + 2 < $(date +%s) - $(stat -c %Y "$2")))
}

# Does something between two readings of collectd: between_readings COMMAND...
between_readings() {
	kill -s STOP "$(<"$LIFE/pid")"
	"$@"
	kill -s CONT "$(<"$LIFE/pid")"
}

# --- what it logged

in_log() {
	grep -q -- "$1" "$LIFE/log"
}

# How often the log has it.
log_count() {
	grep -c -- "$1" "$LIFE/log" || true
}

# The log without what is expected to be there (an extended regular expression) has no warning, no
# error, and nothing of collectd's core about our values. A machine that is busy or emulated may
# be too slow for the interval, or be asked to stop when the last values are not written yet.
log_is_clean() {
	local expected="${1:-^$}|took [0-9.]+ seconds, which is above its read interval|Not sleeping because the next interval is"
	expected+="|value lists were left after shutting down the write threads"
	refute grep -E '\[(warning|error)\]|uc_update|Value too old|[Uu]nknown type|Type .* not found' \
		<(grep -Ev -- "$expected" "$LIFE/log")
}

# --- what the kernel holds

# What processes hold open, as "kind id": held_objects PID ('*': all of them)
held_objects() {
	# shellcheck disable=SC2086 # '*' is a pattern
	cat /proc/$1/fdinfo/* 2>/dev/null | sed -nE 's/^(prog|map|link)_id:[[:space:]]*/\1 /p' | sort -u
}

# What of this file's tests is in the kernel though no process holds it open: pins, programs at hooks of
# RX and TX, and of what collectd held (keep_held) what is still there. The kernel frees what no process
# holds and is neither pinned nor at a hook; what other tests have meanwhile is not looked at.
kernel_objects() {
	local name
	find /sys/fs/bpf -mindepth 1
	for name in "$RX" "$TX"; do
		[ ! -e "/run/netns/$name" ] ||
			nsenter --net="/run/netns/$name" bpftool net show | sed "s/^/$name /"
	done
	cat "$BATS_FILE_TMPDIR"/*/held "${BATS_TEST_TMPDIR:-}/held" 2>/dev/null | sort -u | comm -12 - <(machine_objects)
}

# Programs, maps and links of the whole machine that no process holds open.
machine_objects() {
	"$LIVE_TOP/tests/lib/objects" | sort | comm -23 - <(held_objects '[0-9]*')
}

# Notes what a process holds, before it ends: keep_held PID
keep_held() {
	held_objects "$1" >>"$LIFE/held"
}

# Whether nothing is there that was not there before: nothing_left FILE [LIST], which is the function
# that made the file
nothing_left() {
	local left
	left=$("${2:-kernel_objects}" | sort | comm -13 <(sort "$1") -)
	echo "$left"
	[ -z "$left" ]
}

# The id of the program at the hook of an interface in RX, from the kernel.
program_at() {
	ip -n "$RX" -j -d link show dev "$1" | jq -r '.[0].xdp.prog.id // empty'
}

is_free() {
	[ -z "$(program_at "$1")" ]
}

# What the summary line says the counter's program id is.
program_id() {
	sed -n 's/.*xdp_count (id \([0-9]*\),.*/\1/p' "$LIFE/log"
}

# --- the examples of the manual, for which this build is installed nowhere

# The Nth example of a chapter of the manual, as its reader copies it: example CHAPTER N
example() {
	awk -v chapter="$1" -v wanted="$2" '
		/^\.S[hs] / { inside = substr($0, 5) == chapter; next }
		/^\.Ed/ { shown = 0 }
		shown && n == wanted
		inside && /^\.Bd -literal/ { shown = 1; n++ }' "$LIVE_TOP/conf/collectd-xdp-programs.7"
}

# The options of one that is a configuration.
example_options() {
	example "$@" | sed '/^<Plugin xdp>$/d; /^<\/Plugin>$/d'
}

# Runs one that is commands, in RX: what collectd has stored is where they look for it, and what
# they install is in $LIFE/installed.
follow() {
	example "$@" >"$LIFE/commands"
	[ -s "$LIFE/commands" ]
	# shellcheck disable=SC2016 # for the shell inside
	nsenter --net="/run/netns/$RX" unshare --mount bash -ec '
		mkdir -p /var/lib /usr/local/lib "$0/installed"
		mount -t tmpfs tmpfs /var/lib
		mkdir -p /var/lib/collectd/csv
		mount --bind "$0/csv" /var/lib/collectd/csv
		mount --bind "$0/installed" /usr/local/lib
		cd "$0"
		sudo() { "$@"; }
		. ./commands' "$LIFE"
}

# The values in the answer to a query of one: "SERIES VALUE" a line.
values_shown() {
	awk '
		/^==> / { series = $2; sub(/.*\//, "", series); sub(/-20..-..-..$/, "", series) }
		/^[0-9]+\.[0-9]+,/ { sub(/.*,/, ""); print series, $0 }'
}
