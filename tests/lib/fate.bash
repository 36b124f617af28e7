# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Packets of which the fate is known, by tests/lib/account.bpf.c, and what has to be found of them.
#
# In RX, each with an end in TX that is called NAME-tx:
#   cxdp-in     receives, and has the program
#   cxdp-up     takes what is redirected to it
#   cxdp-down   is down
#   cxdp-small  has an MTU of 300 bytes
#   cxdp-deaf   has the program, too, but cannot send back: its other end takes no such packets
# and cxdp-tap, a tap that nobody reads, so that its driver can send nothing.

ACCOUNT=/sys/fs/bpf/cxdp-account-$CXDP_ID
ELSEWHERE=cxdp-third-$CXDP_ID # a network namespace more

# How many packets meet each fate: of ports from 1000 on, see account.bpf.c.
declare -gA SENT=([aborted]=11 [drop]=200 [pass]=301 [tx]=52 [invalid]=6 [nobody]=13 [unable]=17
	[cpu]=4000 [socket]=120 [up]=640 [down]=33 [small]=44 [tap]=64)
declare -gA PORT=([aborted]=1000 [drop]=1001 [pass]=1002 [tx]=1003 [invalid]=1005 [nobody]=1006
	[unable]=1007 [cpu]=1008 [socket]=1009 [up]=1020 [down]=1021 [small]=1022 [tap]=1023)
# Before Linux 5.16 a verdict that is none is a warning with a call trace.
printf '%s\n' 5.16 "$(uname -r)" | sort -VC || SENT[invalid]=0
BACK=70 # sent back by cxdp-deaf

# The socket is given so many buffers, and its ring takes fewer.
BUFFERS=32
RING=16

# Many commands take one process each where there are batches of them: a guest is slow to start one.

# Puts pinned programs at hooks, each a line PROGRAM INTERFACE: account_hooks NAMESPACE MODE
account_hooks() {
	local mode=xdpgeneric program name
	[ "$2" = generic ] || mode=xdpdrv
	while read -r program name; do
		echo "net attach $mode pinned $ACCOUNT/$program dev $name"
	done | nsenter --net="/run/netns/$1" bpftool batch file - >/dev/null
}

# An entry of a map with 32 bits on this machine, for a batch: account_map MAP KEY VALUE
account_map() {
	echo "map update pinned $ACCOUNT/maps/$1 key $(number_bytes 4 "$2") value $(number_bytes 4 "$3")"
}

index_of() {
	ip -n "$RX" -j link show dev "$1" | jq '.[0].ifindex'
}

# The interfaces, with one queue each; each line is NAME MTU.
account_links() {
	local name mtu names=()
	while read -r name mtu; do
		names+=("$name")
		echo "link add $name mtu $mtu type veth peer name $name-tx mtu $mtu netns $TX"
	done < <(printf '%s\n' "cxdp-"{in,up,down,deaf}" 1500" "cxdp-small 300") >"$LIFE/links"
	{
		cat "$LIFE/links"
		printf 'link set %s arp off up\n' "${names[@]}"
		echo "tuntap add mode tap name cxdp-tap"
		echo "link set cxdp-tap arp off up"
	} | ip -n "$RX" -batch -
	printf 'link set %s-tx arp off up\n' "${names[@]}" | ip -n "$TX" -batch -
	for name in "${names[@]}"; do
		await 5 veth_is_up "$name"
	done
	ip -n "$RX" link set cxdp-down down
}

# What the maps of the program are filled with.
account_entries() {
	local name number=0
	for name in up down small tap; do
		account_map devices "$number" "$(jq --arg name "cxdp-$name" '.[] | select(.ifname == $name) | .ifindex' "$LIFE/links.json")"
		number=$((number + 1))
	done
	account_map queues 0 1
}

# The interfaces, the program and its maps, and the socket: account_up native|generic
account_up() {
	local mode=$1
	life account
	mkdir -p "$ACCOUNT"
	bpftool prog loadall "$LIVE_TOP/tests/lib/account.bpf.o" "$ACCOUNT" pinmaps "$ACCOUNT/maps"
	account_links
	ip -n "$RX" -j link show >"$LIFE/links.json"
	# bpftool looks an interface of a devmap up in its own network namespace.
	account_entries | nsenter --net="/run/netns/$RX" bpftool batch file - >/dev/null
	printf 'taker cxdp-%s-tx\n' in up down small | account_hooks "$TX" native
	printf 'account cxdp-%s\n' in deaf | account_hooks "$RX" "$mode"
	account_elsewhere "$mode"
	account_socket
}

# The same program at an interface of the same index, in another network namespace.
account_elsewhere() {
	ip netns add "$ELSEWHERE"
	ip -n "$ELSEWHERE" link add cxdp-in index "$(index_of cxdp-in)" type veth \
		peer name cxdp-else-tx netns "$TX"
	ip -n "$TX" link set cxdp-else-tx arp off up
	ip -n "$ELSEWHERE" link set cxdp-in arp off up
	echo account cxdp-in | account_hooks "$ELSEWHERE" "$1"
}

