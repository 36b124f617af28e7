#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ReportOutgoing: a collectd at both ends of a wire, of which one is in generic mode and the other in
# native mode. What went out at one end is what was sent, what the kernel has sent, and what came in at
# the other end.
bats_require_minimum_version 1.5.0
load ../lib/live

# Both count from before the first packet on, and through all tests that follow.
setup_file() {
	has_tcx || return 0
	net_up
	veth_add cxdp-out 3400
	# A tag that the card would insert is in the frame, as on a wire.
	in_rx ethtool -K cxdp-out txvlan off
	in_tx ethtool -K cxdp-out-tx txvlan off
	start_end "$RX" cxdp-out generic
	start_end "$TX" cxdp-out-tx native
	ip -n "$RX" address add 10.9.0.1/24 dev cxdp-out
	ip -n "$TX" address add 10.9.0.2/24 dev cxdp-out-tx
}

# In setup_file bats takes it for a failure.
setup() {
	has_tcx || skip "needs Linux 6.6"
}

teardown_file() {
	processes_down
	net_down
	rm -rf "$PINS"
}

# The one end is counted by the collectd of the life that is called as its interface:
# start_end NAMESPACE INTERFACE MODE
start_end() {
	life "$2"
	collectd_configure <<-CONF
		Interface "$2"
		AttachMode "$3"
		ReportOutgoing true
		ReportSizes true
		ReportCast true
		ReportSignals true
		ReportSelf true
	CONF
	RX=$1 collectd_start
	[ "$(kernel_has "$1" "$2" tx packets)" = 0 ]
}

# kernel_has NAMESPACE INTERFACE rx|tx packets|bytes
kernel_has() {
	ip -n "$1" -j -s link show dev "$2" | jq ".[0].stats64.$3.$4"
}

# The counts that an end has stored in a direction, by their names without it: counts INTERFACE rx|tx
counts() {
	LIFE=$BATS_FILE_TMPDIR/$1 counts_of "$1" "$2" | sed -nE "s/^if_$2_//p"
}

# count INTERFACE rx|tx NAME
count() {
	counts "$1" "$2" | awk -v name="$3" '$1 == name { print $2 }'
}

# What went out at one end is what came in at the other, of each series that there is.
ends_agree() {
	local out
	out=$(counts "$1" tx)
	[ "$(wc -l <<<"$out")" -gt 10 ] || return 1
	diff <(echo "$out") <(counts "$2" rx)
}

# And it is what the kernel has sent: kernel_agrees NAMESPACE INTERFACE HEADER. A veth leaves the header of
# Ethernet out of its bytes where a native program is at the other end (drivers/net/veth.c).
kernel_agrees() {
	local packets
	packets=$(kernel_has "$1" "$2" tx packets)
	diff <(echo "$packets") <(count "$2" tx packets) &&
		diff <(echo $(($(kernel_has "$1" "$2" tx bytes) + packets * $3))) <(count "$2" tx octets)
}

all_agree() {
	kernel_agrees "$RX" cxdp-out 14 && kernel_agrees "$TX" cxdp-out-tx 0 &&
		ends_agree cxdp-out cxdp-out-tx && ends_agree cxdp-out-tx cxdp-out
}

# What comes late is awaited; a surplus never goes away.
await_agreement() {
	await 5 all_agree >/dev/null || {
		all_agree
		return 1
	}
}

# Whether what was sent, and nothing else, is what went out: went_out INTERFACE FILE
went_out() {
	diff <(sed 's/^if_rx_//' "$2" | grep -v ' 0$' | sort) <(counts "$1" tx | sort)
}

@test "what was sent as frames, of all kinds, is what went out at one end and came in at the other, in both directions" {
	in_rx "$INJECT" cxdp-out 4000 --signs >"$BATS_TEST_TMPDIR/sent"
	in_tx "$INJECT" cxdp-out-tx 2000 --signs >"$BATS_TEST_TMPDIR/sent-tx"
	await 20 went_out cxdp-out "$BATS_TEST_TMPDIR/sent" || went_out cxdp-out "$BATS_TEST_TMPDIR/sent"
	await 20 went_out cxdp-out-tx "$BATS_TEST_TMPDIR/sent-tx" || went_out cxdp-out-tx "$BATS_TEST_TMPDIR/sent-tx"
	await_agreement
}

