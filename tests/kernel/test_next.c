// SPDX-License-Identifier: GPL-2.0-only
/*
 * Next: which programs a counter calls, what is reported of the others, and whose
 * verdict comes out.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "tests/kernel/harness.h"
#include "plugin/kernel/probe.h"
#include "plugin/counter/next_slot.h"
#include "plugin/kernel/pin_dir.h"

static struct frame frame;
static struct pin_dir *pins;
static char parent[64], path[96];
static struct diagnose_next_refusal refusal;

/* The words for the last refusal. */
static const char *why(void)
{
	static char text[256];

	diagnose_next_refusal(&refusal, text, sizeof(text));
	return text;
}

static int open_pins(void **state)
{
	(void)state;
	harness_command("mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf");
	snprintf(parent, sizeof(parent), "/sys/fs/bpf/cxdp-test-next-%d", getpid());
	snprintf(path, sizeof(path), "%s/firewall", parent);
	frame_build(frame_sample("IPv4 UDP")->steps, &frame);
	return pin_dir_open(parent, "/run/test.pid", PIN_DIR_MADE, &pins, NULL);
}

static int drop_pins(void **state)
{
	(void)state;
	unlink(path);
	(void)next_slot_unpin(pins);
	return 0;
}

static int close_pins(void **state)
{
	drop_pins(state);
	pin_dir_remove(pins);
	pin_dir_close(pins);
	(void)rmdir(parent);
	return 0;
}

/* A program that does nothing but return; its descriptor or -errno. */
static int load_program(enum bpf_prog_type type, int verdict, bool frags,
			enum bpf_attach_type attach_type)
{
	const struct bpf_insn instructions[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = verdict},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_flags = frags ? BPF_F_XDP_HAS_FRAGS : 0,
		    .expected_attach_type = attach_type);

	return bpf_prog_load(type, "cxdp_called", "GPL", instructions, 2, &options);
}

/* Pins it at the path, and lets go of it. */
static void pin(int program)
{
	assert_true(program >= 0);
	unlink(path);
	assert_int_equal(bpf_obj_pin(program, path), 0);
	close(program);
}

static void pin_verdict(int verdict, bool frags)
{
	pin(load_program(BPF_PROG_TYPE_XDP, verdict, frags, BPF_XDP));
}

/* The verdict, or -errno where it may not be run. */
static int run(int program)
{
	static uint8_t out[2 * FRAME_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame.bytes,
		    .data_size_in = (__u32)frame.length, .data_out = out,
		    .data_size_out = sizeof(out));

	return bpf_prog_test_run_opts(program, &options) < 0 ? -errno : (int)options.retval;
}

/* A counter that calls what is at the path. */
static struct next_slot *open_next(struct harness *harness)
{
	struct counter_settings settings = harness_settings;
	struct next_slot *slot = NULL;
	int err = next_slot_open(path, pins, &slot, &refusal);

	if (err)
		fail_msg("%s (%s)", strerror(-err), why());
	settings.next = (struct counter_next){
		.wanted = true, .frags = next_slot_frags(slot), .array = next_slot_array(slot)};
	harness_open(harness, &settings, HARNESS_LO);
	assert_int_equal(counter_info(harness->counter)->frags, next_slot_frags(slot));
	return slot;
}

/* Runs one packet: it is counted once, and has this verdict. */
static void expect_verdict(struct harness *harness, int verdict)
{
	struct record before = harness_record(harness), after;

	assert_int_equal(run(counter_program_fd(harness->counter)), verdict);
	after = harness_record(harness);
	assert_int_equal(counter_total(&after).packets, counter_total(&before).packets + 1);
	assert_int_equal(counter_total(&after).bytes, counter_total(&before).bytes + frame.length);
}

static void test_verdicts(void **state)
{
	static const int verdicts[] = {XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT};
	struct harness harness;
	struct next_slot *slot;

	(void)state;
	pin_verdict(verdicts[0], probe_has_frags());
	slot = open_next(&harness);
	expect_verdict(&harness, verdicts[0]);
	for (size_t i = 1; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		pin_verdict(verdicts[i], probe_has_frags());
		assert_int_equal(next_slot_follow(slot, &refusal), NEXT_SLOT_REPLACED);
		expect_verdict(&harness, verdicts[i]);
	}
	next_slot_close(slot);
	harness_close(&harness);
}

