// SPDX-License-Identifier: GPL-2.0-only
/* The number, which can be looked up, and the C library's words for it. */
#include "plugin/diagnose/errno_text.h"

#include <stdio.h>
#include <string.h>

struct diagnose_errno diagnose_errno_text(int error)
{
	struct diagnose_errno result;

	snprintf(result.text, sizeof(result.text), "errno %d, %s", -error, strerror(-error));
	return result;
}
