// SPDX-License-Identifier: GPL-2.0-only
/* A table from the errno of rtnetlink to what to do. */
#include "plugin/diagnose/interfaces.h"

#include <errno.h>
#include <stdio.h>

#include "plugin/diagnose/errno_text.h"
/* What to do where it is not that the sockets are refused. */
static const struct {
	int error;
	const char *fix;
} interfaces_errors[] = {
	{EMFILE, "raise LimitNOFILE in its unit"},
	{ENFILE, "raise fs.file-max"},
	{ENOMEM, "give collectd more memory"},
	{ENOBUFS, "give collectd more memory"},
	{ETIMEDOUT, "see what keeps the kernel from answering (`ip link` hangs as well, dmesg)"},
	{EPROTO, "report it with the kernel's version and this line"},
};

void diagnose_interfaces(int error, bool listed, char *text, size_t size)
{
	const char *fix = "allow AF_NETLINK sockets to collectd (RestrictAddressFamilies)";

	if (!error) {
		snprintf(text, size, "the list of interfaces can be read again");
		return;
	}
	for (size_t i = 0; i < sizeof(interfaces_errors) / sizeof(interfaces_errors[0]); i++) {
		if (interfaces_errors[i].error == -error)
			fix = interfaces_errors[i].fix;
	}
	snprintf(text, size, "%sthe kernel's list of interfaces cannot be read (%s)%s; %s",
		 listed ? "" : "nothing is counted: ", diagnose_errno_text(error).text,
		 listed ? "; interfaces that come or go are not noticed until it can" : "", fix);
}
