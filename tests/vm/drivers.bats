#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Real drivers of network cards, two cards of each on one wire: the mode that auto takes, and
# that every frame is counted once.
bats_require_minimum_version 1.5.0
load lib

# Frames that no card pads or strips a tag of, and that differ in size.
FRAME="IPv4 UDP"

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
	ip link set "${cards[0]}" netns "$RX" name "$(name_of "$1")"
	ip link set "${cards[1]}" netns "$TX" name "$(name_of "$1")-tx"
	ip -n "$TX" link set "$(name_of "$1")-tx" arp off up
	# The frames are sent to nobody's address.
	ip -n "$RX" link set "$(name_of "$1")" promisc on arp off up
	await 30 veth_is_up "$(name_of "$1")"
}

# One life per mode, with all cards; what the kernel counted is kept beside what was sent.
live_in_mode() {
	local driver
	life "$1"
	collectd_configure <<-CONF
		Interface "/^cxdp-/"
		AttachMode "$1"
		ReportSizes true
		ReportCast true
		ReportQueues true
		ReportCPUs true
	CONF
	collectd_start
	for driver in virtio_net vmxnet3 e1000 e1000e; do
		in_log "xdp plugin: $(name_of "$driver"): counting" || continue
		await 30 veth_is_up "$(name_of "$driver")"
		inject "$(name_of "$driver")" 2000 --frame "$FRAME" --size 300 --rate 1000 >"$LIFE/sent.$driver"
		await 20 has_come_to "$(name_of "$driver")" 2000 || {
			echo "$driver: $(last "$(name_of "$driver")" if_rx_packets) of 2000"
			ip -n "$RX" -s link show "$(name_of "$driver")"
			ip -n "$TX" -s link show "$(name_of "$driver")-tx"
			return 1
		}
	done
	await_rows 1 cxdp-e1000 gauge-attached
	collectd_stop
}

setup_file() {
	local driver
	net_up
	for driver in virtio_net vmxnet3 e1000 e1000e; do
		wire_up "$driver"
	done
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

@test "native: e1000 and e1000e are refused, and the cause is that their drivers have none" {
	life native
	in_log "cxdp-e1000: not counted: its driver e1000 has no native XDP"
	in_log "cxdp-e1000e: not counted: its driver e1000e has no native XDP"
}
