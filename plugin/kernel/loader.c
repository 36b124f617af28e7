// SPDX-License-Identifier: GPL-2.0-only
/* Borrows libbpf's print callback and resource limit, gives the verifier a buffer, keeps its end.
 */
#include "plugin/kernel/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

/*
 * The verifier is asked for a log only after it has refused (libbpf, log level
 * 0). If the first buffer is too small there are two more attempts.
 */
#define LOADER_LOG_FIRST (64 << 10)

/*
 * Messages and statistics, and not every instruction (BPF_LOG_STATS in
 * linux/bpf_verifier.h): before Linux 6.4, which keeps the end of a log that
 * does not fit, all that is left to ask for.
 */
#define LOADER_LEVEL_MESSAGES 4

struct loader {
	char *buffer;
	size_t size;
	unsigned int level; /* 0: libbpf's own choice */
};

/*
 * While this thread loads, what libbpf prints goes here instead of to the
 * daemon's standard error. Other threads keep the callback they had.
 */
static _Thread_local struct loader_log *print_target;
static libbpf_print_fn_t print_before;

/* Appends to the log; when it is full its first half goes, for the end says what failed. */
static void log_append(struct loader_log *log, const char *text)
{
	size_t size = sizeof(log->libbpf), used = strlen(log->libbpf), length = strlen(text);

	if (length >= size / 2) {
		text += length - size / 2 + 1;
		length = size / 2 - 1;
	}
	if (used + length >= size) {
		memmove(log->libbpf, log->libbpf + size / 2, used - size / 2 + 1);
		used -= size / 2;
	}
	memcpy(log->libbpf + used, text, length + 1);
}

static int print(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char *text;

	if (!print_target)
		return print_before ? print_before(level, format, arguments) : 0;
	if (level == LIBBPF_DEBUG || vasprintf(&text, format, arguments) < 0)
		return 0;
	log_append(print_target, text);
	free(text);
	return 0;
}

/*
 * libbpf raises RLIMIT_MEMLOCK for the whole process on kernels that charge
 * map memory to it (before Linux 5.11), unless told not to; the limit is the
 * operator's. libbpf 1.1 declares the function that tells it so and does not
 * export it. It raises the limit once, before the first bpf(2) that counts: there,
 * it does so for a question of no weight, and the limit is put back at once.
 */
#pragma weak libbpf_set_memlock_rlim

static void memlock_keep(void)
{
	struct rlimit before, after;

	if (libbpf_set_memlock_rlim) {
		libbpf_set_memlock_rlim(0);
		return;
	}
	if (getrlimit(RLIMIT_MEMLOCK, &before) < 0)
		return;
	libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_XDP, NULL);
	if (getrlimit(RLIMIT_MEMLOCK, &after) == 0 &&
	    (after.rlim_cur != before.rlim_cur || after.rlim_max != before.rlim_max))
		setrlimit(RLIMIT_MEMLOCK, &before);
}

static void libbpf_borrow(struct loader_log *log)
{
	print_target = log;
	print_before = libbpf_set_print(print);
	memlock_keep();
}

static void libbpf_return(void)
{
	/* Back to its default; refused, and of no effect, where libbpf has used it already. */
	if (libbpf_set_memlock_rlim)
		libbpf_set_memlock_rlim((size_t)-1);
	libbpf_set_print(print_before);
	print_target = NULL;
}

void loader_watch(struct loader *load, struct bpf_object *object)
{
	struct bpf_program *program;

	/* What was said of an object before this one, in the same attempt, decides nothing. */
	print_target->libbpf[0] = '\0';
	load->buffer[0] = '\0';
	/* They only fail on an object that is loaded, or sizes out of range. */
	bpf_object__for_each_program(program, object)
	{
		(void)bpf_program__set_log_buf(program, load->buffer, load->size);
		if (load->level)
			(void)bpf_program__set_log_level(program, load->level);
	}
}

static int set_size(struct loader *load, size_t size)
{
	char *buffer = realloc(load->buffer, size);

	if (!buffer)
		return -ENOMEM;
	load->buffer = buffer;
	load->buffer[0] = '\0';
	load->size = size;
	return 0;
}

/* Whether the log was cut off before its end, which begins with a line of statistics. */
static bool is_cut_off(const struct loader *load, int err)
{
	return err == -ENOSPC && load->buffer[0] && !strstr(load->buffer, "\nprocessed ");
}

/* Gets ready for one more attempt; false if there is none left. */
static bool ask_again(struct loader *load)
{
	if (load->size < LOADER_LOG_MAX)
		return set_size(load, LOADER_LOG_MAX) == 0;
	if (load->level == LOADER_LEVEL_MESSAGES)
		return false;
	load->level = LOADER_LEVEL_MESSAGES;
	return true;
}

static void keep_end(const struct loader *load, struct loader_log *log)
{
	size_t length = strnlen(load->buffer, load->size - 1), size = sizeof(log->verifier);
	size_t start = length < size ? 0 : length - size + 1;

	memcpy(log->verifier, load->buffer + start, length - start);
	log->verifier[length - start] = '\0';
}

/* Writes the log as a whole where the operator asked for it. What fails there fails nothing else.
 */
static void keep_file(const struct loader *load)
{
	const char *path = secure_getenv(LOADER_LOG_VARIABLE);
	size_t length = strnlen(load->buffer, load->size - 1);
	struct stat status;
	int fd;

	if (!path || !length)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	/* One that was there with another mode, or is a device, is not what was asked for. */
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && fchmod(fd, 0600) == 0 &&
	    ftruncate(fd, 0) == 0)
		dprintf(fd, "%.*s", (int)length, load->buffer);
	close(fd);
}

int loader_run(int (*attempt)(void *context, struct loader *load), void *context,
	       struct loader_log *ret_log)
{
	struct loader load = {0};
	int err;

	*ret_log = (struct loader_log){0};
	/* A log that is wanted as a whole is not to be cut off. */
	err = set_size(&load,
		       secure_getenv(LOADER_LOG_VARIABLE) ? LOADER_LOG_MAX : LOADER_LOG_FIRST);
	if (err)
		return err;
	libbpf_borrow(ret_log);
	do {
		err = attempt(context, &load);
	} while (is_cut_off(&load, err) && ask_again(&load));
	libbpf_return();
	if (err) {
		keep_end(&load, ret_log);
		keep_file(&load);
	}
	free(load.buffer);
	return err;
}
