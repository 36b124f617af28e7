#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Traffic of sockets between two network namespaces: talk.py FROM TO ADDRESS KIND...

A KIND is tcp (1 MB to ADDRESS, which TO has), udp (10 datagrams), gso (10 datagrams that the kernel
is handed in one piece), or fragments (10 datagrams of four fragments each). Everything arrives, or
it fails: buffers are small, so that no queue on the way is ever full."""

import os
import socket
import sys
import threading

UDP_SEGMENT = 103  # linux/udp.h
BUFFER = 64 * 1024
BYTES = 1000000
PORT = 7000


def socket_in(namespace, kind):
    """A socket belongs to the namespace in which it was made: another process makes it there."""
    ours, theirs = socket.socketpair()
    theirs.set_inheritable(True)
    command = ["nsenter", f"--net=/run/netns/{namespace}", sys.executable, __file__, "--make"]
    assert os.spawnvp(os.P_WAIT, "nsenter", [*command, str(theirs.fileno()), str(int(kind))]) == 0
    made = socket.socket(fileno=socket.recv_fds(ours, 1, 1)[1][0])
    made.settimeout(60)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    return made


def make(descriptor, kind):
    """That process."""
    made = socket.socket(socket.AF_INET, kind)
    socket.send_fds(socket.socket(fileno=descriptor), [b"1"], [made.fileno()])


def receive(sender, size):
    """Receives so many bytes."""
    while size:
        got = len(sender.recv(min(size, BUFFER)))
        assert got, "the connection ended early"
        size -= got


def tcp(source, to, address):
    """One connection, both ends of which are closed in order."""
    server, client = socket_in(to, socket.SOCK_STREAM), socket_in(source, socket.SOCK_STREAM)
    server.bind((address, PORT))
    server.listen()
    client.connect((address, PORT))
    accepted = server.accept()[0]
    sending = threading.Thread(target=client.sendall, args=(bytes(BYTES),))
    sending.start()
    receive(accepted, BYTES)
    sending.join()
    client.shutdown(socket.SHUT_WR)
    assert accepted.recv(1) == b""
    accepted.close()
    assert client.recv(1) == b""
    client.close()
    server.close()


def datagrams(source, to, address, pieces, size):
    """Datagrams, in pieces for the kernel to cut into such of `size` bytes."""
    server, client = socket_in(to, socket.SOCK_DGRAM), socket_in(source, socket.SOCK_DGRAM)
    server.bind((address, PORT))
    if any(piece > size for piece in pieces):
        client.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, size)
    for piece in pieces:
        client.sendto(bytes(piece), (address, PORT))
        for at in range(0, piece, size):
            assert len(server.recv(BUFFER)) == min(size, piece - at)
    client.close()
    server.close()


def main():
    """Does what the command line says."""
    if sys.argv[1] == "--make":
        make(int(sys.argv[2]), int(sys.argv[3]))
        return
    source, to, address = sys.argv[1:4]
    for kind in sys.argv[4:]:
        if kind == "tcp":
            tcp(source, to, address)
        else:
            pieces, size = {
                "udp": ([300] * 10, 1000),
                "gso": ([3 * 1000 + 1, 1000 * 5, 100], 1000),
                "fragments": ([5000] * 10, 5000),
            }[kind]
            datagrams(source, to, address, pieces, size)


main()
