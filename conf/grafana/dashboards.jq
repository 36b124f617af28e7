# SPDX-License-Identifier: GPL-2.0-only
# The dashboards, described once: `conf/grafana/make` writes from it graphite.json and
# influxdb.json for Grafana, and ../graphite/dashboard.json for graphite-web.

# --- queries of Graphite: series are collectd.HOST.xdp-INTERFACE.NAME

def xdp($name): "collectd.$host.xdp-$interface." + $name;
def rate($series): "perSecond(" + $series + ")";
def bits($series): "scale(perSecond(" + $series + "), 8)";
def by_interface: "aliasByNode(" + . + ", 1, 2)";
def by_host: "aliasByNode(" + . + ", 1)";
def by_series: "aliasSub(aliasByNode(" + . + ", 1, 2, 3), '.if_rx_packets-', ' ')";
def marked($mark): "aliasSub(" + . + ", '$', ' " + $mark + "')";
# Summed over hosts and interfaces, one line for each series that is called PREFIX and more.
def by_name($prefix): "aliasSub(groupByNode(" + . + ", 3, 'sum'), '^" + $prefix + "', '')";

# --- queries of InfluxDB: series are tagged host, instance (the interface), type, type_instance;
# --- a measurement is named after the plugin and the type's data source (types.db)

def rising: "non_negative_derivative(last(\"value\"), 1s)";
def here: "\"host\" =~ /^$host$/ AND \"instance\" =~ /^$interface$/ AND $timeFilter";
def on_host: "\"host\" =~ /^$host$/ AND $timeFilter";
def each($tags): " GROUP BY time($__interval), " + $tags + " fill(none)";
def of($type; $name): "\"type\" = '" + $type + "' AND \"type_instance\" = '" + $name + "' AND ";
def in_influxdb($value; $where; $tags; $alias):
  {query: ("SELECT " + $value + " FROM \"xdp_value\" WHERE " + $where + each($tags)), alias: $alias};
def totals($value; $type):
  in_influxdb($value; of($type; "") + here; "\"host\", \"instance\""; "$tag_host $tag_instance");
def summed($type; $prefix; $factor):
  {query: ("SELECT sum(\"rate\")" + $factor + " FROM (SELECT " + rising + " AS \"rate\" FROM \"xdp_value\" WHERE \"type\" = '"
     + $type + "' AND \"type_instance\" =~ /^" + $prefix + "/ AND " + here + each("\"host\", \"instance\", \"type_instance\"")
     + ") WHERE $timeFilter" + each("\"type_instance\"")), alias: "$tag_type_instance"};
# Lines of their own for the series of each interface whose names match.
def matching($regex):
  in_influxdb(rising; "\"type\" = 'if_rx_packets' AND \"type_instance\" =~ /^(" + $regex + ")$/ AND " + here;
     "\"host\", \"instance\", \"type_instance\""; "$tag_host $tag_instance $tag_type_instance");
# The rate of some series, divided by that of others, by tags: a query over two, which makes one of the rows of
# both that have the same time and tags. InfluxDB takes a division by zero for zero.
def divided($these; $of_those; $tags; $alias):
  def each_rate($name; $regex):
    "(SELECT sum(\"rate\") AS \"" + $name + "\" FROM (SELECT " + rising + " AS \"rate\" FROM \"xdp_value\" WHERE \"type\" = 'if_rx_packets' AND \"type_instance\" =~ /^("
    + $regex + ")$/ AND " + here + each("\"host\", \"instance\", \"type_instance\"") + ") WHERE $timeFilter" + each($tags) + ")";
  {query: ("SELECT sum(\"these\") / sum(\"those\") FROM " + each_rate("these"; $these) + ", " + each_rate("those"; $of_those)
     + " WHERE $timeFilter" + each($tags)), alias: $alias};
def from_interface_plugin($type; $factor):
  {query: ("SELECT " + rising + $factor + " FROM \"interface_rx\" WHERE \"type\" = '" + $type + "' AND " + here
     + each("\"host\", \"instance\"")), alias: "$tag_host $tag_instance interface plugin"};
def gauge($value; $name):
  in_influxdb($value; of("gauge"; $name) + here; "\"host\", \"instance\""; "$tag_host $tag_instance");
def state($name): gauge("min(\"value\")"; $name);
def of_plugin($value; $type; $name):
  in_influxdb($value; of($type; $name) + on_host; "\"host\""; "$tag_host");

# --- the panels

