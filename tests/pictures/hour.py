#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""An hour of two interfaces, made up, as collectd would have sent it: eth0 of a web server, with answers of NTP servers
that somebody has asked in its name, and eth1, where another XDP program takes the hook. Writes FOLDER/graphite (lines
for carbon), FOLDER/influxdb (lines for InfluxDB) and FOLDER/prometheus (OpenMetrics).
hour.py FOLDER SECONDS-SINCE-THE-EPOCH-OF-ITS-END"""

import math
import os
import random
import sys

STEP = 10
COUNT = 361
random.seed(1)


def noisy(value, part=0.06):
    return max(0.0, value * random.gauss(1, part))


def flood(minute):
    return min(1.0, max(0.0, (minute - 36) / 1.5)) if minute < 46 else max(0.0, 1 - (minute - 46))


def packets(minute):
    """Packets per second of eth0, by protocol; and of them the answers of NTP servers."""
    wave = 1 + 0.25 * math.sin(minute / 9) + 0.1 * math.sin(minute / 2.3)
    ntp = noisy(26000 * flood(minute), 0.04)
    return {"ipv4_tcp": noisy(9000 * wave), "ipv6_tcp": noisy(5200 * wave), "ipv4_udp": noisy(1900 * wave) + ntp,
            "ipv6_udp": noisy(1300 * wave), "ipv4_icmp": noisy(12), "arp": noisy(4), "malformed": noisy(0.4, 0.5)}, ntp


LENGTHS = {"ipv4_tcp": 310, "ipv6_tcp": 330, "ipv4_udp": 460, "ipv6_udp": 240, "ipv4_icmp": 98, "arp": 60, "malformed": 70}
SIZES = {"1_to_64": 0.22, "65_to_127": 0.36, "128_to_255": 0.09, "256_to_511": 0.06, "512_to_1023": 0.07, "1024_to_1518": 0.2, "1519_to_max": 0}


def rates(minute):
    """Of eth0: what is counted per second, by type and name."""
    by, ntp = packets(minute)
    total = sum(by.values())
    octets = {name: rate * LENGTHS[name] for name, rate in by.items()}
    syn = noisy(140)
    of = {("if_rx_packets", ""): total, ("if_rx_octets", ""): sum(octets.values())}
    for name, rate in by.items():
        of["if_rx_packets", "proto-" + name] = rate
        of["if_rx_octets", "proto-" + name] = octets[name]
    for name, part in SIZES.items():
        of["if_rx_packets", "size-" + name] = (total - ntp) * part + (ntp if name == "256_to_511" else 0)
    for name, rate in {"cast-unicast": total - 6, "cast-multicast": 4, "cast-broadcast": 2, "tcp-syn": syn, "tcp-syn_ack": noisy(120),
                       "tcp-fin": noisy(125), "tcp-rst": noisy(9), "icmp-echo_request": noisy(6), "icmp-unreachable": noisy(3),
                       "icmp-neighbour": noisy(2), "from-dns": noisy(60), "from-ntp": noisy(5) + ntp, "ip-ttl_low": noisy(1, 0.4),
                       "vlan-tagged": noisy(30), "fragment-ip": noisy(2, 0.4), "ip-short_fragment": 0}.items():
        of["if_rx_packets", name] = rate
    of["if_rx_octets", "from-dns"] = of["if_rx_packets", "from-dns"] * 180
    of["if_rx_octets", "from-ntp"] = of["if_rx_packets", "from-ntp"] * 482
    for cpu, part in enumerate((0.31, 0.25, 0.23, 0.21)):
        for kind in ("cpu", "queue"):
            of["if_rx_packets", f"{kind}-{cpu}"] = (total - ntp) * part + (ntp if cpu == 2 else 0)
    return of


def gauges(interface, minute, total, octets):
    attached = 1 if interface == "eth0" or minute < 14 else 0
    yield "attached", attached
    yield "native", 1 if interface == "eth0" else 0
    if not attached:
        yield "observing", 0 if minute < 19 else 1
    for window, factor in (("10ms", 2.3), ("100ms", 1.4)):
        yield "peak_packets_" + window, noisy(total * factor, 0.1)
        yield "peak_octets_" + window, noisy(octets * factor, 0.1)


def hour():
    """(minute, plugin, interface, type, name, value) of everything, in the order of time."""
    counts = {}

    def counted(*key, rate):
        counts[key] = counts.get(key, 0) + rate * STEP
        return (*key, math.floor(counts[key]))

    for place in range(COUNT):
        minute = place * STEP / 60
        of = rates(minute)
        small = {(kind, name): rate * 0.15 for (kind, name), rate in rates(10).items() if name.startswith("proto-") or not name}
        for interface, rising in (("eth0", of), ("eth1", small)):
            total, octets = rising["if_rx_packets", ""], rising["if_rx_octets", ""]
            if interface == "eth1" and minute >= 14:
                rising = {}
                if minute >= 19:
                    for verdict, part in (("drop", 0.2), ("pass", 0.75), ("tx", 0.05), ("redirect", 0), ("aborted", 0)):
                        rising["if_rx_packets", "verdict-" + verdict] = total * part
                        rising["if_rx_octets", "verdict-" + verdict] = octets * part
                    rising |= {("if_rx_errors", "exception-aborted"): noisy(0.2, 1), ("if_rx_errors", "redirect-ENOSPC"): noisy(0.5, 1),
                               ("if_tx_packets", "redirect"): noisy(40), ("if_tx_dropped", "redirect"): noisy(1, 0.5)}
            for (kind, name), rate in rising.items():
                yield (place, *counted("xdp", interface, kind, name, rate=rate))
            for name, value in gauges(interface, minute, total, octets):
                yield place, "xdp", interface, "gauge", name, value
            yield (place, *counted("interface", interface, "if_packets", "", rate=total * (1.001 if interface == "eth0" else 1.2)))
            yield (place, *counted("interface", interface, "if_octets", "", rate=octets * 1.015))
        for kind, name, value in (("duration", "read", noisy(0.0004, 0.2)), ("memory", "maps", 193152), ("gauge", "interfaces", 2),
                                  ("gauge", "instructions", 7264)):
            yield place, "xdp", "", kind, name, value
        for kind, rate in (("if_rx_packets", noisy(400)), ("if_rx_dropped", noisy(3, 0.8))):
            yield (place, *counted("xdp", "", kind, "cpumap-cpu-1", rate=rate))
        yield (place, *counted("xdp", "", "invocations", "program", rate=of["if_rx_packets", ""]))
        yield (place, *counted("xdp", "", "total_time_in_ms", "program", rate=of["if_rx_packets", ""] * 4e-5))


def graphite(plugin, interface, kind, name):
    if plugin == "interface":
        return f"collectd.web1.interface-{interface}.{kind}.rx"
    return f"collectd.web1.xdp{'-' if interface else ''}{interface}.{kind}{'-' if name else ''}{name}"


def influxdb(plugin, interface, kind, name):
    measurement = "interface_rx" if plugin == "interface" else "xdp_seconds" if kind == "duration" else "xdp_value"
    tags = {"host": "web1", "instance": interface, "type": kind, "type_instance": name}
    return measurement + "".join(f",{key}={value}" for key, value in tags.items() if value)


def prometheus(plugin, interface, kind, name):
    metric = f"collectd_{plugin}_{kind}" + ("_rx" if plugin == "interface" else "") + ("_seconds" if kind == "duration" else "")
    metric += "" if kind in ("gauge", "memory", "duration") else "_total"
    labels = {plugin: interface or name, "type": name if interface else "", "instance": "web1"}
    return metric + "{" + ",".join(f'{key}="{value}"' for key, value in labels.items() if value) + "}"


def main():
    folder, end = sys.argv[1], int(sys.argv[2])
    start = end - (COUNT - 1) * STEP
    with open(os.path.join(folder, "graphite"), "w", encoding="ascii") as carbon, \
            open(os.path.join(folder, "influxdb"), "w", encoding="ascii") as influx, \
            open(os.path.join(folder, "prometheus"), "w", encoding="ascii") as metrics:
        for place, *series, value in hour():
            now = start + place * STEP
            carbon.write(f"{graphite(*series)} {value} {now}\n")
            influx.write(f"{influxdb(*series)} value={float(value)} {now}\n")
            metrics.write(f"{prometheus(*series)} {value} {now}\n")
        metrics.write("# EOF\n")


main()
