#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Where another XDP program holds the hook, it is observed: what comes in is counted by its
# verdict, and it works on as before. This machine's own kernel may be unable to trace programs.
bats_require_minimum_version 1.5.0
load lib

THIRD=cxdp-third-$CXDP_ID # a network namespace more
PROGRAMS=/sys/fs/bpf/cxdp-observe-$CXDP_ID
VERDICTS=(aborted drop pass tx redirect)
RATE=250
RUNS=100000

# Loads tests/vm/OBJECT.bpf.o and pins its program and maps: load_program OBJECT [NAME]
load_program() {
	bpftool prog load "$BATS_TEST_DIRNAME/$1.bpf.o" "$PROGRAMS/${2:-$1}" pinmaps "$PROGRAMS/maps"
}

# Puts a pinned program at the hook of an interface: hook NAME INTERFACE [generic|native] [overwrite]
hook() {
	local mode=xdpgeneric
	[ "${3:-generic}" = generic ] || mode=xdpdrv
	in_rx bpftool net attach "$mode" pinned "$PROGRAMS/$1" dev "$2" ${4:+"$4"}
}

# Adds what was sent, and the verdict on it, to what has to be stored: expect INTERFACE VERDICT FILE
expect() {
	cat "$3"
	echo "if_rx_packets-verdict-$2 $(sent "$3" if_rx_packets)"
	echo "if_rx_octets-verdict-$2 $(sent "$3" if_rx_octets)"
} >>"$LIFE/all.$1"

# Sends packets for each verdict: steer INTERFACE ABORTED DROP PASS TX REDIRECT
steer() {
	local interface=$1 at
	shift
	for at in "${!VERDICTS[@]}"; do
		inject "$interface" "${@:at+1:1}" --frame "IPv4 UDP" --size $((100 * (at + 1))) \
			--port $((1000 + at)) >"$LIFE/batch"
		expect "$interface" "${VERDICTS[at]}" "$LIFE/batch"
	done
}

# Waits until all that was sent to the interfaces is stored, or surely will not be.
await_sent() {
	local interface
	for interface in "$@"; do
		sum_counts "$LIFE/all.$interface" >"$LIFE/sent.$interface"
		await 30 has_come_to "$interface" "$(sent "$LIFE/sent.$interface" if_rx_packets)" || true
	done
	await_rows 1 "$1" if_rx_packets
}

# Totals, breakdowns and verdicts are those of what was sent.
check_observed() {
	check_counts "$1" "$LIFE/sent.$1"
	check_shape "$1"
	[ "$(sum_of "$1" if_rx_packets-queue-)" = "$(sent "$LIFE/sent.$1" if_rx_packets)" ]
	[ "$(sum_of "$1" if_rx_packets-cpu-)" = "$(sent "$LIFE/sent.$1" if_rx_packets)" ]
}

# Said of an interface: is_observed INTERFACE NAME MODE
is_observed() {
	in_log "\[info\] xdp plugin: $1: observing program $2 (id $(program_at "$1"), tag [0-9a-f]*, $3 mode)"
}

gauge_is() {
	[ "$(last "$1" "gauge-$2")" = "$3" ]
}

# How many are observed: steer and chain, xdp-filter from Linux 5.13 on, steer_frags from 5.18 on.
OBSERVERS=$(kernel_from 5.18 && echo 4 || echo 2)

# What the kernel has of the observer.
observers() {
	bpftool -j prog show | jq '[.[] | select(.name == "observe_exit")] | length'
}

are_observers() {
	observers >"$LIFE/observers"
	[ "$(<"$LIFE/observers")" = "$1" ]
}

# What the kernel has of us, whoever holds it.
ours() {
	bpftool -j prog show | jq -r '.[].name | select(. == "observe_entry" or . == "observe_exit" or . == "xdp_count")'
	bpftool -j map show | jq -r '.[].name | select(. == "verdicts" or . == "seen" or . == "records")'
}

ours_is_gone() {
	[ -z "$(ours)" ]
}

# Nanoseconds of one run of the program at the hook of lo, which runs without a device are of.
run_time() {
	head -c 100 /dev/zero >"$LIFE/packet"
	in_rx bpftool -j prog run id "$(program_at lo)" data_in "$LIFE/packet" repeat "$RUNS" | jq .duration
}

