// SPDX-License-Identifier: GPL-2.0-only
/* Runs frames through the program in the kernel and compares what was counted. */
#include "tests/kernel/harness.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "plugin/kernel/tcx_link.h"

#define INSTRUCTIONS_MAX 4096

const struct counter_settings harness_settings = {
	.breakdowns = RECORD_BY_PROTOCOL | RECORD_BY_SIZE | RECORD_BY_CAST | RECORD_BY_SIGNAL,
	.slots = 8,
};

static const struct way {
	const char *name, *needs;
} ways[] = {
	[COUNTER_LENGTH_CAST] = {"cast", "bpf_cast_to_kern_ctx() and BTF (Linux 6.2)"},
	[COUNTER_LENGTH_HELPER] = {"helper", "bpf_xdp_get_buff_len() (Linux 5.18)"},
	[COUNTER_LENGTH_POINTERS] = {"pointers", "nothing"},
	[COUNTER_LENGTH_WIRE_CAST] = {"wire_cast", "tcx (Linux 6.6) and BTF"},
	[COUNTER_LENGTH_WIRE] = {"wire", "tcx (Linux 6.6)"},
};

/* The way that is asked for; -1: the fastest there is. */
static int wanted_way(void)
{
	const char *name = getenv(HARNESS_LENGTH);

	for (int way = 0; name && way < (int)(sizeof(ways) / sizeof(ways[0])); way++) {
		if (strcmp(ways[way].name, name) == 0)
			return way;
	}
	if (name)
		fail_msg("there is no way \"%s\"", name);
	return -1;
}

bool harness_is_outgoing(void)
{
	return wanted_way() >= COUNTER_LENGTH_WIRE_CAST;
}

_Noreturn static void cannot(int way)
{
	printf("# needs %s\n", ways[way].needs);
	exit(HARNESS_CANNOT);
}

void harness_open(struct harness *harness, const struct counter_settings *settings,
		  unsigned int ifindex)
{
	struct counter_settings asked = *settings;
	struct counter_failure failure;
	int way = wanted_way(), err;

	if (way >= 0)
		asked.length = (enum counter_length)way;
	asked.outgoing |= harness_is_outgoing();
	/* An older verifier need not take what no hook there would. */
	if (harness_is_outgoing() && tcx_link_probe() != 0)
		cannot(way);
	err = counter_open(&asked, NULL, &harness->counter, &failure);
	if (err) {
		/* Too long for a message of cmocka. */
		printf("# %s\n# %s\n", failure.log.libbpf, failure.log.verifier);
		fflush(stdout);
		fail_msg("%s: %s", failure.step, strerror(-err));
	}
	if (way >= 0 && counter_info(harness->counter)->length != asked.length)
		cannot(way);
	assert_int_equal(counter_slot_take(counter_slots(harness->counter), ifindex, "cxdp", 0, 0,
					   &harness->slot),
			 0);
}

void harness_close(struct harness *harness)
{
	counter_close(harness->counter);
	harness->counter = NULL;
}

struct harness harness_on_lo;

int harness_group_open(void **state)
{
	(void)state;
	harness_open(&harness_on_lo, &harness_settings, HARNESS_LO);
	return 0;
}

int harness_group_close(void **state)
{
	(void)state;
	harness_close(&harness_on_lo);
	return 0;
}

/* Without a context packets come in on lo, also before Linux 5.18 for several buffers. */
static int run(int program, const void *context, size_t size, const uint8_t *frame, size_t length)
{
	static uint8_t out[2 * FRAME_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = (__u32)length,
		    .data_out = out, .data_size_out = sizeof(out));
	int err;

	assert_uint_in_range(length, 1, sizeof(out));
	if (context) {
		run.ctx_in = context;
		run.ctx_size_in = (__u32)size;
	}
	err = bpf_prog_test_run_opts(program, &run);
	if (err)
		return err;
	assert_int_equal(run.retval, harness_is_outgoing() ? (__u32)HARNESS_TCX_NEXT : XDP_PASS);
	assert_int_equal(run.data_size_out, length);
	assert_memory_equal(out, frame, length);
	return 0;
}

