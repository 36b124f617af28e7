# SPDX-License-Identifier: GPL-2.0-only
# What the dashboards show: rows of panels, with queries that name no store. How a store is asked for
# them is in graphite.jq, influxdb.jq and prometheus.jq; how that is written for Grafana in grafana.jq.
#
# A query has a kind, names of series (a list, or {prefix}), and what makes a line of its own:
# "interface", "series" (of an interface), "name" (summed over interfaces) or "all" (one line).

def packets: "if_rx_packets";
def octets: "if_rx_octets";
def few: "suffix: p/s"; # of less than one a second Grafana's "pps" makes "mp/s"

def rate($type; $names; $by): {kind: "rate", type: $type, names: $names, by: $by, factor: 1};
def gauge($name; $keep): {kind: "gauge", names: [$name], keep: $keep, by: "interface", factor: 1};
# What the plugin says of itself, for each host: its "last" or "max" value, its "rate", or the "sum" of the rates of
# all whose names begin with one.
def of_plugin($keep; $type; $name): {kind: "plugin", type: $type, name: $name, keep: $keep, factor: 1};
# The rate of some packets, divided by that of others, for each "interface" or "host".
def share($these; $of_those; $by): {kind: "share", type: packets, these: $these, those: $of_those, by: $by};

def times($factor): .factor = $factor;
def as_bits: times(8);
def marked($mark): .mark = $mark;
def named($legend): .by = "all" | .legend = $legend;

# --- panels of one form

# A number as it is now.
def number($title; $query; $panel): {title: $title, numbers: true, w: 4, h: 4, queries: [$query | .now = true]} + $panel;

# Packets or bits of the series that begin with a prefix, one line each.
def packets_by($what; $prefix; $panel):
  {title: ("Packets by " + $what), unit: "pps", strip: $prefix, queries: [rate(packets; {prefix: $prefix}; "name")]} + $panel;
def bits_by($what; $prefix; $panel):
  {title: ("Bits by " + $what), unit: "bps", strip: $prefix, queries: [rate(octets; {prefix: $prefix}; "name") | as_bits]} + $panel;

# The same of what goes out.
def out_by($what; $prefix; $panel):
  {title: ("Packets out by " + $what), unit: "pps", strip: $prefix, queries: [rate("if_tx_packets"; {prefix: $prefix}; "name")]} + $panel;
def bits_out_by($what; $prefix; $panel):
  {title: ("Bits out by " + $what), unit: "bps", strip: $prefix, queries: [rate("if_tx_octets"; {prefix: $prefix}; "name") | as_bits]} + $panel;

# The highest rates of 10 and 100 ms beside their mean.
def peaks($what; $factor; $panel):
  {text: "The busiest 10 and 100 ms of each interval, beside its mean: bursts that fill a ring stand high above it.",
   queries: [(("10ms", "100ms") as $window | gauge("peak_" + $what + "_" + $window; "max") | times($factor) | marked($window)),
     (rate("if_rx_" + $what; [""]; "interface") | times($factor) | marked("mean"))]} + $panel;

# Both counts of one interface: a panel for each, so that two colours are enough.
def beside($what; $of_plugin; $factor; $panel):
  {text: "Needs LoadPlugin interface. Why they may differ is said below.", repeat: "interface", paired: true,
   queries: [(rate("if_rx_" + $what; [""]; "interface") | times($factor) | marked("XDP")),
     ({kind: "interface plugin", type: $of_plugin} | times($factor))]} + $panel;

# What an alert of conf/alerts looks at, with its number as a line.
def alert($name; $limit; $panel):
  $panel + {alert: $name, limit: $limit, text: ("Alert " + $name + ". " + $panel.text)};
def signs($name; $limit; $names; $panel):
  alert($name; $limit; {unit: "pps", queries: [rate(packets; $names; "series")]} + $panel);

def states: [
  {text: "not counted", color: "red"}, {text: "observed", color: "blue"}, {text: "attached", color: "green"}];
def states_outgoing: [{text: "not counted", color: "red"}, {text: "attached", color: "green"}];
def modes: [{text: "generic", color: "purple"}, {text: "native", color: "blue"}];

# --- the rows

