// SPDX-License-Identifier: GPL-2.0-only
/* A child process that opens an object and writes one byte if it still can. */
#include "custom_trial.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#define CUSTOM_TRIAL_MS 5000

/* A crash is an answer here, for no handler of signals, and no reason to dump a core. */
static void expect_crash(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTERM};

	prctl(PR_SET_DUMPABLE, 0);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_DFL);
}

static void run_child(int answer, const void *bytes, size_t length)
{
	struct bpf_object *object;

	expect_crash();
	object = bpf_object__open_mem(bytes, length, NULL);
	if (object)
		bpf_object__close(object);
	_exit(write(answer, "", 1) == 1 ? 0 : 1);
}

/* Whether the byte comes before the end of the child or of patience. */
static bool await_answer(int answer)
{
	struct pollfd poll_answer = {.fd = answer, .events = POLLIN};
	char byte;
	int ready;

	do
		ready = poll(&poll_answer, 1, CUSTOM_TRIAL_MS);
	while (ready < 0 && errno == EINTR);
	return ready > 0 && read(answer, &byte, 1) == 1;
}

static int try_child(const int ends[2], const void *bytes, size_t length, bool *ret_survived)
{
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (child == 0)
		run_child(ends[1], bytes, length);
	close(ends[1]);
	*ret_survived = await_answer(ends[0]);
	kill(child, SIGKILL);
	/* Fails where the daemon ignores SIGCHLD. */
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

int custom_trial(const void *bytes, size_t length, char *text, size_t size)
{
	bool survived = false;
	int ends[2];
	int err;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		err = -errno;
	} else {
		err = try_child(ends, bytes, length, &survived);
		close(ends[0]);
		if (err)
			close(ends[1]);
	}
	if (err)
		snprintf(text, size,
			 "no process to try it in (errno %d, %s); see the limits of collectd's "
			 "unit (LimitNPROC, LimitNOFILE, TasksMax)",
			 -err, strerror(-err));
	if (!err && !survived) {
		snprintf(text, size,
			 "it is damaged: libbpf crashes on it; compile it again with `clang "
			 "-target bpf -g -O2 -c`, and copy it whole");
		err = -EINVAL;
	}
	return err;
}