# So that the next reading has some, when the other program comes right behind the last one.
replace_after_packets() {
	local before
	before=$(received cxdp-old)
	await 10 has_received cxdp-old $((before + 64))
	hook second cxdp-old generic overwrite
}

received() {
	ip -n "$RX" -j -s link show dev "$1" | jq '.[0].stats64.rx.packets'
}

has_received() {
	(($(received "$1") >= $2))
}

# Another program takes the place of the one at the hook, while packets are dropped by both.
replace_under_traffic() {
	stream_start cxdp-old "$RATE" --frame "IPv4 UDP" --port 1001
	await 30 has_come_to cxdp-old $((2 * RATE))
	between_readings replace_after_packets
	await 30 is_observed cxdp-old steer generic
	await_rows 3 cxdp-old if_rx_packets
	stream_stop
	await_rows 2 cxdp-old if_rx_packets
}

# A program in an interface's libxdp dispatcher, then two. The only one stands in the place of
# the dispatcher itself, and which it is the kernel tells from 5.13 on.
dispatch() {
	if kernel_from 5.13; then
		steer cxdp-filter 0 80 120 0 0
		await_sent cxdp-filter
	fi
	in_rx xdp-loader load -m skb -s xdp cxdp-filter "$BATS_TEST_DIRNAME/steer.bpf.o"
	await 30 is_observed cxdp-filter xdp_dispatcher generic
	steer cxdp-filter 0 7 9 0 0
	await_sent cxdp-filter
}

# A hook becomes free, and is taken.
free_hook() {
	steer cxdp-free 1 2 3 4 5
	await_sent cxdp-free
	in_rx bpftool net detach xdpgeneric dev cxdp-free
	await 30 gauge_is cxdp-free attached 1
	inject cxdp-free 100 --frame "IPv4 UDP" --size 100 --port 1001 >>"$LIFE/all.cxdp-free"
	await_sent cxdp-free
}

# The interfaces, each with a program of somebody else at its hook.
make_interfaces() {
	local name index
	for name in gen same nat chain filter old free plain slow; do
		veth_add "cxdp-$name"
	done
	# Before Linux 5.18 native mode takes no more than fits into one buffer.
	veth_add cxdp-large "$(kernel_from 5.18 && echo 9000 || echo 3500)"
	load_program steer
	load_program steer second
	load_program steer_plain
	load_program chain
	bpftool map update pinned "$PROGRAMS/maps/next" key 0 0 0 0 value pinned "$PROGRAMS/steer"
	# Where that cannot be set, the one test of an interpreted program is left out.
	sysctl -qw net.core.bpf_jit_enable=0 2>/dev/null || touch "$BATS_FILE_TMPDIR/jit-is-fixed"
	load_program steer slow
	sysctl -qw net.core.bpf_jit_enable=1 2>/dev/null || true
	for name in gen same old free; do
		hook steer "cxdp-$name"
	done
	hook steer cxdp-nat native
	hook chain cxdp-chain
	hook steer_plain cxdp-plain
	hook slow cxdp-slow
	if kernel_from 5.18; then
		load_program steer_frags
		hook steer_frags cxdp-large native
	else
		hook steer cxdp-large native
	fi
	in_rx xdp-filter load -m skb -f udp cxdp-filter
	in_rx xdp-filter port 1001 -m dst -p udp
	# The same program in another network namespace, at an interface of the same index.
	index=$(ip -n "$RX" -j link show dev cxdp-gen | jq '.[0].ifindex')
	ip netns add "$THIRD"
	ip -n "$THIRD" link add cxdp-out index "$index" type veth peer name cxdp-out-tx netns "$TX"
	ip -n "$TX" link set cxdp-out-tx arp off up
	ip -n "$THIRD" link set cxdp-out arp off up
	nsenter --net="/run/netns/$THIRD" bpftool net attach xdpgeneric pinned "$PROGRAMS/steer" dev cxdp-out
}

