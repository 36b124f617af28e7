// SPDX-License-Identifier: GPL-2.0-only
/* Object files: whose they are, how they are read, and what their first bytes say. */
#include "tests/unit/unit.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plugin/custom/file.h"

/* A file of the test, whose owner is root by what fstat(2) says; see below. */
static char path[] = "/tmp/test_file-XXXXXX";

static struct {
	uid_t user;
	int stat_errno;		    /* fstat(2) fails; 0: not */
	unsigned int interruptions; /* of read(2), to come */
	size_t piece;		    /* bytes that a read(2) returns at most; 0: all */
	int read_errno;		    /* 0: none */
	bool ends;		    /* read(2) finds the end at once */
} fake_file;

/* In the C library's place. */
int fstat(int fd, struct stat *status)
{
	if (fake_file.stat_errno) {
		errno = fake_file.stat_errno;
		return -1;
	}
	if (fstatat(fd, "", status, AT_EMPTY_PATH) < 0)
		return -1;
	status->st_uid = fake_file.user;
	return 0;
}

ssize_t read(int fd, void *bytes, size_t size)
{
	if (fake_file.interruptions) {
		fake_file.interruptions--;
		errno = EINTR;
		return -1;
	}
	if (fake_file.read_errno) {
		errno = fake_file.read_errno;
		return -1;
	}
	if (fake_file.ends)
		return 0;
	if (fake_file.piece && size > fake_file.piece)
		size = fake_file.piece;
	return syscall(SYS_read, fd, bytes, size);
}

static int make_file(void **state)
{
	int fd;

	(void)state;
	memset(&fake_file, 0, sizeof(fake_file));
	strcpy(path + strlen(path) - 6, "XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	if (write(fd, "0123456789", 10) != 10)
		return -1;
	return close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* Reads the file, which is to hold `wanted`; or is refused with `err` and that reason. */
static void assert_read(const char *wanted)
{
	void *bytes = NULL;
	size_t size = 0;
	char text[256];

	if (custom_file_read(path, &bytes, &size, text, sizeof(text)))
		fail_msg("%s", text);
	assert_string_equal(text, "");
	assert_int_equal(size, strlen(wanted));
	assert_memory_equal(bytes, wanted, size);
	free(bytes);
}

static void assert_refused(const char *name, int err, const char *reason)
{
	void *bytes = NULL;
	size_t size = 0;
	char text[256];

	assert_int_equal(custom_file_read(name, &bytes, &size, text, sizeof(text)), err);
	assert_null(bytes);
	assert_contains(text, reason);
}

/* The number that the next descriptor gets. */
static int next_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;
}

static void test_read(void **state)
{
	const int descriptor = next_descriptor();

	(void)state;
	assert_read("0123456789");
	fake_file.piece = 3;
	fake_file.interruptions = 2;
	assert_read("0123456789");
	assert_int_equal(fake_file.interruptions, 0);
	assert_int_equal(next_descriptor(), descriptor);
}

static void test_failures(void **state)
{
	(void)state;
	fake_file.read_errno = EISDIR;
	assert_refused(path, -EISDIR, "it cannot be read (errno 21");
	fake_file.read_errno = 0;
	fake_file.ends = true;
	assert_refused(path, -EIO, "it cannot be read (errno 5");
	fake_file.ends = false;
	fake_file.stat_errno = EOVERFLOW;
	assert_refused(path, -EOVERFLOW, "it cannot be read (errno 75");
	assert_refused("/nowhere/at/all", -ENOENT, "it is not there (errno 2");
	assert_refused("/proc/self/mem/x", -ENOTDIR, "it cannot be read (errno 20");
}

static void test_kinds(void **state)
{
	char fifo[sizeof(path) + 8];

	(void)state;
	assert_refused("/tmp", -EINVAL, "it is not a regular file");
	assert_refused("/dev/null", -EINVAL, "it is not a regular file");
	/* Nobody is at its other end; it is not waited for. */
	snprintf(fifo, sizeof(fifo), "%s.fifo", path);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	alarm(20);
	assert_refused(fifo, -EINVAL, "it is not a regular file");
	alarm(0);
	unlink(fifo);
}

static void test_owners(void **state)
{
	static const mode_t good[] = {0600, 0644, 0755, 0400}, bad[] = {0664, 0646, 0620, 0602};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(good); i++) {
		assert_int_equal(chmod(path, good[i]), 0);
		assert_read("0123456789");
	}
	for (size_t i = 0; i < UNIT_LENGTH(bad); i++) {
		char mode[16];

		assert_int_equal(chmod(path, bad[i]), 0);
		snprintf(mode, sizeof(mode), "(mode %04o)", (unsigned int)bad[i]);
		assert_refused(path, -EPERM, mode);
	}
	assert_int_equal(chmod(path, 0600), 0);
	fake_file.user = 1000;
	assert_refused(path, -EPERM, "it belongs to user 1000");
}

