#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A broken configuration is refused by `collectd -t`, with a message that quotes the value
# and says what is allowed, before anything is done in the kernel.
bats_require_minimum_version 1.5.0
load ../lib/live

# `collectd -t` of 5.8 to 5.12 exits with 0 before it reads the configuration (collectd
# issue 3216, mended by pull request 3793 after 5.12.0). There, a start in the foreground
# takes its place: the same callback, before init, and the same exit status.
setup_file() {
	echo "<this is no configuration" >"$BATS_FILE_TMPDIR/broken.conf"
	export TEST_OPTION=-t
	refute collectd -t -C "$BATS_FILE_TMPDIR/broken.conf" || TEST_OPTION=-f
}

setup() {
	life config
}

# refused MESSAGE: the options on standard input are refused with it, and without bpf(2).
refused() {
	collectd_configure
	run timeout 80 strace -f -e trace=bpf -o "$LIFE/strace" \
		collectd "$TEST_OPTION" -C "$LIFE/collectd.conf" 3>&-
	echo "status $status: $output"
	cat "$LIFE/log"
	[ "$status" -eq 1 ]
	grep -F "[error] xdp plugin: " "$LIFE/log" | grep -F -- "$1"
	grep -q 'exited with 1' "$LIFE/strace"
	refute grep 'bpf(' "$LIFE/strace"
	rm "$LIFE/log"
}

@test "an empty block is refused: no Interface" {
	refused 'no Interface is given; name at least one' </dev/null
}

@test "an unknown option is refused by name, with the list of options" {
	refused 'unknown option "ReportColours"; the options are Interface, ' <<-CONF
		Interface "eth0"
		ReportColours true
	CONF
}

@test "a bad regular expression is refused with its text" {
	refused 'invalid value "/eth[/" for Interface' <<<'Interface "/eth[/"'
}

@test "an empty regular expression is refused" {
	refused 'invalid value "//" for Interface: the regular expression is empty' <<<'Interface "//"'
}

@test "a name no interface can have is refused" {
	local name
	name=$(printf 'x%.0s' {1..128})
	refused "invalid value \"$name\" for Interface" <<<"Interface \"$name\""
}

@test "an interface given as a number is refused" {
	refused 'invalid value 7 for Interface' <<<'Interface 7'
}

@test "MaxInterfaces 0 is refused" {
	refused 'invalid value 0 for MaxInterfaces; expected a whole number from 1 to ' <<-CONF
		Interface "eth0"
		MaxInterfaces 0
	CONF
}

@test "MaxInterfaces -1 is refused" {
	refused 'invalid value -1 for MaxInterfaces' <<-CONF
		Interface "eth0"
		MaxInterfaces -1
	CONF
}

@test "MaxInterfaces 1e9 is refused" {
	refused 'invalid value "1e9" for MaxInterfaces' <<-CONF
		Interface "eth0"
		MaxInterfaces 1e9
	CONF
}

@test "MaxInterfaces 1.5 is refused" {
	refused 'invalid value 1.5 for MaxInterfaces' <<-CONF
		Interface "eth0"
		MaxInterfaces 1.5
	CONF
}

@test "an attach mode that does not exist is refused, with the modes there are" {
	refused 'invalid value "turbo" for AttachMode; expected "auto", "native" or "generic"' <<-CONF
		Interface "eth0"
		AttachMode "turbo"
	CONF
}

@test "a relative PinDirectory is refused" {
	refused 'invalid value "bpf/pins" for PinDirectory; expected an absolute path' <<-CONF
		Interface "eth0"
		PinDirectory "bpf/pins"
	CONF
}

@test "two values for one option are refused, and both are quoted" {
	refused 'AttachMode is given twice, as "native" and as "generic"' <<-CONF
		Interface "eth0"
		AttachMode "native"
		AttachMode "generic"
	CONF
}

@test "more named interfaces than MaxInterfaces are refused, with both numbers" {
	refused '2 interfaces are named, but MaxInterfaces is 1' <<-CONF
		Interface "eth0"
		Interface "eth1"
		MaxInterfaces 1
	CONF
}

@test "a switch that is neither true nor false is refused" {
	refused 'invalid value "often" for ReportSizes; expected true or false' <<-CONF
		Interface "eth0"
		ReportSizes "often"
	CONF
}

@test "an option with two values is refused" {
	refused 'AttachMode has 2 values; expected 1' <<-CONF
		Interface "eth0"
		AttachMode "native" "generic"
	CONF
}
