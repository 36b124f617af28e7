# SPDX-License-Identifier: GPL-2.0-only
# The rows of panels.jq as a dashboard of Grafana, whose queries are those of one store.
import "panels" as panels;
import "graphite" as graphite;
import "influxdb" as influxdb;
import "prometheus" as prometheus;

def store($id): {graphite: graphite::store, influxdb: influxdb::store, prometheus: prometheus::store}[$id];
def source($id): {type: $id, uid: ("${DS_" + ($id | ascii_upcase) + "}")};

def targets($id):
  . as $panel | [.queries[] | if $id == "graphite" then graphite::target($panel)
    elif $id == "influxdb" then influxdb::target($panel) else prometheus::target($panel) end]
  | to_entries | map({refId: ("ABCDEFGH"[.key:.key + 1]), datasource: source($id)} + .value);

# --- how a panel looks

def mappings:
  [{type: "value", options: ([.states | to_entries[] | {key: (.key | tostring), value: (.value + {index: .key})}] | from_entries)}];

# A red line at the number of an alert; of a number that has none, its colour.
def thresholds:
  {mode: "absolute", steps: ([{color: (.color // "green"), value: null}] + if .limit then [{color: "red", value: .limit}] else [] end)};

# What two plugins say of one interface: one colour each, wherever they are.
def paired:
  [["XDP", "blue", {fill: "solid"}], ["interface plugin", "orange", {fill: "dash", dash: [10, 10]}]
   | {matcher: {id: "byRegexp", options: ("/ " + .[0] + "$/")},
      properties: [{id: "color", value: {mode: "fixed", fixedColor: .[1]}}, {id: "custom.lineStyle", value: .[2]}]}];

def legend($shown): {showLegend: $shown, displayMode: "list", placement: "bottom", calcs: []};

def text: {type: "text", options: {mode: "markdown", content: .markdown}};
def stat: {type: "stat",
  fieldConfig: {overrides: [], defaults: ({unit: (.unit // "short"), noValue: "0", color: {mode: "thresholds"}, thresholds: thresholds}
    + if .states then {mappings: mappings, noValue: "none"} else {} end)},
  options: {colorMode: "value", graphMode: "none", justifyMode: "auto", orientation: "auto", wideLayout: true,
    textMode: (if .states or .queries[0].kind == "plugin" then "value_and_name" else "value" end),
    percentChangeColorMode: "standard", showPercentChange: false, reduceOptions: {calcs: ["lastNotNull"], fields: "", values: false}}};
def timeline: {type: "state-timeline",
  fieldConfig: {overrides: [], defaults: {mappings: mappings, color: {mode: "thresholds"}, custom: {fillOpacity: 70, lineWidth: 0}}},
  options: {mergeValues: true, showValue: "auto", rowHeight: 0.8, alignValue: "left", legend: legend(false),
    tooltip: {mode: "single", sort: "none"}}};
def graph: {type: "timeseries",
  fieldConfig: {overrides: (if .paired then paired else [] end), defaults: ({unit: .unit, min: 0, color: {mode: "palette-classic"},
    custom: ({drawStyle: "line", lineWidth: 1, showPoints: "auto", fillOpacity: (if .stacked then 60 else 0 end),
      stacking: {mode: (if .stacked then "normal" else "none" end), group: "A"}}
      + if .limit then {thresholdsStyle: {mode: "line"}} else {} end)}
    + if .limit then {thresholds: thresholds} else {} end)},
  options: {legend: legend(true), tooltip: {mode: "multi", sort: (if .stacked then "none" else "desc" end)}}};

# Graphite leaves the prefix out by itself.
def renamed($id):
  if .strip and $id != "graphite" then
    {transformations: [{id: "renameByRegex", options: {regex: ("^" + .strip + "(.*)$"), renamePattern: "$1"}}]}
  else {} end;

# What is shown as it is now is asked of the last minute.
def now: if .queries[0].now? then {timeFrom: "1m", hideTimeOverride: true} else {} end;

def panel($id):
  {title: .title, description: (.text // "")}
  + (if .markdown then text
     else {datasource: source($id), interval: "10s", targets: targets($id)} + renamed($id) + now
       + (if .repeat then {repeat: .repeat, repeatDirection: "h", maxPerRow: 2} else {} end)
       + (if .numbers then stat elif .states then timeline else graph end) end);

# --- where they are: from left to right, in lines of 24

def placed($top):
  reduce .[] as $panel ({x: 0, y: $top, line: 0, panels: []};
    ($panel.w // (if $panel.repeat then 24 else 12 end)) as $w | ($panel.h // 8) as $h
    | if .x + $w > 24 then .x = 0 | .y += .line | .line = 0 else . end
    | .panels += [$panel + {at: {x, y, w: $w, h: $h}}] | .x += $w | .line = ([.line, $h] | max))
  | {panels, bottom: (.y + .line)};

# A row whose series are not there by default is collapsed, says what it needs, and holds its panels; those of
# another stand behind it.
def laid_out($id):
  reduce panels::rows[] as $row ({y: 0, id: 1, panels: []};
    .y as $y | .id as $first | ($row.panels | placed($y + 1)) as $placed
    | [$placed.panels | to_entries[] | {id: ($first + 1 + .key), gridPos: .value.at} + (.value | panel($id))] as $panels
    | .id += 1 + ($panels | length)
    | {id: $first, type: "row", gridPos: {x: 0, y: $y, w: 24, h: 1}, collapsed: ($row.needs != null),
       title: ($row.title + if $row.needs then " (needs " + $row.needs + ")" else "" end),
       panels: (if $row.needs then $panels else [] end)} as $head
    | if $row.needs then .panels += [$head] | .y += 1 else .panels += [$head] + $panels | .y = $placed.bottom end)
  | .panels;

# --- the dashboard

def variable($id; $name; $title; $of_store):
  {name: $name, label: $title, type: "query", datasource: source($id), definition: $of_store.query,
   query: (if $id == "prometheus" then {query: $of_store.query, qryType: 1, refId: "PrometheusVariableQueryEditor-VariableQuery"} else $of_store.query end),
   regex: ($of_store.regex // ""), refresh: 2, sort: 1, multi: true, includeAll: true, options: [],
   current: {selected: true, text: ["All"], value: ["$__all"]}}
  + if $of_store.allValue then {allValue: $of_store.allValue} else {} end;

def variables($id):
  {graphite: graphite::variables, influxdb: influxdb::variables, prometheus: prometheus::variables}[$id]
  | [variable($id; "host"; "Host"; .host), variable($id; "interface"; "Interface"; .interface)];

def plugins: {text: "Text", stat: "Stat", timeseries: "Time series", "state-timeline": "State timeline"};

def dashboard($id):
  store($id).name as $name | laid_out($id) as $panels
  | {__inputs: [{name: ("DS_" + ($id | ascii_upcase)), label: $name, type: "datasource", pluginId: $id, pluginName: $name,
       description: "Where collectd writes to"}],
     __requires: ([{type: "grafana", id: "grafana", name: "Grafana", version: "9.0.0"},
       {type: "datasource", id: $id, name: $name, version: "1.0.0"}]
       + [$panels | [.[], .[].panels[]?] | map(.type) | unique[] | select(. != "row") | {type: "panel", id: ., name: plugins[.], version: ""}]),
     id: null, uid: ("collectd-xdp-" + $id), title: ("collectd-xdp (" + $name + ")"), tags: ["collectd", "xdp"],
     description: "What comes in on network interfaces, and goes out, counted at hooks of the kernel by collectd's plugin xdp.",
     schemaVersion: 36, version: 1, editable: true, graphTooltip: 1, refresh: "10s", timezone: "browser",
     time: {from: "now-1h", to: "now"}, annotations: {list: []}, templating: {list: variables($id)}, panels: $panels};
