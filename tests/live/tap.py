#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The owner of a tap or tun, as a virtual machine is one: makes it, and has it receive as many UDP
packets of 60 bytes as each line of standard input says. With "merged", packets have a vnet_hdr, and
every one is one of 2,400 bytes to be sent as two: tap.py NAME tap|tun|merged"""

import fcntl
import os
import struct
import sys

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x0001, 0x0002, 0x1000, 0x4000
GSO_UDP_L4, NEEDS_CSUM = 5, 1


def ipv4_udp(size):
    """A packet of so many bytes from 192.0.2.1 to 192.0.2.2, with the checksum of its header."""
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, size, 0, 0, 64, 17, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2]))
    total = sum(struct.unpack(">10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    header = header[:10] + struct.pack(">H", ~(total + (total >> 16)) & 0xFFFF) + header[12:]
    return header + struct.pack(">HHHH", 1, 9, size - 20, 0) + bytes(size - 28)


def main():
    name, kind = sys.argv[1:]
    flags = IFF_NO_PI | {"tap": IFF_TAP, "tun": IFF_TUN, "merged": IFF_TAP | IFF_VNET_HDR}[kind]
    packet = ipv4_udp(2400 if kind == "merged" else 46)
    if kind != "tun":
        packet = bytes.fromhex("020000000002" "020000000001" "0800") + packet
    if kind == "merged":
        packet = struct.pack("=BBHHHH", NEEDS_CSUM, GSO_UDP_L4, 42, 1200, 34, 6) + packet
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
    print("ready", flush=True)
    for line in sys.stdin:
        for _ in range(int(line)):
            os.write(device, packet)


main()
