/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The counters of a process that may open nothing when it ends.
 *
 * gcc's own code writes them to files at exit, which a confined child cannot.
 * So a shared mapping of a file is made before main(), and what is in it when
 * the process ends, by exit(3) or by _exit(2), needs no system call to stay.
 * A process that was forked adds its counters behind those of the other.  Who
 * is killed leaves none.
 *
 * For "make coverage" only: the linker wraps _exit(2), the compiler puts its
 * tables into the section gcov_info instead of calling gcc's code.
 */

#include <sys/mman.h>

#include <fcntl.h>
#include <gcov.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM (16U * 1024 * 1024)

extern const struct gcov_info *const __start_gcov_info[];
extern const struct gcov_info *const __stop_gcov_info[];

struct dump {
	uint32_t used;
	uint8_t  data[ROOM - sizeof(uint32_t)];
};

static struct dump *dump;

void __real__exit(int) __attribute__((noreturn));
void __wrap__exit(int) __attribute__((noreturn));

static void __attribute__((constructor)) dump_open(void)
{
	char  path[] = COVERAGE_DIR "/XXXXXX";
	void *p;
	int   fd;

	if ((fd = mkostemp(path, O_CLOEXEC)) == -1)
		return;
	if (ftruncate(fd, ROOM) == 0 &&
	    (p = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) !=
		MAP_FAILED)
		dump = p;
	(void)close(fd);
}

static void
dump_bytes(const void *p, unsigned int n, void *arg)
{
	uint32_t *at = arg;

	if (n <= sizeof(dump->data) - *at) {
		memcpy(dump->data + *at, p, n);
		*at += n;
	}
}

/* The name, then the length of what follows: filled in later. */
static void
dump_name(const char *name, void *arg)
{
	dump_bytes(name, (unsigned int)strlen(name) + 1, arg);
	dump_bytes(&(uint32_t){ 0 }, sizeof(uint32_t), arg);
}

static void *
dump_memory(unsigned int n, void *arg)
{
	return malloc(n);
}

static void
dump_all(void)
{
	const struct gcov_info *const *i;
	uint32_t                       at, begin, length;

	if (dump == NULL)
		return;
	at = dump->used;
	for (i = __start_gcov_info; i < __stop_gcov_info; i++) {
		begin = at;
		__gcov_info_to_gcda(*i, dump_name, dump_bytes, dump_memory,
		    &at);
		begin += (uint32_t)strlen((char *)dump->data + begin) + 1;
		length = at - begin - (uint32_t)sizeof(length);
		memcpy(dump->data + begin, &length, sizeof(length));
	}
	dump->used = at;
}

static void __attribute__((destructor)) dump_at_exit(void)
{
	dump_all();
}

void
__wrap__exit(int status)
{
	dump_all();
	__real__exit(status);
}