# Opens the socket in the background; it answers with its statistics: see account_ask.
account_socket() {
	life socket
	mkfifo "$LIFE/ask"
	in_rx "$LIVE_TOP/tests/lib/xsk" cxdp-in 0 "$RING" "$BUFFERS" "$ACCOUNT/maps/sockets" \
		<"$LIFE/ask" >"$LIFE/answers" 2>&1 3>&- &
	echo $! >"$LIFE/pid"
	exec {ASK}>"$LIFE/ask"
	await 10 grep -q ready "$LIFE/answers" || {
		cat "$LIFE/answers"
		return 1
	}
}

# Closes it: the kernel forgets what it has counted.
account_socket_down() {
	echo end >&"$ASK"
	await 10 process_ended "$(<"$BATS_FILE_TMPDIR/socket/pid")"
}

process_ended() {
	! kill -0 "$1" 2>/dev/null
}

# What the kernel says of the socket, in $BATS_FILE_TMPDIR/socket/answers.
account_ask() {
	local lines
	lines=$(wc -l <"$BATS_FILE_TMPDIR/socket/answers")
	echo >&"$ASK"
	await 10 account_answered "$lines"
}

account_answered() {
	(($(wc -l <"$BATS_FILE_TMPDIR/socket/answers") > $1))
}

account_down() {
	[ ! -e "/run/netns/$ELSEWHERE" ] || ip netns del "$ELSEWHERE"
	rm -rf "$ACCOUNT"
}

# The thread of the kernel that takes what goes to CPU 0, of our map; before Linux 5.17 it is known by
# the first 15 characters of its name.
account_thread() {
	local name
	name=cpumap/0/map:$(bpftool -j map show pinned "$ACCOUNT/maps/queues" | jq .id)
	grep -slx -e "$name" -e "${name:0:15}" /proc/[0-9]*/comm | cut -d / -f 3
}

# Sends the packets of one fate: account_inject INTERFACE FATE COUNT
# What goes to a CPU is sent by that CPU, whose thread takes out what is in the queue only when nothing else
# runs there: so the queue is full.
account_inject() {
	local on=()
	if [ "$2" = cpu ]; then
		account_thread | xargs -n 1 chrt --idle --pid 0
		on=(--cpu 0)
	fi
	inject "$1" "$3" --frame "IPv4 UDP" --size 600 --port "${PORT[$2]}" "${on[@]}" >>"$LIFE/sent.$1"
}

# How often the programs at the tracepoints ran, and for how many ns, one a line; while
# kernel.bpf_stats_enabled is 1.
account_runs() {
	bpftool -j prog show |
		jq -r '.[] | select(.name // "" | startswith("fate_")) | [.name, .run_cnt // 0, .run_time_ns // 0] | @tsv' |
		sort
}

# First of what nothing happens to.
account_send() {
	local fate plain=(drop pass)
	account_runs >"$LIFE/runs.before"
	for fate in "${plain[@]}"; do
		account_inject cxdp-in "$fate" "${SENT[$fate]}"
	done
	account_runs >"$LIFE/runs.plain"
	for fate in "${!SENT[@]}"; do
		[[ " ${plain[*]} " == *" $fate "* ]] || ((SENT[$fate] == 0)) ||
			account_inject cxdp-in "$fate" "${SENT[$fate]}"
	done
	account_runs >"$LIFE/runs.after"
	account_inject cxdp-deaf tx "$BACK"
	account_inject cxdp-else aborted 99
	# Of the kernel, as it is now.
	ip -n "$TX" -s -j link show >"$LIFE/links.tx"
	ip -n "$RX" -s -j link show >"$LIFE/links.rx"
	in_rx ethtool -S cxdp-in >"$LIFE/driver"
	account_ask
}

# Waits until what comes last is stored, and for a row after that.
account_settle() {
	await 30 account_has "" if_rx_dropped-cpumap-cpu-0 || {
		grep 'xdp plugin' "$LIFE/log"
		return 1
	}
	# What was sent may lie in two readings. The losses of a socket are gone with it.
	await_rows 2 cxdp-in gauge-attached
	account_socket_down
	await_rows 2 cxdp-in gauge-attached
}

account_has() {
	[ -n "$(last "$1" "$2")" ]
}

# The last stored value of a series; 0: there is none.
value() {
	local value
	value=$(last "$1" "$2")
	echo "${value:-0}"
}

# Compares, and names what differs: is NAME ACTUAL EXPECTED
is() {
	[ "$2" = "$3" ] || {
		echo "$1 is $2, not $3"
		return 1
	}
}

# All that was sent to cxdp-in, but for these fates: sent_without FATE...
sent_without() {
	local fate sum=0
	for fate in "${!SENT[@]}"; do
		[[ " $* " == *" $fate "* ]] || sum=$((sum + SENT[$fate]))
	done
	echo "$sum"
}

