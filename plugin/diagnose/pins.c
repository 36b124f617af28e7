// SPDX-License-Identifier: GPL-2.0-only
/* A table from the errno of a directory of pins to cause and fix. */
#include "plugin/diagnose/pins.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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