static void test_empty(void **state)
{
	const __u32 key = 0;
	struct harness harness;
	struct next_slot *slot;

	(void)state;
	pin_verdict(XDP_DROP, false);
	slot = open_next(&harness);
	expect_verdict(&harness, XDP_DROP);
	assert_int_equal(next_slot_restore(slot), NEXT_SLOT_HELD);
	assert_int_equal(bpf_map_delete_elem(next_slot_array(slot), &key), 0);
	expect_verdict(&harness, XDP_PASS);
	assert_int_equal(next_slot_restore(slot), NEXT_SLOT_RESTORED);
	expect_verdict(&harness, XDP_DROP);
	assert_int_equal(next_slot_restore(slot), NEXT_SLOT_HELD);
	next_slot_close(slot);
	harness_close(&harness);
}

static void test_follow(void **state)
{
	struct harness harness;
	struct next_slot *slot;

	(void)state;
	pin_verdict(XDP_DROP, false);
	slot = open_next(&harness);
	assert_int_equal(next_slot_follow(slot, &refusal), NEXT_SLOT_SAME);
	pin_verdict(XDP_TX, false);
	expect_verdict(&harness, XDP_DROP);
	assert_int_equal(next_slot_follow(slot, &refusal), NEXT_SLOT_REPLACED);
	expect_verdict(&harness, XDP_TX);
	unlink(path);
	assert_int_equal(next_slot_follow(slot, &refusal), NEXT_SLOT_REFUSED);
	assert_non_null(strstr(why(), "nothing is pinned there"));
	assert_int_equal(next_slot_follow(slot, &refusal), NEXT_SLOT_SAME);
	expect_verdict(&harness, XDP_TX);
	pin(dup(next_slot_target(slot)->fd));
	assert_int_equal(next_slot_follow(slot, &refusal), NEXT_SLOT_BACK);
	pin(load_program(BPF_PROG_TYPE_SCHED_CLS, 0, false, 0));
	assert_int_equal(next_slot_follow(slot, &refusal), NEXT_SLOT_REFUSED);
	assert_non_null(strstr(why(), "its type is sched_cls"));
	expect_verdict(&harness, XDP_TX);
	if (probe_has_frags()) {
		pin_verdict(XDP_DROP, true);
		assert_int_equal(next_slot_follow(slot, &refusal), NEXT_SLOT_REFUSED);
		assert_non_null(strstr(why(), "restart collectd"));
		expect_verdict(&harness, XDP_TX);
	}
	next_slot_close(slot);
	harness_close(&harness);
}

static uint32_t map_id(int map)
{
	struct bpf_map_info info = {0};
	__u32 length = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(map, &info, &length), 0);
	return info.id;
}

/* The array goes on with its pin, and gives way to another one only for another kind of program. */
static void test_pinned(void **state)
{
	struct harness harness;
	struct next_slot *slot;
	uint32_t array;

	(void)state;
	pin_verdict(XDP_DROP, false);
	slot = open_next(&harness);
	array = map_id(next_slot_array(slot));
	assert_int_equal(next_slot_pin(slot, pins), 0);
	assert_int_equal(next_slot_settle(slot, pins), 0);
	next_slot_close(slot);
	unlink(path);
	slot = NULL;
	assert_int_equal(next_slot_open(path, pins, &slot, &refusal), 0);
	assert_non_null(strstr(why(), "nothing is pinned there"));
	assert_int_equal(map_id(next_slot_array(slot)), array);
	assert_false(next_slot_frags(slot));
	next_slot_close(slot);
	expect_verdict(&harness, XDP_DROP);
	harness_close(&harness);

	pin_verdict(XDP_TX, probe_has_frags());
	slot = open_next(&harness);
	assert_int_equal(map_id(next_slot_array(slot)) != array, probe_has_frags());
	assert_int_equal(next_slot_pin(slot, pins), 0);
	assert_int_equal(pin_dir_has(pins, NEXT_SLOT_PIN_NEW), probe_has_frags());
	assert_int_equal(next_slot_settle(slot, pins), 0);
	assert_false(pin_dir_has(pins, NEXT_SLOT_PIN_NEW));
	assert_int_equal(next_slot_keep(slot, pins), 0);
	assert_int_equal(pin_dir_drop(pins, NEXT_SLOT_PIN), 0);
	assert_int_equal(next_slot_keep(slot, pins), 1);
	assert_int_equal(next_slot_keep(slot, pins), 0);
	expect_verdict(&harness, XDP_TX);
	next_slot_close(slot);
	harness_close(&harness);
}

