// SPDX-License-Identifier: GPL-2.0-only
/* A table from the errno of a directory of pins to cause and fix, and sentences about pins. */
#include "plugin/diagnose/pins.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plugin/base/error.h"
#include "plugin/base/trusted_dir.h"
#include "plugin/diagnose/errno_text.h"
#include "plugin/kernel/bpf_info.h"

#define PINS_CAUSE 512

static const struct {
	int error;
	const char *cause;
	const char *fix;
} pin_errors[] = {
	{EMEDIUMTYPE, "it is on no bpf file system",
	 "mount one (mount -t bpf -o mode=0700 bpf /sys/fs/bpf), and see that the unit of collectd "
	 "does not "
	 "hide it (PrivateMounts)"},
	{EROFS, "it is read-only",
	 "see that the unit of collectd leaves it writable "
	 "(ProtectKernelTunables, ReadWritePaths)"},
	{EWOULDBLOCK, "another collectd uses it",
	 "stop that one, or give this one another PIDFile or another PinDirectory"},
	{ELOOP, "a symbolic link on the way to it is another user's, or on the bpf file system",
	 "give PinDirectory without symbolic links"},
	{EACCES, "no permission", "run collectd as root, or make the directory its own"},
	{EPERM, "no permission",
	 "run collectd as root or with CAP_BPF, and use no dots in PinDirectory"},
	{ESRCH, "/proc does not show the network namespace of collectd (/proc/thread-self/ns/net)",
	 "mount /proc, and see that the unit of collectd does not hide it (InaccessiblePaths)"},
	{EEXIST, "another collectd's pins have the name of this one's",
	 "give this one another PIDFile"},
	{ENOMEM, "no memory", "give collectd more memory"},
};

static void explain_flaw(const struct trusted_dir_flaw *flaw, const char *directory, char *text,
			 size_t size)
{
	if (flaw->foreign)
		snprintf(text, size,
			 "PinDirectory %s cannot be used: %s belongs to user %u, who could take "
			 "what is pinned off the hooks; remove it (rm -r), or give it to the user "
			 "of collectd (chown)",
			 directory, flaw->path, flaw->owner);
	else
		snprintf(text, size,
			 "PinDirectory %s cannot be used: others may write to %s (mode %04o), and "
			 "could take what is pinned off the hooks; take that from them (chmod "
			 "go-w)",
			 directory, flaw->path, flaw->mode);
}

static void find_cause(int error, const char **ret_cause, const char **ret_fix)
{
	*ret_cause = strerror(-error);
	*ret_fix = "choose another PinDirectory";
	for (size_t i = 0; i < sizeof(pin_errors) / sizeof(pin_errors[0]); i++) {
		if (pin_errors[i].error == -error) {
			*ret_cause = pin_errors[i].cause;
			*ret_fix = pin_errors[i].fix;
		}
	}
}

void diagnose_pins(int error, const char *directory, const struct trusted_dir_flaw *flaw,
		   char *text, size_t size)
{
	const char *cause, *fix;

	if (error == -EUCLEAN && flaw) {
		explain_flaw(flaw, directory, text, size);
		return;
	}
	find_cause(error, &cause, &fix);
	snprintf(text, size, "PinDirectory %s cannot be used: %s (errno %d); %s", directory, cause,
		 -error, fix);
}

void diagnose_pins_usable(const char *path, char *text, size_t size)
{
	snprintf(
		text, size,
		"Persist has effect now: what counts is pinned in %s, and stays when collectd ends",
		path);
}

