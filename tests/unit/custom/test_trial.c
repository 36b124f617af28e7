// SPDX-License-Identifier: GPL-2.0-only
/* The trial in another process: what it answers, and that nothing of it is left. */
#include "tests/unit/unit.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "plugin/custom/trial.h"

/* In libbpf's place: what opening an object does to the process that tries it. */
static enum { OPENS, CRASHES, EXITS, HANGS, ORPHANED } opening;

static int told[2]; /* ends of a pipe */

/* In the C library's place. */
static bool no_process;		   /* fork(2) fails */
static unsigned int interruptions; /* of poll(2), to come */
static int waited;		   /* ms that the last poll(2) was to wait */

struct bpf_object *bpf_object__open_mem(const void *bytes, size_t length,
					const struct bpf_object_open_opts *options)
{
	(void)bytes;
	(void)length;
	(void)options;
	if (opening == ORPHANED)
		kill(getppid(), SIGKILL);
	/* Not for ever, where nothing ends it. */
	if (opening == ORPHANED || opening == HANGS) {
		alarm(60);
		pause();
	}
	if (opening == CRASHES)
		abort();
	if (opening == EXITS)
		_exit(0);
	return NULL;
}

pid_t fork(void)
{
	pid_t (*real)(void) = (pid_t(*)(void))dlsym(RTLD_NEXT, "fork");

	if (!no_process)
		return real();
	errno = EAGAIN;
	return -1;
}

/* Patience of seconds is shortened. */
int poll(struct pollfd *files, nfds_t count, int timeout)
{
	const struct timespec little = {.tv_nsec = 50000000};

	if (interruptions) {
		interruptions--;
		errno = EINTR;
		return -1;
	}
	waited = timeout;
	return ppoll(files, count, opening == HANGS || !timeout ? &little : NULL, NULL);
}

static int try_opening(char text[256])
{
	text[0] = '\0';
	return custom_trial("", 1, text, 256);
}

static void test_trial(void **state)
{
	char text[256];

	(void)state;
	opening = CRASHES;
	assert_int_equal(try_opening(text), -EINVAL);
	assert_contains(text, "libbpf crashes when it opens it");
	opening = OPENS;
	assert_int_equal(try_opening(text), 0);
	/* No child is left, neither with the signal nor where the daemon ignores it. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(try_opening(text), 0);
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* The process that tries has copies of all descriptors; this one's end shows when it is gone. */
static void test_trial_ends(void **state)
{
	struct pollfd end = {.events = POLLIN};
	char text[256], byte;
	int ends[2];
	pid_t daemon;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	opening = ORPHANED;
	daemon = fork();
	assert_true(daemon >= 0);
	if (daemon == 0) {
		close(ends[0]);
		try_opening(text);
		_exit(0);
	}
	close(ends[1]);
	end.fd = ends[0];
	alarm(20);
	assert_int_equal(poll(&end, 1, 20000), 1);
	alarm(0);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	assert_int_equal(waitpid(daemon, NULL, 0), daemon);
}

/* The number that the next descriptor gets. */
static int next_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;
}

static void test_hangs(void **state)
{
	char text[256];

	(void)state;
	opening = HANGS;
	assert_int_equal(try_opening(text), -EINVAL);
	assert_contains(text, "libbpf did not open it within 5 s");
	assert_int_equal(waited, 5000);
	/* It was ended, and is not waited for in vain. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* A handler of the daemon's, which is not for a crash in the child. */
static void tell_crash(int number)
{
	static const char byte = 'c';

	(void)number;
	(void)!write(told[1], &byte, 1);
}

static void test_handlers(void **state)
{
	struct pollfd end = {.events = POLLIN};
	char text[256];

	(void)state;
	assert_int_equal(pipe(told), 0);
	signal(SIGABRT, tell_crash);
	opening = CRASHES;
	assert_int_equal(try_opening(text), -EINVAL);
	signal(SIGABRT, SIG_DFL);
	end.fd = told[0];
	assert_int_equal(poll(&end, 1, 0), 0);
	close(told[0]);
	close(told[1]);
}

static void test_ends_early(void **state)
{
	char text[256];

	(void)state;
	opening = EXITS;
	assert_int_equal(try_opening(text), -EINVAL);
	assert_contains(text, "libbpf crashes when it opens it");
}

static void test_interrupted(void **state)
{
	char text[256];

	(void)state;
	opening = OPENS;
	interruptions = 3;
	assert_int_equal(try_opening(text), 0);
	assert_int_equal(interruptions, 0);
}

static void test_no_process(void **state)
{
	const int descriptor = next_descriptor();
	struct rlimit limit, none;
	char text[256];

	(void)state;
	opening = OPENS;
	no_process = true;
	assert_int_equal(try_opening(text), -EAGAIN);
	assert_contains(text, "it cannot be tried in another process first (errno 11");
	no_process = false;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){(rlim_t)descriptor, limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(try_opening(text), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_contains(text, "raise the limits of collectd's unit");
	assert_int_equal(try_opening(text), 0);
	assert_string_equal(text, "");
	/* None is left open. */
	assert_int_equal(next_descriptor(), descriptor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("an object is tried in a child, which is reaped", test_trial),
		UNIT_TEST("a crash of the child is none of the daemon's handlers", test_handlers),
		UNIT_TEST("a child that hangs is ended after a while", test_hangs),
		UNIT_TEST("a child that ends without an answer has crashed", test_ends_early),
		UNIT_TEST("signals do not end the waiting", test_interrupted),
		UNIT_TEST("without a process or descriptors the limits are named", test_no_process),
		UNIT_TEST("the child ends with the daemon, also where it hangs", test_trial_ends),
	};

	return cmocka_run_group_tests_name("custom/trial", tests, NULL, NULL);
}