void harness_run_on(int program, unsigned int ifindex, unsigned int queue, const uint8_t *frame,
		    size_t length)
{
	const struct __sk_buff outgoing = {.ifindex = ifindex};
	const struct xdp_md incoming = {
		.data_end = (__u32)length,
		.ingress_ifindex = ifindex,
		.rx_queue_index = queue,
	};
	int err;

	if (ifindex == HARNESS_LO)
		err = run(program, NULL, 0, frame, length);
	else if (harness_is_outgoing())
		err = run(program, &outgoing, sizeof(outgoing), frame, length);
	else
		err = run(program, &incoming, sizeof(incoming), frame, length);
	if (err)
		fail_msg("BPF_PROG_TEST_RUN of %zu bytes: %s", length, strerror(-err));
}

/* By the EtherType behind the addresses: bpf_prog_test_run_skb() looks no further. */
bool harness_refuses(const uint8_t *frame, size_t length)
{
	unsigned int proto = (unsigned int)frame[12] << 8 | frame[13];

	return harness_is_outgoing() &&
	       ((proto == ETH_P_IP && length < HARNESS_SHORTEST + sizeof(struct iphdr)) ||
		(proto == ETH_P_IPV6 && length < HARNESS_SHORTEST + sizeof(struct ipv6hdr)));
}

void harness_run_split(int program, const uint8_t *frame, size_t length, size_t first)
{
	const struct xdp_md context = {.data_end = (__u32)first, .ingress_ifindex = HARNESS_LO};
	int err = run(program, &context, sizeof(context), frame, length);

	if (err)
		fail_msg("BPF_PROG_TEST_RUN of %zu bytes: %s", length, strerror(-err));
}

void harness_run(int program, const uint8_t *frame, size_t length)
{
	harness_run_on(program, HARNESS_LO, 0, frame, length);
}

struct record harness_record(const struct harness *harness)
{
	struct view_reading reading;

	assert_int_equal(counter_read(counter_reader(harness->counter), harness->slot, &reading),
			 0);
	return reading.sum;
}

struct record_signals harness_signals(const struct harness *harness)
{
	unsigned int cpus = counter_info(harness->counter)->cpus;
	struct record_signals sum = {0}, *values;
	__u32 at = harness->slot - 1;
	int map = counter_maps(harness->counter).signals;

	if (map < 0)
		return sum;
	values = calloc(cpus, sizeof(*values));
	assert_non_null(values);
	assert_int_equal(bpf_map_lookup_elem(map, &at, values), 0);
	for (unsigned int cpu = 0; cpu < cpus; cpu++) {
		for (int i = 0; i < RECORD_SIGNALS; i++) {
			sum.cells[i].packets += values[cpu].cells[i].packets;
			sum.cells[i].bytes += values[cpu].cells[i].bytes;
		}
	}
	free(values);
	return sum;
}

void harness_expect_signals(struct record_signals *sum, const struct counter_settings *settings,
			    const struct frame_expectation *expected, size_t length)
{
	if (!(settings->breakdowns & RECORD_BY_SIGNAL))
		return;
	for (int i = 0; i < RECORD_SIGNALS; i++) {
		sum->cells[i].packets += expected->signs >> i & 1;
		sum->cells[i].bytes += (expected->signs >> i & 1) * length;
	}
}

void harness_expect(struct record *sum, const struct counter_settings *settings,
		    const struct frame_expectation *expected, size_t length)
{
	enum record_class class =
		settings->breakdowns & RECORD_BY_PROTOCOL ? expected->class : RECORD_UNPARSED;

	sum->classes[class].packets++;
	sum->classes[class].bytes += length;
	if ((settings->breakdowns & RECORD_BY_PROTOCOL) && expected->tagged)
		sum->vlan_tagged++;
	if ((settings->breakdowns & RECORD_BY_PROTOCOL) && expected->fragment)
		sum->ip_fragments++;
	if ((settings->breakdowns & RECORD_BY_PROTOCOL) && expected->pppoe)
		sum->tunnels[RECORD_PPPOE]++;
	if ((settings->breakdowns & RECORD_BY_PROTOCOL) && expected->mpls)
		sum->tunnels[RECORD_MPLS]++;
	if (settings->breakdowns & RECORD_BY_SIZE)
		sum->sizes[expected->size]++;
	if ((settings->breakdowns & RECORD_BY_CAST) && expected->cast != FRAME_NO_CAST)
		sum->casts[expected->cast]++;
}

