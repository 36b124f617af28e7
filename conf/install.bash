# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For conf/quickstart and tests/run, which install what is missing.

# Says how much the installation of packages would be, as far as apt knows from the lists that it has read:
# install_size PACKAGE...
install_size() {
	{ LC_ALL=C apt-get install --assume-no --no-install-recommends "$@" </dev/null 2>/dev/null || true; } |
		sed -nE 's,^Need to get ([^/]+B)(/.*)? of archives\.$,\1 to download,p
			s/^After this operation, (.+B) of additional disk space will be used\.$/\1 on disk/p' |
		paste -sd '|' | sed 's/|/, /'
}

# Whether an installation was interrupted; apt refuses another one until dpkg has finished that.
install_is_unfinished() {
	[ -n "$(ls -A /var/lib/dpkg/updates 2>/dev/null)" ]
}

# Finishes it, with the answers that keep what is configured.
install_finish() {
	dpkg --force-confdef --force-confold --configure -a
}