def overview: {title: "Overview", panels: [
  number("Attached"; {kind: "states", state: "attached"} | named("attached");
    {unit: "none", color: "green", text: "Interfaces at whose XDP hook the counter is."}),
  number("Observed"; {kind: "states", state: "observed"} | named("observed");
    {unit: "none", color: "blue", text: "Interfaces whose hook another program holds, which is observed."}),
  number("Not counted"; {kind: "states", state: "not counted"} | named("not counted");
    {unit: "none", limit: 1, text: "Interfaces whose packets nobody counts. Why is in collectd's log."}),
  number("Packets"; rate(packets; [""]; "all") | named("packets");
    {unit: "pps", color: "text", text: "What comes in on all interfaces that are chosen above."}),
  number("Bits"; rate(octets; [""]; "all") | as_bits | named("bits");
    {unit: "bps", color: "text", text: "Bits of the frames, without preamble and FCS."}),
  number("Malformed"; rate(packets; ["proto-malformed"]; "all") | named("malformed");
    {unit: few, limit: 10, text: "Packets whose headers are cut off or contradict themselves."})]};

def traffic: {title: "Traffic", panels: [
  {title: "Packets", unit: "pps", text: "What came in at the XDP hook of each interface.",
   queries: [rate(packets; [""]; "interface")]},
  {title: "Bits", unit: "bps", text: "Bits of the frames that came in, without preamble and FCS.",
   queries: [rate(octets; [""]; "interface") | as_bits]}]};

def breakdown: {title: "Breakdown", panels: [
  packets_by("protocol"; "proto-"; {stacked: true, text: "Each packet is in one class, so the height of the stack is all packets."}),
  bits_by("protocol"; "proto-"; {stacked: true, text: "Each packet is in one class, so the height of the stack is all bits."}),
  {title: "Tagged packets, tunnels and fragments", unit: "pps", w: 24, h: 6,
   text: "Packets with a VLAN tag in the frame (one that the card strips is not), in PPPoE sessions, behind MPLS labels, and IP fragments.",
   queries: [rate(packets; ["vlan-tagged", "tunnel-pppoe", "tunnel-mpls", "fragment-ip"]; "name")]}]};

def more_breakdown: {title: "Breakdown by size, destination, CPU and queue",
  needs: "ReportSizes, ReportCast, ReportCPUs, ReportQueues", panels: [
  {title: "Packets by size", unit: "pps", stacked: true, text: "By length of the frame in bytes, small ones at the bottom. Needs ReportSizes true.",
   queries: ["1_to_64", "65_to_127", "128_to_255", "256_to_511", "512_to_1023", "1024_to_1518", "1519_to_max"
     | . as $size | rate(packets; ["size-" + $size]; "all") | named($size)] },
  packets_by("kind of destination"; "cast-"; {stacked: true, text: "Unicast, multicast, broadcast. Needs ReportCast true."}),
  packets_by("CPU"; "cpu-";
    {text: "Lines that lie apart: interrupts or RSS put more on one CPU than on another. Needs ReportCPUs true."}),
  packets_by("queue"; "queue-";
    {text: "Lines that lie apart: the card's hash puts more into one queue than into another. Needs ReportQueues true."})]};

def outgoing: {title: "Outgoing", needs: "ReportOutgoing", panels: [
  {title: "Packets out", unit: "pps", text: "What passed the tcx hook of each interface, as packets on the wire. XDP_TX, redirects and AF_XDP do not pass it.",
   queries: [rate("if_tx_packets"; [""]; "interface")]},
  {title: "Bits out", unit: "bps", text: "Bits of the frames that went out, without preamble and FCS.",
   queries: [rate("if_tx_octets"; [""]; "interface") | as_bits]},
  out_by("protocol"; "proto-"; {stacked: true, text: "Each packet is in one class, so the height of the stack is all packets."}),
  bits_out_by("protocol"; "proto-"; {stacked: true, text: "Each packet is in one class, so the height of the stack is all bits."}),
  out_by("TCP flag"; "tcp-"; {text: "A host that sends many SYN asks for connections, or scans. Needs ReportSignals true."}),
  out_by("ICMP kind"; "icmp-"; {text: "IPv4 and IPv6 together. Needs ReportSignals true."}),
  {title: "Counter of what goes out", states: states_outgoing, numbers: true, w: 24, h: 5,
   text: "Not counted: why is in collectd's log, behind \"outgoing:\".",
   queries: [gauge("attached_outgoing"; "last") | .now = true]}]};

