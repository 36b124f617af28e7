#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The Debian package that `make deb` has built: what is in it, and what lintian says of it.

load ../lib/live

setup() {
	cd "$LIVE_TOP" || return
	DEB=$(echo deb/collectd-plugin-xdp_*.deb)
	HELD=$BATS_TEST_TMPDIR/held
}

# The examples, in conf/; those of counters stand beside xdp.conf in the package.
examples() {
	(cd conf && find xdp.conf graphite influxdb grafana fleet examples/*.bpf.c examples/*.conf -type f)
}

@test "the package holds plugin, self-check, manuals, drop-in and samples, and nothing that enables it" {
	local doc=./usr/share/doc/collectd-plugin-xdp
	{
		printf '%s\n' ./usr/lib/collectd/xdp.so ./usr/share/man/man5/collectd-xdp.5.gz \
			./usr/sbin/collectd-xdp-check ./usr/share/man/man8/collectd-xdp-check.8.gz \
			./usr/lib/systemd/system/collectd.service.d/collectd-xdp.conf \
			./usr/share/lintian/overrides/collectd-plugin-xdp \
			"$doc"/{README.md.gz,changelog.Debian.gz,copyright}
		examples | sed "s,^examples/,,; s,^,$doc/examples/,"
	} | sort >"$BATS_TEST_TMPDIR/wanted"
	dpkg-deb --fsys-tarfile "$DEB" | tar -t | grep -v '/$' | sort | diff "$BATS_TEST_TMPDIR/wanted" -
}

@test "what the package holds is what the tree has" {
	local doc=$HELD/usr/share/doc/collectd-plugin-xdp/examples file
	dpkg-deb --extract "$DEB" "$HELD"
	cmp conf/collectd-xdp.conf "$HELD/usr/lib/systemd/system/collectd.service.d/collectd-xdp.conf"
	cmp conf/collectd-xdp.5 <(zcat "$HELD/usr/share/man/man5/collectd-xdp.5.gz")
	cmp conf/collectd-xdp-check.8 <(zcat "$HELD/usr/share/man/man8/collectd-xdp-check.8.gz")
	for file in $(examples); do
		cmp "conf/$file" "$doc/${file#examples/}"
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

# Runs a script of the package's as at its removal, where nothing but $HELD is pinned.
at_removal() {
	# shellcheck disable=SC2016 # for the shell inside
	unshare --mount sh -c 'mount --bind "$0" /sys/fs/bpf && mount -t tmpfs tmpfs /run && "$1/$2" remove' \
		"$HELD" "$BATS_TEST_TMPDIR/scripts" "$1" 2>&1
}

@test "its removal takes away what is pinned, but for what calls the program of Next, and says so" {
	local pins=$HELD/collectd-xdp
	mkdir -p "$pins"/net-1 "$pins"/net-2
	touch "$pins"/net-1/{link_2,tail_call} "$pins"/net-2/link_2
	dpkg-deb --control "$DEB" "$BATS_TEST_TMPDIR/scripts"
	[[ "$(at_removal prerm)" == *"Next stays in force, "*"rm -r /sys/fs/bpf/collectd-xdp/net-1" ]]
	at_removal postrm
	[ "$(cd "$pins" && echo */*)" = "net-1/link_2 net-1/tail_call" ]
	rm -r "$pins/net-1"
	[ -z "$(at_removal prerm)" ]
	at_removal postrm
	[ ! -e "$pins" ]
}

@test "lintian finds neither an error nor a warning in the packages, binary and source" {
	run lintian --fail-on error,warning deb/*.changes
	echo "$output"
	[ "$status" -eq 0 ]
	refute grep -E '^[EW]:' <<<"$output"
}
