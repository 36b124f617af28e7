// SPDX-License-Identifier: GPL-2.0-only
/* A child process that opens an object and writes one byte if it still can. */
#include "plugin/custom/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "plugin/diagnose/custom.h"

#define CUSTOM_TRIAL_SECONDS 5

enum trial { TRIAL_SURVIVED, TRIAL_CRASHED, TRIAL_HANGS };

/* A crash is an answer here, for no handler of signals, and no reason to dump a core. */
static void expect_crash(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTERM};

	prctl(PR_SET_DUMPABLE, 0);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_DFL);
}

static void run_child(pid_t parent, int answer, const void *bytes, size_t length)
{
	struct bpf_object *object;

	/* It has the daemon's descriptors, and so its links: neither is to outlive it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	expect_crash();
	object = bpf_object__open_mem(bytes, length, NULL);
	if (object)
		bpf_object__close(object);
	/* The byte is the answer, not the status, which another plugin may have reaped. */
	(void)!write(answer, "", 1);
	_exit(0);
}

/* What comes first: the byte, the end of the child, or that of patience. */
static enum trial await_answer(int answer)
{
	struct pollfd poll_answer = {.fd = answer, .events = POLLIN};
	char byte;
	int ready;

	do
		ready = poll(&poll_answer, 1, CUSTOM_TRIAL_SECONDS * 1000);
	while (ready < 0 && errno == EINTR);
	if (ready <= 0)
		return TRIAL_HANGS;
	return read(answer, &byte, 1) == 1 ? TRIAL_SURVIVED : TRIAL_CRASHED;
}

static int try_child(const int ends[2], const void *bytes, size_t length, enum trial *ret_trial)
{
	const pid_t parent = getpid(), child = fork();

	if (child < 0)
		return -errno;
	if (child == 0)
		run_child(parent, ends[1], bytes, length);
	close(ends[1]);
	*ret_trial = await_answer(ends[0]);
	/* One that ended may be reaped already, by another plugin, and its number another's. */
	if (*ret_trial == TRIAL_HANGS)
		kill(child, SIGKILL);
	/* Fails where the daemon ignores SIGCHLD. */
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

int custom_trial(const void *bytes, size_t length, char *text, size_t size)
{
	enum trial trial = TRIAL_SURVIVED;
	int ends[2];
	int err;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		err = -errno;
	} else {
		err = try_child(ends, bytes, length, &trial);
		close(ends[0]);
		if (err)
			close(ends[1]);
	}
	if (err)
		diagnose_custom_trial_start(err, text, size);
	if (err || trial == TRIAL_SURVIVED)
		return err;
	if (trial == TRIAL_CRASHED)
		diagnose_custom_trial_crash(text, size);
	else
		diagnose_custom_trial_timeout(CUSTOM_TRIAL_SECONDS, text, size);
	return -EINVAL;
}
