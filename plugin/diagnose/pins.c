// SPDX-License-Identifier: GPL-2.0-only
/* A table from the errno of a directory of pins to cause and fix, and what is wrong with its maps.
 */
#include "plugin/diagnose/pins.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plugin/diagnose/errno_text.h"
#include "plugin/kernel/bpf_info.h"

static const struct {
	int error;
	const char *cause;
	const char *fix;
} pin_errors[] = {
	{EMEDIUMTYPE, "it is on no bpf file system",
	 "mount one (mount -t bpf bpf /sys/fs/bpf), and see that the unit of collectd does not "
	 "hide "
	 "it (PrivateMounts)"},
	{EROFS, "it is read-only",
	 "see that the unit of collectd leaves it writable "
	 "(ProtectKernelTunables, ReadWritePaths)"},
	{EWOULDBLOCK, "another collectd uses it",
	 "stop that one, or give this one another PinDirectory"},
	{EACCES, "no permission", "run collectd as root, or make the directory its own"},
	{EPERM, "no permission",
	 "run collectd as root or with CAP_BPF, and use no dots in PinDirectory"},
	{ENOMEM, "no memory", "give collectd more memory"},
};

void diagnose_pins(int error, const char *directory, char *text, size_t size)
{
	const char *cause = strerror(-error), *fix = "choose another PinDirectory";

	for (size_t i = 0; i < sizeof(pin_errors) / sizeof(pin_errors[0]); i++) {
		if (pin_errors[i].error == -error) {
			cause = pin_errors[i].cause;
			fix = pin_errors[i].fix;
		}
	}
	snprintf(text, size, "PinDirectory %s cannot be used: %s (errno %d); %s", directory, cause,
		 -error, fix);
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