# Nobody knows the other, so there is ARP. Where this kernel has such devices, both ends have a VLAN
# above, whose packets go out below with a tag beside the frame.
wire_up() {
	TALKS=("$RX $TX 10.9.0.2" "$TX $RX 10.9.0.1")
	ip -n "$RX" link set cxdp-out arp on
	ip -n "$TX" link set cxdp-out-tx arp on
	tag_end "$RX" cxdp-out 10.9.7.1/24 || {
		echo "# this kernel has no devices for tags: none beside a frame is sent" >&3
		return 0
	}
	tag_end "$TX" cxdp-out-tx 10.9.7.2/24
	TALKS+=("$RX $TX 10.9.7.2" "$TX $RX 10.9.7.1")
}

tag_end() {
	ip -n "$1" link add link "$2" name cxdp-tag type vlan id 7 || return 1
	ip -n "$1" address add "$3" dev cxdp-tag
	ip -n "$1" link set cxdp-tag up
}

# What the kernel cuts behind the hook is counted as what comes out of that.
@test "TCP, UDP, ARP and fragments of sockets: both ends and the kernel agree where the kernel cuts packets" {
	local talk name
	declare -A before
	in_rx ethtool -K cxdp-out tso off tx-udp-segmentation off
	in_tx ethtool -K cxdp-out-tx tso off tx-udp-segmentation off
	# Of all kinds there are some.
	in_rx "$INJECT" cxdp-out 1000 --signs >/dev/null
	in_tx "$INJECT" cxdp-out-tx 1000 --signs >/dev/null
	await_agreement
	for name in proto-arp proto-ipv4_udp proto-ipv4_tcp fragment-ip; do
		before[$name]=$(count cxdp-out tx "packets-$name")
	done
	wire_up
	for talk in "${TALKS[@]}"; do
		# shellcheck disable=SC2086 # a list
		"$BATS_TEST_DIRNAME/talk.py" $talk tcp udp gso fragments
	done
	await_agreement
	for name in "${!before[@]}"; do
		echo "$name: ${before[$name]}"
		[ "$(count cxdp-out tx "packets-$name")" -gt "${before[$name]}" ]
	done
	# More went out than the sockets of this end were asked to send in pieces of a segment.
	[ $(($(count cxdp-out tx packets-proto-ipv4_tcp) - before[proto-ipv4_tcp])) -gt $((1000000 / 3348)) ]
}

# What the stack has sent, in segments, however large the pieces are that it hands down.
# Those that were sent once more, as on a busy machine, the kernel counts apart.
segments_sent() {
	in_rx nstat -asz TcpOutSegs TcpRetransSegs | awk '/^Tcp/ { n += $2 } END { print n }'
}

tcp_out() {
	count cxdp-out tx "$1-proto-ipv4_tcp"
}

segments_agree() {
	[ $(($(tcp_out packets) - PACKETS)) = $(($(segments_sent) - SEGMENTS)) ]
}

# One collectd ends, which is no child of this test: end_one INTERFACE
end_one() {
	local pid
	pid=$(<"$BATS_FILE_TMPDIR/$1/pid")
	kill "$pid"
	await 20 has_ended "$pid"
	rm "$BATS_FILE_TMPDIR/$1/pid"
}

# An end knows the other, and asks nobody: neighbour NAMESPACE INTERFACE ADDRESS OTHER-NAMESPACE OTHER-INTERFACE
neighbour() {
	ip -n "$1" link set "$2" arp on
	ip -n "$1" neighbour replace "$3" dev "$2" nud permanent \
		lladdr "$(ip -n "$4" -j link show dev "$5" | jq -r '.[0].address')"
}

