#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Prints what carbon has stored in the last hour of the counts of an interface: "series seconds
value" in each line, oldest first. stored.py FOLDER"""

import glob
import os
import sys
import time

import whisper


def main():
    for path in sorted(glob.glob(os.path.join(sys.argv[1], "if_rx_*.wsp"))):
        series = os.path.basename(path).removesuffix(".wsp")
        (start, _, step), values = whisper.fetch(path, int(time.time()) - 3600)
        for number, value in enumerate(values):
            if value is not None:
                print(series, start + number * step, f"{value:.0f}")


main()
