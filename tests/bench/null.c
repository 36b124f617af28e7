// SPDX-License-Identifier: GPL-2.0-only
/*
 * A writer for collectd that stores nothing, and keeps how many value lists
 * and values it was given in the file "written" of its BaseDir: two u64.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <plugin.h>

struct written {
	_Atomic uint64_t lists;
	_Atomic uint64_t values;
};

static struct written *written;

static int null_init(void)
{
	int fd = open("written", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, sizeof(*written)) < 0)
		return -1;
	written = mmap(NULL, sizeof(*written), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return written == MAP_FAILED ? -1 : 0;
}

static int null_write(const data_set_t *set, const value_list_t *list, user_data_t *unused)
{
	(void)set;
	(void)unused;
	atomic_fetch_add(&written->lists, 1);
	atomic_fetch_add(&written->values, list->values_len);
	return 0;
}

void module_register(void)
{
	plugin_register_init("null", null_init);
	plugin_register_write("null", null_write, NULL);
}