# Packets or bytes of the series if_rx_TYPE-KIND-*, one line each.
def parts($kind; $text):
  {title: ("Packets by " + $kind.title), unit: "pps", stacked: $kind.stacked, text: $text,
   graphite: [rate(xdp("if_rx_packets-" + $kind.prefix + "*")) | by_name("if_rx_packets-" + $kind.prefix)],
   influxdb: [summed("if_rx_packets"; $kind.prefix; "")]};

# The highest rates of 10 and 100 ms of packets or octets beside their mean, each multiplied by a factor.
def peaks($what; $factor; $panel):
  def name($window): "peak_" + $what + "_" + $window;
  def scaled: "scale(" + . + ", " + ($factor | tostring) + ")";
  def times: " * " + ($factor | tostring);
  $panel + {
   text: "The busiest 10 and 100 ms of each interval, beside its mean: bursts that fill a ring stand high above it. Needs ReportPeaks true.",
   graphite: [(("10ms", "100ms") as $window
       | "consolidateBy(" + xdp("gauge-" + name($window)) + ", 'max')" | scaled | by_interface | marked($window)),
     (rate(xdp("if_rx_" + $what)) | scaled | by_interface | marked("mean"))],
   influxdb: [(("10ms", "100ms") as $window
       | gauge("max(\"value\")" + times; name($window)) | .alias += " " + $window),
     (totals(rising + times; "if_rx_" + $what) | .alias += " mean")]};

# What an alert of conf/alerts looks at, with its number as a line: above it, or with "below" under it, is wrong.
def alert($name; $limit; $panel):
  $panel + {alert: $name, limit: $limit, text: ("Alert " + $name + ". " + $panel.text)};
# Series of an interface, by name: a pattern of Graphite's, and one of InfluxDB's.
def signs($name; $limit; $pattern; $regex; $panel):
  alert($name; $limit; $panel + {unit: "pps", graphite: [rate(xdp("if_rx_packets-" + $pattern)) | by_series],
    influxdb: [matching($regex)]});

def alerts: [
  {title: "Signs of attacks and faults", markdown: ([
   "What the alerts of `conf/alerts` look at, by their names, each with its number as a red line. XdpNotAttached is under *Counter attached*.",
   "",
   "- Most panels need `ReportSignals true`. A series begins when the first such packet comes.",
   "- The numbers suit a host with little traffic: look at a week of yours, and take three times its peak.",
   "- A panel shows, and notifies nobody. `conf/alerts/README.md` says what does: Prometheus, or collectd itself."
   ] | join("\n"))},
  signs("XdpSynFlood"; 1000; "tcp-syn"; "tcp-syn";
    {title: "SYN: new TCP connections asked for", text: "A SYN flood, or a rush of visitors."}),
  alert("XdpSynShare"; 0.5;
    {title: "SYN, of all TCP packets", unit: "percentunit",
     text: "Connections that are asked for and not used: a flood, or a scan of ports. The alert looks at more than 100 SYN/s.",
     graphite: [("scale(asPercent(" + rate(xdp("if_rx_packets-tcp-syn")) + ", " + rate(xdp("if_rx_packets-proto-{ipv4,ipv6}_tcp"))
       + ", 1, 2), 0.01)" | by_interface)],
     influxdb: [divided("tcp-syn"; "proto-ipv[46]_tcp"; "\"host\", \"instance\""; "$tag_host $tag_instance")]}),
  alert("XdpSynUnanswered"; 0.75;
    {title: "SYN, of SYN and SYN-ACK", unit: "percentunit",
     text: "For hosts through which both directions come in, like routers: one half is normal, and the whole is not answered at all. The alert looks at more than 100 SYN/s.",
     graphite: [("scale(asPercent(groupByNode(" + rate(xdp("if_rx_packets-tcp-syn")) + ", 1, 'sum'), groupByNode("
       + rate(xdp("if_rx_packets-tcp-{syn,syn_ack}")) + ", 1, 'sum'), 0), 0.01)" | "aliasByNode(" + . + ", 0)")],
     influxdb: [divided("tcp-syn"; "tcp-syn|tcp-syn_ack"; "\"host\""; "$tag_host")]}),
  signs("XdpReflection"; 1000; "from-*"; "from-.+";
    {title: "UDP from reflectors", text: "Answers to questions that others have asked in this host's name."}),
  signs("XdpUnreachableStorm"; 100; "icmp-unreachable"; "icmp-unreachable";
    {title: "ICMP: destination unreachable", text: "What this host sends, or somebody in its name, does not arrive."}),
  signs("XdpTtlExpiry"; 100; "{ip-ttl_low,icmp-time_exceeded}"; "ip-ttl_low|icmp-time_exceeded";
    {title: "At the end of their hops", text: "A routing loop: through here (ip-ttl_low), or where this host sends to (icmp-time_exceeded)."}),
  signs("XdpMalformed"; 10; "proto-malformed"; "proto-malformed";
    {title: "Malformed packets", text: "Headers that are cut off or contradict themselves. Needs no ReportSignals."}),
  alert("XdpValuesStopped"; 1;
    {title: "Values in two minutes", unit: "short", below: true,
     text: "0: collectd has ended or does not get through, or the interface has gone. The last two minutes may not be complete.",
     graphite: [("movingSum(isNonNull(" + xdp("gauge-attached") + "), '2min')" | by_interface)],
     influxdb: [(gauge("count(\"value\")"; "attached") | .query |= (sub("\\$__interval"; "2m") | sub("fill\\(none\\)"; "fill(0)")))]})
];