/* What stands in the place of the array and is none is not used, and gives way. */
static void test_foreign_pin(void **state)
{
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, 4, 4, 1, NULL);
	struct harness harness;
	struct next_slot *slot;

	(void)state;
	assert_int_equal(pin_dir_put(pins, NEXT_SLOT_PIN, map), 0);
	pin_verdict(XDP_DROP, false);
	slot = open_next(&harness);
	assert_int_not_equal(map_id(next_slot_array(slot)), map_id(map));
	assert_int_equal(next_slot_pin(slot, pins), 0);
	assert_int_equal(next_slot_settle(slot, pins), 0);
	close(map);
	assert_int_equal(pin_dir_get(pins, NEXT_SLOT_PIN, PIN_DIR_MAP, &map), 0);
	assert_int_equal(map_id(next_slot_array(slot)), map_id(map));
	expect_verdict(&harness, XDP_DROP);
	close(map);
	next_slot_close(slot);
	harness_close(&harness);
}

static int open_firewall(struct harness *harness, int verdict, bool frags,
			 struct next_slot **ret_slot)
{
	pin_verdict(verdict, frags);
	*ret_slot = open_next(harness);
	assert_int_equal(next_slot_pin(*ret_slot, pins), 0);
	return counter_program_fd(harness->counter);
}

/* Whether this process has a descriptor of a map, which keeps what is in it. */
static bool holds_map(uint32_t id)
{
	char name[64], text[512], line[32];
	bool held = false;

	snprintf(line, sizeof(line), "\nmap_id:\t%u\n", id);
	for (int fd = 0; fd < 256 && !held; fd++) {
		ssize_t length;
		int info;

		snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
		info = open(name, O_RDONLY | O_CLOEXEC);
		if (info < 0)
			continue;
		length = read(info, text, sizeof(text) - 1);
		close(info);
		text[length < 0 ? 0 : length] = '\0';
		held = strstr(text, line);
	}
	return held;
}

/* The kernel empties an array that is let go of in a worker, which nothing tells the end of. */
static int run_until_passed(int program)
{
	int verdict = run(program);

	for (int i = 0; i < 1200 && verdict != XDP_PASS; i++) {
		poll(NULL, 0, 50);
		verdict = run(program);
	}
	return verdict;
}

/* A counter that is no longer at a hook may still be running: its program is called meanwhile. */
static void test_retired(void **state)
{
	struct harness before, after;
	struct next_slot *slot, *old;
	uint32_t array;
	int program;

	(void)state;
	if (!probe_has_frags()) {
		printf("# needs packets of several buffers (Linux 5.18)\n");
		fflush(stdout);
		skip();
	}
	program = open_firewall(&before, XDP_DROP, false, &old);
	array = map_id(next_slot_array(old));
	assert_int_equal(next_slot_settle(old, pins), 0);
	next_slot_close(old);
	open_firewall(&after, XDP_TX, true, &slot);
	/* The counter's own descriptor would keep what is in the array. */
	program = dup(program);
	harness_close(&before);
	assert_int_equal(next_slot_settle(slot, pins), 0);
	assert_int_equal(next_slot_follow(slot, &refusal), NEXT_SLOT_SAME);
	assert_true(holds_map(array));
	assert_int_equal(run(program), XDP_DROP);
	assert_int_equal(next_slot_follow(slot, &refusal), NEXT_SLOT_SAME);
	assert_false(holds_map(array));
	assert_int_equal(run_until_passed(program), XDP_PASS);
	close(program);
	next_slot_close(slot);
	harness_close(&after);
}

static void expect_refusal(const char *reason)
{
	struct next_target target;
	int err = next_target_open(path, &target, &refusal);

	if (err != -ENOEXEC || !strstr(why(), reason))
		fail_msg("%d, \"%s\" instead of \"%s\"", err, why(), reason);
}

