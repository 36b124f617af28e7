// SPDX-License-Identifier: GPL-2.0-only
/* Opens, checks and reads an object file. */
#include "plugin/custom/file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/diagnose/custom.h"

/* Whoever can write the file could run a program of his in the kernel. */
static int check_status(const struct stat *status, char *text, size_t size)
{
	if (!S_ISREG(status->st_mode)) {
		diagnose_custom_file_kind(text, size);
		return -EINVAL;
	}
	if (status->st_uid != 0) {
		diagnose_custom_file_owner((unsigned int)status->st_uid, text, size);
		return -EPERM;
	}
	if (status->st_mode & (S_IWGRP | S_IWOTH)) {
		diagnose_custom_file_mode((unsigned int)status->st_mode & 07777, text, size);
		return -EPERM;
	}
	if (status->st_size < 1 || status->st_size > CUSTOM_FILE_MAX) {
		diagnose_custom_file_size((long long)status->st_size, CUSTOM_FILE_MAX, text, size);
		return -EINVAL;
	}
	return 0;
}

/* A file that shrinks meanwhile is an error, too. */
static int read_all(int fd, void *bytes, size_t length)
{
	size_t have = 0;

	while (have < length) {
		ssize_t got = read(fd, (char *)bytes + have, length - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return -EIO;
		have += (size_t)got;
	}
	return 0;
}

static int read_open(int fd, void **ret_bytes, size_t *ret_size, char *text, size_t size)
{
	struct stat status;
	void *bytes;
	int err;

	if (fstat(fd, &status) < 0)
		return -errno;
	err = check_status(&status, text, size);
	if (err)
		return err;
	bytes = malloc((size_t)status.st_size);
	if (!bytes)
		return -ENOMEM;
	err = read_all(fd, bytes, (size_t)status.st_size);
	if (err) {
		free(bytes);
		return err;
	}
	*ret_bytes = bytes;
	*ret_size = (size_t)status.st_size;
	return 0;
}

int custom_file_read(const char *path, void **ret_bytes, size_t *ret_size, char *text, size_t size)
{
	/* Does not wait for the other end, should it be a pipe. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int err = fd < 0 ? -errno : 0;

	text[0] = '\0';
	if (!err) {
		err = read_open(fd, ret_bytes, ret_size, text, size);
		close(fd);
	}
	if (err && !text[0])
		diagnose_custom_file_error(err, text, size);
	return err;
}

int custom_file_check(const void *bytes, size_t length, char *text, size_t size)
{
	Elf64_Ehdr header;
	const uint16_t one = 1;
	const unsigned char ours = *(const unsigned char *)&one ? ELFDATA2LSB : ELFDATA2MSB;

	if (length < sizeof(header) || memcmp(bytes, ELFMAG, SELFMAG) != 0) {
		diagnose_custom_file_not_elf(text, size);
		return -EINVAL;
	}
	memcpy(&header, bytes, sizeof(header));
	if (header.e_ident[EI_DATA] != ours) {
		diagnose_custom_file_order(ours == ELFDATA2LSB, text, size);
		return -EINVAL;
	}
	if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_BPF ||
	    header.e_type != ET_REL) {
		diagnose_custom_file_not_bpf(header.e_machine, text, size);
		return -EINVAL;
	}
	return 0;
}

struct custom_file_mark custom_file_mark(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return (struct custom_file_mark){0};
	/* The change of owner or mode is one, too. */
	return (struct custom_file_mark){
		.device = status.st_dev,
		.inode = status.st_ino,
		.size = (uint64_t)status.st_size,
		.seconds = status.st_ctim.tv_sec,
		.nanoseconds = status.st_ctim.tv_nsec,
	};
}

bool custom_file_same(const struct custom_file_mark *one, const struct custom_file_mark *other)
{
	return one->device == other->device && one->inode == other->inode &&
	       one->size == other->size && one->seconds == other->seconds &&
	       one->nanoseconds == other->nanoseconds;
}
