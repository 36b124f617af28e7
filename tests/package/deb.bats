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
	(cd conf && find xdp.conf alerts graphite influxdb prometheus grafana fleet examples/*.bpf.c examples/*.conf -type f)
}

@test "the package holds plugin, self-check, manuals, drop-in and samples, and nothing that enables it" {
	local doc=./usr/share/doc/collectd-plugin-xdp
	{
		printf '%s\n' ./usr/lib/collectd/xdp.so ./usr/share/man/man5/collectd-xdp.5.gz \
			./usr/share/man/man7/collectd-xdp-{messages,programs}.7.gz \
			./usr/sbin/collectd-xdp-check ./usr/share/man/man8/collectd-xdp-check.8.gz \
			./usr/lib/systemd/system/collectd.service.d/collectd-xdp.conf ./usr/libexec/collectd-xdp/removal \
			./usr/share/lintian/overrides/collectd-plugin-xdp \
			"$doc"/{README.md.gz,changelog.Debian.gz,copyright,measured.md.gz,pictures/dashboard.png}
		examples | sed "s,^examples/,,; s,^,$doc/examples/,"
	} | sort >"$BATS_TEST_TMPDIR/wanted"
	dpkg-deb --fsys-tarfile "$DEB" | tar -t | grep -v '/$' | sort | diff "$BATS_TEST_TMPDIR/wanted" -
}

@test "what the package holds is what the tree has" {
	local doc=$HELD/usr/share/doc/collectd-plugin-xdp/examples file
	dpkg-deb --extract "$DEB" "$HELD"
	cmp conf/collectd-xdp.conf "$HELD/usr/lib/systemd/system/collectd.service.d/collectd-xdp.conf"
	for file in collectd-xdp.5 collectd-xdp-{messages,programs}.7 collectd-xdp-check.8; do
		cmp "conf/$file" <(zcat "$HELD/usr/share/man/man${file##*.}/$file.gz")
	done
	for file in $(examples); do
		cmp "conf/$file" "$doc/${file#examples/}"
	done
}

# Without the places of files that a user of Git has. What is compressed has .gz behind its name.
@test "the packaged README.md points to what is packaged, and none of its commands needs a clone" {
	local doc=$HELD/usr/share/doc/collectd-plugin-xdp path
	dpkg-deb --extract "$DEB" "$HELD"
	zcat "$doc/README.md.gz" >"$BATS_TEST_TMPDIR/readme"
	refute grep -nE '(^|[^/a-z-])(conf|tests|plugin|bpf)/|\./|make deb|not packaged' "$BATS_TEST_TMPDIR/readme"
	# shellcheck disable=SC2016 # backticks of the text
	grep -oE '\]\([^):#]+\)|`(examples|/usr/(lib|share|sbin))/[^` ]*|/usr/share/doc/[^` ]*' "$BATS_TEST_TMPDIR/readme" |
		tr -d '`()]' | sort -u >"$BATS_TEST_TMPDIR/paths"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/paths")" -ge 8 ]
	while read -r path; do
		[[ $path == /* ]] || path=${doc#"$HELD"}/$path
		[ -e "$HELD$path" ] || [ -e "$HELD$path.gz" ] || {
			echo "not packaged: $path"
			return 1
		}
	done <"$BATS_TEST_TMPDIR/paths"
	# All sections but those of a clone, and the commands for the installed.
	diff <(grep '^## ' README.md) <(grep '^## ' "$BATS_TEST_TMPDIR/readme") | grep '^<' | diff - <(printf '< ## %s\n' "Try it" Tests)
	grep -q '^    sudo cp -n /usr/share/doc/collectd-plugin-xdp/examples/xdp.conf ' "$BATS_TEST_TMPDIR/readme"
}

@test "no sample names a file that only a clone has" {
	dpkg-deb --extract "$DEB" "$HELD"
	refute grep -rnE --exclude='*.jq' --exclude=make '(^|[^/a-z-])(conf|tests|plugin)/[a-z]' \
		"$HELD/usr/share/doc/collectd-plugin-xdp/examples" --exclude=README.md
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

# What dpkg's own resolver says of the dependency on collectd-core in a version: 1 or 0.
takes() {
	# shellcheck disable=SC2016 # for perl
	perl -MDpkg::Deps -e '
		my $known = Dpkg::Deps::KnownFacts->new();
		$known->add_installed_package("collectd-core", $ARGV[1], "amd64", "no");
		my $all = deps_parse($ARGV[0]);
		my @ours = grep { "$_" =~ /^collectd-core\b/ } $all->get_deps();
		die "no dependency" unless @ours;
		print((grep { !$_->get_evaluation($known) } @ours) ? 0 : 1);' "$(dpkg-deb --field "$DEB" Depends)" "$1"
}

@test "the package takes collectd 5 from 5.12 on, and no collectd 6" {
	local version
	for version in 5.12.0-14 5.12.0-11+b1 5.13.0-1 5.99; do
		[ "$(takes "$version")" = 1 ]
	done
	for version in 5.11.0-7 6.0.0-1 6.0.0~rc3-1 6~git1 7; do
		[ "$(takes "$version")" = 0 ]
	done
}

@test "its removal runs what takes the counter off, and never fails" {
	local scripts=$BATS_TEST_TMPDIR/scripts
	dpkg-deb --control "$DEB" "$scripts"
	dpkg-deb --extract "$DEB" "$HELD"
	cmp conf/removal "$HELD/usr/libexec/collectd-xdp/removal"
	# Where its files are not, and where the bpf file system is read-only.
	# shellcheck disable=SC2016 # for the shell inside
	unshare --mount sh -ec '
		mount -t tmpfs tmpfs /run
		mount -t bpf bpf /sys/fs/bpf
		mkdir -p /usr/libexec
		mount -t tmpfs tmpfs /usr/libexec
		"$1/prerm" remove
		"$1/postrm" remove
		mount --bind "$0/usr/libexec" /usr/libexec
		mkdir -p /sys/fs/bpf/collectd-xdp/net-1
		bpftool map create /sys/fs/bpf/collectd-xdp/net-1/link_2 type array key 4 value 4 entries 1 name cxdp
		mount -o remount,bind,ro /sys/fs/bpf
		"$1/prerm" remove
		"$1/postrm" remove' "$HELD" "$scripts" 2>&1 | tee "$BATS_TEST_TMPDIR/said"
	[ "${PIPESTATUS[0]}" -eq 0 ]
	grep "net-1 cannot be removed" "$BATS_TEST_TMPDIR/said"
}

@test "lintian finds neither an error nor a warning in the packages, binary and source" {
	run lintian --fail-on error,warning deb/*.changes
	echo "$output"
	[ "$status" -eq 0 ]
	refute grep -E '^[EW]:' <<<"$output"
}