# One life with all of them, which ends by SIGKILL.
observe_all() {
	local size
	life all
	hook steer lo
	run_time >"$LIFE/cost.alone"
	collectd_configure <<-CONF
		Interface "/^cxdp-/"
		Interface "lo"
		$REPORT_ALL
		ReportPeaks true
		ReportSignals true
	CONF
	collectd_start
	await 20 are_observers "$OBSERVERS" || true
	await 20 is_observed lo steer generic || true
	for name in gen same nat chain filter large; do
		ip -n "$RX" -j -d link show dev "cxdp-$name" | jq '.[0].xdp.prog.id' >"$LIFE/program.cxdp-$name"
	done
	run_time >"$LIFE/cost.observed"
	steer cxdp-gen 11 200 300 50 40
	steer cxdp-same 5 4 30 2 1
	steer cxdp-nat 11 200 300 50 40
	steer cxdp-chain 10 20 30 40 50
	# Frames of every shape.
	inject cxdp-gen 500 --signs >"$LIFE/frames"
	expect cxdp-gen pass "$LIFE/frames"
	inject cxdp-out 77 --frame "IPv4 UDP" --port 1001 >"$LIFE/elsewhere"
	size=$(kernel_from 5.18 && echo 8000 || echo 3000)
	inject cxdp-large 100 --frame "IPv4 UDP" --size "$size" --port 1001 >"$LIFE/large"
	expect cxdp-large drop "$LIFE/large"
	await_sent cxdp-gen cxdp-same cxdp-nat cxdp-chain cxdp-large
	dispatch
	free_hook
	replace_under_traffic
	collectd_stop KILL || true
	await 30 ours_is_gone || ours >"$LIFE/left"
}

# Lives that wait for the hook of cxdp-gen.
wait_for() {
	life "$1"
	collectd_configure <<-CONF
		Interface "cxdp-gen"
		Interface "lo"
		OnBusy "$1"
	CONF
	shift
	collectd_start "$@"
	await_rows 2 cxdp-gen gauge-attached
	run_time >"$LIFE/../all/cost.counter"
	collectd_stop
}

# The example of the manual: a life with a firewall that drops UDP to port 53.
follow_example() {
	local chapter="Example of observing"
	life example
	veth_add eth0
	follow "$chapter" 1
	example_options "$chapter" 2 | collectd_configure
	collectd_start
	await 30 in_log "eth0: observing program\|eth0: not counted: "
	inject eth0 80 --frame "IPv4 UDP" --port 53 >/dev/null
	inject eth0 120 --frame "IPv4 UDP" --port 54 >/dev/null
	if kernel_from 5.13; then
		await 30 has_come_to eth0 200 || cat "$LIFE/log"
		await_rows 1 eth0 if_rx_packets
		follow "$chapter" 3 >"$LIFE/answer"
	fi
	collectd_stop
}

setup_file() {
	net_up
	mkdir -p "$PROGRAMS"
	make_interfaces
	tell "interfaces are made" # who hears nothing takes a guest for hung
	observe_all
	tell "all are observed"
	follow_example
	tell "the example is followed"
	in_rx bpftool net detach xdpgeneric dev lo
	wait_for wait
	wait_for observe setpriv --bounding-set=-all,+bpf,+net_admin,+perfmon
}

teardown_file() {
	processes_down
	net_down
	[ ! -e "/run/netns/$THIRD" ] || ip netns del "$THIRD"
	rm -rf "$PROGRAMS"
}

setup() {
	life all
}

# The hook of an interface is waited for, with these words as the cause, said once.
waits() {
	[ "$(log_count "\[error\] xdp plugin: $1: not counted: its XDP hook is held by .*which stays$2")" = 1 ]
	[ "$(log_count "\[error\] xdp plugin: $1: ")" = 1 ]
	gauge_is "$1" attached 0
	[ -z "$(series_of "$1")" ]
}

@test "generic: each packet is counted once, by verdict, and as it came in" {
	check_observed cxdp-gen
	gauge_is cxdp-gen attached 0
	gauge_is cxdp-gen observing 1
	gauge_is cxdp-gen native 0
}

@test "native: each packet is counted once, by verdict, and as it came in" {
	check_observed cxdp-nat
	gauge_is cxdp-nat native 1
}

@test "what is observed has peaks, of no more packets than were sent" {
	rows cxdp-gen gauge-peak_packets_100ms |
		awk -F, -v sent="$(sent "$LIFE/sent.cxdp-gen" if_rx_packets)" '
			$2 + 0 > most { most = $2 + 0 }
			END { print "at most " most " packets/s"; exit !(most > 0 && most <= 10 * sent) }'
}