# veth hands over in one piece what is to be cut, unless there is a program in native mode at the other end.
# 66 bytes are the headers of a segment; those of the piece are in what the kernel counts once.
@test "TCP that nobody cuts is counted in segments, each with its headers" {
	local octets bytes packets
	neighbour "$RX" cxdp-out 10.9.0.2 "$TX" cxdp-out-tx
	neighbour "$TX" cxdp-out-tx 10.9.0.1 "$RX" cxdp-out
	end_one cxdp-out-tx
	in_rx ethtool -K cxdp-out tso on
	LIFE=$BATS_FILE_TMPDIR/cxdp-out await_rows 2 cxdp-out if_tx_packets
	PACKETS=$(tcp_out packets) SEGMENTS=$(segments_sent) octets=$(tcp_out octets)
	packets=$(kernel_has "$RX" cxdp-out tx packets) bytes=$(kernel_has "$RX" cxdp-out tx bytes)
	"$BATS_TEST_DIRNAME/talk.py" "$RX" "$TX" 10.9.0.2 tcp
	await 20 segments_agree
	packets=$(($(kernel_has "$RX" cxdp-out tx packets) - packets)) bytes=$(($(kernel_has "$RX" cxdp-out tx bytes) - bytes))
	LIFE=$BATS_FILE_TMPDIR/cxdp-out await_rows 1 cxdp-out if_tx_packets
	octets=$(($(tcp_out octets) - octets)) PACKETS=$(($(tcp_out packets) - PACKETS))
	echo "the kernel counts $packets packets of $bytes bytes, the counter $PACKETS of $octets"
	[ "$PACKETS" -gt $((2 * packets)) ]
	[ $((octets - bytes)) = $(((PACKETS - packets) * 66)) ]
}

@test "the line after the start names the program that is at the hook, and ReportSelf has what it costs" {
	local id
	life cxdp-out
	id=$(sed -nE 's/.*xdp plugin: counting what goes out of 1 of 1 interfaces \(cxdp-out\): program tcx_count \(id ([0-9]+), [0-9]+ instructions verified, length by wire_len(, without tags that the kernel puts in)?\), [0-9]+ bytes of maps \(64 slots .* CPUs\), at most [0-9]+ series .*/\1/p' "$LIFE/log")
	held_objects "$(<"$LIFE/pid")" | grep -x "prog $id"
	bpftool -j link show | jq -e --argjson id "$id" 'map(select(.prog_id == $id)) | length == 1'
	[ "$(last cxdp-out gauge-attached_outgoing)" = 1 ]
	[ "$(last "" gauge-interfaces_outgoing)" = 1 ]
	[ "$(last "" gauge-instructions_outgoing)" -gt 1000 ]
	[ "$(last "" memory-maps_outgoing)" -gt 100000 ]
	[ "$(log_count 'xdp plugin: outgoing: cxdp-out: counting at the tcx hook\.')" = 1 ]
	log_is_clean
}

# Without it there is one program, one link, and no value of what goes out.
@test "with ReportOutgoing off nothing of it is loaded, attached, pinned or stored" {
	life off
	veth_add cxdp-off
	collectd_configure <<-CONF
		Interface "cxdp-off"
		OnBusy "wait"
		ReportInactive true
		ReportSelf true
		Persist true
		PinDirectory "$PINS"
	CONF
	collectd_start
	in_rx "$INJECT" cxdp-off 10 >/dev/null
	await_rows 2 cxdp-off if_rx_packets
	held_objects "$(<"$LIFE/pid")" >"$LIFE/holds"
	[ "$(grep -c '^prog ' "$LIFE/holds")" = 1 ]
	[ "$(grep -c '^link ' "$LIFE/holds")" = 1 ]
	[ ! -e "$PINS/outgoing" ]
	[ -z "$(find "$LIFE/csv" -name "if_tx_*" -o -name "*outgoing*")" ]
	refute grep -i outgoing "$LIFE/log"
	collectd_stop
}
