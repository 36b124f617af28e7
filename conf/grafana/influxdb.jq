# SPDX-License-Identifier: GPL-2.0-only
# Queries of InfluxDB: series are tagged host, instance (the interface), type, type_instance; a
# measurement is named after the plugin and the type's data source (types.db)

def rising: "non_negative_derivative(last(\"value\"), 1s)";
def here: "\"host\" =~ /^$host$/ AND \"instance\" =~ /^$interface$/ AND $timeFilter";
def on_host: "\"host\" =~ /^$host$/ AND $timeFilter";
def of_interface: "\"host\", \"instance\"";
def each($tags): " GROUP BY time($__interval)" + ($tags | if . == "" then "" else ", " + . end) + " fill(none)";
def times($factor): if $factor == 1 then "" else " * \($factor)" end;

def pattern:
  if type == "object" then "=~ /^" + .prefix + "/"
  elif length == 1 then "= '" + .[0] + "'" else "=~ /^(" + join("|") + ")$/" end;
def of($type; $names): "\"type\" = '" + $type + "' AND \"type_instance\" " + ($names | pattern) + " AND ";
def select($what; $where; $grouped): "SELECT " + $what + " FROM \"xdp_value\" WHERE " + $where + $grouped;
# Over the answer of a query.
def over($what; $grouped): "SELECT " + $what + " FROM (" + . + ") WHERE $timeFilter" + $grouped;

def rates($query; $names): select(rising + " AS \"rate\""; of($query.type; $names) + here; each(of_interface + ", \"type_instance\""));

def rate:
  . as $query
  | if .by == "interface" then select(rising + times(.factor); of(.type; .names) + here; each(of_interface))
    elif .by == "series" then select(rising + times(.factor); of(.type; .names) + here; each(of_interface + ", \"type_instance\""))
    elif .now then
      # The mean of the time that is looked at, for the last place in time may not be complete.
      select("non_negative_derivative(\"value\", 1s) AS \"rate\""; of(.type; .names) + here; " GROUP BY " + of_interface)
      | over("mean(\"rate\") AS \"rate\""; " GROUP BY " + of_interface) | over("sum(\"rate\")" + times($query.factor); "")
    else rates(.; .names) | over("sum(\"rate\")" + times($query.factor); each(if $query.by == "name" then "\"type_instance\"" else "" end)) end;

# A query over two, which makes one of the rows of both that have the same time and tags. InfluxDB takes a division
# by zero for zero.
def share:
  (if .by == "host" then "\"host\"" else of_interface end) as $tags
  | (rates(.; .these) | over("sum(\"rate\") AS \"these\""; each($tags))) as $these
  | (rates(.; .those) | over("sum(\"rate\") AS \"those\""; each($tags))) as $those
  | "SELECT sum(\"these\") / sum(\"those\") FROM (" + $these + "), (" + $those + ") WHERE $timeFilter" + each($tags);

def gauge($what; $name; $grouped): select($what + " AS \"state\""; of("gauge"; [$name]) + here; $grouped);
def both($attached; $observing; $grouped):
  "SELECT sum(\"state\") FROM (" + gauge($attached; "attached"; $grouped) + "), (" + gauge($observing; "observing"; $grouped) + ")";
def states:
  " GROUP BY " as $of | ($of + of_interface) as $each
  | if .state == "attached" then gauge("last(\"value\")"; "attached"; $each) | over("sum(\"state\")"; "")
    elif .state == "observed" then gauge("last(\"value\")"; "observing"; $each) | over("sum(\"state\")"; "")
    else both("1 - last(\"value\")"; "0 - last(\"value\")"; $each) + " WHERE $timeFilter" end;

def of_plugin:
  (if .type == "duration" then "xdp_seconds" else "xdp_value" end) as $measurement
  | if .keep == "sum" then
      select(rising + " AS \"rate\""; of(.type; {prefix: .name}) + on_host; each("\"host\", \"type_instance\""))
      | over("sum(\"rate\")"; each("\"host\""))
    else select((if .keep == "rate" then rising else .keep + "(\"value\")" end) + times(.factor);
      of(.type; [.name]) + on_host; if .now then " GROUP BY \"host\"" else each("\"host\"") end)
      | sub("xdp_value"; $measurement) end;

def query:
  . as $query
  | if .kind == "rate" then rate
    elif .kind == "gauge" then
      select(.keep + "(\"value\")" + times(.factor); of("gauge"; .names) + here;
        if .now then " GROUP BY " + of_interface else each(of_interface) end)
    elif .kind == "share" then share
    elif .kind == "state" then
      both("min(\"value\") * 2"; "min(\"value\")"; each(of_interface)) + " WHERE $timeFilter" + each(of_interface)
    elif .kind == "states" then states
    elif .kind == "present" then
      select("count(\"value\")"; of("gauge"; ["attached"]) + here; " GROUP BY time(2m), " + of_interface + " fill(0)")
    elif .kind == "interface plugin" then
      select(rising + times(.factor); "\"type\" = '" + .type + "' AND " + here; each(of_interface)) | sub("xdp_value"; "interface_rx")
    else of_plugin end;

def legend:
  if .by == "all" then .legend
  elif .by == "name" then "$tag_type_instance"
  elif .by == "host" or .kind == "plugin" then "$tag_host" + (if .mark then " " + .mark else "" end)
  else "$tag_host $tag_instance" + (if .by == "series" then " $tag_type_instance" elif .kind == "interface plugin" then " interface plugin"
    elif .mark then " " + .mark else "" end) end;

def target($panel): {query: query, alias: legend, rawQuery: true, resultFormat: "time_series"};

def store: {id: "influxdb", name: "InfluxDB"};
def variables: {
  host: {query: "SHOW TAG VALUES FROM \"xdp_value\" WITH KEY = \"host\"", allValue: ".*"},
  interface: {query: "SHOW TAG VALUES FROM \"xdp_value\" WITH KEY = \"instance\" WHERE \"host\" =~ /^$host$/ AND \"instance\" !~ /^custom-counter-/", regex: ""}};
