# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the delivery tests share, beside tests/lib/live.bash: a carbon, a graphite-web and an
# InfluxDB of a test's own, in namespace RX, where the sample configurations of conf/ reach
# them on the loopback addresses that they name; and what is stored in them.

LIVE_TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load ../lib/live
CONF=$LIVE_TOP/conf
OUT=$LIVE_TOP/tests/out
mkdir -p "$OUT"

# Seconds that a place of carbon and of a query is long where a host sends every second, so that
# there is a value for each place even if some are late.
STEP=4

# Most files have one host, alpha, beside its stores.
setup() {
	CARBON=$BATS_FILE_TMPDIR/carbon
	life alpha
}

teardown_file() {
	processes_down
	net_down
}

# Host alpha starts to count, and has values of zero for a whole place: alpha_start [LINE...]
# LINE is one outside of the plugin's block; further options come from standard input.
alpha_start() {
	life alpha
	{
		echo 'Interface "/^cxdp-/"'
		echo 'ReportSizes true'
		echo 'ReportCast true'
		cat
	} | collectd_configure "$@"
	collectd_start
	await_rows $((STEP + 1)) "${INTERFACE:-cxdp-in}" if_rx_packets
}

# Starts a daemon in RX, which processes_down ends if a test does not: daemon NAME COMMAND...
# Its folder is $BATS_FILE_TMPDIR/NAME, with its output in log.
daemon() {
	local folder=$BATS_FILE_TMPDIR/$1
	shift
	nsenter --net="/run/netns/$RX" "$@" >"$folder/log" 2>&1 3>&- &
	echo $! >"$folder/pid"
}

# Waits for what a daemon answers; if it never does, shows what it said: answers NAME COMMAND...
answers() {
	local name=$1
	shift
	await 60 answers_or_has_ended "$name" "$@"
	"$@" >/dev/null && return
	tail -n 20 "$BATS_FILE_TMPDIR/$name/log"
	return 1
}

answers_or_has_ended() {
	local name=$1
	shift
	"$@" || has_ended "$(<"$BATS_FILE_TMPDIR/$name/pid")"
}

listens_on() {
	in_rx ss -Hltn "sport = :$1" | grep -q LISTEN
}

# --- traffic

# Known frames for some seconds, that make a picture: some protocols at rates of their own, one
# in waves, and a few of every sample. What was sent goes to $LIFE/sent, and when it began to
# $LIFE/started: traffic INTERFACE
traffic() {
	local interface=$1 frame rate wave job jobs=()
	echo "$EPOCHSECONDS" >"$LIFE/started"
	while read -r rate frame; do
		inject "$interface" $((rate * 18)) ${frame:+--frame "$frame"} --rate "$rate" >"$LIFE/sent.${frame:-all}" 3>&- &
		jobs+=($!)
	done <<-END
		500 IPv4 UDP
		320 IPv4 ICMP
		200 ARP
		1000
	END
	for wave in 400 1200 300 900 1500 600; do
		inject "$interface" $((wave * 3)) --frame "IPv6 TCP" --size 600 --rate "$wave" >"$LIFE/sent.$wave" || return
	done
	for job in "${jobs[@]}"; do
		wait "$job" || return
	done
	sum_counts "$LIFE"/sent.* | sort >"$LIFE/sent"
}

# Whether what picture.py says of a picture of such traffic has at least five lines that go
# through a good part of it, and one that goes up and down.
lines_are_drawn() {
	[ "$(awk '$3 > 100' "$1" | wc -l)" -ge 5 ]
	[ "$(awk '$3 > 100 && $4 > 60' "$1" | wc -l)" -ge 1 ]
}

# --- Graphite

# Rules for carbon that stand before those of conf/ come from standard input.
carbon_start() {
	CARBON=$BATS_FILE_TMPDIR/carbon
	mkdir -p "$CARBON/whisper" # graphite-web looks for it when it starts
	cat - "$CONF/graphite/storage-schemas.conf" >"$CARBON/storage-schemas.conf"
	cp "$CONF/graphite/storage-aggregation.conf" "$CARBON/"
	cat >"$CARBON/carbon.conf" <<-END
		[cache]
		STORAGE_DIR = $CARBON
		CONF_DIR = $CARBON
		LOG_DIR = $CARBON
		PID_DIR = $CARBON
		LOCAL_DATA_DIR = $CARBON/whisper
		USER =
		MAX_CREATES_PER_MINUTE = inf
		MAX_UPDATES_PER_SECOND = inf
		LINE_RECEIVER_INTERFACE = 127.0.0.1
		PICKLE_RECEIVER_INTERFACE = 127.0.0.1
		CACHE_QUERY_INTERFACE = 127.0.0.1
		CARBON_METRIC_INTERVAL = 0
	END
	daemon carbon carbon-cache --config="$CARBON/carbon.conf" --pidfile="$CARBON/pidfile" --nodaemon start
	answers carbon listens_on 2003
}

# The same for hosts that send every second.
carbon_start_quick() {
	carbon_start <<-END
		[the hosts of these tests send every second]
		pattern = ^collectd\.
		retentions = ${STEP}s:1h
	END
}

