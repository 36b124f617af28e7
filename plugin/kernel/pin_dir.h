/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directory of pins of one instance, below PinDirectory on a bpf file system: what lets a
 * program outlive the daemon. An instance is one collectd in one network namespace; two that run at
 * a time differ in their owner, which is the PID file. net-INODE belongs to whom the link "owner"
 * in it names, and is the instance's that came first; another one has net-INODE-HASH. A directory
 * is locked as long as it is open, and is reached by descriptors alone: nobody but root and the
 * daemon's user can write to it, or exchange it, or what it is in. What a pin means is its user's
 * business: maps and program belong to counter, links to attach.
 */
#ifndef COLLECTD_XDP_KERNEL_PIN_DIR_H
#define COLLECTD_XDP_KERNEL_PIN_DIR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pin_dir;
struct trusted_dir_flaw;

enum pin_dir_kind { PIN_DIR_MAP, PIN_DIR_PROGRAM, PIN_DIR_LINK };

/* Which directory of an instance is opened. */
enum pin_dir_which {
	PIN_DIR_FOUND,	 /* the one that is there, perhaps one that has no owner */
	PIN_DIR_MADE,	 /* the same; where there is none it is made, and has an owner */
	PIN_DIR_OWN_MADE /* as PIN_DIR_MADE, but only one that has an owner */
};

/*
 * Opens and locks the directory of an instance below `parent`, in the network namespace of the
 * calling thread. What is missing on a bpf file system is made (mode 0700), unless PIN_DIR_FOUND.
 * `ret_flaw` may be NULL.
 * Returns 0 and an object the caller closes; -ENOENT if it is not there, -EWOULDBLOCK if another
 * process has it locked, -ESRCH if /proc does not show the namespace, -EEXIST if its name is
 * another instance's; as trusted_dir_open(), -EUCLEAN also if others may write there; -errno of
 * flock(2) or symlink(2), -ENOMEM.
 */
int pin_dir_open(const char *parent, const char *owner, enum pin_dir_which which,
		 struct pin_dir **ret_pins, struct trusted_dir_flaw *ret_flaw);

/* The same of one that is there, of whatever instance, by its name. */
int pin_dir_open_named(const char *parent, const char *name, struct pin_dir **ret_pins);

/* Unlocks; what is pinned stays. Takes NULL. */
void pin_dir_close(struct pin_dir *pins);

const char *pin_dir_path(const struct pin_dir *pins);

/* Whose it is; "": that is not known, for an earlier version has made it. */
const char *pin_dir_owner(const struct pin_dir *pins);

/* Makes one that has no owner the instance's. Returns 0 or -errno of symlink(2). */
int pin_dir_own(struct pin_dir *pins, const char *owner);

/*
 * Calls `each` with the name of every directory in `path`, if it can be trusted. Returns 0, or
 * -errno as pin_dir_open().
 */
int pin_dir_folders(const char *path, void (*each)(void *context, const char *name), void *context);

/* Inode of the network namespace that a directory of this name is for; 0: it has no such name. */
uint64_t pin_dir_namespace(const char *name);

/* The same of the calling thread. Returns 0, or -ESRCH where /proc does not show it. */
int pin_dir_own_namespace(uint64_t *ret_inode);

/*
 * Pins a program, map or link, in place of what has that name, in one step.
 * Returns 0, -ESTALE if the directory is no longer at its path, where the next start would look for
 * it, or -errno of bpf(BPF_OBJ_PIN) or rename(2).
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
 * Returns 0, or -errno of open(2) or opendir(3).
 */
int pin_dir_list(const struct pin_dir *pins, void (*each)(void *context, const char *name),
		 void *context);

/*
 * Removes the directory if there is no pin in it, and then its parent and the one above that, as
 * far as they are empty, and on the bpf file system.
 */
void pin_dir_remove(const struct pin_dir *pins);

#endif