def other_programs: {title: "Other XDP programs", needs: "another program at the hook, and OnBusy \"observe\", the default", panels: [
  packets_by("verdict"; "verdict-"; {stacked: true,
    text: "What the observed programs decided. aborted: a fault of the program, and the packet is dropped."}),
  bits_by("verdict"; "verdict-"; {stacked: true, text: "What the observed programs decided."})]};

def losses: {title: "Losses", needs: "ReportFate", panels: [
  {title: "Verdicts that failed", unit: few, strip: "exception-",
   text: "Packets that were lost because of what a program answered: aborted and invalid are faults of the program, tx and redirect could not be sent.",
   queries: [rate("if_rx_errors"; {prefix: "exception-"}; "name")]},
  {title: "Redirects that failed at once", unit: few, strip: "redirect-",
   text: "By the error: ENOSPC is a full ring of an AF_XDP socket or queue of a CPU, EMSGSIZE an MTU, ENETDOWN an interface that is down. All are under WHERE PACKETS ARE LOST in collectd-xdp(5).",
   queries: [rate("if_rx_errors"; {prefix: "redirect-"}; "name")]},
  {title: "Redirected to the interface", unit: "pps",
   text: "In native mode: sent, and not taken by its driver or its entry in the devmap.",
   queries: [(rate("if_tx_packets"; ["redirect"]; "interface") | marked("sent")), (rate("if_tx_dropped"; ["redirect"]; "interface") | marked("dropped"))]},
  {title: "Handed to other CPUs", unit: "pps",
   text: "Through cpumaps, on the whole machine: what went through their queues, and what was dropped because one was full.",
   queries: [(of_plugin("sum"; "if_rx_packets"; "cpumap-cpu-") | marked("passed")), (of_plugin("sum"; "if_rx_dropped"; "cpumap-cpu-") | marked("dropped"))]},
  {title: "Not taken by AF_XDP sockets", unit: few, w: 24, h: 6, strip: "xsk_",
   text: "By cause and queue. full: the application does not read in time. fill_empty, dropped: it does not give buffers back in time. Most of them are redirects that failed, too.",
   queries: [rate("if_rx_dropped"; {prefix: "xsk_"}; "name")]}]};

def peak: {title: "Peaks", needs: "ReportPeaks", panels: [
  peaks("packets"; 1; {title: "Peaks: packets", unit: "pps"}),
  peaks("octets"; 8; {title: "Peaks: bits", unit: "bps"})]};

def signals: {title: "Signals", needs: "ReportSignals", panels: [
  {title: "Signs of attacks and faults", w: 24, h: 5, markdown: ([
   "What the alerts of the folder `alerts` look at, by their names, each with its number as a red line. XdpNotAttached, XdpMalformed and XdpValuesStopped are under *Health*.",
   "",
   "- A series begins when the first such packet comes.",
   "- The numbers suit a host with little traffic: look at a week of yours, and take three times its peak.",
   "- A panel shows, and notifies nobody. `README.md` there says what does: Prometheus, or collectd itself."
   ] | join("\n"))},
  signs("XdpSynFlood"; 1000; ["tcp-syn"];
    {title: "SYN: new TCP connections asked for", text: "A SYN flood, or a rush of visitors."}),
  signs("XdpReflection"; 1000; {prefix: "from-"};
    {title: "UDP from reflectors", text: "Answers to questions that others have asked in this host's name."}),
  alert("XdpSynShare"; 0.5;
    {title: "SYN, of all TCP packets", unit: "percentunit",
     text: "Connections that are asked for and not used: a flood, or a scan of ports. The alert looks at more than 100 SYN/s.",
     queries: [share(["tcp-syn"]; ["proto-ipv4_tcp", "proto-ipv6_tcp"]; "interface")]}),
  alert("XdpSynUnanswered"; 0.75;
    {title: "SYN, of SYN and SYN-ACK", unit: "percentunit",
     text: "For hosts through which both directions come in, like routers: one half is normal, and the whole is not answered at all. The alert looks at more than 100 SYN/s.",
     queries: [share(["tcp-syn"]; ["tcp-syn", "tcp-syn_ack"]; "host")]}),
  signs("XdpUnreachableStorm"; 100; ["icmp-unreachable"];
    {title: "ICMP: destination unreachable", text: "What this host sends, or somebody in its name, does not arrive."}),
  signs("XdpTtlExpiry"; 100; ["ip-ttl_low", "icmp-time_exceeded"];
    {title: "At the end of their hops", text: "A routing loop: through here (ip-ttl_low), or where this host sends to (icmp-time_exceeded)."}),
  packets_by("TCP flag"; "tcp-"; {text: "TCP packets by their flags."}),
  packets_by("ICMP kind"; "icmp-"; {text: "IPv4 and IPv6 together."}),
  {title: "Bits from reflectors", unit: "bps", stacked: true, strip: "from-", text: "UDP by the reflector it comes from.",
   queries: [rate(octets; {prefix: "from-"}; "name") | as_bits]},
  {title: "First fragments that are too short", unit: "pps", text: "They end inside their layer 4 header: mostly an attempt to get past a filter.",
   queries: [rate(packets; ["ip-short_fragment"]; "series")]}]};

