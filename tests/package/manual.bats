#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The manual pages, the sample configuration and README.md against the sources: what the plugin
# takes and what it says is explained, and nothing else is.

load ../lib/live

MANUAL=$LIVE_TOP/conf/collectd-xdp.5
PROGRAMS=$LIVE_TOP/conf/collectd-xdp-programs.7
MESSAGES=$LIVE_TOP/conf/collectd-xdp-messages.7
SAMPLE=$LIVE_TOP/conf/xdp.conf

# --- options and defaults, as "NAME DEFAULT", sorted

# The names, as the plugin itself lists them to who gives a wrong one.
plugin_options() {
	cat >"$BATS_TEST_TMPDIR/collectd.conf" <<-CONF
		BaseDir "$BATS_TEST_TMPDIR"
		PluginDir "$LIVE_TOP/plugin/.libs"
		LoadPlugin xdp
		<Plugin xdp>
			NoSuchOption true
		</Plugin>
	CONF
	collectd -T -C "$BATS_TEST_TMPDIR/collectd.conf" 2>&1 |
		sed -n 's/.*the options are \(.*\)\.$/\1/p' | head -n 1 | sed 's/, /\n/g' | sort
}

manual_options() {
	awk '
		$1 == ".Sh" { inside = $2 == "OPTIONS" }
		inside && $1 == ".It" && $3 ~ /^[A-Z]/ { name = $3 }
		inside && default { gsub(/\\\(dq/, "\"", $2); print name, $2 }
		{ default = $0 == "Default:" }' "$MANUAL" | sort
}

# Those that have no default: one is not commented out, the other is a block.
sample_options() {
	sed -nE 's/^  #([A-Z][A-Za-z]+) (.*)$/\1 \2/p; s/^  (Interface|#<Counter|#<Maps) .*/\1 none/p' "$SAMPLE" | tr -d '#<' | sort
}

@test "the manual explains every option of the plugin, and no other" {
	plugin_options >"$BATS_TEST_TMPDIR/plugin"
	[ -s "$BATS_TEST_TMPDIR/plugin" ]
	diff "$BATS_TEST_TMPDIR/plugin" <(manual_options | cut -d ' ' -f 1)
}

@test "the manual says type, default and cost of every option" {
	local wrong
	wrong=$(awk '
		function finish() {
			if (name != "" && (!defaults || !costs))
				print name ": " defaults + 0 " defaults, " costs + 0 " costs"
			name = ""
			defaults = costs = 0
		}
		$1 == ".Sh" || $1 == ".Ss" { finish(); inside = $1 == ".Ss" ? inside : $2 == "OPTIONS" }
		inside && $1 == ".It" && $3 ~ /^[A-Z]/ {
			finish()
			name = $3
			if ($0 !~ / (Ar (string|number)|Cm (true \| false|\\\(dq.* \| .*\\\(dq))$/)
				print name " has no type"
		}
		$0 == "Default:" { defaults++ }
		/^Cost: / { costs++ }' "$MANUAL")
	echo "$wrong"
	[ -z "$wrong" ]
}

@test "the sample configuration has every option, with the default that the manual says" {
	diff <(manual_options) <(sample_options)
}

# Who reads them has the package; a clone's folders are conf, tests and plugin.
@test "no message and no manual names a file that only a clone has" {
	refute grep -rnE --include='*.c' --include='*.h' '^[^#]*"[^"]*\<(conf|tests|plugin)/[a-z]' "$LIVE_TOP/plugin"
	refute grep -nE '(^|[^/a-z-])(conf|tests|plugin)/[a-z]' "$LIVE_TOP"/conf/*.[1-8]
}

@test "README.md names every option" {
	local option
	for option in $(plugin_options); do
		grep -qF "\`$option\`" "$LIVE_TOP/README.md" || {
			echo "$option is missing"
			return 1
		}
	done
}

@test "the manual shows the smallest example as it is in conf/examples" {
	local chapter="Example of a counter"
	example "$chapter" 1 | sed '1d; /^END$/,$d' | diff -w - <(sed 1,2d "$LIVE_TOP/conf/examples/count_all.bpf.c")
	example "$chapter" 2 | diff - <(sed -n '/^<Plugin/,$p' "$LIVE_TOP/conf/examples/count_all.conf")
}

@test "what the manual has to be copied is shown as it is written" {
	local line
	mandoc -T utf8 -O width=1000 "$MANUAL" "$PROGRAMS" | col -bx >"$BATS_TEST_TMPDIR/shown"
	sed -n '/^\.Bd -literal/,/^\.Ed/ { /^\.[BE]d/! p }' "$MANUAL" "$PROGRAMS" >"$BATS_TEST_TMPDIR/written"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/written")" -gt 50 ]
	while IFS= read -r line; do
		grep -qF -- "$line" "$BATS_TEST_TMPDIR/shown" || {
			echo "not shown: $line"
			return 1
		}
	done <"$BATS_TEST_TMPDIR/written"
}

@test "each configuration that the manuals show is accepted" {
	local page shown
	for page in "$MANUAL" "$PROGRAMS"; do
		awk -v name="$BATS_TEST_TMPDIR/${page##*/}" '
			/^\.Ed/ { shown = 0 }
			shown { print >(name "." n) }
			/^\.Bd -literal/ { shown = 1; n++ }' "$page"
	done
	grep -l '^<Plugin xdp>' "$BATS_TEST_TMPDIR"/collectd-xdp*.[57].* >"$BATS_TEST_TMPDIR/configurations"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/configurations")" -ge 6 ]
	while IFS= read -r shown; do
		{
			printf '%s\n' "BaseDir \"$BATS_TEST_TMPDIR\"" "PluginDir \"$LIVE_TOP/plugin/.libs\""
			grep -qE '^(<LoadPlugin|LoadPlugin) xdp' "$shown" || echo "LoadPlugin xdp"
			cat "$shown"
		} >"$BATS_TEST_TMPDIR/collectd.conf"
		# shellcheck disable=SC2016 # for the shell inside
		run timeout 60 unshare --net --mount sh -c 'mount -t bpf -o mode=0700 bpf /sys/fs/bpf && exec collectd -T -C "$0"' \
			"$BATS_TEST_TMPDIR/collectd.conf"
		echo "${shown##*/}: $output"
		[[ $output == *"xdp plugin: "* && $output != *"Parsing the config file failed"* ]]
	done <"$BATS_TEST_TMPDIR/configurations"
}

# --- values

# What the plugin names, from the tables of its reports and of its sources: "proto-arp", "size-1_to_64".
value_names() {
	local tables=("$LIVE_TOP"/plugin/report/*.c "$LIVE_TOP"/plugin/source/*.c)
	grep -ohE '"(proto|size|cast|tunnel|verdict|exception|redirect|tcp|icmp|from|ip)-[A-Za-z0-9_]+"' "${tables[@]}" | tr -d '"'
	grep -ohE '"(if_rx_[a-z]+|vlan-tagged|fragment-ip|cpu|queue|attached|observing|native|read|maps|interfaces|instructions|program)"' \
		"${tables[@]}" | tr -d '"' | sort -u
}

@test "the manual explains every value" {
	local name text
	text=$(sed -n '/^\.Sh VALUES/,/^\.Sh CAPA/p' "$MANUAL")
	[ "$(value_names | wc -l)" -gt 20 ]
	for name in $(value_names); do
		case $name in
		proto-* | size-* | cast-* | tunnel-* | verdict-* | exception-* | redirect-* | tcp-* | icmp-* | from-* | ip-*) name=${name#*-} ;;
		if_rx_errors | if_rx_dropped) name+='-[a-z]+-[A-Za-z-]+' ;; # there are parts of them only
		cpu | queue) name=$name-N ;;
		esac
		grep -qE "(^|[ -])$name([ ,]|\$)" <<<"$text" || {
			echo "$name is missing"
			return 1
		}
	done
}

@test "the manual says the unit of every value, and the option that it needs" {
	local wrong
	wrong=$(awk '
		function finish() {
			if (name != "" && (units != 1 || options != wanted))
				print name ": " units + 0 " units, " options + 0 " options"
			name = ""
			units = options = 0
		}
		$1 == ".Sh" || $1 == ".Ss" { finish(); inside = $0 == ".Sh VALUES"; wanted = 1 }
		inside && $1 == ".It" { finish(); name = $3 }
		inside && $1 == ".El" { finish(); wanted = 0 } # the option of the second list is said above it
		/^Unit: / { units++ }
		/^Option:/ { options++ }
		END { finish() }' "$MANUAL")
	echo "$wrong"
	[ -z "$wrong" ]
}

# --- diagnoses

# Files of the self-check, which has a manual of its own.
check_files() {
	printf '%s\n' "$LIVE_TOP"/plugin/check.c "$LIVE_TOP"/plugin/check/*.c "$LIVE_TOP"/plugin/diagnose/check.c
}

plugin_files() {
	printf '%s\n' "$LIVE_TOP"/plugin/*.c "$LIVE_TOP"/plugin/*/*.c | grep -vxFf <(check_files)
}

# Sentences of the files that can come into the log, one a line: not the words of others
# that they look for. sentences FILE...
sentences() {
	local file
	for file; do
		if [ "${file##*/}" = verifier.c ]; then
			sed '/ phrases\[\] = {/,/^};/d; / asides\[\] = {/,/^};/d' "$file"
		else
			cat "$file"
		fi | sed '/_Static_assert/,/;$/d' | awk -f "$BATS_TEST_DIRNAME/messages.awk"
	done | grep -v -e '^%lu %lu %lu$' -e '^nMax ' -e '^<Plugin xdp>' -e '^usage: ' -e "is referenced but wasn't created" \
		-e '^failed to initialize slot$' -e '^failed to load object$' | awk 'NF >= 3'
}

# Of each the longest stretch of at least three words before its first semicolon, that is of
# its cause, without what differs from case to case.
causes() {
	sed -e 's/^xdp plugin: //' -e 's/^; //' -e 's/;.*//' | awk '{
		n = split($0, piece, /%[-.*0-9lz]*[a-z]?|"[^"]*"|\(errno|[()]/)
		longest = ""
		for (i = 1; i <= n; i++)
			if (length(piece[i]) > length(longest))
				longest = piece[i]
		gsub(/^[ ,:.]+|[ ,:.]+$/, "", longest)
		if (split(longest, word, " ") >= 3)
			print longest
	}' | sort -u
}

# A manual as its reader sees it, in one line: manual_text FILE
manual_text() {
	mandoc -T ascii -O width=1000 "$1" | col -bx | tr -s ' \n' ' '
}

# Every cause in the files is in the manual, and there are so many: explains MANUAL AT_LEAST FILE...
explains() {
	local manual=$1 least=$2 cause missing=0 text
	shift 2
	text=$(manual_text "$manual")
	sentences "$@" | causes >"$BATS_TEST_TMPDIR/causes"
	echo "$(wc -l <"$BATS_TEST_TMPDIR/causes") causes"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/causes")" -gt "$least" ] || return 1
	while IFS= read -r cause; do
		if [[ $text != *"$cause"* ]]; then
			echo "not in the manual: $cause"
			missing=1
		fi
	done <"$BATS_TEST_TMPDIR/causes"
	[ "$missing" -eq 0 ]
}

@test "the manual explains all that the plugin says" {
	local files
	mapfile -t files < <(plugin_files)
	explains "$MESSAGES" 90 "${files[@]}"
}

@test "the manual of the self-check explains what only that says" {
	local files
	mapfile -t files < <(check_files)
	explains "$LIVE_TOP/conf/collectd-xdp-check.8" 30 "${files[@]}"
}

@test "the manuals say of each diagnosis what to do" {
	local bare
	bare=$(awk '
		$1 == ".Sh" { inside = $2 == "DIAGNOSTICS" }
		inside && ($1 == ".It" || $1 == ".El") && item != "" { print item }
		inside { item = $1 == ".It" ? $0 : "" }' "$MESSAGES" "$LIVE_TOP/conf/collectd-xdp-check.8")
	echo "nothing is said of: $bare"
	[ -z "$bare" ]
}

# The messages of a manual, one a line, and a number for the list that each is in.
messages() {
	sed 's/\\&//g; s/\\(dq//g' "$1" | awk '
		$1 == ".Sh" { inside = $2 == "DIAGNOSTICS" }
		inside && $1 == ".Bl" { list++ }
		inside && $1 == ".It" { sub(/^\.It (Sy )?/, ""); print list, $0 }'
}

@test "a message is found by its first words: each is a tag, and those of a list are in alphabetical order" {
	local list
	refute grep -q '^\.Bl -diag' "$MESSAGES"
	messages "$MESSAGES" >"$BATS_TEST_TMPDIR/messages"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/messages")" -gt 200 ]
	for list in $(cut -d ' ' -f 1 "$BATS_TEST_TMPDIR/messages" | uniq); do
		sed -n "s/^$list //p" "$BATS_TEST_TMPDIR/messages" | LC_ALL=C.UTF-8 sed 's/[^A-Za-z0-9 ]//g; s/.*/\L&/' |
			LC_ALL=C sort -c
	done
}

# --- references

# Each heading and each page that a manual names, as "FILE PAGE HEADING", PAGE being the manual
# itself where no other one follows: ".Sx HEADING", ".Sx HEADING" with "in" and ".Xr PAGE SECTION",
# or ".Pq see Sx HEADING No in Xr PAGE SECTION".
references() {
	awk '
		function finish() {
			if (heading != "")
				print FILENAME, page, heading
			heading = ""
		}
		FNR == 1 { own = FILENAME; sub(/.*\//, "", own) }
		heading != "" && $1 == ".Xr" && before == "in" { page = $2 "." $3 }
		!($0 == "in" || $1 == ".Xr" && before == "in") { finish() }
		$1 == ".Xr" && $2 ~ /^collectd-xdp/ { print FILENAME, $2 "." $3, "-" }
		$1 == ".Sx" { page = own; heading = $0; sub(/^\.Sx /, "", heading); sub(/ [.,;:]$/, "", heading) }
		/^\.Pq see Sx / {
			page = own
			heading = $0
			sub(/^\.Pq see Sx /, "", heading)
			if (heading ~ / No in Xr /) {
				page = heading
				sub(/.* No in Xr /, "", page)
				sub(/ /, ".", page)
				sub(/ .*/, "", page)
				sub(/ No in Xr .*/, "", heading)
			}
			sub(/ [.,;:]$/, "", heading)
		}
		{ before = $0 }
		END { finish() }' "$@"
}

@test "each heading and each page of ours that a manual refers to is there" {
	local file page heading
	references "$LIVE_TOP"/conf/*.[578] >"$BATS_TEST_TMPDIR/references"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/references")" -gt 40 ]
	while read -r file page heading; do
		echo "${file##*/}: $heading in $page"
		[ -f "$LIVE_TOP/conf/$page" ]
		[ "$heading" = - ] || grep -qE "^\.S[hs] $heading\$" "$LIVE_TOP/conf/$page"
	done <"$BATS_TEST_TMPDIR/references"
}