void diagnose_pins_stay(enum diagnose_pins_stay why, int error, const char *path, char *text,
			size_t size)
{
	const char *cause, *fix;

	switch (why) {
	case DIAGNOSE_PINS_STAY_UNREMOVABLE:
		find_cause(error, &cause, &fix);
		snprintf(text, size,
			 "what an earlier start has pinned in %s cannot be removed, and where its "
			 "counter cannot be detached either, that one holds the hook: %s (errno "
			 "%d); %s",
			 path, cause, -error, fix);
		return;
	case DIAGNOSE_PINS_STAY_NEXT:
		snprintf(text, size,
			 "the program of Next stays in force, though Next is not set: an earlier "
			 "start has pinned what calls it in %s; to end that: rm -r %s",
			 path, path);
		return;
	case DIAGNOSE_PINS_STAY_UNOWNED:
		snprintf(text, size,
			 "what an earlier version has pinned in %s does not say whose it is, and "
			 "stays, for it may be another collectd's; if it is nobody's: rm -r %s",
			 path, path);
		return;
	case DIAGNOSE_PINS_STAY_UNSEEN:
		snprintf(text, size,
			 "what is pinned in %s is at no interface, and nothing is seen of its "
			 "network namespace, but collectd may not see all processes; if that "
			 "namespace is gone: rm -r %s",
			 path, path);
		return;
	case DIAGNOSE_PINS_BURIED:
		snprintf(text, size,
			 "what was pinned in %s is removed: its network namespace is gone", path);
		return;
	}
}

void diagnose_pins_other(const char *owner, const char *path, char *text, size_t size)
{
	snprintf(text, size,
		 "what the collectd with the PID file %s has pinned in %s stays, and counts on; "
		 "that collectd does not run; if it will not run again: rm -r %s",
		 owner, path, path);
}

void diagnose_pins_locked(const char *directory, bool again, char *text, size_t size)
{
	if (again)
		snprintf(text, size,
			 "what is pinned below %s is no longer wanted, and cannot be removed while "
			 "another collectd uses it; trying again",
			 directory);
	else
		snprintf(text, size,
			 "what an earlier start has pinned below %s stays, for another collectd "
			 "uses it; stop that one, then restart this one",
			 directory);
}

static void explain_difference(const struct diagnose_pinset *facts, char *text, size_t size)
{
	const struct bpf_info_difference *difference = facts->difference;
	uint32_t found = difference->found, wanted = difference->wanted;
	const char *map = facts->name;

	switch (difference->property) {
	case BPF_INFO_TYPE:
		snprintf(text, size, "type of map %s is %u, wanted is %u", map, found, wanted);
		return;
	case BPF_INFO_KEY_SIZE:
		snprintf(text, size, "key size of map %s is %u, wanted is %u", map, found, wanted);
		return;
	case BPF_INFO_VALUE_SIZE:
		snprintf(text, size, "value size of map %s is %u, wanted is %u", map, found,
			 wanted);
		return;
	case BPF_INFO_ENTRIES:
		snprintf(text, size, "number of entries of map %s is %u, wanted is %u", map, found,
			 wanted);
		return;
	case BPF_INFO_FLAGS:
		snprintf(text, size, "flags of map %s is %u, wanted is %u", map, found, wanted);
		return;
	case BPF_INFO_NAME:
	case BPF_INFO_PROPERTIES:
		snprintf(text, size, "name of map %s is \"%s\", wanted is \"%s\"", map,
			 difference->found_name, difference->wanted_name);
		return;
	}
}

void diagnose_pinset(const struct diagnose_pinset *facts, char *text, size_t size)
{
	if (facts->error == -EMEDIUMTYPE && facts->difference)
		explain_difference(facts, text, size);
	else if (facts->error == -EMEDIUMTYPE)
		snprintf(text, size, "pin %s: it is no map", facts->pin);
	else if (facts->error == -ENOENT)
		/* The name of a pin says what layout the map has. */
		snprintf(text, size, "map %s: none with its layout of keys and values is pinned",
			 facts->name);
	else
		snprintf(text, size, "pin %s: the kernel does not open or describe it (%s)",
			 facts->pin, diagnose_errno_text(facts->error).text);
}

