// SPDX-License-Identifier: GPL-2.0-only
/*
 * To be preloaded (LD_PRELOAD): keeps how often xdp.so, and the libraries that
 * only it uses, ask for memory, in the file named by CXDP_HEAP: one u64.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static _Atomic uint64_t *asked;

__attribute__((constructor)) static void heap_init(void)
{
	const char *path = getenv("CXDP_HEAP");
	int fd = path ? open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	void *page;

	if (fd < 0 || ftruncate(fd, sizeof(*asked)) < 0)
		return;
	page = mmap(NULL, sizeof(*asked), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (page != MAP_FAILED)
		asked = page;
}

static void count(void *caller)
{
	Dl_info info;

	if (asked && dladdr(caller, &info) && info.dli_fname &&
	    (strstr(info.dli_fname, "/xdp.so") || strstr(info.dli_fname, "/libbpf.so") ||
	     strstr(info.dli_fname, "/libmnl.so") || strstr(info.dli_fname, "/libelf.so")))
		atomic_fetch_add(asked, 1);
}

void *malloc(size_t size)
{
	count(__builtin_return_address(0));
	return __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
	count(__builtin_return_address(0));
	return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size)
{
	count(__builtin_return_address(0));
	return __libc_realloc(old, size);
}
