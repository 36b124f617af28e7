# SPDX-License-Identifier: GPL-2.0-only
# The panels of panels.jq that are drawn over time, as a dashboard of graphite-web, which has no variables: of all
# hosts and interfaces.
import "panels" as panels;
import "graphite" as graphite;

def dashboard:
  {name: "collectd-xdp",
   timeConfig: {type: "relative", relativeStartQuantity: "1", relativeStartUnits: "hours", relativeUntilQuantity: "",
     relativeUntilUnits: "now", startDate: "2026-01-01T00:00:00", startTime: "9:00 AM", endDate: "2026-01-01T00:00:00", endTime: "5:00 PM"},
   refreshConfig: {enabled: true, interval: 10000}, graphSize: {width: 600, height: 300},
   defaultGraphParams: {from: "-1hours", until: "now", width: 600, height: 300},
   graphs: [panels::rows[].panels[] | select(.queries and (.numbers | not))
     | [.queries[] | graphite::expression | gsub("\\$(host|interface)"; "*")] as $targets
     | {title: (.title | sub(" of \\$interface"; "")), target: $targets, yMin: "0"}
       + (if .stacked then {areaMode: "stacked"} else {} end)
       + (if .states then {lineMode: "staircase", yMax: (.states | length - 1 | tostring),
            vtitle: ([.states | to_entries[] | "\(.key): \(.value.text)"] | join(", "))} else {} end)
     | [($targets | map("target=" + @uri) | join("&")), ., ("/render?" + ($targets | map("target=" + @uri) | join("&")))]]};
