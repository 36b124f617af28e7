#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What is wrong with an object, or with what the configuration expects of it, is named with
# its cause and its fix, once; the built-in counter goes on, and so does the counter when the
# file is mended.
bats_require_minimum_version 1.5.0
load ../lib/live

EXAMPLE=$LIVE_TOP/conf/examples/count_all.bpf.o
CUSTOM=$LIVE_TOP/tests/live/custom.bpf.o
export LIVE_INTERVAL=0.2 # of each start three readings are awaited

setup_file() {
	net_up
	veth_add cxdp-own
	veth_add cxdp-good
}

teardown_file() {
	processes_down
	net_down
}

setup() {
	life "refused-$BATS_TEST_NUMBER"
	OBJECT=$LIFE/custom.bpf.o
	install -m 0644 "$CUSTOM" "$OBJECT"
}

teardown() {
	processes_down
	rm -f "$LIFE/pid"
}

# start PROGRAM MAP [LINE...]: collectd with one counter of one map, beside the built-in one.
start() {
	local program=$1 map=$2
	collectd_configure <<-CONF
		Interface "cxdp-good"
		<Counter "own">
			Object "$OBJECT"
			Program "$program"
			Interface "cxdp-own"
			<Map "$map">
				Type "if_rx_packets"
				$(printf '%s\n' "${@:3}")
			</Map>
		</Counter>
	CONF
	collectd_start
}

# Whether nothing is counted for that reason, which is logged once; and the built-in counter counts.
refused_for() {
	await_rows 3 cxdp-good gauge-attached
	is_refused_for "$1" || {
		cat "$LIFE/log"
		return 1
	}
	collectd_stop
}

is_refused_for() {
	in_log "error. xdp plugin: counter own: nothing is counted: object $OBJECT: $1" &&
		in_log "xdp plugin: cxdp-good: counting in generic mode" &&
		[ -z "$(program_at cxdp-own)" ] &&
		[ "$(log_count 'error. xdp plugin')" -eq 1 ]
}

@test "a file that is not there" {
	rm "$OBJECT"
	start count_everything by_array
	refused_for 'it is not there (errno 2, No such file or directory); correct Object'
}

@test "a file that others may write" {
	chmod 0664 "$OBJECT"
	start count_everything by_array
	refused_for 'users other than root may write to it (mode 0664).*chmod go-w'
}

@test "a file of another user" {
	chown 65534 "$OBJECT"
	start count_everything by_array
	refused_for 'it belongs to user 65534'
}

@test "no regular file" {
	rm "$OBJECT"
	mkfifo "$OBJECT"
	start count_everything by_array
	refused_for 'it is not a regular file'
}

# Compiles $OBJECT for BPF, where nothing else is said; clang does not look into the folder of
# the processor's own headers for it: compile [FLAG...] FILE
compile() {
	clang -target bpf -idirafter "/usr/include/$(clang -print-multiarch)" -O2 -c -o "$OBJECT" "$@"
}

@test "no object" {
	echo "This is no object, but long enough to have had a header of one, had it one." >"$OBJECT"
	start count_everything by_array
	refused_for 'it is not an ELF file'
}

@test "an object for another machine" {
	install -m 0644 "$LIVE_TOP/plugin/.libs/xdp.so" "$OBJECT"
	start count_everything by_array
	refused_for 'it is an ELF file but not a BPF object (machine [0-9]*)'
}

@test "an object for another byte order" {
	local own=little other=big other_target=bpfeb own_target=bpfel
	if ! is_little_endian; then
		own=big other=little other_target=bpfel own_target=bpfeb
	fi
	compile -target "$other_target" -g "$LIVE_TOP/conf/examples/count_all.bpf.c"
	start count_all packets
	refused_for "it is $other-endian, and this machine is $own-endian; compile it with .-target $own_target."
}

@test "an object without BTF" {
	compile "$LIVE_TOP/conf/examples/count_all.bpf.c"
	start count_all packets
	refused_for '.*compile it with .*-g'
}

@test "half a file" {
	head -c 2000 "$CUSTOM" >"$OBJECT"
	start count_everything by_array
	refused_for '.*compile'
}

