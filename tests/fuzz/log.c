// SPDX-License-Identifier: GPL-2.0-only
/* collectd's function for log lines, where the target has none of its own. */
#include <plugin.h>

__attribute__((weak)) void plugin_log(int level, const char *format, ...)
{
	(void)level;
	(void)format;
}
