#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The dashboards of conf/grafana against Grafana's published schema, and that this finds faults.
bats_require_minimum_version 1.5.0
load stores

GRAFANA=$LIVE_TOP/tests/delivery/grafana

# Faults that a dashboard might have, each a change of jq to one with a panel of each type.
faults() {
	cat <<-'END'
		.schemaVersion = "36"
		.refesh = "10s"
		.templating.list[0].refresh = 7
		del(.templating.list[0].current.text)
		.templating.list[0].type = "list"
		.__inputs[0].pluginId = "loki"
		.__requires[0].type = "plugin"
		(.panels[] | select(.type == "row")) |= del(.collapsed)
		(.panels[] | select(.type == "row")).colapsed = true
		(.panels[] | select(.type == "timeseries")).type = "time-series"
		(.panels[] | select(.type == "timeseries")).titel = "x"
		(.panels[] | select(.type == "timeseries")).gridPos.w = "12"
		(.panels[] | select(.type == "timeseries")) |= del(.options.legend.calcs)
		(.panels[] | select(.type == "timeseries")).options.legend.placement = "below"
		(.panels[] | select(.type == "timeseries")) |= del(.options.tooltip.sort)
		(.panels[] | select(.type == "timeseries")).options.lines = true
		(.panels[] | select(.type == "timeseries")).fieldConfig.defaults.unit = "packets"
		(.panels[] | select(.type == "timeseries")).fieldConfig.defaults.color.mode = "palette"
		(.panels[] | select(.type == "timeseries")).fieldConfig.defaults.custom.drawStyle = "lines"
		(.panels[] | select(.type == "timeseries")).fieldConfig.defaults.custom.fillopacity = 10
		(.panels[] | select(.type == "timeseries")) |= del(.fieldConfig.overrides)
		(.panels[] | select(.type == "timeseries")).targets[0].legend = "x"
		(.panels[] | select(.type == "timeseries")).targets[0].datasource.uid = "${DS_LOKI}"
		(.panels[] | select(.type == "stat")).options.colorMode = "colour"
		(.panels[] | select(.type == "stat")).fieldConfig.defaults.thresholds.steps[0].value = "0"
		(.panels[] | select(.type == "state-timeline")).fieldConfig.defaults.mappings[0].type = "values"
		(.panels[] | select(.type == "state-timeline")) |= del(.options.rowHeight)
		(.panels[] | select(.type == "state-timeline")).options.merge = true
		(.panels[] | select(.type == "text")).options.mode = "md"
		(.panels[] | select(.panels != []).panels[0]).options.tooltip.mode = "all"
		(.panels[] | select(.panels != []).panels[0].transformations[0]).id = "rename"
	END
}

setup_file() {
	local fault number=0 small=$BATS_FILE_TMPDIR/small
	jq '.panels |= ([group_by(.type)[][0]] + [map(select(.panels != null and .panels[0].transformations))[0]])' \
		"$CONF/grafana/prometheus.json" >"$small"
	while IFS= read -r fault; do
		number=$((number + 1))
		jq "$fault" "$small" >"$BATS_FILE_TMPDIR/prometheus-$number.json"
	done < <(faults)
	"$GRAFANA/check" "$LIVE_TOP/tests/.build/grafana" "$CONF"/grafana/{graphite,influxdb,prometheus}.json \
		"$BATS_FILE_TMPDIR"/prometheus-*.json >"$BATS_FILE_TMPDIR/found" || true
}

teardown_file() { # of stores.bash, which ends what is not started here
	true
}

setup() {
	FOUND=$BATS_FILE_TMPDIR/found
}

@test "Grafana's schema has nothing against the dashboards" {
	grep -qE '^(\./)?prometheus-[0-9]+\.ts' "$FOUND" # or nothing was checked
	cut -c 1-500 "$FOUND" | refute grep -E '^(\./)?(graphite|influxdb|prometheus|dashboard)\.ts|error TS[0-9]+: (Cannot|File)'
}

@test "Grafana's schema finds faults in a dashboard" {
	local fault number=0 missed=0
	while IFS= read -r fault; do
		number=$((number + 1))
		grep -qE "^(\./)?prometheus-$number\.ts" "$FOUND" || {
			echo "not found: $fault"
			missed=$((missed + 1))
		}
	done < <(faults)
	[ "$number" -gt 20 ]
	[ "$missed" -eq 0 ]
}
