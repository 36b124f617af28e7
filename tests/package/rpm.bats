#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The RPM spec, as far as it goes on a Debian: rpmbuild builds the package from the tarball that
# `make deb` has made, without asking for packages that are none here.

load ../lib/live

setup_file() {
	export RPM_TOP=$BATS_FILE_TMPDIR/rpm
	mkdir -p "$RPM_TOP"
}

rpm_file() {
	find "$RPM_TOP/RPMS" -name 'collectd-xdp-[0-9]*.rpm'
}

@test "rpmbuild builds a package from the tarball, by the spec in it" {
	local tarball=("$LIVE_TOP"/deb/collectd-xdp_*.orig.tar.xz) name
	name=${tarball[0]##*/}
	name=${name/_/-}
	cp "${tarball[0]}" "$RPM_TOP/${name/.orig/}"
	rpmbuild -tb --nodeps --define "_topdir $RPM_TOP" --define 'debug_package %{nil}' \
		"$RPM_TOP/${name/.orig/}"
	[ -e "$(rpm_file)" ]
}

@test "the RPM holds plugin, self-check, manuals, drop-in and samples, and nothing that enables it" {
	local file files
	files=$(rpm --query --list --package "$(rpm_file)")
	echo "$files"
	for file in /collectd/xdp.so /man5/collectd-xdp.5 /man7/collectd-xdp-messages.7 /man7/collectd-xdp-programs.7 /system/collectd.service.d/collectd-xdp.conf \
		/examples/xdp.conf /sbin/collectd-xdp-check /man8/collectd-xdp-check.8 /LICENSE /collectd-xdp/README.md /collectd-xdp/removal; do
		grep -qF "$file" <<<"$files"
	done
	for file in alerts/threshold.conf alerts/README.md graphite/collectd.conf graphite/README.md prometheus/README.md influxdb/plot grafana/influxdb.json fleet/host.conf count_all.bpf.c; do
		grep -qF "/examples/$file" <<<"$files"
	done
	refute grep '^/etc' <<<"$files"
	rpm2cpio "$(rpm_file)" | cpio -i --quiet --to-stdout './*/doc/collectd-xdp/README.md' | grep -E '^    sudo cp -n /[a-z/]*/doc/collectd-xdp/examples/xdp.conf'
}

@test "the RPM requires collectd and the libraries that the plugin is linked with" {
	local required
	required=$(rpm --query --requires --package "$(rpm_file)")
	grep -q '^collectd >= ' <<<"$required"
	grep -q '^libbpf\.so' <<<"$required"
	grep -q '^libmnl\.so' <<<"$required"
}

# A package collectd of a version, with nothing in it.
make_collectd() {
	cat >"$RPM_TOP/collectd.spec" <<-END
		Name: collectd
		Version: $1
		Release: 1
		Summary: nothing
		License: none
		BuildArch: noarch
		%description
		%files
	END
	rpmbuild -bb --quiet --define "_topdir $RPM_TOP" "$RPM_TOP/collectd.spec"
	find "$RPM_TOP/RPMS/noarch" -name "collectd-$1-1.noarch.rpm"
}

# What rpm would miss to install the package beside collectd in a version.
missed_with() {
	rpm --install --test --noorder --root "$(mktemp -d -p "$BATS_TEST_TMPDIR")" "$(make_collectd "$1")" "$(rpm_file)" 2>&1 || true
}

@test "the RPM takes collectd 5 from 5.12 on, and no collectd 6" {
	local version
	for version in 5.12.0 5.13.0; do
		refute grep 'collectd [<>]' <<<"$(missed_with $version)"
	done
	grep 'collectd >= 5.12 is needed' <<<"$(missed_with 5.11.0)"
	grep 'collectd < 6~ is needed' <<<"$(missed_with 6.0.0)"
	grep 'collectd < 6~ is needed' <<<"$(missed_with 6.0.0~rc1)"
}

@test "the RPM's scripts are sound to shellcheck" {
	local script
	for script in POSTIN PREUN POSTUN; do
		rpm --query --package --queryformat "%{$script}\n" "$(rpm_file)" >"$BATS_TEST_TMPDIR/$script"
		grep -qE 'systemctl|removal' "$BATS_TEST_TMPDIR/$script"
		shellcheck --shell sh "$BATS_TEST_TMPDIR/$script"
	done
}
