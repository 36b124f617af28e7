# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the csv writer of the collectd of a life ($LIFE) has stored: a part of live.bash.

# The rows "time,value" of one series of an interface ("": the plugin itself), in order.
rows() {
	local files=("$LIFE/csv/${LIVE_HOST:-live}/xdp${1:+-$1}/$2"-20[0-9][0-9]-[01][0-9]-[0-3][0-9])
	[ -e "${files[0]}" ] || return 0
	awk -F, '$1 + 0 > 0' "${files[@]}"
}

# The same into the array ROWS.
read_rows() {
	local file day
	ROWS=()
	for file in "$LIFE/csv/${LIVE_HOST:-live}/xdp${1:+-$1}/$2"-20[0-9][0-9]-[01][0-9]-[0-3][0-9]; do
		[ -e "$file" ] || continue
		mapfile -t -s 1 day <"$file" # without the names of the columns
		ROWS+=("${day[@]}")
	done
}

row_count() {
	read_rows "$@"
	echo "${#ROWS[@]}"
}

# The last value of a series; csv writes a gauge of 1 with many digits.
last() {
	local value
	read_rows "$@"
	[ ${#ROWS[@]} -gt 0 ] || return 0
	value=${ROWS[-1]#*,}
	case $value in
	*.*) LC_ALL=C printf '%.15g\n' "$value" ;;
	*) echo "$value" ;;
	esac
}

# The names of all counts of an interface.
series_of() {
	local file
	for file in "$LIFE/csv/${LIVE_HOST:-live}/xdp-$1"/if_rx_*; do
		[ -e "$file" ] || continue
		file=${file##*/}
		echo "${file%-20??-??-??}"
	done | sort -u
}

# "name value" of all counts of an interface, as last stored.
all_counts() {
	counts_of "$1" rx
}

# The same of a direction: counts_of INTERFACE rx|tx
counts_of() {
	local files=("$LIFE/csv/${LIVE_HOST:-live}/xdp-$1/if_$2_"*)
	[ -e "${files[0]}" ] || return 0
	awk -F, '
		FNR == 1 { name = FILENAME; sub(/.*\//, "", name); sub(/-20..-..-..$/, "", name) }
		$1 + 0 > 0 { value[name] = $2 }
		END { for (name in value) print name, value[name] }' "${files[@]}" | sort
}

# The same without those by queue and CPU.
stored_counts() {
	all_counts "$1" | awk '$1 !~ /-queue-|-cpu-/'
}

# Whether the last stored total has come to N: has_come_to INTERFACE N. The total is stored
# before the others of its reading, and a collectd that ends then drops those.
has_come_to() {
	read_rows "$1" if_rx_packets
	[ ${#ROWS[@]} -gt 0 ] && ((${ROWS[-1]#*,} >= $2))
}

has_rows() {
	read_rows "$1" "$2"
	((${#ROWS[@]} >= $3))
}

# Waits until N more rows of a series are stored: await_rows N INTERFACE SERIES
await_rows() {
	local wanted
	wanted=$(($(row_count "$2" "$3") + $1))
	await $((20 + $1)) has_rows "$2" "$3" "$wanted"
}

# Waits until all that was sent is stored, and for a row after that, which would show a surplus.
await_counts() {
	await 20 has_come_to "$1" "$(sent "$2" if_rx_packets)" || return 1
	await_rows 1 "$1" if_rx_packets
}

# All counts stored are those sent, and no series is there for what was not: INTERFACE FILE
# What is not stored yet is awaited; counts never decrease, so a surplus does not pass by it.
check_counts() {
	await 5 counts_agree "$@" >/dev/null || counts_agree "$@"
}

counts_agree() {
	diff -u --label sent --label stored \
		<(awk '$2 > 0' "$2" | sort) <(stored_counts "$1")
}

# Each series of an interface ("": the plugin itself) begins with a zero and never decreases: of what comes in,
# or of the names that match a pattern: check_shape INTERFACE [PATTERN]
check_shape() {
	# shellcheck disable=SC2086 # it is one
	awk -F, '
		FNR == 1 { name = FILENAME; sub(/.*\//, "", name); sub(/-20..-..-..$/, "", name) }
		$1 + 0 == 0 { next }
		rows[name]++ == 0 && $2 != 0 { print name " begins with " $2; bad = 1 }
		$2 < before[name] { print name " falls from " before[name] " to " $2; bad = 1 }
		{ before[name] = $2 }
		END {
			for (name in rows) if (rows[name] < 2) { print name " is one value"; bad = 1 }
			exit bad || !NR
		}' "$LIFE/csv/${LIVE_HOST:-live}/xdp${1:+-$1}"/${2:-if_rx_*}
}

# The sum over series whose name begins with PREFIX and goes on with a number.
sum_of() {
	all_counts "$1" | awk -v prefix="$2" '
		index($1, prefix) == 1 && substr($1, length(prefix) + 1) ~ /^[0-9]+$/ { n += $2 }
		END { printf "%.0f\n", n }'
}
