/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directory of pins of one network namespace, PinDirectory/net-INODE on a
 * bpf file system: what lets the counter outlive the daemon. Sole owner of the
 * directory; locked as long as it is open. What a pin means is its user's
 * business: maps and program belong to counter, links to attach.
 */
#ifndef COLLECTD_XDP_KERNEL_PIN_DIR_H
#define COLLECTD_XDP_KERNEL_PIN_DIR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct pin_dir;

enum pin_dir_kind { PIN_DIR_MAP, PIN_DIR_PROGRAM, PIN_DIR_LINK };

/*
 * Opens and locks the directory below `parent` that belongs to the network
 * namespace of the calling thread. With `create`, directories that are missing
 * are made (mode 0700).
 * Returns 0 and an object the caller closes; -ENOENT if it is not there,
 * -EWOULDBLOCK if another process has it locked, -EMEDIUMTYPE if it is on no
 * bpf file system, -EROFS, -EACCES and others of mkdir(2), open(2) and
 * flock(2), -ENAMETOOLONG, -ENOMEM.
 */
int pin_dir_open(const char *parent, bool create, struct pin_dir **ret_pins);

/* Unlocks; what is pinned stays. Takes NULL. */
void pin_dir_close(struct pin_dir *pins);

const char *pin_dir_path(const struct pin_dir *pins);

/*
 * Pins a program, map or link, in place of what has that name, in one step.
 * Returns 0 or -errno of bpf(BPF_OBJ_PIN) or rename(2).
 */
int pin_dir_put(const struct pin_dir *pins, const char *name, int fd);

/*
 * Opens what is pinned.
 * Returns 0 and a descriptor the caller closes; -ENOENT, -EMEDIUMTYPE if it is
 * of another kind, or -errno of bpf(BPF_OBJ_GET).
 */
int pin_dir_get(const struct pin_dir *pins, const char *name, enum pin_dir_kind kind, int *ret_fd);

/* Whether a descriptor is that of a program, map or link. */
bool pin_dir_is_kind(int fd, enum pin_dir_kind kind);

/* Whether something has that name. */
bool pin_dir_has(const struct pin_dir *pins, const char *name);

/* Returns 0, also where there is none, or -errno of unlink(2). */
int pin_dir_drop(const struct pin_dir *pins, const char *name);

/* Moves a pin over another one, in one step. Returns 0 or -errno of rename(2). */
int pin_dir_rename(const struct pin_dir *pins, const char *from, const char *to);

/*
 * Calls `each` with the name of every pin; it may drop the pin it is given.
 * Returns 0, or -errno of opendir(3).
 */
int pin_dir_list(const struct pin_dir *pins, void (*each)(void *context, const char *name),
		 void *context);

/* Removes the directory if it is empty, and its parent if that is empty then. */
void pin_dir_remove(const struct pin_dir *pins);

#endif
