#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Real drivers of network cards, two cards of each on one wire: the mode that auto takes, and
# that every frame is counted once, by queue and by CPU too.
bats_require_minimum_version 1.5.0
load lib

DRIVERS=(virtio_net vmxnet3 e1000 e1000e)

# The names of the two cards that a driver has.
cards_of() {
	local path
	for path in /sys/class/net/*/device/driver; do
		# virtio's network driver is one level below its PCI driver.
		[[ $(readlink -f "$path") != */"$1" ]] || basename "${path%/device/driver}"
	done
}

# What a driver's first card is called in the tests; a name has 15 characters.
name_of() {
	echo "cxdp-${1%_net}"
}

# Moves the first card to RX under that name, the second one to TX as its peer.
wire_up() {
	local cards
	mapfile -t cards < <(cards_of "$1")
	[ "${#cards[@]}" = 2 ] || return 1
	[ "$1" != virtio_net ] ||
		basename "$(readlink -f "/sys/class/net/${cards[0]}/device")" >"$BATS_FILE_TMPDIR/device"
	ip link set "${cards[0]}" netns "$RX" name "$(name_of "$1")"
	ip link set "${cards[1]}" netns "$TX" name "$(name_of "$1")-tx"
	ip -n "$TX" link set "$(name_of "$1")-tx" arp off up
	# The frames are sent to nobody's address.
	ip -n "$RX" link set "$(name_of "$1")" promisc on arp off up
	await 30 veth_is_up "$(name_of "$1")"
}

# Has a driver's first card receive 2000 frames. By virtio those of different flows come by
# different queues; other cards strip tags.
send_to() {
	local frames=(--frame "IPv4 UDP")
	[ "$1" != virtio_net ] || frames=()
	inject "$(name_of "$1")" 2000 --rate 1000 --size 300 "${frames[@]}" >"$LIFE/sent.$1" 2>"$LIFE/left-out"
	await 20 has_come_to "$(name_of "$1")" 2000 || {
		echo "$1: $(last "$(name_of "$1")" if_rx_packets) of 2000"
		ip -n "$RX" -s link show "$(name_of "$1")"
		ip -n "$TX" -s link show "$(name_of "$1")-tx"
		return 1
	}
}

# What virtio_net itself counted at the hook, as "QUEUE PACKETS".
queues_by_driver() {
	in_rx ethtool -S cxdp-virtio | sed -nE 's/^ *rx(_queue_)?([0-9]+)_xdp_packets: ([0-9]+)$/\2 \3/p'
}

# Which CPU takes the interrupts of its queues, as "QUEUE CPU".
cpus_by_interrupt() {
	sed -nE "s/^ *([0-9]+):.* $(<"$BATS_FILE_TMPDIR/device")-input\.([0-9]+)$/\2 \1/p" /proc/interrupts |
		while read -r queue interrupt; do
			echo "$queue $(<"/proc/irq/$interrupt/effective_affinity_list")"
		done
}

# An interrupt that is moved to another CPU goes there from the second one on.
settle_interrupts() {
	inject cxdp-virtio 200 --size 300 >/dev/null 2>&1
	await 20 has_received cxdp-virtio 200
}

has_received() {
	[ "$(ip -n "$RX" -j -s link show dev "$1" | jq '.[0].stats64.rx.packets')" = "$2" ]
}

# One life per mode, with all cards; what the kernel counted is kept beside what was sent.
live_in_mode() {
	local driver
	life "$1"
	collectd_configure <<-CONF
		Interface "/^cxdp-/"
		AttachMode "$1"
		$REPORT_ALL
	CONF
	collectd_start
	queues_by_driver >"$LIFE/before"
	for driver in "${DRIVERS[@]}"; do
		in_log "xdp plugin: $(name_of "$driver"): counting" || continue
		await 30 veth_is_up "$(name_of "$driver")"
		send_to "$driver"
	done
	queues_by_driver | paste -d ' ' - "$LIFE/before" | awk '{ print $1, $2 - $4 }' >"$LIFE/queues"
	cpus_by_interrupt >"$LIFE/interrupts"
	await_rows 2 cxdp-e1000 gauge-attached
	collectd_stop
}

setup_file() {
	local driver
	net_up
	for driver in "${DRIVERS[@]}"; do
		wire_up "$driver"
	done
	settle_interrupts
	live_in_mode auto
	live_in_mode native
}

teardown_file() {
	processes_down
	net_down
}

mode_is() {
	in_log "xdp plugin: $(name_of "$1"): counting in $2 mode"
	[ "$(last "$(name_of "$1")" gauge-native)" = "$([ "$2" = native ] && echo 1 || echo 0)" ]
}

has_queues() {
	[ "$(wc -l <"$LIFE/queues")" = 2 ] || skip "the machine that boots this one has no taps, and QEMU's own wires one queue"
}

counted() {
	check_counts "$(name_of "$1")" "$LIFE/sent.$1"
	[ "$(sum_of "$(name_of "$1")" if_rx_packets-queue-)" = 2000 ]
	[ "$(sum_of "$(name_of "$1")" if_rx_packets-cpu-)" = 2000 ]
}

@test "auto: virtio_net is counted exactly, in native mode, in all and by queue and CPU" {
	life auto
	mode_is virtio_net native
	counted virtio_net
}

@test "auto: each queue of virtio_net counts what its driver says that came by it" {
	life auto
	has_queues
	while read -r queue packets; do
		[ "$packets" -gt 0 ]
		[ "$(last cxdp-virtio "if_rx_packets-queue-$queue")" = "$packets" ]
		[ "$(last cxdp-virtio "if_rx_octets-queue-$queue")" = $((300 * packets)) ]
	done <"$LIFE/queues"
}

@test "auto: each CPU counts what came by the queue of virtio_net whose interrupts it takes" {
	life auto
	has_queues
	[ "$(awk '{ print $2 }' "$LIFE/interrupts" | sort)" = $'0\n1' ]
	while read -r queue cpu; do
		[ "$(last cxdp-virtio "if_rx_packets-cpu-$cpu")" = "$(last cxdp-virtio "if_rx_packets-queue-$queue")" ]
	done <"$LIFE/interrupts"
}

@test "auto: vmxnet3 is counted exactly, in native mode, in all and by queue and CPU" {
	life auto
	mode_is vmxnet3 native
	counted vmxnet3
}

@test "auto: e1000, which has no native mode, is counted exactly in generic mode" {
	life auto
	mode_is e1000 generic
	counted e1000
}

@test "auto: e1000e, which has no native mode, is counted exactly in generic mode" {
	life auto
	mode_is e1000e generic
	counted e1000e
}

@test "native: virtio_net and vmxnet3 are counted exactly" {
	life native
	counted virtio_net
	counted vmxnet3
}

@test "native: e1000 and e1000e are refused: their drivers have no native mode" {
	life native
	in_log "cxdp-e1000: not counted: its driver e1000 has no native XDP"
	in_log "cxdp-e1000e: not counted: its driver e1000e has no native XDP"
}