# What the redirects to a full socket fail with: from Linux 5.19 on ENOBUFS.
account_expected() {
	local lost=$((SENT[socket] - RING)) full=redirect-ENOSPC
	! kernel_from 5.19 || full=redirect-other
	cat <<-LIST
		if_rx_errors-exception-aborted ${SENT[aborted]}
		if_rx_errors-exception-invalid ${SENT[invalid]}
		if_rx_errors-redirect-EINVAL ${SENT[nobody]}
		if_rx_errors-redirect-EMSGSIZE ${SENT[small]}
		if_rx_errors-redirect-ENETDOWN ${SENT[down]}
		if_rx_errors-redirect-EOPNOTSUPP ${SENT[unable]}
		if_rx_errors-$full $lost
	LIST
}

# All that was stored of these kinds for an interface: account_stored INTERFACE
account_stored() {
	local file
	for file in "$LIFE/csv/live/xdp${1:+-$1}"/if_{rx_errors,tx_dropped,tx_packets,rx_dropped}-*; do
		[ -e "$file" ] || continue
		file=${file##*/}
		file=${file%-20??-??-??}
		[[ $file == *xsk* ]] || echo "$file $(value "$1" "$file")"
	done | sort
}

# Nothing else is there, either.
account_check() {
	diff -u --label expected --label stored \
		<(account_expected | awk '$2 > 0' | sort) <(account_stored cxdp-in)
	diff -u --label expected --label stored \
		<(echo "if_tx_packets-redirect ${SENT[up]}") <(account_stored cxdp-up)
	diff -u --label expected --label stored \
		<(echo "if_tx_dropped-redirect ${SENT[tap]}") <(account_stored cxdp-tap)
	diff -u --label expected --label stored \
		<(echo "if_rx_errors-exception-tx $BACK") <(account_stored cxdp-deaf)
	[ -z "$(account_stored cxdp-down)$(account_stored cxdp-small)" ]
	# How many find the queue full depends on how soon the other CPU takes them out.
	is "passed and dropped at the cpumap" \
		"$(($(value "" if_rx_packets-cpumap-cpu-0) + $(value "" if_rx_dropped-cpumap-cpu-0)))" \
		"${SENT[cpu]}"
	(($(value "" if_rx_dropped-cpumap-cpu-0) > 0))
}

account_check_verdicts() {
	local verdict=if_rx_packets-verdict
	is aborted "$(value cxdp-in $verdict-aborted)" "$((SENT[aborted] + SENT[invalid]))"
	is drop "$(value cxdp-in $verdict-drop)" "${SENT[drop]}"
	is pass "$(value cxdp-in $verdict-pass)" "${SENT[pass]}"
	is tx "$(value cxdp-in $verdict-tx)" "${SENT[tx]}"
	is redirect "$(value cxdp-in $verdict-redirect)" "$(sent_without aborted invalid drop pass tx)"
	is total "$(value cxdp-in if_rx_packets)" "$(sent_without)"
}

# Whether this kernel tells of AF_XDP sockets, by what the plugin's log does not complain of.
account_has_diag() {
	! in_log "losses of AF_XDP sockets are not counted (ReportFate): this kernel cannot tell of them"
}

# Of the socket, which is closed by now, there is what the kernel told it before, and nothing else.
account_check_socket() {
	local dropped full empty file
	read -r dropped full empty < <(tail -n 1 "$BATS_FILE_TMPDIR/socket/answers")
	((full == SENT[socket] - RING))
	diff -u --label expected --label stored <(
		printf '%s %s\n' if_rx_dropped-xsk_dropped-queue-0 "$dropped" \
			if_rx_dropped-xsk_fill_empty-queue-0 "$empty" if_rx_dropped-xsk_full-queue-0 "$full" |
			awk '$2 > 0'
	) <(
		for file in "$LIFE"/csv/live/xdp*/*xsk*; do
			[ -e "$file" ] || continue
			file=${file##*/}
			file=${file%-20??-??-??}
			echo "$file $(value cxdp-in "$file")"
		done | sort
	)
}

# A number that the kernel keeps of an interface: link_number tx|rx INTERFACE WHICH
link_number() {
	jq --arg name "$2" ".[] | select(.ifname == \$name) | .stats64.$3" "$LIFE/links.$1"
}

driver_number() {
	awk -v name="$1:" '$1 == name { print $2 }' "$LIFE/driver"
}

account_check_kernel() {
	local failed
	failed=$(account_expected | awk '/redirect/ { sum += $2 } END { print sum }')
	is "sent back" "$(link_number tx cxdp-in-tx rx.packets)" "${SENT[tx]}"
	is "redirected to cxdp-up" "$(link_number tx cxdp-up-tx rx.packets)" "${SENT[up]}"
	is "of the driver, redirected" "$(driver_number rx_queue_0_xdp_redirect)" \
		$((SENT[cpu] + SENT[up] + SENT[tap] + RING))
	is "of the driver, dropped" "$(driver_number rx_queue_0_xdp_drops)" \
		$((SENT[aborted] + SENT[invalid] + SENT[drop]))
	is "of the driver, redirects that failed" "$(link_number rx cxdp-in rx.dropped)" "$failed"
	is "of the socket, ring full" \
		"$(awk 'NR > 1 { print $2 }' "$BATS_FILE_TMPDIR/socket/answers")" $((SENT[socket] - RING))
}
