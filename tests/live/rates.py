#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Whether the rates that a second writer got are those of the values that the csv writer stored: each
is the difference of two values over their distance in time. rates.py GRAPHITE FOLDER: what carbon
would have received, "path rate time" a line; and the folder of an interface, with a file a series,
"time,value" a line, of which the times have milliseconds.

A series has a rate for each of its values; for the first there is none ("nan"), nor after a gap of
two intervals of a second, by which collectd forgets the value before (its Timeout)."""

import csv
import glob
import os
import re
import sys

TIMEOUT = 1.9


def stored_values(folder):
    """{series: [(time, value), ...]}"""
    series = {}
    for path in sorted(glob.glob(os.path.join(folder, "if_rx_*"))):
        name = re.sub(r"-20\d\d-\d\d-\d\d$", "", os.path.basename(path))
        with open(path, encoding="ascii") as file:
            rows = [row for row in csv.reader(file) if row[0] != "epoch"]
        series.setdefault(name, []).extend((float(time), int(value)) for time, value in rows)
    return series


def received_rates(path, interface):
    """{series: [rate or None, ...]}"""
    series = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            name, rate, _ = line.split()
            host, plugin, name = name.split(".", 2)
            if (host, plugin) == ("live", interface):
                series.setdefault(name, []).append(None if rate == "nan" else float(rate))
    return series


def complaints_of(values, rates):
    """What is wrong with the rates of a series, and how many were compared."""
    if len(rates) != len(values):
        return [f"{len(values)} values but {len(rates)} rates"], 0
    wrong = [] if rates[0] is None else ["a rate of its first value"]
    compared = 0
    for before, now, rate in zip(values, values[1:], rates[1:]):
        seconds = now[0] - before[0]
        if rate is None:
            if seconds < TIMEOUT:
                wrong.append(f"no rate over {seconds:.3f} s")
            continue
        compared += 1
        if abs(rate * seconds - (now[1] - before[1])) > rate * 0.001 + 0.001:
            wrong.append(f"rate {rate} over {seconds:.3f} s, in which {now[1] - before[1]} came in")
    return wrong, compared


def main():
    folder = sys.argv[2]
    values = stored_values(folder)
    rates = received_rates(sys.argv[1], os.path.basename(folder))
    failed = False
    compared = 0
    for series, rows in values.items():
        wrong, count = complaints_of(rows, rates.get(series, []))
        compared += count
        for complaint in wrong:
            failed = True
            print(f"{series}: {complaint}")
    print(f"{compared} rates compared")
    return 1 if failed or not compared else 0


sys.exit(main())