static void test_refusals(void **state)
{
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, 4, 4, 1, NULL);
	int devmap = load_program(BPF_PROG_TYPE_XDP, XDP_PASS, false, BPF_XDP_DEVMAP);
	struct harness harness;

	(void)state;
	unlink(path);
	expect_refusal("nothing is pinned there");
	pin(map);
	expect_refusal("is no program");
	pin(load_program(BPF_PROG_TYPE_SOCKET_FILTER, 0, false, 0));
	expect_refusal("its type is socket_filter");
	harness_open(&harness, &harness_settings, HARNESS_LO);
	pin(dup(counter_program_fd(harness.counter)));
	harness_close(&harness);
	expect_refusal("it is a counter of this plugin");
	pin(devmap);
	expect_refusal("devmap or cpumap");
}

/* Whether the kernel lets a program like the counter call it; the counter's own is not asked. */
static bool kernel_calls(int program, bool frags)
{
	int array = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, NULL, 4, 4, 1, NULL);
	int owner = load_program(BPF_PROG_TYPE_XDP, XDP_PASS, frags, BPF_XDP);
	const __u32 key = 0;
	bool called;

	assert_true(array >= 0 && owner >= 0);
	/* The first one decides what goes with it. */
	assert_int_equal(bpf_map_update_elem(array, &key, &owner, BPF_ANY), 0);
	called = bpf_map_update_elem(array, &key, &program, BPF_ANY) == 0;
	close(owner);
	close(array);
	return called;
}

static void test_kinds(void **state)
{
	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		bool frags = kind & 1;
		int program = load_program(BPF_PROG_TYPE_XDP, XDP_TX, frags && probe_has_frags(),
					   kind & 2 ? 0 : BPF_XDP);
		struct next_target target;
		struct harness harness;
		struct next_slot *slot;

		if (!kernel_calls(program, false) &&
		    !(probe_has_frags() && kernel_calls(program, true))) {
			pin(program);
			expect_refusal("without the expected attach type BPF_XDP");
			continue;
		}
		pin(program);
		assert_int_equal(next_target_open(path, &target, &refusal), 0);
		assert_int_equal(target.frags, frags && probe_has_frags());
		assert_string_equal(target.name, "cxdp_called");
		next_target_close(&target);
		slot = open_next(&harness);
		expect_verdict(&harness, XDP_TX);
		next_slot_close(slot);
		harness_close(&harness);
	}
}

/* Maps of a program. */
static unsigned int count_maps(int program)
{
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(program, &info, &length), 0);
	return info.nr_map_ids;
}

static bool is_tail_call(const struct bpf_insn *instruction)
{
	return instruction->code == (BPF_JMP | BPF_CALL) && instruction->src_reg == 0 &&
	       instruction->imm == BPF_FUNC_tail_call;
}

static void test_off(void **state)
{
	struct harness with, without;
	struct next_slot *slot;

	(void)state;
	pin_verdict(XDP_DROP, probe_has_frags());
	slot = open_next(&with);
	harness_open(&without, &harness_settings, HARNESS_LO);
	assert_int_equal(harness_count(counter_program_fd(without.counter), is_tail_call), 0);
	assert_int_not_equal(harness_count(counter_program_fd(with.counter), is_tail_call), 0);
	assert_int_equal(count_maps(counter_program_fd(without.counter)) + 1,
			 count_maps(counter_program_fd(with.counter)));
	next_slot_close(slot);
	harness_close(&with);
	harness_close(&without);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"each verdict of the program that is called comes out, and the packet is counted "
		 "once",
		 test_verdicts, NULL, drop_pins, NULL},
		{"an empty slot lets the packet pass, counted, until it is filled again",
		 test_empty, NULL, drop_pins, NULL},
		{"another program at the path is called, and what cannot be called displaces none",
		 test_follow, NULL, drop_pins, NULL},
		{"a pinned array goes on, and one of another kind takes its place", test_pinned,
		 NULL, drop_pins, NULL},
		{"a pin in the place of the array that is none gives way", test_foreign_pin, NULL,
		 drop_pins, NULL},
		{"an array that gave way keeps its program until no packet can be on its way",
		 test_retired, NULL, drop_pins, NULL},
		{"what cannot be called is refused with its reason", test_refusals, NULL, drop_pins,
		 NULL},
		{"plain programs of every kind are called where the kernel lets them", test_kinds,
		 NULL, drop_pins, NULL},
		{"without Next the counter has no array and no call", test_off, NULL, drop_pins,
		 NULL},
	};

	return cmocka_run_group_tests(tests, open_pins, close_pins);
}
