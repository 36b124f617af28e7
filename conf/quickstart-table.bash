# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For conf/quickstart: makes a table of rates of what collectd's plugin write_log shows, and tells
# when there is nothing to wait for: $interface and $folder are the caller's.
# shellcheck disable=SC2154

# Sets `text` to a rate that is given in tenths: 0.5, 640, 12.3k, 4.1M.
human() {
	local tenths=$1 unit
	for unit in "" k M G T; do
		[ "$tenths" -ge 9995 ] || break
		tenths=$(((tenths + 500) / 1000))
	done
	if [ "$tenths" -eq 0 ] || [ "$tenths" -ge 1000 ]; then
		text=$(((tenths + 5) / 10))$unit
	else
		text=$((tenths / 10)).$((tenths % 10))$unit
	fi
}

# What the table is made of: the last value and time (ms) of each series, and the
# rates, in tenths, of this interval.
declare -A last_value last_time packets bytes
columns=("all")
counted=1
uncounted=0
rows=0

# Whether there is an interface. /proc/net/dev lists those of the network namespace we are in;
# /sys/class/net may show another one.
is_there() {
	[[ $(</proc/net/dev) == *[[:space:]]"$1":* ]]
}

# Has the script stop, which then says why: gone, or uncounted.
stop_for() {
	[ ! -e "$folder/why" ] || return 0
	echo "$1" >"$folder/why"
	kill -TERM $$
}

# take_count SERIES COLUMN VALUE TIME: sets `rate` if the series has one now.
take_count() {
	local series=$1 value=$2 time=$3 passed
	rate=
	if [ -n "${last_time[$series]:-}" ]; then
		passed=$((time - last_time[$series]))
		if [ "$passed" -gt 0 ] && [ "$value" -ge "${last_value[$series]}" ]; then
			rate=$(((value - last_value[$series]) * 10000 / passed))
		fi
	fi
	last_value[$series]=$value
	last_time[$series]=$time
}

print_header() {
	local column line1 line2
	printf -v line1 '%8s %-15s' "" ""
	printf -v line2 '%8s %-15s' "time" "interface"
	for column in "${columns[@]}"; do
		printf -v line1 '%s  %14s' "$line1" "$column"
		printf -v line2 '%s  %7s%7s' "$line2" "pkt/s" "byte/s"
	done
	printf '%s\n%s\n' "$line1" "$line2"
}

print_row() {
	local time=$1 column text row
	printf -v row '%(%T)T %-15s' "$((time / 1000))" "$interface"
	if ! is_there "$interface"; then
		stop_for gone
	elif [ "$counted" -eq 0 ]; then
		echo "$row  not counted, see above"
		# The first attempts may fail for a reason that passes.
		uncounted=$((uncounted + 1))
		[ "$uncounted" -lt 3 ] || stop_for uncounted
	elif [ -n "${packets[all]:-}" ]; then
		uncounted=0
		[ $((rows++ % 20)) -ne 0 ] || print_header
		for column in "${columns[@]}"; do
			human "${packets[$column]:-0}"
			printf -v row '%s  %7s' "$row" "$text"
			human "${bytes[$column]:-0}"
			printf -v row '%s%7s' "$row" "$text"
		done
		echo "$row"
	fi
	packets=()
	bytes=()
}

# One value as write_log shows it. The last one of an interval completes a row.
take_value() {
	local value time type column rate
	[[ $1 =~ ^\[\{\"values\":\[([0-9]+)[].].*\"time\":([0-9]+)\.([0-9]{3}).*\"type\":\"([^\"]*)\",\"type_instance\":\"([^\"]*)\" ]] ||
		return 0
	value=${BASH_REMATCH[1]}
	time=${BASH_REMATCH[2]}${BASH_REMATCH[3]}
	type=${BASH_REMATCH[4]}
	column=${BASH_REMATCH[5]#proto-}
	case $type-${BASH_REMATCH[5]} in
	gauge-attached) counted=$value ;;
	gauge-interfaces) print_row "$time" ;;
	if_rx_packets- | if_rx_octets- | if_rx_packets-proto-* | if_rx_octets-proto-*)
		take_count "$type-$column" "$value" "$time"
		column=${column:-all}
		if [[ " ${columns[*]} " != *" $column "* ]]; then
			columns+=("$column")
			rows=0
		fi
		if [ "$type" = if_rx_packets ]; then
			packets[$column]=$rate
		else
			bytes[$column]=$rate
		fi
		;;
	esac
}

# Reads what collectd writes: values go to the table, all else to the log, and
# of that what matters to the screen.
show() {
	local line
	trap '' INT TERM HUP
	while IFS= read -r line; do
		case $line in
		'[{"values":'*) take_value "$line" ;;
		*"write_log values:") ;;
		*)
			printf '%s\n' "$line" >>"$folder/collectd.log"
			case $line in
			*"[info] Notification:"* | *"[error] Notification:"*) ;;
			*"xdp plugin:"* | *"[error]"* | *"[warning]"*) printf '%s\n' "$line" ;;
			esac
			;;
		esac
	done
}