@test "a program that it does not have" {
	start count_nothing by_array
	refused_for 'it has no program "count_nothing"; set Program to one of: count_everything (section xdp), '
}

@test "a section of several programs" {
	start xdp by_array
	refused_for 'more than one program is in section "xdp"; set Program to the name of one: count_everything'
}

@test "a program that is not for XDP" {
	start of_tc by_array
	refused_for 'program of_tc is in section "tc", which is not for the XDP hook'
}

@test "a map that it does not have" {
	start count_everything by_nothing
	refused_for 'it has no map "by_nothing"; its maps are: .*by_array, .*others'
}

@test "a map that has no counts" {
	start count_everything others
	refused_for 'map others is of type prog_array, which this plugin cannot read'
}

@test "a key that has another size than its form" {
	start count_everything by_percpu_hash 'Instance "ipv4"'
	refused_for 'the key of map by_percpu_hash has 6 bytes, and Instance "ipv4" needs 4 bytes'
}

@test "a struct without Member" {
	start count_everything by_percpu_array
	refused_for 'map by_percpu_array: its value is a struct; set Member to one of these: pad, inner.packets, inner.small; trying again'
}

@test "a member that is not there" {
	start count_everything by_percpu_array 'Member "inner.bytes"'
	refused_for 'map by_percpu_array: its value has no member "inner.bytes"; set Member to one of these: pad, inner.packets, inner.small; trying again'
}

@test "a label of a key that the map cannot have" {
	start count_everything by_array 'Label 256 "x"'
	refused_for 'map by_array never has the key 256 of a Label, for its keys go to 255'
}

@test "an array that libbpf is to fill with programs" {
	compile -g -x c - <<-"END"
			#include <linux/bpf.h>
			#include <bpf/bpf_helpers.h>
			char LICENSE[] SEC("license") = "GPL";
			SEC("xdp") int rest(struct xdp_md *ctx) { return XDP_PASS; }
			struct {
			    __uint(type, BPF_MAP_TYPE_ARRAY);
			    __uint(max_entries, 1);
			    __type(key, __u32);
			    __type(value, __u64);
			} packets SEC(".maps");
			struct {
			    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
			    __uint(max_entries, 1);
			    __type(key, __u32);
			    __array(values, int (void *));
			} jump SEC(".maps") = {.values = {[0] = (void *)&rest}};
			SEC("xdp") int first(struct xdp_md *ctx)
			{
			    bpf_map_lookup_elem(&packets, &(__u32){0});
			    bpf_tail_call(ctx, &jump, 0);
			    return XDP_PASS;
			}
		END
	start first packets
	refused_for 'loading failed .*filled with programs for tail calls, .*call functions instead'
	refute in_log 'report it'
}

@test "a program that the verifier rejects" {
	start read_beyond by_array
	refused_for "loading failed: the kernel's verifier rejects it: out-of-bounds packet access; compare with data_end before each read ("
}

@test "a type that is not in types.db" {
	start count_everything by_array
	collectd_stop
	sed -i 's/Type "if_rx_packets"/Type "no_such_type"/' "$LIFE/collectd.conf"
	collectd_start
	in_log 'counter own: map by_array: Type "no_such_type" is not in types.db'
	[ -z "$(program_at cxdp-own)" ]
	sed -i 's/Type "no_such_type"/Type "if_packets"/' "$LIFE/collectd.conf"
	collectd_stop
	collectd_start
	in_log 'Type "if_packets" has more than one value'
	collectd_stop
}

@test "a plain ++ on a shared map is warned of; the counter counts" {
	start count_plainly by_array
	in_log 'warning. xdp plugin: counter own: counts in map by_array may be too low: .*PERCPU'
	in_log 'counter own: cxdp-own: counting in'
	collectd_stop
}

@test "a file that is mended is taken at once, though failures made the pauses long" {
	echo nothing >"$OBJECT"
	start count_all packets
	in_log 'it is not an ELF file'
	await_rows 8 cxdp-good gauge-attached
	install -m 0644 "$EXAMPLE" "$OBJECT"
	await_rows 3 cxdp-good gauge-attached # the first may be of a reading before it
	in_log 'counter own: the counter is loaded now'
	in_log 'counter own: cxdp-own: counting in'
	collectd_stop
}