def panels: [
  {title: "Packets", unit: "pps",
   text: "What came in at the XDP hook of each interface.",
   graphite: [rate(xdp("if_rx_packets")) | by_interface],
   influxdb: [totals(rising; "if_rx_packets")]},
  {title: "Bits", unit: "bps",
   text: "Bits of the frames that came in, without preamble and FCS.",
   graphite: [bits(xdp("if_rx_octets")) | by_interface],
   influxdb: [totals(rising + " * 8"; "if_rx_octets")]},
  parts({title: "protocol", prefix: "proto-", stacked: true};
    "Each packet is in one class, so the height of the stack is all packets."),
  {title: "Bits by protocol", unit: "bps", stacked: true,
   text: "Each packet is in one class, so the height of the stack is all bits.",
   graphite: [bits(xdp("if_rx_octets-proto-*")) | by_name("if_rx_octets-proto-")],
   influxdb: [summed("if_rx_octets"; "proto-"; " * 8")]},
  peaks("packets"; 1; {title: "Peaks: packets", unit: "pps"}),
  peaks("octets"; 8; {title: "Peaks: bits", unit: "bps"}),
  parts({title: "size", prefix: "size-", stacked: true}; "By length of the frame. Needs ReportSizes true."),
  parts({title: "kind of destination", prefix: "cast-", stacked: true}; "Unicast, multicast, broadcast. Needs ReportCast true."),
  {title: "Tagged packets, tunnels and fragments", unit: "pps",
   text: "Packets with a VLAN tag in the frame (one that the card strips is not), in PPPoE sessions, behind MPLS labels, and IP fragments.",
   graphite: [rate(xdp("if_rx_packets-{vlan-tagged,tunnel-pppoe,tunnel-mpls,fragment-ip}")) | by_name("if_rx_packets-")],
   influxdb: [summed("if_rx_packets"; "(vlan-tagged|tunnel-(pppoe|mpls)|fragment-ip)$"; "")]},
  parts({title: "CPU", prefix: "cpu-", stacked: false};
    "Lines that lie apart: interrupts or RSS put more on one CPU than on another. Needs ReportCPUs true."),
  parts({title: "queue", prefix: "queue-", stacked: false};
    "Lines that lie apart: the card's hash puts more into one queue than into another. Needs ReportQueues true."),
  {title: "Counter attached", states: ["not attached", "attached"],
   text: "Alert XdpNotAttached. Not attached: packets came in that nobody counted; why is in collectd's log.",
   graphite: ["consolidateBy(" + xdp("gauge-attached") + ", 'min')" | by_interface],
   influxdb: [state("attached")]},
  {title: "Mode", states: ["generic", "native"],
   text: "Generic mode sees packets as the stack has merged them (GRO). Do not compare the counts of the two modes.",
   graphite: ["consolidateBy(" + xdp("gauge-native") + ", 'min')" | by_interface],
   influxdb: [state("native")]},
  {title: "XDP and the interface plugin: packets", unit: "pps",
   text: "Needs LoadPlugin interface. Why they may differ is said beside.",
   graphite: [(rate(xdp("if_rx_packets")) | by_interface | marked("XDP")),
              (rate("collectd.$host.interface-$interface.if_packets.rx") | by_interface | marked("interface plugin"))],
   influxdb: [(totals(rising; "if_rx_packets") | .alias += " XDP"), from_interface_plugin("if_packets"; "")]},
  {title: "XDP and the interface plugin: bits", unit: "bps",
   text: "Needs LoadPlugin interface. Why they may differ is said beside.",
   graphite: [(bits(xdp("if_rx_octets")) | by_interface | marked("XDP")),
              (bits("collectd.$host.interface-$interface.if_octets.rx") | by_interface | marked("interface plugin"))],
   influxdb: [(totals(rising + " * 8"; "if_rx_octets") | .alias += " XDP"), from_interface_plugin("if_octets"; " * 8")]},
  {title: "Why they may differ", markdown: ([
   "The interface plugin shows what the driver counts, XDP what reaches its hook.",
   "",
   "- **Generic mode** counts behind GRO: fewer packets, and larger ones, than the driver.",
   "- **Dropped before the hook**: a full ring, a wrong checksum of the frame, no memory. Some drivers count those as received.",
   "- **Bytes**: some drivers count the FCS (4 bytes per packet), or leave out the Ethernet header (veth in native mode: 14). XDP counts the frame without FCS.",
   "- **VLAN tags** that the card strips are not in the frame: 4 bytes less at the hook.",
   "- **LRO and hardware GRO**: the driver may count segments, XDP the merged packet.",
   "- **While the counter was not attached** (see above) only the driver counted.",
   "- The two plugins do not read at the same moment: a step shows in one interval earlier or later."
   ] | join("\n"))},
  {title: "Cost: time of a reading", unit: "s",
   text: "What collectd waits for the plugin in an interval. Needs ReportSelf true, as all panels of cost.",
   graphite: ["collectd.$host.xdp.duration-read" | by_host],
   influxdb: [of_plugin("max(\"value\")"; "duration"; "read") | .query |= sub("xdp_value"; "xdp_seconds")]},
  {title: "Cost: memory of the maps", unit: "bytes",
   text: "Memory of the kernel for the counts.",
   graphite: ["collectd.$host.xdp.memory-maps" | by_host],
   influxdb: [of_plugin("last(\"value\")"; "memory"; "maps")]},
  {title: "Cost: instructions verified", unit: "short",
   text: "What the kernel's verifier went through when the program was loaded: more of them with more options.",
   graphite: ["collectd.$host.xdp.gauge-instructions" | by_host],
   influxdb: [of_plugin("last(\"value\")"; "gauge"; "instructions")]},
  {title: "Cost: CPU time of the program", unit: "percentunit",
   text: "Of one CPU. Only while the kernel's sysctl kernel.bpf_stats_enabled is 1, which costs some time per packet itself.",
   graphite: [("scale(perSecond(collectd.$host.xdp.total_time_in_ms-program), 0.001)" | by_host)],
   influxdb: [of_plugin(rising + " / 1000"; "total_time_in_ms"; "program")]},
  {title: "Cost: runs of the program", unit: "pps",
   text: "Packets that the program saw on all interfaces. Only while kernel.bpf_stats_enabled is 1.",
   graphite: [rate("collectd.$host.xdp.invocations-program") | by_host],
   influxdb: [of_plugin(rising; "invocations"; "program")]},
  parts({title: "TCP flag", prefix: "tcp-", stacked: false}; "Needs ReportSignals true, as the panels below."),
  parts({title: "ICMP kind", prefix: "icmp-", stacked: false}; "IPv4 and IPv6 together. Needs ReportSignals true."),
  {title: "Bits from reflectors", unit: "bps", stacked: true,
   text: "UDP by the reflector it comes from. Needs ReportSignals true.",
   graphite: [bits(xdp("if_rx_octets-from-*")) | by_name("if_rx_octets-from-")],
   influxdb: [summed("if_rx_octets"; "from-"; " * 8")]}
] + alerts;

