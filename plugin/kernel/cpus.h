/* SPDX-License-Identifier: GPL-2.0-only */
/* How many CPUs the kernel keeps values of per-CPU maps for. */
#ifndef COLLECTD_XDP_KERNEL_CPUS_H
#define COLLECTD_XDP_KERNEL_CPUS_H

/* Possible CPUs of this machine, the unit of per-CPU maps; 1 where that cannot be found out. */
unsigned int cpus_possible(void);

#endif
