// SPDX-License-Identifier: GPL-2.0-only
/* Possible CPUs, not online ones. */
#include "plugin/kernel/cpus.h"

#include <bpf/libbpf.h>

unsigned int cpus_possible(void)
{
	int cpus = libbpf_num_possible_cpus();

	return cpus > 0 ? (unsigned int)cpus : 1;
}
