// SPDX-License-Identifier: GPL-2.0-only
/* What ReportFate counts of AF_XDP sockets that come and go; the kernel's list is the test's. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>

#include "plugin/hook/program.h"
#include "plugin/source/sockets.h"
#include "plugin/source/xsk_diag.h"
#include "tests/unit/fail_alloc.h"

#define SECOND 1000000000ULL
#define SLOT 2
#define IFINDEX 40

static struct {
	struct xsk_diag_socket list[8];
	unsigned int count;
	int open_error, read_error;
	unsigned int opened, asked;
} kernel;

static char told[1024];
static unsigned int times_told;
static struct source *source;
static struct program program;

/* --- plugin/source/xsk_diag.h */

int xsk_diag_open(struct xsk_diag **ret_diag)
{
	if (kernel.open_error)
		return kernel.open_error;
	kernel.opened++;
	*ret_diag = (struct xsk_diag *)&kernel;
	return 0;
}

void xsk_diag_close(struct xsk_diag *diag)
{
	kernel.opened -= diag != NULL;
}

int xsk_diag_read(struct xsk_diag *diag,
		  void (*each)(void *context, const struct xsk_diag_socket *socket), void *context)
{
	assert_ptr_equal(diag, &kernel);
	kernel.asked++;
	for (unsigned int i = 0; i < kernel.count && !kernel.read_error; i++)
		each(context, &kernel.list[i]);
	return kernel.read_error;
}

/* --- the tests */

static void on_event(void *context, const struct event *event)
{
	(void)context;
	assert_string_equal(event->interface, "");
	times_told++;
	snprintf(told, sizeof(told), "%s", event->text);
}

static const struct event_teller teller = {.tell = on_event};
static const struct interface interface = {.index = IFINDEX, .name = "eth0"};
static const struct source_interface seen = {.interface = &interface, .slot = SLOT, .epoch = 1};

static int set_up(void **state)
{
	const struct source_settings settings = {.slots = 4, .interval_ns = SECOND};

	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	times_told = 0;
	return sockets_open(&settings, &source);
}

static int tear_down(void **state)
{
	(void)state;
	source->operations->end(source);
	assert_int_equal(kernel.opened, 0);
	source->operations->close(source);
	return 0;
}

/* A socket more in the list, at the front as in the kernel. */
static struct xsk_diag_socket *open_socket(uint64_t cookie, unsigned int queue)
{
	memmove(&kernel.list[1], &kernel.list[0], kernel.count * sizeof(kernel.list[0]));
	kernel.count++;
	kernel.list[0] =
		(struct xsk_diag_socket){.cookie = cookie, .ifindex = IFINDEX, .queue = queue};
	return &kernel.list[0];
}

static void close_socket(void)
{
	kernel.count--;
	memmove(&kernel.list[0], &kernel.list[1], kernel.count * sizeof(kernel.list[0]));
}

static struct record_cell cells[XSK_DIAG_COUNTS * SOCKETS_QUEUES];

static bool read_cells(void)
{
	return source->operations->read(source, &seen, cells);
}

static uint64_t cell(enum xsk_diag_count count, unsigned int queue)
{
	return cells[count * SOCKETS_QUEUES + queue].packets;
}

static void begin(void)
{
	source->operations->begin(source, &program, &teller);
	source->operations->slot_taken(source, &seen);
}

static void test_differences(void **state)
{
	struct xsk_diag_socket *socket = open_socket(1, 3);

	(void)state;
	socket->counts[XSK_DIAG_FULL] = 1000;
	begin();
	socket->counts[XSK_DIAG_FULL] = 1007;
	socket->counts[XSK_DIAG_TX_INVALID] = 2;
	assert_true(read_cells());
	assert_int_equal(cell(XSK_DIAG_FULL, 3), 7);
	assert_int_equal(cell(XSK_DIAG_TX_INVALID, 3), 2);
	assert_int_equal(cell(XSK_DIAG_FULL, 0), 0);
	assert_int_equal(times_told, 0);
}

static void test_closed(void **state)
{
	(void)state;
	begin();
	assert_false(read_cells());
	open_socket(1, 0)->counts[XSK_DIAG_DROPPED] = 50;
	open_socket(2, 0)->counts[XSK_DIAG_DROPPED] = 8;
	assert_true(read_cells());
	assert_int_equal(cell(XSK_DIAG_DROPPED, 0), 58);
	close_socket();
	close_socket();
	assert_true(read_cells());
	assert_int_equal(cell(XSK_DIAG_DROPPED, 0), 58);
	open_socket(3, 0)->counts[XSK_DIAG_DROPPED] = 1;
	assert_true(read_cells());
	assert_int_equal(cell(XSK_DIAG_DROPPED, 0), 59);
}

/* Sockets of one queue have one fill ring, and the kernel tells its count with each of them. */
static void test_fill_ring(void **state)
{
	(void)state;
	open_socket(1, 5)->counts[XSK_DIAG_FILL_EMPTY] = 10;
	begin();
	open_socket(2, 5);
	kernel.list[0].counts[XSK_DIAG_FILL_EMPTY] = 14;
	kernel.list[1].counts[XSK_DIAG_FILL_EMPTY] = 14;
	assert_true(read_cells());
	/* The slot saw the ring for the first time: what it has from before is not known. */
	assert_int_equal(cell(XSK_DIAG_FILL_EMPTY, 5), 0);
	kernel.list[0].counts[XSK_DIAG_FILL_EMPTY] = 20;
	kernel.list[1].counts[XSK_DIAG_FILL_EMPTY] = 20;
	assert_true(read_cells());
	assert_int_equal(cell(XSK_DIAG_FILL_EMPTY, 5), 6);
	/* All are closed, and another ring is there. */
	close_socket();
	close_socket();
	open_socket(3, 5)->counts[XSK_DIAG_FILL_EMPTY] = 30;
	assert_true(read_cells());
	assert_int_equal(cell(XSK_DIAG_FILL_EMPTY, 5), 36);
}