@test "the program is named, with id, tag and mode, in log and notification" {
	is_observed cxdp-gen steer generic
	is_observed cxdp-nat steer native
	is_observed cxdp-chain chain generic
	in_log "severity = OKAY, .*plugin_instance = cxdp-gen, .*observing program steer (id $(program_at cxdp-gen), tag"
}

@test "a program at several interfaces is observed once, and each is counted by itself" {
	check_observed cxdp-same
	[ "$(<"$LIFE/observers")" = "$OBSERVERS" ]
}

@test "packets of several buffers (from Linux 5.18 on) are counted with all their bytes" {
	check_observed cxdp-large
}

@test "a program that tail-calls is counted by the verdict of the last one, once" {
	check_observed cxdp-chain
}

@test "xdp-filter in libxdp's dispatcher is counted by the dispatcher's verdict, and followed to the next one" {
	check_observed cxdp-filter
	if kernel_from 5.13; then
		in_log "cxdp-filter: observing program xdp_dispatcher .* has replaced program id $(<"$LIFE/program.cxdp-filter")"
	else
		in_log "cxdp-filter: not counted: .*cannot be observed: another program stands in its place"
		in_log "cxdp-filter: observing program xdp_dispatcher"
	fi
}

@test "a hook that becomes free is taken, counts go on, and the verdicts stay" {
	in_log "cxdp-free: counting in generic mode"
	check_observed cxdp-free
}

# The most readings in a row that found nothing new, while packets came.
idle_readings() {
	rows "$1" if_rx_packets | awk -F, '
		$2 > before { if (before && idle > most) most = idle; idle = 0 }
		$2 == before { idle++ }
		{ before = $2 }
		END { print most + 0 }'
}

@test "under traffic another program is followed at the next reading, and no packet is counted twice" {
	local sent counted
	sent=$(sent "$LIFE/stream" if_rx_packets)
	counted=$(last cxdp-old if_rx_packets)
	tell "replaced under traffic: $((sent - counted)) of $sent packets at $RATE per second not counted"
	((counted <= sent))
	[ "$(idle_readings cxdp-old)" -le 1 ]
	[ "$(last cxdp-old if_rx_packets-verdict-drop)" = "$counted" ]
	[ "$(last cxdp-old if_rx_octets-verdict-drop)" = "$(last cxdp-old if_rx_octets)" ]
	check_shape cxdp-old
}

@test "killed, it leaves nothing, and the programs at the hooks stay" {
	refute cat "$LIFE/left"
	[ "$(program_at cxdp-gen)" = "$(<"$LIFE/program.cxdp-gen")" ]
}

@test "a program without BTF is waited for, with cause and fix" {
	waits cxdp-plain ' and cannot be observed: it has no BTF; ask its owner'
	gauge_is cxdp-plain observing 0
}

@test "an interpreted program is waited for, and the setting is named" {
	[ ! -e "$BATS_FILE_TMPDIR/jit-is-fixed" ] || skip "this kernel does not let the JIT compiler be switched off"
	waits cxdp-slow ' and cannot be observed: it is interpreted; where this kernel has a JIT compiler, set net.core.bpf_jit_enable to 1'
}

@test "with OnBusy wait nothing is observed" {
	life wait
	waits cxdp-gen '; to count here, ask its owner to detach it'
	[ -z "$(rows cxdp-gen gauge-observing)" ]
}

@test "the example in the manual tells what the firewall drops (from Linux 5.13 on)" {
	life example
	if kernel_from 5.13; then
		diff <(printf 'if_rx_packets-verdict-%s\n' "drop 80" "pass 120") <(values_shown <"$LIFE/answer")
	else
		in_log "eth0: not counted: .*cannot be observed: another program stands in its place"
	fi
}

@test "without CAP_SYS_ADMIN a program is waited for, and the capability is named" {
	life observe
	waits cxdp-gen ' and cannot be observed: CAP_SYS_ADMIN missing'
}

@test "runs without a device count for lo, and what they cost beside the counter can be measured" {
	tell "ns per packet on an emulated CPU: a program that passes it $(<"$LIFE/cost.alone")," \
		"observed $(<"$LIFE/cost.observed"), the counter $(<"$LIFE/cost.counter")"
	[ "$(last lo if_rx_packets-verdict-pass)" = "$RUNS" ]
	[ "$(last lo if_rx_octets)" = $((100 * RUNS)) ]
}
