#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Asks a store all queries of a Grafana dashboard, as Grafana would for a host and an interface. Prints
a line for each series that is answered, its panel, its legend and its last value, with tabs
between, or all of it as JSON. Ends with 1 if a query brings no series, or one without a value."""

import argparse
import concurrent.futures
import json
import re
import sys
import time
import urllib.parse
import urllib.request

options = argparse.ArgumentParser(description=__doc__)
options.add_argument("dashboard")
options.add_argument("host")
options.add_argument("interface")
options.add_argument("step", help="seconds of a place in time")
options.add_argument("--now", type=int, default=int(time.time()) + 1, help="seconds since the epoch")
options.add_argument("--since", type=int, default=600, help="seconds before")
options.add_argument("--json", action="store_true")
OPTIONS = options.parse_args()


def answer(url, **arguments):
    with urllib.request.urlopen(url + "?" + urllib.parse.urlencode(arguments), timeout=60) as response:
        return json.load(response)


def filled(text, since):
    for name, value in (
            ("host", OPTIONS.host), ("interface", OPTIONS.interface),
            ("timeFilter", f"time > {OPTIONS.now - since}s AND time <= {OPTIONS.now}s"),
            ("__interval", f"{OPTIONS.step}s"), ("__rate_interval", f"{2 * int(OPTIONS.step)}s")):
        text = re.sub(rf"\${name}\b", lambda _, value=value: value, text)
    if re.search(r"\$(?!\d|/|')", text):
        raise ValueError(f"what is that variable: {text}")
    return text


def graphite(target, since):
    for series in answer("http://127.0.0.1:8080/render", format="json", target=filled(target["target"], since),
                         until=OPTIONS.now, **{"from": OPTIONS.now - since}):
        yield series["target"], [(when, value) for value, when in series["datapoints"]]


def influxdb(target, since):
    result = answer("http://127.0.0.1:8086/query", epoch="ms", db="collectd", q=filled(target["query"], since))["results"][0]
    if "error" in result:
        raise ValueError(result["error"])
    for series in result.get("series", []):
        legend = re.sub(r"\$tag_(\w+)", lambda tag, tags=series.get("tags", {}): tags[tag[1]], target["alias"])
        yield legend, [(row[0] / 1000, row[1]) for row in series["values"]]


def prometheus(target, since):
    query, now = filled(target["expr"], since), OPTIONS.now
    if target["instant"]:
        result = answer("http://127.0.0.1:9090/api/v1/query", query=query, time=now)
    else:
        result = answer("http://127.0.0.1:9090/api/v1/query_range", query=query, start=now - since, end=now, step=OPTIONS.step)
    for series in result["data"]["result"]:
        legend = re.sub(r"{{(\w+)}}", lambda label, labels=series["metric"]: labels[label[1]], target["legendFormat"])
        values = series["values"] if "values" in series else [series["value"]]
        yield legend, [(when, None if value == "NaN" else float(value)) for when, value in values]


STORES = {"graphite": graphite, "influxdb": influxdb, "prometheus": prometheus}


def ask(panel, target):
    since = 60 if panel.get("timeFrom") == "1m" else OPTIONS.since
    answers = []
    for legend, values in STORES[target["datasource"]["type"]](target, since):
        for rename in panel.get("transformations", []):
            legend = re.sub(rename["options"]["regex"], rename["options"]["renamePattern"].replace("$", "\\"), legend)
        answers.append({"panel": panel["id"], "title": panel["title"], "refId": target["refId"], "legend": legend,
                        "times": [when for when, _ in values], "values": [value for _, value in values]})
    return answers or [{"panel": panel["id"], "title": panel["title"], "legend": "no series", "times": [], "values": []}]


def last(answer):
    return next((value for value in reversed(answer["values"]) if value is not None), "nothing")


def main():
    with open(OPTIONS.dashboard, encoding="utf-8") as file:
        panels = json.load(file)["panels"]
    panels += [panel for row in panels for panel in row.get("panels", [])]
    jobs = [(panel, target) for panel in panels for target in panel.get("targets", [])]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = [answer for some in pool.map(lambda job: ask(*job), jobs) for answer in some]
    if OPTIONS.json:
        json.dump(answers, sys.stdout)
    else:
        for answer in answers:
            print(answer["title"], answer["legend"], last(answer), sep="\t")
    sys.exit(not answers or any(last(answer) == "nothing" for answer in answers))


main()
