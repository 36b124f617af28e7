// SPDX-License-Identifier: GPL-2.0-only
/* The errors that pass. */
#include "plugin/base/error.h"

#include <errno.h>

bool error_is_transient(int err)
{
	return err == -ENOMEM || err == -EMFILE || err == -ENFILE || err == -EAGAIN ||
	       err == -EINTR;
}
