#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Settings of the kernel that restrict BPF: the plugin counts, or names the setting. The last
# tests change what only a boot changes back, so the order matters and a guest runs them.
bats_require_minimum_version 1.5.0
load lib

# What conf/collectd-xdp.conf leaves the daemon. Without CAP_PERFMON the verifier takes no
# pointer into a packet that a length of the packet was added to.
CAPABILITIES=-all,+bpf,+net_admin,+perfmon

setup_file() {
	net_up
	life first
	veth_add cxdp-in
}

teardown_file() {
	processes_down
	net_down
}

setup() {
	life "$BATS_TEST_NUMBER"
}

# Also after a failure: what follows is another test's.
teardown() {
	processes_down
	sysctl -qw net.core.bpf_jit_enable=1 net.core.bpf_jit_harden=0 2>/dev/null || true
}

# What the kernel says of the limit of a process, in bytes.
memlock_of() {
	awk '/^Max locked memory/ { print $4, $5 }' "/proc/$1/limits"
}

# A life under a limit; what is left of the limit meanwhile goes to $LIFE/limit.
live_with_memlock() {
	ulimit -l "$1"
	collectd_configure <<<'Interface "cxdp-in"'
	collectd_start
	memlock_of "$(<"$LIFE/pid")" >"$LIFE/limit"
	collectd_stop
}

# For good: the kernel refuses to be asked for it again.
lock_down() {
	grep -F '[confidentiality]' /sys/kernel/security/lockdown || {
		echo confidentiality >/sys/kernel/security/lockdown
		grep -F '[confidentiality]' /sys/kernel/security/lockdown
	}
}

@test "with 8 MB of lockable memory it counts, and the limit stays" {
	live_with_memlock 8192
	[ "$(<"$LIFE/limit")" = "8388608 8388608" ]
	in_log "cxdp-in: counting in generic mode"
}

@test "with 64 KB of lockable memory it counts, or before Linux 5.11 names the limit, which stays" {
	live_with_memlock 64
	[ "$(<"$LIFE/limit")" = "65536 65536" ]
	if kernel_from 5.11; then
		in_log "cxdp-in: counting in generic mode"
	else
		in_log "RLIMIT_MEMLOCK"
		in_log "LimitMEMLOCK"
	fi
}

# Not every processor has a JIT compiler, and not every kernel lets it be switched off.
set_jit() {
	sysctl -qw "net.core.bpf_jit_$1=$2" 2>/dev/null || skip "this kernel does not let bpf_jit_$1 be $2"
}

# In the first network namespace, where alone the kernel shows the setting.
says_of_jit() {
	life "$BATS_TEST_NUMBER-first"
	collectd_configure <<<'Interface "lo"'
	collectd_start nsenter --net=/proc/1/ns/net
	collectd_stop
	in_log "\[notice\] xdp plugin: program xdp_count counts, but the kernel interprets it, which takes several times as long per packet: $1"
}

@test "without the JIT compiler it counts, and says what that costs and what can be done" {
	local why='the JIT compiler for BPF is off; set net.core.bpf_jit_enable to 1 and restart collectd'
	if [ -e /proc/sys/net/core/bpf_jit_enable ]; then
		set_jit enable 0
	else
		why='this kernel has no JIT compiler for BPF; nothing to do'
	fi
	count_100
	in_log 'the kernel interprets it.*: this kernel has no JIT compiler for BPF, or it is off'
	says_of_jit "$why"
}

@test "with the JIT compiler hardened for all it counts" {
	set_jit harden 2
	count_100
}

# What makes a command see a kernel without BTF of its own.
WITHOUT_BTF=(unshare --mount sh -c '[ ! -d /sys/kernel/btf ] || mount -t tmpfs none /sys/kernel/btf; exec "$@"' sh)

@test "without the kernel's BTF it counts, and says what needs it" {
	local pin=/sys/fs/bpf/cxdp-settings-$CXDP_ID
	veth_add cxdp-held
	bpftool prog load "$BATS_TEST_DIRNAME/steer.bpf.o" "$pin"
	in_rx bpftool net attach xdpgeneric pinned "$pin" dev cxdp-held
	rm "$pin"
	COUNT_OPTIONS=$'Interface "cxdp-held"\nReportFate true\nReportOutgoing true' count_100 "${WITHOUT_BTF[@]}"
	refute in_log 'length by bpf_cast_to_kern_ctx'
	in_log 'cxdp-held: not counted: .*cannot be observed: this kernel has no BTF of its own; use one that is built with CONFIG_DEBUG_INFO_BTF'
	in_log 'exceptions and redirects are not counted (ReportFate): this kernel has no BTF of its own'
	! has_tcx || in_log 'outgoing: cxdp-in: counting at the tcx hook'
	ip -n "$RX" link del cxdp-held
}

@test "with unprivileged_bpf_disabled 0, and no capability but those of the drop-in, it counts" {
	sysctl -qw kernel.unprivileged_bpf_disabled=0
	count_100 setpriv --bounding-set="$CAPABILITIES"
}

@test "with unprivileged_bpf_disabled 2, and no capability but those of the drop-in, it counts" {
	sysctl -qw kernel.unprivileged_bpf_disabled=2
	count_100 setpriv --bounding-set="$CAPABILITIES"
}

@test "with unprivileged_bpf_disabled 1, and no capability but those of the drop-in, it counts" {
	sysctl -qw kernel.unprivileged_bpf_disabled=1
	count_100 setpriv --bounding-set="$CAPABILITIES"
}

@test "without CAP_PERFMON it says that this is what is missing" {
	collectd_configure <<<'Interface "cxdp-in"'
	collectd_start setpriv --bounding-set=-all,+bpf,+net_admin
	collectd_stop
	in_log '\[error\] xdp plugin: .*CAP_PERFMON'
}

@test "with lockdown=confidentiality a program at the hook is waited for, and the lockdown is named" {
	local pin=/sys/fs/bpf/cxdp-settings-$CXDP_ID
	bpftool prog load "$BATS_TEST_DIRNAME/steer.bpf.o" "$pin"
	in_rx bpftool net attach xdpgeneric pinned "$pin" dev cxdp-in
	rm "$pin"
	lock_down
	collectd_configure <<<'Interface "cxdp-in"'
	collectd_start
	collectd_stop
	in_rx bpftool net detach xdpgeneric dev cxdp-in
	in_log 'cxdp-in: not counted: .* which stays and cannot be observed: kernel lockdown is "confidentiality"'
}

@test "with lockdown=confidentiality it counts" {
	lock_down
	count_100
}
