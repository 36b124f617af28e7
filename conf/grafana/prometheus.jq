# SPDX-License-Identifier: GPL-2.0-only
# Queries of Prometheus, by collectd's write_prometheus: metrics collectd_xdp_TYPE, those of counts with _total,
# with the labels instance (the host), xdp (the interface) and type. What the plugin says of itself has its name in
# the label xdp, and no label type.

def window: "[$__rate_interval]";
def pattern:
  if type == "object" then "=~\"" + .prefix + ".*\"" elif length == 1 then "=\"" + .[0] + "\"" else "=~\"" + join("|") + "\"" end;
def series($type; $names): "collectd_xdp_" + $type + "{instance=~\"$host\",xdp=~\"$interface\",type" + ($names | pattern) + "}";
def counts($type; $names): series($type + "_total"; $names);
def rate: "rate(" + . + window + ")";
def scaled($factor): if $factor == 1 then . else "\(.) * \($factor)" end;
def gauge($name): series("gauge"; [$name]);

def share:
  (if .by == "host" then "instance" else "instance, xdp" end) as $labels
  | def sum($names): "sum by (" + $labels + ") (" + (counts("if_rx_packets"; $names) | rate) + ")";
    sum(.these) + " / " + sum(.those);

def states:
  ("(sum(" + gauge("observing") + ") or vector(0))") as $observed
  | if .state == "attached" then "sum(" + gauge("attached") + ")"
    elif .state == "observed" then $observed
    else "sum(1 - " + gauge("attached") + ") - " + $observed end;

def of_plugin:
  . as $query | {duration: "duration_seconds", total_time_in_ms: "total_time_in_ms_total", invocations: "invocations_total",
    if_rx_packets: "if_rx_packets_total", if_rx_dropped: "if_rx_dropped_total"} as $metrics
  | "collectd_xdp_" + ($metrics[.type] // .type) + "{instance=~\"$host\",xdp" + (if .keep == "sum" then "=~\"" + .name + ".*" else "=\"" + .name end) + "\"}"
  | if $query.keep == "rate" then rate elif $query.keep == "sum" then "sum by (instance) (" + rate + ")" elif $query.keep == "max" then "max_over_time(" + . + window + ")" else . end;

def expression:
  . as $query
  | (if .kind == "rate" then counts(.type; .names) | rate
      | if $query.by == "name" then "sum by (type) (" + . + ")" elif $query.by == "all" then "sum(" + . + ")" else . end
    elif .kind == "gauge" then gauge(.names[0]) | if $query.keep == "max" then "max_over_time(" + . + window + ")" else . end
    elif .kind == "share" then share
    elif .kind == "state" then "clamp_max(sum by (instance, xdp) (min_over_time(" + gauge("attached") + window + ") * 2 or min_over_time("
      + gauge("observing") + window + ")), 2)"
    elif .kind == "states" then states
    elif .kind == "present" then "count_over_time(" + gauge("attached") + "[2m]) or last_over_time(" + gauge("attached") + "[1h]) * 0"
    elif .kind == "interface plugin" then
      "collectd_interface_" + .type + "_rx_total{instance=~\"$host\",interface=~\"$interface\"}" | rate
    else of_plugin end)
  | scaled($query.factor // 1);

def legend:
  if .by == "all" then .legend
  elif .by == "name" then "{{type}}"
  elif .by == "host" or .kind == "plugin" then "{{instance}}" + (if .mark then " " + .mark else "" end)
  elif .kind == "interface plugin" then "{{instance}} {{interface}} interface plugin"
  else "{{instance}} {{xdp}}" + (if .by == "series" then " {{type}}" elif .mark then " " + .mark else "" end) end;

def target($panel): {expr: expression, legendFormat: legend, editorMode: "code", format: "time_series"}
  + (if .now then {instant: true, range: false} else {instant: false, range: true} end);

def store: {id: "prometheus", name: "Prometheus"};
def variables: {
  host: {query: "label_values(collectd_xdp_gauge, instance)", allValue: ".*"},
  interface: {query: "label_values(collectd_xdp_gauge{instance=~\"$host\",type=\"attached\",xdp!~\"custom-counter-.*\"}, xdp)", regex: ""}};
