/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many CPUs the kernel keeps values of per-CPU maps for. Where buffers are made by it, it is
 * the kernel's own answer: /sys/devices/system/cpu/possible shows what a container is to see.
 */
#ifndef COLLECTD_XDP_KERNEL_CPUS_H
#define COLLECTD_XDP_KERNEL_CPUS_H

/* What is being done when cpus_measure() fails, for who explains it. */
#define CPUS_STEP "measuring a per-CPU map"

/*
 * Values that a lookup in a per-CPU map writes: possible CPUs of this machine. Measured with the
 * first call that succeeds, by a map of one entry, with two calls of bpf(2) and one descriptor;
 * remembered while the process runs. One thread at a time.
 * Returns 0; -errno of bpf(2), -ENOMEM, -EOVERFLOW for more CPUs than Linux can have.
 */
int cpus_measure(unsigned int *ret_cpus);

/*
 * The same to foretell the size of maps, by a process that may not create one: then what /sys
 * shows, 1 where it shows nothing. Not for buffers.
 */
unsigned int cpus_possible(void);

#endif