# graphite-web with settings and a database of its own; carbon has to be there.
web_start() {
	local web=$BATS_FILE_TMPDIR/web
	mkdir -p "$web"
	cat >"$web/delivery_settings.py" <<-END
		SECRET_KEY = "of this test"
		ALLOWED_HOSTS = ["127.0.0.1"]
		TIME_ZONE = "UTC"
		STORAGE_DIR = CONF_DIR = LOG_DIR = "$web"
		WHISPER_DIR = "$CARBON/whisper"
		CARBONLINK_HOSTS = ["127.0.0.1:7002"]
		DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "$web/db"}}
		FUNCTION_PLUGINS = []
	END
	(
		export PYTHONPATH=$web GRAPHITE_SETTINGS_MODULE=delivery_settings
		graphite-manage migrate --run-syncdb >"$web/migrate.log" 2>&1 || {
			cat "$web/migrate.log"
			return 1
		}
		daemon web graphite-manage runserver --noreload 127.0.0.1:8080
	)
	answers web listens_on 8080
}

# Asks graphite-web: web PATH [NAME=VALUE...]
web() {
	local path=$1 arguments=() pair
	shift
	for pair; do
		arguments+=(--data-urlencode "$pair")
	done
	in_rx curl -fsS -G "http://127.0.0.1:8080$path" "${arguments[@]}"
}

# The file of a series: whisper HOST INTERFACE SERIES
whisper() {
	echo "$CARBON/whisper/collectd/$1/xdp-$2/$3.wsp"
}

# "series seconds value" of all counts of an interface that carbon has stored, oldest first:
# whisper_rows HOST INTERFACE
whisper_rows() {
	"$LIVE_TOP/tests/delivery/stored.py" "$(dirname "$(whisper "$1" "$2" any)")" | grep -Ev -- '-(cpu|queue)-'
}

# "series value" of all counts of an interface by the last value stored: whisper_counts HOST INTERFACE
whisper_counts() {
	whisper_rows "$1" "$2" | awk '{ value[$1] = $3 } END { for (name in value) print name, value[name] }' | sort
}

# --- InfluxDB

# Debian's configuration, with the inputs of conf/influxdb added as the README says, and
# folders of its own: influx_start INPUT...
influx_start() {
	local folder=$BATS_FILE_TMPDIR/influx input
	mkdir -p "$folder"
	cp /etc/influxdb/influxdb.conf "$folder/"
	for input; do
		sed -i "/^\[\[$input\]\]/r $CONF/influxdb/input-$input.conf" "$folder/influxdb.conf"
	done
	INFLUXDB_META_DIR=$folder/meta INFLUXDB_DATA_DIR=$folder/data INFLUXDB_DATA_WAL_DIR=$folder/wal \
		daemon influx influxd -config "$folder/influxdb.conf"
	answers influx in_rx curl -fsS http://127.0.0.1:8086/ping
	for input; do
		answers influx influx_receives "$input"
	done
}

# By the input's port in conf/influxdb: influx_receives INPUT
influx_receives() {
	local port
	port=$(sed -nE 's/.*bind-address = ".*:([0-9]+)".*/\1/p' "$CONF/influxdb/input-$1.conf")
	[ -n "$port" ] && in_rx ss -Hltun "sport = :$port" | grep -q .
}

# Asks InfluxDB; times are in milliseconds: influx DATABASE QUERY
influx() {
	in_rx curl -fsS -G http://127.0.0.1:8086/query --data-urlencode epoch=ms \
		--data-urlencode "db=$1" --data-urlencode "q=$2"
}

# --- Prometheus

# With the scrape of conf/prometheus every second, and rules in a file if one is named: prometheus_start [RULES]
prometheus_start() {
	local folder=$BATS_FILE_TMPDIR/prometheus
	mkdir -p "$folder"
	{
		echo 'global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}'
		echo "rule_files: [${1:-}]"
		echo 'scrape_configs:'
		sed 's/scrape_interval: 10s/scrape_interval: 1s/' "$CONF/prometheus/scrape.yml"
	} >"$folder/prometheus.yml"
	daemon prometheus prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" \
		--web.listen-address=127.0.0.1:9090 --log.level=warn
}

# Asks Prometheus: prometheus_asked QUERY
prometheus_asked() {
	in_rx curl -fsG http://127.0.0.1:9090/api/v1/query --data-urlencode "query=$1"
}

prometheus_has() {
	prometheus_asked "$1" | jq -ne 'input.data.result | length > 0'
}

# --- dashboards

# Puts in what Grafana would for the variables of a query on standard input: filled HOST INTERFACE
filled() {
	sed "s/\$host/$1/g; s/\$interface/$2/g; s/\$timeFilter/time > now() - 10m/g; s/\$__interval/${STEP}s/g; s/\$__rate_interval/$((2 * STEP))s/g"
}

# What Grafana asks STORE first for a panel: panel_query STORE TITLE HOST INTERFACE
panel_query() {
	jq -r --arg title "$2" '.panels[], .panels[].panels[]? | select(.title == $title).targets[0] | .target // .query // .expr' \
		"$CONF/grafana/$1.json" | filled "$3" "$4"
}