static void test_sizes(void **state)
{
	void *bytes = NULL;
	size_t size = 0;
	char text[256];

	(void)state;
	assert_int_equal(truncate(path, 0), 0);
	assert_refused(path, -EINVAL, "it has 0 bytes, and must have 1 to 16777216");
	assert_int_equal(truncate(path, (16 << 20) + 1), 0);
	assert_refused(path, -EINVAL, "it has 16777217 bytes");
	assert_int_equal(truncate(path, 16 << 20), 0);
	assert_int_equal(custom_file_read(path, &bytes, &size, text, sizeof(text)), 0);
	assert_int_equal(size, 16 << 20);
	free(bytes);
	assert_int_equal(truncate(path, 1), 0);
	assert_int_equal(custom_file_read(path, &bytes, &size, text, sizeof(text)), 0);
	assert_int_equal(size, 1);
	free(bytes);
}

/* As a BPF object begins, of the byte order of this machine. */
static Elf64_Ehdr good_header(void)
{
	Elf64_Ehdr header = {.e_machine = EM_BPF, .e_type = ET_REL};

	memcpy(header.e_ident, ELFMAG, SELFMAG);
	header.e_ident[EI_CLASS] = ELFCLASS64;
	header.e_ident[EI_DATA] =
		__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
	return header;
}

static void assert_header(const Elf64_Ehdr *header, size_t size, const char *reason)
{
	char text[256] = "";

	assert_int_equal(custom_file_check(header, size, text, sizeof(text)), reason ? -EINVAL : 0);
	assert_contains(text, reason ? reason : "");
}

static void test_headers(void **state)
{
	Elf64_Ehdr header = good_header();

	(void)state;
	assert_header(&header, sizeof(header), NULL);
	assert_header(&header, sizeof(header) - 1, "it is not an ELF file");
	assert_header(&header, 0, "it is not an ELF file");
	header.e_ident[1] = 'e';
	assert_header(&header, sizeof(header), "it is not an ELF file");
	header = good_header();
	header.e_ident[EI_DATA] =
		(unsigned char)(ELFDATA2LSB + ELFDATA2MSB - header.e_ident[EI_DATA]);
	assert_header(&header, sizeof(header),
		      __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			      ? "it is big-endian, and this machine is little-endian; compile it "
				"with `-target bpfel`"
			      : "it is little-endian, and this machine is big-endian; compile it "
				"with `-target bpfeb`");
	header = good_header();
	header.e_machine = EM_X86_64;
	assert_header(&header, sizeof(header), "not a BPF object (machine 62)");
	header = good_header();
	header.e_type = ET_EXEC;
	assert_header(&header, sizeof(header), "not a BPF object");
	header = good_header();
	header.e_ident[EI_CLASS] = ELFCLASS32;
	assert_header(&header, sizeof(header), "not a BPF object");
}

static void test_marks(void **state)
{
	const struct custom_file_mark none = {0};
	const struct custom_file_mark first = custom_file_mark(path);
	struct custom_file_mark other = custom_file_mark(path);

	(void)state;
	assert_true(custom_file_same(&first, &other));
	assert_false(custom_file_same(&first, &none));
	assert_int_equal(first.size, 10);
	assert_true(first.inode != 0 && first.seconds != 0);
	other = custom_file_mark("/nowhere/at/all");
	assert_true(custom_file_same(&other, &none));
	assert_int_equal(truncate(path, 9), 0);
	other = custom_file_mark(path);
	assert_false(custom_file_same(&first, &other));
}

/* Each of its members tells files apart. */
static void test_mark_members(void **state)
{
	const struct custom_file_mark one = {1, 2, 3, 4, 5};
	const struct custom_file_mark others[] = {
		{0, 2, 3, 4, 5}, {1, 0, 3, 4, 5}, {1, 2, 0, 4, 5}, {1, 2, 3, 0, 5}, {1, 2, 3, 4, 0},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(others); i++)
		assert_false(custom_file_same(&one, &others[i]));
}

#define FILE_TEST(sentence, function)                                                              \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = make_file,              \
		.teardown_func = remove_file                                                       \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST("a file of root's is read whole, also in pieces", test_read),
		FILE_TEST("what cannot be read is reported with its error", test_failures),
		FILE_TEST("what is no regular file is refused, and not waited for", test_kinds),
		FILE_TEST("what others own or may write is refused", test_owners),
		FILE_TEST("files of 1 byte to 16 MiB are read", test_sizes),
		UNIT_TEST("only a BPF object of this byte order is one", test_headers),
		FILE_TEST("a mark tells a changed file from the one before", test_marks),
		UNIT_TEST("each member of a mark makes a difference", test_mark_members),
	};

	return cmocka_run_group_tests_name("custom/file", tests, NULL, NULL);
}
