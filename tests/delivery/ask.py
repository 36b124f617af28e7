#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Asks a store all queries of a Grafana dashboard, as Grafana would for a host and an interface: one
line for each series that is answered, its panel, its legend and its last value, with tabs
between. Ends with 1 if a query brings no series, or one without a value.
ask.py DASHBOARD HOST INTERFACE SECONDS-OF-A-PLACE"""

import concurrent.futures
import json
import re
import sys
import time
import urllib.parse
import urllib.request

DASHBOARD, HOST, INTERFACE, STEP = sys.argv[1:]


def answer(url, **arguments):
    with urllib.request.urlopen(url + "?" + urllib.parse.urlencode(arguments), timeout=60) as response:
        return json.load(response)


def filled(text, since):
    for name, value in (("host", HOST), ("interface", INTERFACE), ("timeFilter", f"time > now() - {since}s"),
                        ("__interval", f"{STEP}s"), ("__rate_interval", f"{2 * int(STEP)}s")):
        text = re.sub(rf"\${name}\b", lambda _, value=value: value, text)
    if re.search(r"\$(?!\d|/|')", text):
        raise ValueError(f"what is that variable: {text}")
    return text


def graphite(target, since):
    for series in answer("http://127.0.0.1:8080/render", format="json", target=filled(target["target"], since),
                         **{"from": f"-{since}s"}):
        yield series["target"], [value for value, _ in series["datapoints"]]


def influxdb(target, since):
    result = answer("http://127.0.0.1:8086/query", epoch="ms", db="collectd", q=filled(target["query"], since))["results"][0]
    if "error" in result:
        raise ValueError(result["error"])
    for series in result.get("series", []):
        legend = re.sub(r"\$tag_(\w+)", lambda tag, tags=series.get("tags", {}): tags[tag[1]], target["alias"])
        yield legend, [row[1] for row in series["values"]]


def prometheus(target, since):
    query, now = filled(target["expr"], since), time.time()
    if target["instant"]:
        result = answer("http://127.0.0.1:9090/api/v1/query", query=query, time=now)
    else:
        result = answer("http://127.0.0.1:9090/api/v1/query_range", query=query, start=now - since, end=now, step=STEP)
    for series in result["data"]["result"]:
        legend = re.sub(r"{{(\w+)}}", lambda label, labels=series["metric"]: labels[label[1]], target["legendFormat"])
        values = series["values"] if "values" in series else [series["value"]]
        yield legend, [None if value == "NaN" else float(value) for _, value in values]


def ask(panel, target):
    since = 60 if panel.get("timeFrom") == "1m" else 600
    lines = []
    for legend, values in {"graphite": graphite, "influxdb": influxdb, "prometheus": prometheus}[target["datasource"]["type"]](target, since):
        for rename in panel.get("transformations", []):
            legend = re.sub(rename["options"]["regex"], rename["options"]["renamePattern"].replace("$", "\\"), legend)
        values = [value for value in values if value is not None]
        lines.append(f"{panel['title']}\t{legend}\t{values[-1] if values else 'nothing'}")
    return lines or [f"{panel['title']}\tno series\tnothing"]


def main():
    with open(DASHBOARD, encoding="utf-8") as file:
        panels = json.load(file)["panels"]
    panels += [panel for row in panels for panel in row.get("panels", [])]
    jobs = [(panel, target) for panel in panels for target in panel.get("targets", [])]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        lines = [line for answers in pool.map(lambda job: ask(*job), jobs) for line in answers]
    print("\n".join(lines))
    sys.exit(not lines or any(line.endswith("\tnothing") for line in lines))


main()