def health: {title: "Health", panels: [
  {title: "State of the counter", states: states, w: 16,
   text: "Alert XdpNotAttached. Not counted: packets came in that nobody counted; why is in collectd's log. Observed: another program holds the hook.",
   queries: [{kind: "state", by: "interface"}]},
  {title: "Mode", states: modes, numbers: true, w: 8,
   text: "Generic mode sees packets as the stack has merged them (GRO). Do not compare the counts of the two modes.",
   queries: [gauge("native"; "last") | .now = true]},
  alert("XdpMalformed"; 10;
    {title: "Malformed packets", unit: few, text: "Headers that are cut off or contradict themselves.",
     queries: [rate(packets; ["proto-malformed"]; "interface")]}),
  alert("XdpValuesStopped"; 1;
    {title: "Values in two minutes", unit: "short",
     text: "0: collectd has ended or does not get through, or the interface has gone. The last two minutes may not be complete.",
     queries: [{kind: "present", by: "interface"}]}),
  beside("packets"; "if_packets"; 1; {title: "XDP and the interface plugin: packets of $interface", unit: "pps"}),
  beside("octets"; "if_octets"; 8; {title: "XDP and the interface plugin: bits of $interface", unit: "bps"}),
  {title: "Why they may differ", w: 24, h: 9, markdown: ([
   "The interface plugin shows what the driver counts, XDP what reaches its hook.",
   "",
   "- **Generic mode** counts behind GRO: fewer packets, and larger ones, than the driver.",
   "- **Dropped before the hook**: a full ring, a wrong checksum of the frame, no memory. Some drivers count those as received.",
   "- **Bytes**: some drivers count the FCS (4 bytes per packet), or leave out the Ethernet header (veth in native mode: 14). XDP counts the frame without FCS.",
   "- **VLAN tags** that the card strips are not in the frame: 4 bytes less at the hook.",
   "- **LRO and hardware GRO**: the driver may count segments, XDP the merged packet.",
   "- **While the counter was not attached** (see above) only the driver counted.",
   "- The two plugins do not read at the same moment: a step shows in one interval earlier or later."
   ] | join("\n"))}]};

def cost: {title: "Cost", needs: "ReportSelf", panels: [
  number("Interfaces"; of_plugin("last"; "gauge"; "interfaces"); {unit: "none", color: "text", w: 8, text: "Interfaces that the counter counts, by host."}),
  number("Memory of the maps"; of_plugin("last"; "memory"; "maps"); {unit: "bytes", color: "text", w: 8, text: "Memory of the kernel for the counts."}),
  number("Instructions verified"; of_plugin("last"; "gauge"; "instructions"); {unit: "none", color: "text", w: 8,
    text: "What the kernel's verifier went through when the program was loaded: more of them with more options."}),
  {title: "Time of a reading", unit: "s", w: 8, text: "What collectd waits for the plugin in an interval.",
   queries: [of_plugin("max"; "duration"; "read")]},
  {title: "CPU time of the program", unit: "percentunit", w: 8,
   text: "Of one CPU. Only while the kernel's sysctl kernel.bpf_stats_enabled is 1, which costs some time per packet itself.",
   queries: [of_plugin("rate"; "total_time_in_ms"; "program") | times(0.001)]},
  {title: "Runs of the program", unit: "pps", w: 8,
   text: "Packets that the program saw on all interfaces. Only while kernel.bpf_stats_enabled is 1.",
   queries: [of_plugin("rate"; "invocations"; "program")]}]};

def rows: [overview, traffic, breakdown, more_breakdown, outgoing, other_programs, losses, peak, signals, health, cost];
