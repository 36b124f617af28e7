# SPDX-License-Identifier: GPL-2.0-only
# Queries of Graphite: series are collectd.HOST.xdp-INTERFACE.NAME

# What is behind the type in the names of series: "", "-a", "-{a,b}" or "-prefix*".
def pattern:
  if type == "object" then "-" + .prefix + "*" elif . == [""] then ""
  elif length == 1 then "-" + .[0] else "-{" + join(",") + "}" end;
def series($type; $names): "collectd.$host.xdp-$interface." + $type + ($names | pattern);
def per_second: "perSecond(" + . + ")";
def scaled($factor): if $factor == 1 then . else "scale(\(.), \($factor))" end;
# A line "HOST INTERFACE", of what has collectd.HOST.PLUGIN-INTERFACE in its name.
def by_interface($mark):
  "aliasSub(aliasByNode(" + . + ", 1, 2), '^(.+)\\.[a-z]+-(.+)$', '\\1 \\2" + (if $mark then " " + $mark else "" end) + "')";
# Of an interface that has just not come, its last value, for what is added up now.
def summed_now: "sumSeries(keepLastValue(" + . + ", 2))";

def lines($query; $of):
  if $query.by == "interface" then by_interface($query.mark)
  elif $query.by == "series" then
    "aliasSub(aliasByNode(" + . + ", 1, 2, 3), '^(.+)\\.xdp-(.+)\\." + $of + "-(.+)$', '\\1 \\2 \\3')"
  elif $query.by == "name" then
    "aliasSub(groupByNode(" + . + ", 3, 'sum'), '^" + $of + "-" + ($query.names | if type == "object" then .prefix else "" end) + "', '')"
  elif $query.now then "alias(" + summed_now + ", '" + $query.legend + "')"
  else "alias(sumSeries(" + . + "), '" + $query.legend + "')" end;

def states($state):
  series("gauge"; ["attached"]) as $attached | series("gauge"; ["observing"]) as $observing
  | if $state == "attached" then $attached | summed_now
    elif $state == "observed" then $observing | summed_now
    else "diffSeries(" + ("offset(scale(" + $attached + ", -1), 1)" | summed_now) + ", " + ($observing | summed_now) + ")" end;

def share:
  . as $query | (series(.type; .these) | per_second) as $these | (series(.type; .those) | per_second) as $those
  | if .by == "interface" then "scale(asPercent(" + $these + ", " + $those + ", 1, 2), 0.01)" | by_interface(null)
    else "aliasByNode(scale(asPercent(groupByNode(" + $these + ", 1, 'sum'), groupByNode(" + $those + ", 1, 'sum'), 0), 0.01), 0)" end;

def expression:
  . as $query
  | if .kind == "rate" then series(.type; .names) | per_second | scaled($query.factor) | lines($query; $query.type)
    elif .kind == "gauge" then
      "consolidateBy(" + series("gauge"; .names) + ", '" + .keep + "')" | scaled($query.factor) | lines($query; "gauge")
    elif .kind == "share" then share
    elif .kind == "state" then
      "consolidateBy(groupByNodes(group(scale(" + series("gauge"; ["attached"]) + ", 2), " + series("gauge"; ["observing"])
      + "), 'sum', 1, 2), 'min')" | "aliasSub(" + . + ", '^.*\\((.+)\\.xdp-(.+),.*$', '\\1 \\2')"
    elif .kind == "states" then "alias(" + states(.state) + ", '" + .legend + "')"
    elif .kind == "present" then "movingSum(isNonNull(" + series("gauge"; ["attached"]) + "), '2min')" | by_interface(null)
    elif .kind == "interface plugin" then
      "collectd.$host.interface-$interface." + .type + ".rx" | per_second | scaled($query.factor) | by_interface("interface plugin")
    elif .keep == "sum" then
      "aliasSub(groupByNode(perSecond(collectd.$host.xdp." + .type + "-" + .name + "*), 1, 'sum'), '$', ' " + .mark + "')"
    else "collectd.$host.xdp." + .type + "-" + .name
      | if $query.keep == "rate" then per_second else "consolidateBy(" + . + ", '" + $query.keep + "')" end
      | scaled($query.factor) | "aliasByNode(" + . + ", 1)"
    end;

def target($panel): {target: expression, textEditor: true};

def store: {id: "graphite", name: "Graphite"};
def variables: {
  host: {query: "collectd.*", allValue: "*"},
  interface: {query: "collectd.$host.xdp-*", regex: "/^xdp-((?!custom-counter-).+)$/"}};
