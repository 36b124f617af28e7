/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel of a few devices, links and pins, in place of plugin/kernel: what is linked with it
 * needs no privilege. It keeps the rules that the hook wing relies on (a held hook is busy, a link
 * goes with its last descriptor or pin, attaching sends no notification), and any of its calls can
 * fail.
 */
#ifndef COLLECTD_XDP_TESTS_HOOK_FAKE_KERNEL_H
#define COLLECTD_XDP_TESTS_HOOK_FAKE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/kernel/interfaces.h"
#include "plugin/kernel/pin_dir.h"
#include "plugin/kernel/process.h"
#include "plugin/kernel/tcx_link.h"
#include "plugin/kernel/xdp_link.h"

#define FAKE_DEVICES 8
#define FAKE_LINKS 64
#define FAKE_FDS 128
#define FAKE_PINS 32
#define FAKE_PROGRAMS 16
#define FAKE_LOG 32768

struct fake_device {
	struct interface interface; /* without its hook; index 0: there is none */
	int link;		    /* at the hook; -1: none */
	uint32_t foreign; /* program at the hook without a link that we could open; 0: none */
	enum xdp_link_mode mode; /* of what is at the hook */
	int native_error;	 /* that the driver answers; 0: none */
	int generic_error;
	bool lro;	   /* is on, so that native mode is refused; generic mode switches it off */
	int update_error;  /* the same for a program that replaces another */
	uint64_t received; /* packets, by its own count */
	bool elsewhere;	   /* one above that is in another network namespace has a program */
	int tcx_error;	   /* that the kernel answers at its tcx hook; 0: none */
	uint64_t sent;	   /* packets, by its own count, */
	uint64_t sent_bytes; /* and their bytes */
};

struct fake_link {
	bool exists;
	bool tcx;	      /* at the tcx hook, where there may be others */
	bool elsewhere;	      /* its interface is in another network namespace by now */
	unsigned int order;   /* in which they were made, from 1 */
	unsigned int ifindex; /* 0: detached */
	uint32_t program_id;
	unsigned int references; /* descriptors and pins */
};

struct fake_fd {
	bool open;
	enum pin_dir_kind kind;
	int object; /* link, or id of a program or map */
};

struct fake_pin {
	char name[64]; /* "": none */
	bool apart;    /* in the second directory, that of another instance */
	enum pin_dir_kind kind;
	int object;
};

struct fake_program_info {
	uint32_t id;
	char name[16];
};

struct fake_kernel {
	struct fake_device devices[FAKE_DEVICES];
	struct fake_link links[FAKE_LINKS];
	struct fake_fd fds[FAKE_FDS];
	struct fake_pin pins[FAKE_PINS];
	struct fake_program_info programs[FAKE_PROGRAMS];
	char owners[2][64];		     /* of both directories; "": not known */
	bool apart;			     /* the second one is, or was last, open */
	uint64_t namespaces[2];		     /* of both; 1: ours */
	enum process_network seen;	     /* of any other namespace */
	bool locked;			     /* the directory, by this process */
	bool locked_by_others;		     /* the same, by another one */
	bool removed;			     /* pin_dir_remove() was called */
	bool stale;			     /* something was reported since the last refresh */
	bool uncertain;			     /* reports were lost */
	struct interface list[FAKE_DEVICES]; /* as of the last refresh */
	size_t listed;
	unsigned int detachments; /* of links at hooks, by ourselves */
	unsigned int links_made;
	bool no_tcx; /* it is one before Linux 6.6 */
	uint64_t generation;
	uint64_t time; /* of day: clock_now() */
	uint64_t wait; /* that passes in each call that takes the rtnl lock, which others hold */
	unsigned int opened; /* interfaces_open() less interfaces_close() */
	/* Every call that may fail: their number, and the one that does. */
	unsigned int calls;
	unsigned int fail_at; /* 0: none */
	int fail_errno;	      /* negative */
	const char *failed;   /* its name; NULL: none did */
	/* A call of this name fails as long as it is set; NULL: none. */
	const char *broken;
	int broken_errno;
	char log[FAKE_LOG]; /* "open 2 native; pin link_2; ..." since the last fake_kernel_forget()
			     */
};

extern struct fake_kernel kernel;

/* A kernel without devices. */
void fake_kernel_reset(void);

/* Empties the log. */
void fake_kernel_forget(void);

/* Adds a device, and has that reported. `kind`: "veth", "" for hardware. */
struct fake_device *fake_kernel_add(unsigned int index, const char *name, const char *kind);

/* By its index; fails the test where there is none. */
struct fake_device *fake_kernel_device(unsigned int index);

/* The same; NULL: there is none. */
struct fake_device *fake_kernel_find(unsigned int index);

/* Whether there is a device of this index and name. */
bool fake_kernel_is_there(unsigned int index, const char *name);

/* The device goes, with its hook. Reported. */
void fake_kernel_remove(unsigned int index);

/* Something is reported; with `uncertain`, other reports were lost. */
void fake_kernel_report(bool uncertain);

/* Somebody takes the link off the hook, and is not reported. */
void fake_kernel_detach(unsigned int index);

/* A program of somebody else comes to the hook, or leaves it (0); not reported. */
void fake_kernel_hold(unsigned int index, uint32_t program_id);

/* Id of the program at the hook; 0: none. */
uint32_t fake_kernel_at_hook(unsigned int index);

/* Whether a program of such an id, or a higher one, is at one of its hooks. */
bool fake_kernel_runs(unsigned int index, uint32_t least);

/* Somebody else puts a program before all others at the tcx hook, by a link that stays. */
void fake_kernel_add_outgoing(unsigned int index, uint32_t program_id);

/* Id of the program at the tcx hook that runs first; 0: none. */
uint32_t fake_kernel_outgoing(unsigned int index);

/* Somebody takes the first link off the tcx hook, and is not reported. */
void fake_kernel_detach_outgoing(unsigned int index);

/* A program has this name from now on, as bpf_info_program_by_id() tells. */
void fake_kernel_name_program(uint32_t id, const char *name);

/* A descriptor of a program or map. */
int fake_kernel_open(enum pin_dir_kind kind, int object);
void fake_kernel_close(int fd);
unsigned int fake_kernel_open_fds(void);

/* The process ends: descriptors close, the directory is unlocked. */
void fake_kernel_end_process(void);

/* The pin of this name; NULL: there is none. */
const struct fake_pin *fake_kernel_pin(const char *name);

/* Pins a link of another program there, or something that is no link of ours. */
void fake_kernel_put_pin(const char *name, enum pin_dir_kind kind, int object);
int fake_kernel_put_link(const char *name, unsigned int ifindex, uint32_t program_id);

/* A descriptor or pin of a link goes; with the last one it is detached. */
void fake_kernel_drop_reference(int link);

/* Adds to the log what is no call. */
void fake_kernel_note(const char *text);

/* A call that may fail: counts it, logs it, and returns 0 or a negative errno. */
int fake_kernel_call(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
