#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The Debian package that `make deb` has built: what is in it, and what lintian says of it.

load ../live/lib

setup() {
	cd "$LIVE_TOP" || return
	DEB=$(echo deb/collectd-plugin-xdp_*.deb)
	HELD=$BATS_TEST_TMPDIR/held
}

# What there is for stores and viewers, in folders of their own.
dashboards() {
	local folder
	for folder in graphite influxdb grafana; do
		[ ! -d "conf/$folder" ] || (cd conf && find "$folder" -type f)
	done
}

@test "the package holds plugin, manual, drop-in and samples, and nothing that enables it" {
	local doc=./usr/share/doc/collectd-plugin-xdp
	{
		printf '%s\n' ./usr/lib/collectd/xdp.so ./usr/share/man/man5/collectd-xdp.5.gz \
			./usr/lib/systemd/system/collectd.service.d/collectd-xdp.conf \
			./usr/share/lintian/overrides/collectd-plugin-xdp \
			"$doc"/{README.md.gz,changelog.Debian.gz,copyright,examples/check,examples/xdp.conf}
		dashboards | sed "s,^,$doc/examples/,"
	} | sort >"$BATS_TEST_TMPDIR/wanted"
	dpkg-deb --fsys-tarfile "$DEB" | tar -t | grep -v '/$' | sort | diff "$BATS_TEST_TMPDIR/wanted" -
}

@test "what the package holds is what the tree has" {
	local doc=$HELD/usr/share/doc/collectd-plugin-xdp/examples file
	dpkg-deb --extract "$DEB" "$HELD"
	cmp conf/xdp.conf "$doc/xdp.conf"
	cmp conf/check "$doc/check"
	cmp conf/collectd-xdp.conf "$HELD/usr/lib/systemd/system/collectd.service.d/collectd-xdp.conf"
	cmp conf/collectd-xdp.5 <(zcat "$HELD/usr/share/man/man5/collectd-xdp.5.gz")
	for file in $(dashboards); do
		cmp "conf/$file" "$doc/$file"
	done
}

@test "the package depends on collectd and on the libraries that the plugin is linked with" {
	local needed library
	dpkg-deb --extract "$DEB" "$HELD"
	dpkg-deb --field "$DEB" Depends | sed 's/, /\n/g; s/ ([^)]*)//g' | sort >"$BATS_TEST_TMPDIR/depends"
	grep -qx collectd-core "$BATS_TEST_TMPDIR/depends"
	needed=$(objdump -p "$HELD/usr/lib/collectd/xdp.so" | awk '$1 == "NEEDED" { print $2 }')
	[[ $needed == *libbpf* && $needed == *libmnl* ]]
	for library in $needed; do
		dpkg -S "*/$library" | cut -d : -f 1 | sort -u | grep -qxFf - "$BATS_TEST_TMPDIR/depends"
	done
}

@test "lintian finds neither an error nor a warning in the packages, binary and source" {
	run lintian --fail-on error,warning deb/*.changes
	echo "$output"
	[ "$status" -eq 0 ]
	refute grep -E '^[EW]:' <<<"$output"
}