# --- Grafana

def source: {type: $store, uid: ("${DS_" + ($store | ascii_upcase) + "}")};

def position($number):
  {x: ($number % 2 * 12), y: (($number / 2 | floor) * 8), w: 12, h: 8};

def targets:
  [(if $store == "graphite" then .graphite[] | {target: ., textEditor: true}
    else .influxdb[] | . + {rawQuery: true, resultFormat: "time_series"} end)]
  | to_entries | map({refId: ("ABC"[.key:.key + 1]), datasource: source} + .value);

def mappings:
  .states | [{type: "value", options: (
    {"0": {text: .[0], color: "orange", index: 0}, "1": {text: .[1], color: "green", index: 1}})}];

# A red line at the number of an alert.
def limits:
  if .limit then
    (if .below then ["red", "green"] else ["green", "red"] end) as $colors
    | {thresholds: {mode: "absolute", steps: [{color: $colors[0], value: null}, {color: $colors[1], value: .limit}]}}
  else {} end;

def drawn:
  if .markdown then {type: "text", options: {mode: "markdown", content: .markdown}}
  elif .states then
    {type: "state-timeline", targets: targets, datasource: source,
     fieldConfig: {defaults: {min: 0, max: 1, mappings: mappings}, overrides: []},
     options: {mergeValues: true, showValue: "auto", rowHeight: 0.8, alignValue: "left",
               legend: {showLegend: false, displayMode: "list", placement: "bottom"}, tooltip: {mode: "single"}}}
  else
    {type: "timeseries", targets: targets, datasource: source,
     fieldConfig: {defaults: (limits + {unit: .unit, min: 0, custom: ({
       drawStyle: "line", lineWidth: 1, showPoints: "auto", fillOpacity: (if .stacked then 60 else 0 end),
       stacking: {mode: (if .stacked then "normal" else "none" end), group: "A"}}
       + (if .limit then {thresholdsStyle: {mode: "line"}} else {} end))}), overrides: []},
     options: {legend: {showLegend: true, displayMode: "list", placement: "bottom", calcs: []},
               tooltip: {mode: "multi", sort: "desc"}}}
  end;

