# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Checks of the text of the files: their format, static checks, and what each has to say.
# What it uses comes from tests/lint/run.
# shellcheck disable=SC2154

# Tracked scripts of an interpreter ("sh", "bash", "bats"), by their first line.
scripts() {
	# shellcheck disable=SC2016 # awk's
	tracked | xargs awk -v shell="$1" '
		$0 ~ "^#!.*[/ ]" shell "( |$)" { print FILENAME }
		{ nextfile }'
}

check_format() {
	tracked '*.c' '*.h' | xargs -P "$JOBS" -n 40 clang-format --dry-run -Werror
}

# The flags of a build, whose generated skeletons are not ours to judge. The longest files come first.
check_tidy() {
	local flags skeleton
	made configured || return
	mkdir -p "$work/tidy/bpf"
	for skeleton in bpf/count.skel.h bpf/count_cast.skel.h bpf/outgoing.skel.h bpf/outgoing_cast.skel.h bpf/observe.skel.h bpf/fate.skel.h; do
		{
			echo "// NOLINTBEGIN"
			cat "$work/gcc/$skeleton"
			echo "// NOLINTEND"
		} >"$work/tidy/$skeleton" || return
	done
	# shellcheck disable=SC2016 # make expands it
	flags=$(cd "$work/gcc" &&
		make -s --eval 'flags: ; @echo $(DEFS) $(plugin_libbase_la_CPPFLAGS)' flags)
	# shellcheck disable=SC2016 # the inner shell expands it
	tracked 'plugin/*.c' | xargs ls -S | xargs -n 1 -P "$JOBS" sh -c '
		clang-tidy --quiet "$3" -- -std=gnu11 -I "$1" -I "$1/.." -I . $2
	' sh "$work/tidy" "$flags"
}

# A function may have parameters that not every caller gives.
check_shell() {
	{
		scripts sh
		scripts bash
		tracked '*.sh' '*.bash'
	} | sort -u | xargs -P "$JOBS" -n 12 shellcheck -x -e SC2119,SC2120
}

# Under pipefail, what ends before it has read all (grep -q, or grep into /dev/null; head; sed q) makes
# the pipe fail now and then, for the writer gets SIGPIPE: a script that says pipefail has no such pipe.
EARLY='(^|[^|])\|&? *(grep +(-[A-Za-z]*[qmL]|--quiet|[^|]*>/dev/null)|head\b|sed [^|]*[0-9/;] *q\b|awk [^|]*\bexit\b)'
check_pipes() {
	local files status=0
	files=$(scripts bash | xargs grep -lE '^set .*pipefail' && tracked 'conf/*.bash') || return
	# shellcheck disable=SC2086 # no name has a space
	grep -nE "$EARLY" $files || status=$?
	[ "$status" -eq 1 ]
}

finds_pipes() {
	[ "$(grep -cE "$EARLY" <<<$'list | grep -qx "$name"\nlist | grep name >/dev/null\nroutes | head -n 1\na || grep -q b file')" -eq 3 ]
}

# Variables of the files that tests load are not seen, and each test is a subshell.
check_bats() {
	tracked '*.bats' | xargs -P "$JOBS" -n 12 shellcheck -x -s bats -e SC2030,SC2031,SC2153,SC2154
}

# Texts and data have no place for it; the licence is itself.
check_spdx() {
	local without
	without=$(tracked |
		grep -vE '^(LICENSE|.*\.(md|json|png)|(.*/)?\.gitignore|tests/fuzz/corpus-.*|conf/debian/(changelog|copyright|source/format))$' |
		xargs awk '
			FNR == 1 { named[FILENAME] = 0 }
			/SPDX-License-Identifier: GPL-2.0-only/ { named[FILENAME] = 1 }
			FNR == 2 { nextfile }
			END { for (file in named) if (!named[file]) print file }')
	echo "no SPDX line at the top of: $without"
	[ -z "$without" ]
}

# A heading is parsed for macros: of ".Ss In the block", "In" would be gone. Those of mdoc(7) that
# are called and written as words are.
headings_with_macros() {
	! grep -nE '^\.S[hs]( .*)? (A[cdnopqrt]|B[cloqstx]|C[dm]|D[coqv]|E[cmnorv]|F[acdlnorx]|I[cnt]|L[ik]|M[st]|N[dmos]|O[copstx]|P[acfopq]|Q[cloq]|R[esv]|S[coqxy]|T[an]|U[dx]|V[at]|X[cor])( |$)' "$@"
}

finds_heading() {
	echo ".Ss What is In it" >"$work/heading"
	! headings_with_macros "$work/heading"
}

check_headings() {
	tracked 'conf/*.[1-8]' | {
		mapfile -t manuals
		headings_with_macros "${manuals[@]}"
	}
}

check_manual() {
	tracked 'conf/*.[1-8]' | xargs mandoc -T lint -W warning
}

# Whether tests/lint/arrows complains of what is planted: finds_planted FILE LINE COMPLAINT
finds_planted() {
	local tree=$work/planted
	rm -rf "$tree" && mkdir "$tree" && cp -r plugin "$tree/" && printf '%s\n' "$2" >>"$tree/$1" || return
	tests/lint/arrows "$tree" >"$tree/complaints" && echo "it fails for nothing"
	cat "$tree/complaints"
	grep -qF "$3" "$tree/complaints"
}

# What the map of the plugin allows.
check_arrows() {
	tests/lint/arrows
}

check_text() {
	check "the wings are as the map says: arrows, circles, sizes" check_arrows
	check "the check of arrows finds one that is planted" finds_planted plugin/base/text.h \
		'#include "plugin/hook/view.h"' 'plugin/base/text.h: includes "plugin/hook/view.h", which its wing may not'
	check "the check of arrows finds a call without an include" finds_planted plugin/report/dispatch.c \
		'void planted(void) { pin_dir_close(0); }' 'plugin/report/dispatch.c: calls pin_dir_close() without'
	check "the check of arrows finds a circle that is planted" finds_planted plugin/report/series.h \
		'#include "plugin/report/interface.h"' 'plugin/report/series -> plugin/report/interface'
	check "the check of arrows finds a file that is too long" finds_planted plugin/base/text.c \
		"$(printf '//\n%.0s' {1..450})" 'lines, more than 450'
	check "C is formatted as .clang-format says" check_format
	check "shellcheck finds nothing in the scripts" check_shell
	check "shellcheck finds nothing in the bats tests" check_bats
	check "the check of pipes finds those that are planted" finds_pipes
	check "no script with pipefail has a pipe whose reader ends early" check_pipes
	check "mandoc finds nothing in the manuals" check_manual
	check "the check of headings finds one that is planted" finds_heading
	check "no heading of a manual has a word that is a macro" check_headings
	check "every file names its licence at the top" check_spdx
	check "clang-tidy finds nothing in the plugin" check_tidy
}