static void test_elsewhere(void **state)
{
	(void)state;
	begin();
	open_socket(1, 0)->ifindex = IFINDEX + 1;
	kernel.list[0].counts[XSK_DIAG_FULL] = 9;
	open_socket(2, SOCKETS_QUEUES)->counts[XSK_DIAG_FULL] = 9;
	assert_false(read_cells());
	/* The slot is another's, and begins with zero. */
	open_socket(3, 1)->counts[XSK_DIAG_FULL] = 4;
	assert_true(read_cells());
	source->operations->slot_released(source, SLOT);
	source->operations->slot_taken(source, &seen);
	assert_true(read_cells());
	assert_int_equal(cell(XSK_DIAG_FULL, 1), 0);
	kernel.list[0].counts[XSK_DIAG_FULL] = 6;
	assert_true(read_cells());
	assert_int_equal(cell(XSK_DIAG_FULL, 1), 2);
}

static void test_once_per_reading(void **state)
{
	static const struct interface other = {.index = IFINDEX + 1};
	const struct source_interface second = {.interface = &other, .slot = 3, .epoch = 1};
	unsigned int asked;

	(void)state;
	begin();
	source->operations->slot_taken(source, &second);
	asked = kernel.asked;
	for (unsigned int i = 1; i <= 3; i++) {
		read_cells();
		source->operations->read(source, &second, cells);
		assert_int_equal(kernel.asked, asked + i);
	}
}

static void test_refused(void **state)
{
	(void)state;
	kernel.read_error = -ENOENT;
	begin();
	assert_int_equal(times_told, 1);
	assert_contains(told, "CONFIG_XDP_SOCKETS_DIAG");
	assert_false(read_cells());
	for (uint64_t i = 1; i < 100; i++)
		source->operations->step(source, &teller, i * SECOND);
	assert_int_equal(times_told, 1);
	/* An attempt may make the kernel look for a module: few of them. */
	assert_uint_in_range(kernel.asked, 2, 9);
	kernel.read_error = 0;
	source->operations->step(source, &teller, 1000 * SECOND);
	assert_int_equal(times_told, 2);
	assert_contains(told, "losses of AF_XDP sockets are counted");
	open_socket(1, 0)->counts[XSK_DIAG_FULL] = 3;
	assert_true(read_cells());
	assert_int_equal(cell(XSK_DIAG_FULL, 0), 3);
}

/* What sockets count while they cannot be asked for is there afterwards. */
static void test_interrupted(void **state)
{
	(void)state;
	begin();
	open_socket(1, 0)->counts[XSK_DIAG_FULL] = 3;
	assert_true(read_cells());
	kernel.read_error = -EPROTO;
	assert_false(read_cells());
	kernel.open_error = -EMFILE;
	source->operations->step(source, &teller, SECOND);
	assert_int_equal(times_told, 1);
	kernel.read_error = kernel.open_error = 0;
	kernel.list[0].counts[XSK_DIAG_FULL] = 5;
	source->operations->step(source, &teller, 100 * SECOND);
	assert_int_equal(times_told, 2);
	assert_true(read_cells());
	assert_int_equal(cell(XSK_DIAG_FULL, 0), 5);
}

static void test_no_memory(void **state)
{
	(void)state;
	begin();
	open_socket(1, 0)->counts[XSK_DIAG_FULL] = 3;
	fail_alloc(1);
	assert_false(read_cells());
	assert_true(fail_alloc_happened());
	source->operations->step(source, &teller, SECOND);
	assert_true(read_cells());
	assert_int_equal(cell(XSK_DIAG_FULL, 0), 3);
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(source->operations->cells, XSK_DIAG_COUNTS * SOCKETS_QUEUES);
	assert_int_equal(source->operations->series_count, XSK_DIAG_COUNTS);
	for (unsigned int i = 0; i < XSK_DIAG_COUNTS; i++) {
		assert_int_equal(source->operations->series[i].count, SOCKETS_QUEUES);
		assert_int_equal(source->operations->series[i].cell, i * SOCKETS_QUEUES);
		assert_true(source->operations->series[i].sparse);
	}
}

#define SOCKETS_TEST(sentence, function)                                                           \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = set_up,                 \
		.teardown_func = tear_down                                                         \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SOCKETS_TEST("what a socket counted before is not reported", test_differences),
		SOCKETS_TEST("no sum falls when sockets are closed", test_closed),
		SOCKETS_TEST("the fill ring of a queue counts once, however many sockets have it",
			     test_fill_ring),
		SOCKETS_TEST("sockets of other interfaces are not counted, nor of an earlier owner",
			     test_elsewhere),
		SOCKETS_TEST("the kernel is asked once per reading", test_once_per_reading),
		SOCKETS_TEST("a kernel that cannot is logged once, and seldom asked again",
			     test_refused),
		SOCKETS_TEST("counts go on behind an interruption", test_interrupted),
		SOCKETS_TEST("without memory the next step counts all", test_no_memory),
		SOCKETS_TEST("each count has a series per queue", test_names),
	};

	return cmocka_run_group_tests_name("source/sockets", tests, NULL, NULL);
}