def variable($name; $title; $query; $regex):
  {name: $name, label: $title, type: "query", datasource: source, query: $query, definition: $query,
   regex: $regex, refresh: 2, sort: 1, multi: true, includeAll: true, current: {}, options: [],
   allValue: (if $store == "graphite" then "*" else ".*" end)};

def variables:
  if $store == "graphite" then
    [variable("host"; "Host"; "collectd.*"; ""),
     variable("interface"; "Interface"; "collectd.$host.xdp-*"; "/^xdp-(.+)$/")]
  else
    [variable("host"; "Host"; "SHOW TAG VALUES FROM \"xdp_value\" WITH KEY = \"host\""; ""),
     variable("interface"; "Interface"; "SHOW TAG VALUES FROM \"xdp_value\" WITH KEY = \"instance\" WHERE \"host\" =~ /^$host$/"; "")]
  end;

def store_name: {graphite: "Graphite", influxdb: "InfluxDB"}[$store];

def grafana:
  {__inputs: [{name: ("DS_" + ($store | ascii_upcase)), label: store_name, type: "datasource", pluginId: $store, pluginName: store_name,
     description: "Where collectd writes to"}],
   __requires: [{type: "grafana", id: "grafana", name: "Grafana", version: "9.0.0"},
     {type: "datasource", id: $store, name: store_name, version: "1.0.0"}],
   id: null, uid: ("collectd-xdp-" + $store), title: ("collectd-xdp (" + store_name + ")"), tags: ["collectd", "xdp"],
   description: "What comes in on network interfaces, counted at the XDP hook by collectd's plugin xdp.",
   schemaVersion: 36, version: 1, editable: true, graphTooltip: 1, refresh: "10s", timezone: "browser",
   time: {from: "now-1h", to: "now"}, annotations: {list: []}, templating: {list: variables},
   panels: [panels | to_entries[] | .key as $number | .value
     | {id: ($number + 1), title: .title, description: (.text // ""), gridPos: position($number), interval: "10s"} + drawn]};

# --- graphite-web: all hosts and interfaces, for it has no variables

def graphite_web:
  {name: "collectd-xdp",
   timeConfig: {type: "relative", relativeStartQuantity: "1", relativeStartUnits: "hours", relativeUntilQuantity: "",
     relativeUntilUnits: "now", startDate: "2026-01-01T00:00:00", startTime: "9:00 AM", endDate: "2026-01-01T00:00:00", endTime: "5:00 PM"},
   refreshConfig: {enabled: true, interval: 10000}, graphSize: {width: 600, height: 300},
   defaultGraphParams: {from: "-1hours", until: "now", width: 600, height: 300},
   graphs: [panels[] | select(.graphite)
     | [.graphite[] | gsub("\\$(host|interface)"; "*")] as $targets
     | {title: .title, target: $targets, yMin: "0"}
       + (if .stacked then {areaMode: "stacked"} else {} end)
       + (if .states then {lineMode: "staircase", yMax: "1", vtitle: ("0: " + .states[0] + ", 1: " + .states[1])} else {} end)
     | [($targets | map("target=" + @uri) | join("&")), ., ("/render?" + ($targets | map("target=" + @uri) | join("&")))]]};

if $for == "graphite-web" then graphite_web else grafana end
