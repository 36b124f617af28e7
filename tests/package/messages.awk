# SPDX-License-Identifier: GPL-2.0-only
# The string literals of C sources, one a line, adjacent ones joined: awk -f messages.awk FILE...
# A conversion with a macro ("%" PRIu64) is one literal, too.
{ text = text $0 "\n" }

function flush_literal() {
	if (literal != "")
		print literal
	literal = ""
}

END {
	count = split(text, part, "")
	for (i = 1; i <= count; i++) {
		c = part[i]
		pair = c part[i + 1]
		if (pair == "/*") {
			for (i += 2; part[i] part[i + 1] != "*/"; i++)
				;
			i++
		} else if (pair == "//") {
			for (; part[i] != "\n"; i++)
				;
		} else if (c == "'") {
			for (i++; part[i] != "'"; i++)
				i += part[i] == "\\"
			flush_literal()
		} else if (c == "\"") {
			for (i++; part[i] != "\""; i++) {
				if (part[i] == "\\")
					i++
				literal = literal part[i]
			}
		} else if (substr(text, i, 6) ~ /^PRI[diux]64/) {
			i += 5
		} else if (c !~ /[ \t\n]/) {
			flush_literal()
		}
	}
}
