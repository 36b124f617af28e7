/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Refuses to compile a program for another byte order than that of the kernel headers: it would
 * load and count wrongly, or be refused by the kernel that it is for. Every program includes it.
 */
#ifndef COLLECTD_XDP_ORDER_BPF_H
#define COLLECTD_XDP_ORDER_BPF_H

#include <asm/byteorder.h>

/* The headers lay out their bit fields by the processor's byte order, this program by its own. */
#if defined(__LITTLE_ENDIAN_BITFIELD) == defined(__BIG_ENDIAN_BITFIELD)
#error "asm/byteorder.h says no order of bit fields, or two"
#endif
#if defined(__LITTLE_ENDIAN_BITFIELD) != (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
#error "the kernel headers are of a processor of the other byte order than -target bpfel or bpfeb"
#endif

#endif
