# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Checks of configure: it fails for what is missing, and its last words name the package.
# What it uses comes from tests/lint/run.
# shellcheck disable=SC2154

# What an earlier run found of the compiler, but nothing of what is missing here.
without_what_is_missing() {
	grep -vE 'CLANG|BPFTOOL|pkg_cv|ac_cv_env' "$work/cache"
}

# How configure is run, in a folder of its own, comes behind the package: refuses_and_names PACKAGE COMMAND...
refuses_and_names() {
	local package=$1 output
	made configured || return
	shift
	mkdir -p "$work/missing" && cd "$work/missing" && without_what_is_missing >known || return
	if output=$("$@" 2>&1); then
		echo "configure goes through"
		return 1
	fi
	echo "$output"
	grep 'error:' <<<"$output" | grep -q "install $package "
}

configure_without_headers() {
	../source/configure --cache-file=known --with-collectd-headers=/nonexistent
}

# pkg-config finds all but one.
configure_without_library() {
	local without=$1 folder
	rm -rf "$work/pc"
	mkdir "$work/pc"
	for folder in $(pkg-config --variable pc_path pkg-config | tr : ' '); do
		find "$folder" -name '*.pc' ! -name "$without.pc" \
			-exec ln -sf -t "$work/pc" {} + 2>/dev/null
	done
	PKG_CONFIG_LIBDIR=$work/pc ../source/configure --cache-file=known
}

# In a mount namespace where the tools are no programs, for Debian's are not in one folder.
configure_without_tools() {
	local unshare=(unshare --mount)
	[ "$(id -u)" -eq 0 ] || unshare=(unshare --mount --map-root-user)
	# shellcheck disable=SC2016 # the inner shell expands it
	"${unshare[@]}" sh -c '
		PATH=$PATH:/usr/sbin:/sbin
		for tool; do
			# Gone already where two names are one program.
			path=$(command -v "$tool") || continue
			mount --bind /dev/null "$(readlink -f "$path")" || exit 0
		done
		exec ../source/configure --cache-file=known
	' sh "$@"
}

# The programs are for the byte order of the host, and headers of the other one are refused. The bpftool
# here may take objects of its own order alone, and what is compiled does not need it.
host_of_other_order() {
	local other=yes target=bpfeb output
	made configured || return
	if grep -q '^BPF_TARGET = bpfeb' "$work/gcc/Makefile"; then
		other=no target=bpfel
	fi
	mkdir -p "$work/order" && cd "$work/order" && without_what_is_missing >known || return
	printf '#!/bin/sh\nexit 0\n' >bpftool && chmod +x bpftool || return
	../source/configure --cache-file=known ac_cv_c_bigendian=$other BPFTOOL="$PWD/bpftool" &&
		grep "^BPF_TARGET = $target$" Makefile || return
	if output=$(make -k bpf/count.bpf.o bpf/fate.bpf.o 2>&1); then
		echo "compiled with headers of the other byte order"
		return 1
	fi
	echo "$output"
	[ "$(grep -c 'error: .*kernel headers are of a processor of the other byte order' <<<"$output")" -eq 2 ]
}

# configure says which tool does not do: refuses_tool VARIABLE=TOOL PATTERN
refuses_tool() {
	local output
	made configured || return
	mkdir -p "$work/missing" && cd "$work/missing" && without_what_is_missing >known || return
	if output=$(../source/configure --cache-file=known "$1" 2>&1); then
		echo "configure goes through"
		return 1
	fi
	echo "$output"
	grep -E "error: $2" <<<"$output"
}

check_configure() {
	local library compilers variable option
	for library in libbpf libelf libmnl; do
		check "configure without $library names $library-dev" \
			refuses_and_names "$library-dev" configure_without_library "$library"
	done
	check "configure without collectd's headers names collectd-dev" \
		refuses_and_names collectd-dev configure_without_headers
	mapfile -t compilers < <(compgen -c clang | grep -Ex 'clang(-[0-9]+)?' | sort -u)
	check "configure without clang names clang" \
		refuses_and_names clang configure_without_tools "${compilers[@]}"
	check "configure without bpftool names bpftool" \
		refuses_and_names bpftool configure_without_tools bpftool
	check "a bpftool that takes no object of the host's byte order is refused" \
		refuses_tool "BPFTOOL=$(type -P false)" '.*/false makes no skeleton of an object for bpfe[bl].*set BPFTOOL to'
	check "configure without pkg-config names pkgconf, and no library" \
		refuses_and_names pkgconf configure_without_tools pkg-config
	for variable in CLANG BPFTOOL; do
		check "a $variable that is no program is refused as such" \
			refuses_tool "$variable=/nonexistent/tool" "$variable is /nonexistent/tool, and there is no such program"
	done
	for option in --without-collectd-plugindir --with-collectd-plugindir=lib --without-collectd-headers; do
		check "configure $option is refused, for it is no folder" refuses_tool "$option" "--with-collectd-[a-z]* needs "
	done
	check "a gcc that is for no BPF, or before version 16, is refused as the compiler for BPF" \
		refuses_tool CLANG=gcc 'gcc (is gcc [0-9]+, whose BPF objects libbpf refuses|has no BPF backend)'
	check "programs are for the byte order of the host, and headers of the other one are refused" host_of_other_order
}