void diagnose_pins_unusable(int error, const char *directory, bool next,
			    const struct trusted_dir_flaw *flaw, char *text, size_t size)
{
	char cause[PINS_CAUSE];

	diagnose_pins(error, directory, flaw, cause, sizeof(cause));
	if (next)
		snprintf(text, size, "nothing is counted, for Next needs Persist: %s; trying again",
			 cause);
	else if (error == -EWOULDBLOCK || error_is_transient(error))
		snprintf(text, size,
			 "Persist has no effect as long as that is so, counting ends with "
			 "collectd: %s",
			 cause);
	else
		snprintf(text, size,
			 "Persist has no effect until it is restarted, counting ends with "
			 "collectd: %s",
			 cause);
}

void diagnose_pins_partial(int error, const char *directory, char *text, size_t size)
{
	char cause[PINS_CAUSE];

	diagnose_pins(error, directory, NULL, cause, sizeof(cause));
	snprintf(text, size, "counts may start at zero at the next start: %s; trying again", cause);
}

void diagnose_pins_put_off(int error, const char *path, char *text, size_t size)
{
	snprintf(text, size,
		 "nothing is counted: what is pinned in %s cannot be taken over now (%s), "
		 "and "
		 "stays as it is; trying again",
		 path, diagnose_errno_text(error).text);
}

void diagnose_pins_not_adopted(const char *path, const char *reason, char *text, size_t size)
{
	snprintf(text, size, "the maps pinned in %s are not used (%s): counts start at zero", path,
		 reason);
}

void diagnose_pins_continued(const char *mode, bool replaced, bool continued, char *text,
			     size_t size)
{
	const char *program = replaced ? ", program replaced" : "";
	const char *counts = continued ? ", counts go on" : ", counts start at zero";

	if (mode)
		snprintf(text, size, "counting in %s mode, as before the restart: link kept%s%s",
			 mode, program, counts);
	else
		snprintf(text, size,
			 "counting at the tcx hook, as before the restart: link kept%s%s", program,
			 counts);
}

void diagnose_pins_kept(int error, bool outgoing, bool next, char *text, size_t size)
{
	const struct diagnose_errno cause = diagnose_errno_text(error);

	if (outgoing)
		snprintf(text, size,
			 "cannot update the program at the tcx hook (%s): the previous version "
			 "stays and keeps counting; trying again",
			 cause.text);
	else if (next)
		snprintf(text, size,
			 "cannot update the counter at the XDP hook, which calls the "
			 "program now "
			 "at Next (%s): the previous counter and program stay and keep "
			 "counting; "
			 "pin one for packets of several buffers (xdp.frags), or lower the "
			 "MTU; "
			 "trying again",
			 cause.text);
	else
		snprintf(text, size,
			 "cannot update the program at the XDP hook (%s): the previous version "
			 "stays and keeps counting; trying again",
			 cause.text);
}

void diagnose_pins_refused(int error, char *text, size_t size)
{
	const struct diagnose_errno system = diagnose_errno_text(error);
	const char *cause = system.text;

	if (error == -ESTALE)
		cause = "it is of another interface or mode";
	else if (error == -ENOLINK)
		cause = "somebody else detached it meanwhile, or its interface went away";
	snprintf(text, size,
		 "its pinned link is not taken over (%s): detached, and attached again, from zero",
		 cause);
}

void diagnose_pins_unpinned(int error, const char *path, bool next, char *text, size_t size)
{
	snprintf(text, size,
		 "its link could not be pinned in %s (%s): counting here ends with "
		 "collectd%s; trying again",
		 path, diagnose_errno_text(error).text,
		 next ? ", and so does the call of Next's program" : "");
}

void diagnose_pins_dropped(unsigned int count, const char *path, char *text, size_t size)
{
	snprintf(text, size, "%u pinned links in %s are no longer wanted: detached and removed",
		 count, path);
}

void diagnose_pins_foreign(unsigned int count, const char *path, char *text, size_t size)
{
	snprintf(text, size,
		 "%u pins in %s are not of this plugin and stay; remove them by hand if "
		 "nobody needs them",
		 count, path);
}
