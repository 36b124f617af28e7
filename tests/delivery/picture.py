#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tells of a PNG which lines are drawn in it: for each colour that is no shade of grey and is
in at least 30 columns, the colour, its pixels, and the columns and rows that it is in. A line
that goes up and down is in many rows; an empty diagram has none."""

import sys

import cairo


def is_grey(red, green, blue):
    return max(red, green, blue) - min(red, green, blue) < 48


def main():
    picture = cairo.ImageSurface.create_from_png(sys.argv[1])
    data, stride = picture.get_data(), picture.get_stride()
    colours = {}
    for y in range(picture.get_height()):
        for x in range(picture.get_width()):
            place = y * stride + x * 4
            blue, green, red = data[place], data[place + 1], data[place + 2]
            if not is_grey(red, green, blue):
                colours.setdefault((red, green, blue), []).append((x, y))
    for (red, green, blue), places in colours.items():
        columns = {x for x, _ in places}
        rows = {y for _, y in places}
        if len(columns) >= 30:
            print(f"{red:02x}{green:02x}{blue:02x} {len(places)} {len(columns)} {len(rows)}")


main()