static bool same(const char *what, int index, uint64_t expected, uint64_t actual)
{
	if (expected != actual)
		printf("# %s %d: expected %llu, is %llu\n", what, index,
		       (unsigned long long)expected, (unsigned long long)actual);
	return expected == actual;
}

bool harness_same(const struct record *expected, const struct record *actual)
{
	bool all = true;

	for (int i = 0; i < RECORD_CLASSES; i++) {
		all &= same("packets of class", i, expected->classes[i].packets,
			    actual->classes[i].packets);
		all &= same("bytes of class", i, expected->classes[i].bytes,
			    actual->classes[i].bytes);
	}
	for (int i = 0; i < RECORD_SIZES; i++)
		all &= same("size", i, expected->sizes[i], actual->sizes[i]);
	for (int i = 0; i < RECORD_CASTS; i++)
		all &= same("cast", i, expected->casts[i], actual->casts[i]);
	all &= same("tagged", 0, expected->vlan_tagged, actual->vlan_tagged);
	all &= same("fragments", 0, expected->ip_fragments, actual->ip_fragments);
	for (int i = 0; i < RECORD_TUNNELS; i++)
		all &= same("tunnel", i, expected->tunnels[i], actual->tunnels[i]);
	fflush(stdout);
	return all;
}

bool harness_same_signals(const struct record_signals *expected,
			  const struct record_signals *actual)
{
	bool all = true;

	for (int i = 0; i < RECORD_SIGNALS; i++) {
		all &= same("packets of sign", i, expected->cells[i].packets,
			    actual->cells[i].packets);
		all &= same("bytes of sign", i, expected->cells[i].bytes, actual->cells[i].bytes);
	}
	fflush(stdout);
	return all;
}

/* So that a frame that is counted wrongly can be looked at. */
static void print_frame(const uint8_t *frame, size_t length)
{
	printf("# frame of %zu bytes:", length);
	for (size_t i = 0; i < length && i < 192; i++)
		printf(" %02x", frame[i]);
	printf("\n");
	fflush(stdout);
}

struct harness_sum harness_sum(const struct harness *harness)
{
	return (struct harness_sum){harness_record(harness), harness_signals(harness)};
}

void harness_check_sum(const struct harness *harness, struct harness_sum *sum, const uint8_t *frame,
		       size_t length, const struct frame_expectation *expected)
{
	const struct counter_settings *settings = counter_settings(harness->counter);
	struct harness_sum after;
	bool same;

	if (harness_refuses(frame, length))
		return;
	harness_run(counter_program_fd(harness->counter), frame, length);
	after = harness_sum(harness);
	harness_expect(&sum->record, settings, expected, length);
	harness_expect_signals(&sum->signs, settings, expected, length);
	same = harness_same(&sum->record, &after.record);
	if (!harness_same_signals(&sum->signs, &after.signs) || !same) {
		print_frame(frame, length);
		fail_msg("counted wrongly");
	}
}

void harness_check(const struct harness *harness, const uint8_t *frame, size_t length,
		   const struct frame_expectation *expected)
{
	struct harness_sum sum = harness_sum(harness);

	harness_check_sum(harness, &sum, frame, length, expected);
}

void harness_private_network(void)
{
	if (unshare(CLONE_NEWNET) < 0)
		fail_msg("unshare: %s", strerror(errno));
}

void harness_command(const char *command)
{
	if (system(command) != 0)
		fail_msg("%s: failed", command);
}

struct harness_size harness_program_size(int program)
{
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(program, &info, &length), 0);
	return (struct harness_size){
		.instructions = info.xlated_prog_len / sizeof(struct bpf_insn),
		.machine_bytes = info.jited_prog_len,
	};
}

unsigned int harness_count(int program, bool (*is_of_kind)(const struct bpf_insn *))
{
	static struct bpf_insn instructions[INSTRUCTIONS_MAX];
	struct bpf_prog_info info = {
		.xlated_prog_insns = (__u64)(unsigned long)instructions,
		.xlated_prog_len = sizeof(instructions),
	};
	__u32 length = sizeof(info);
	unsigned int found = 0, count;

	assert_int_equal(bpf_obj_get_info_by_fd(program, &info, &length), 0);
	count = info.xlated_prog_len / sizeof(struct bpf_insn);
	assert_uint_in_range(count, 1, INSTRUCTIONS_MAX);
	for (unsigned int i = 0; i < count; i++)
		found += is_of_kind(&instructions[i]);
	return found;
}
