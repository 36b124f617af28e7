# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Checks of the build: it warns of nothing, and makes, installs and distributes what it should. gcc's
# is that of distcheck.
# What it uses comes from tests/lint/run.
# shellcheck disable=SC2154

# Not for configure, whose own programs are not free of warnings.
WARNINGS="WARN_CFLAGS=-Wall -Wextra -Wshadow -Wstrict-prototypes -Werror"

# Whether a build went through and warned of nothing: is_clean NAME, of what made makes.
is_clean() {
	made "$1" && ! grep -v '^libtool: warning:' "$work/$1.log" | grep -A 3 'warning:'
}

# Without the unit tests that sanitizers watch: they are made of the same files, and `make check` does not
# run them. clang's sanitizers are in a package that nothing else here needs.
WITHOUT=(unit_sanitized= unit_threaded=)

# With optimisation and fortified, as packages are, by which gcc finds more.
make_distcheck() {
	made configured || return
	make -C "$work/gcc" -j"$JOBS" distcheck "$WARNINGS -D_FORTIFY_SOURCE=2" "${WITHOUT[@]}" DISTCHECK_CONFIGURE_FLAGS=CC=gcc
}

# All that `make` and `make check` build.
make_clang() {
	made sources || return
	mkdir -p "$work/clang" && cd "$work/clang" &&
		../source/configure CC=clang CFLAGS=-O0 &&
		make -j"$JOBS" "$WARNINGS" && make -j"$JOBS" "$WARNINGS" check TESTS= "${WITHOUT[@]}"
}

# What is installed besides the plugin: manual, drop-in, samples, dashboards, self-check.
INSTALLED=(share/man/man5/collectd-xdp.5 share/man/man7/collectd-xdp-{messages,programs}.7 share/man/man8/collectd-xdp-check.8 sbin/collectd-xdp-check
	libexec/collectd-xdp/removal lib/systemd/system/collectd.service.d/collectd-xdp.conf
	share/doc/collectd-xdp/{README.md,measured.md,pictures/dashboard.png}
	share/doc/collectd-xdp/examples/{xdp.conf,alerts/threshold.conf,fleet/host.conf,grafana/influxdb.json,graphite/README.md,influxdb/plot,prometheus/README.md})

# collectd's own csv.so shows where plugins belong.
check_install() {
	local csv installed file
	made clang || return
	csv=$(find /usr/lib /usr/lib64 /opt/collectd -path '*/collectd/csv.so' 2>/dev/null | head -n 1)
	make -C "$work/clang" install DESTDIR="$work/root" || return
	installed=$(cd "$work/root" && find . -name 'xdp.*' ! -name xdp.conf -type f)
	for file in "${INSTALLED[@]}"; do
		[ -f "$work/root/usr/local/$file" ] || {
			echo "not installed: $file"
			return 1
		}
	done
	echo "collectd's: $csv, installed: $installed"
	[ -n "$csv" ] && [ "$installed" = ".${csv%/*}/xdp.so" ]
}

check_exports() {
	local symbols
	made clang || return
	symbols=$(nm -D --defined-only "$work/clang/plugin/.libs/xdp.so" | awk '{ print $NF }')
	echo "exported: $symbols"
	[ "$symbols" = module_register ]
}

# Compiles the programs for one byte order, with headers of one: byte_order TARGET HEADERS.
# A processor of the other order than this machine's may be any: all that matters is its order.
byte_order() {
	local program flags
	made configured || return
	mkdir -p "$work/$2/asm"
	echo "#include <linux/byteorder/$2_endian.h>" >"$work/$2/asm/byteorder.h"
	# shellcheck disable=SC2016 # make expands it
	read -ra flags < <(make -s -C "$work/gcc" --no-print-directory \
		--eval 'flags: ; @echo $(BPF_CFLAGS) $(LIBBPF_CFLAGS) $(BPF_SYSTEM)' flags)
	for program in bpf/*.bpf.c; do
		clang "${flags[@]}" -I . -target "$1" -isystem "$work/$2" -c "$program" -o /dev/null || return
	done
}

# The message is the one that is meant: refused_order TARGET HEADERS.
refused_order() {
	local output
	output=$(byte_order "$@" 2>&1) && return 1
	echo "$output"
	grep -q 'kernel headers are of a processor of the other byte order' <<<"$output"
}

check_byte_orders() {
	byte_order bpfel little && byte_order bpfeb big && refused_order bpfeb little && refused_order bpfel big
}

# The functions of an object that the verifier goes through apart from the programs that call them.
global_functions() {
	readelf -SsW "$1" | awk '/[]] [.]text / { sub(/.*\[ */, ""); text = $0 + 0 }
		$4 == "FUNC" && $5 == "GLOBAL" && $7 == text { print $8 }'
}

# Whether all parameters of a function are numbers: takes_numbers OBJECT FUNCTION. A context as a parameter
# needs the kernel's BTF.
takes_numbers() {
	bpftool btf dump -j file "$1" | jq -e --arg name "$2" '.types as $types
		| def plain: $types[. - 1] | if .kind == "TYPEDEF" or .kind == "CONST" then .type_id | plain else .kind == "INT" end;
		first($types[] | select(.kind == "FUNC" and .name == $name)) | $types[.type_id - 1].params | all(.[]; .type_id | plain)'
}

check_global_functions() {
	local object name found=0
	made configured || return
	for object in "$work"/gcc/bpf/*.bpf.o; do
		for name in $(global_functions "$object"); do
			echo "$name of $object"
			takes_numbers "$object" "$name" || return
			found=1
		done
	done
	[ "$found" -eq 1 ]
}

check_tarball() {
	local missing
	made distcheck || return
	tar -tf "$work"/gcc/collectd-xdp-*.tar.xz | sed 's,^[^/]*/,,' | sort >"$work/held"
	missing=$(tracked | grep -vx .gitignore | sort | comm -23 - "$work/held")
	echo "not in the tarball: $missing"
	[ -z "$missing" ]
}

check_build() {
	check "the tracked files are enough to make configure" made sources
	check "make distcheck passes, out of tree, and gcc warns of nothing" is_clean distcheck
	check "the tarball holds every tracked file" check_tarball
	check "programs are compiled for the byte order of the headers, and for no other" check_byte_orders
	check "global functions of the programs have no parameter that needs the kernel's BTF" check_global_functions
	check "clang warns of nothing" is_clean clang
	check "make install puts the plugin where collectd's are" check_install
	check "the plugin exports module_register and nothing else" check_exports
}
