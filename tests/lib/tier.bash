# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the programs tests/TIER/run share: their arguments, and TAP (https://testanything.org), whose
# lines each of them prints without a number, "ok - NAME", and numbers at its end.

set -o pipefail
shopt -s extglob

# Which tests are to be run: those of FILES whose names match FILTER, an extended regular
# expression. Empty: all.
FILES=()
FILTER=

bail() {
	echo "Bail out! $*"
	exit 1
}

# Sets FILES and FILTER: tier_arguments NAME... -- ARGUMENT..., which are the names of the tier's
# files, and the arguments that its program was given: --list, or [-f REGEX] [FILE...].
tier_arguments() {
	local names=() name
	while [ "$1" != -- ]; do
		names+=("$1")
		shift
	done
	shift
	if [ "${1:-}" = --list ]; then
		printf '%s\n' "${names[@]}"
		exit 0
	fi
	if [ "${1:-}" = -f ]; then
		FILTER=$2
		shift 2
	fi
	[ $# -gt 0 ] || set -- "${names[@]}"
	for name; do
		[[ " ${names[*]} " == *" $name "* ]] || bail "there is no \"$name\" in this tier, but: ${names[*]}"
		is_chosen "$name" || FILES+=("$name")
	done
}

# The names of the bats files of a folder: bats_files FOLDER
bats_files() {
	(cd "$1" && printf '%s\n' *.bats) | sed 's/\.bats$//'
}

# Whether a file was chosen.
is_chosen() {
	[[ " ${FILES[*]} " == *" $1 "* ]]
}

# Whether a test is to be run, by its name.
is_wanted() {
	[[ $1 =~ $FILTER ]]
}

# What has to be there before the tests run: needs_files FILE..., needs_programs NAME...
needs_files() {
	local file
	for file in "$@"; do
		[ -e "$file" ] || bail "$file is missing: make && make check TESTS="
	done
}

needs_programs() {
	local name
	for name in "$@"; do
		command -v "$name" >/dev/null || bail "$name is missing"
	done
}

# Runs bats, which is ended after so many seconds: a guard against what hangs, no judgement on what is slow,
# for the longest file takes two minutes. It is a process group of its own then, which a signal to this
# shell does not reach: bats_limited ARGUMENT...
export BATS_LIMIT=${BATS_LIMIT:-1200}
bats_limited() {
	local status=0
	timeout --kill-after=60 "$BATS_LIMIT" bats --formatter tap ${FILTER:+--filter "$FILTER"} "$@" &
	# shellcheck disable=SC2064 # this one
	trap "kill $!" HUP INT TERM
	wait $!
	wait $! || status=$? # once more, for a trap ends the first
	[ "$status" -lt 124 ] || echo "not ok - bats $* came to its end within $BATS_LIMIT s"
	return "$status"
}

# Runs the chosen bats files of a folder: run_bats FOLDER [OPTION...]
run_bats() {
	local files=("${FILES[@]/#/$1/}")
	shift
	bats_limited "$@" "${files[@]/%/.bats}" </dev/null 2>&1 | tap_without_numbers
}

# The same with JOBS files at a time, for most of the time they wait for readings; each is shown as a
# whole, in the order of FILES. FIRST and ALONE are lists of names: the longest files, which are
# started first, and those that need the machine for themselves: run_bats_together FOLDER JOBS FIRST ALONE
run_bats_together() {
	local folder=$1 jobs=$(($2 > 0 ? $2 : 1)) alone=" $4 " name work shown=0 order=()
	work=$(mktemp -d)
	# What was started ignores the SIGINT of a terminal.
	trap 'rm -rf "$work"; trap - TERM; kill -s TERM 0' HUP INT TERM
	for name in $3 "${FILES[@]}"; do
		! is_chosen "$name" || [[ $alone == *" $name "* || " ${order[*]} " == *" $name "* ]] || order+=("$name")
	done
	for name in "${order[@]}"; do
		while (($(jobs -rp | wc -l) >= jobs)); do
			wait -n
			show_ended
		done
		run_apart "$folder" "$name" "$work" &
	done
	while [ -n "$(jobs -rp)" ]; do
		wait -n
		show_ended
	done
	for name in $4; do
		! is_chosen "$name" || run_apart "$folder" "$name" "$work"
	done
	show_ended
	# Behind the first that was killed, with what should have noted its end.
	for name in "${FILES[@]:shown}"; do
		if [ -e "$work/$name.ended" ]; then
			cat "$work/$name"
		else
			[ ! -e "$work/$name.raw" ] || tap_without_numbers <"$work/$name.raw"
			echo "not ok - $name.bats came to its end"
		fi
	done
	rm -r "$work"
	trap - HUP INT TERM
}

# Of run_bats_together: shows what has ended, as far as all before it has.
show_ended() {
	while [ "$shown" -lt ${#FILES[@]} ] && [ -e "$work/${FILES[shown]}.ended" ]; do
		cat "$work/${FILES[shown]}"
		shown=$((shown + 1))
	done
}

# Runs a bats file with a bpf file system and names of network namespaces that no other one sees, and
# which go with it, also after a failure: run_apart FOLDER NAME WORK. What it writes is kept in a file, for
# bats comes to no end while a process that a test has left holds its pipe.
run_apart() {
	local started=$SECONDS status=0
	export -f bats_limited
	# shellcheck disable=SC2016 # for the shell inside
	FILTER=$FILTER unshare --mount bash -c '
		set -e
		export CXDP_ID=$$
		while mountpoint -q /sys/fs/bpf; do umount -l /sys/fs/bpf; done
		mount -t bpf bpf /sys/fs/bpf
		mkdir -p /run/netns
		mount -t tmpfs netns /run/netns
		set +e
		bats_limited "$1/$2.bats"
		status=$?
		left=$(ip netns list | cut -d " " -f 1)
		for name in $left; do
			ip netns pids "$name" | xargs -r kill -s KILL
			ip netns del "$name"
		done
		[ "$status" -ne 0 ] || [ -z "$left" ] || echo "not ok - $2.bats removes its network namespaces:" $left
		exit "$status"' run_apart "$1" "$2" >"$3/$2.raw" 2>&1 </dev/null || status=$?
	tap_without_numbers <"$3/$2.raw" >"$3/$2"
	[ "$status" -eq 0 ] || grep -q '^not ok' "$3/$2" || echo "not ok - $2.bats ended with status $status" >>"$3/$2"
	echo "# $2.bats took $((SECONDS - started)) s" >>"$3/$2"
	touch "$3/$2.ended"
}

# TAP of a program without numbers and plan.
tap_without_numbers() {
	sed -uE 's/^(not )?ok [0-9]+( -)? /\1ok - /; /^1\.\.[0-9]+/d; /^TAP version/d'
}

# Runs a cmocka program, and prints its TAP, each name after a prefix: run_cmocka PREFIX PROGRAM
# cmocka prints a skipped test as "not ok N # SKIP NAME"; before it the test has said what it needs.
# A program that the machine cannot run at all says so in the same way, and ends with TIER_CANNOT.
# Sets cmocka_status, to the program's, of which a test that fails is a part; and cmocka_lacks, to
# what a program lacks that cannot be run at all.
TIER_CANNOT=77
run_cmocka() {
	local prefix=$1 program=$2 line name needs='' failed=0 tests=0
	cmocka_lacks=
	while IFS= read -r line; do
		name=$prefix${line#*ok +([0-9]) - }
		[[ $line != *"ok "+([0-9])" "* ]] || tests=$((tests + 1))
		case $line in
		"status "*) cmocka_status=${line#status } ;;
		"# needs "*) needs=${line#\# } ;;
		*"ok "*" # SKIP "*)
			name=$prefix${line#* # SKIP }
			! is_wanted "$name" || echo "ok - $name # SKIP ${needs:-no reason given}"
			;;
		"ok "*) ! is_wanted "$name" || echo "ok - $name" ;;
		"not ok "*)
			failed=1
			! is_wanted "$name" || echo "not ok - $name"
			;;
		"" | [0-9]*..[0-9]* | "# ok - "* | "# not ok - "* | "TAP version"*) ;;
		*) echo "# ${line#\# }" ;;
		esac
	done < <(
		CMOCKA_MESSAGE_OUTPUT=TAP "$program" </dev/null 2>&1
		printf '\nstatus %s\n' $?
	)
	if [ "$cmocka_status" -eq "$TIER_CANNOT" ] && [ "$tests" -eq 0 ]; then
		cmocka_lacks=${needs:-no reason given}
		echo "ok - $prefix$program # SKIP $cmocka_lacks"
	elif [ "$cmocka_status" -ne 0 ] && [ "$failed" -eq 0 ]; then
		echo "not ok - $prefix$program ended with status $cmocka_status"
	fi
}

# Of TAP without numbers, the tests to be run, and what else is said.
tap_wanted() {
	local line
	while IFS= read -r line; do
		case $line in
		"ok - "*) ! is_wanted "${line#ok - }" || echo "$line" ;;
		"not ok - "*) ! is_wanted "${line#not ok - }" || echo "$line" ;;
		*) echo "$line" ;;
		esac
	done
}

# Numbers the lines of TAP and ends it with the plan. Fails if a test has, or if none was run
# though nobody chose among them.
tap_numbered() {
	awk -v chosen="${FILTER:+1}" '
		/^(not )?ok - / { total++; failed += /^not/; sub(/ok - /, "ok " total " - ") }
		{ print; fflush() }
		END { print "1.." total + 0; exit failed || !(total || chosen) }'
}
