#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Each row of the tables in docs/inputs.md is tried.

. tests/cli/cli.sh

doc=docs/inputs.md

# cell NUMBER: a cell of $row, without the blanks around it
cell() { echo "$row" | awk -F ' *[|] ' -v n="$1" '{ sub(/ *[|]$/, ""); print $(n + 1) }'; }

# rows HEADING: the rows of the first table below a heading
rows() { awk -v heading="## $1" '$0 == heading { on = 1; next } /^## / { on = 0 } on && /^[|]/ && ++n > 2' "$doc"; }

# wide HEX: with 12 digits, or as many as it needs
wide() { echo "$1" | sed 's/^0*//' | xargs printf '%12s' | tr ' ' 0; }

# ranges WORDS: "ram 00100000-3fffffff, acpi ..." as plan -d prints it, without what is not used
ranges() {
	echo "$1" | sed 's/, /\n/g' | while read -r range; do
		case $range in 'not used '*) continue ;; esac
		type=${range% *}
		range=${range##* }
		end=${range#*-}
		[ "$end" = ffffffffffffffff ] || end=$(printf '%x' $((0x$end + 1)))
		printf '  0x%s-0x%s %s\n' "$(wide "${range%-*}")" "$(wide "$end")" "$type"
	done
}

# unused WORDS: the bytes that are not used
unused() {
	echo "$1" | sed 's/, /\n/g' | awk '/^not used/ { print $3 }' | {
		bytes=0
		while read -r range; do bytes=$((bytes + 0x${range#*-} + 1 - 0x${range%-*})); done
		echo $bytes
	}
}

number() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$work/out" | head -n 1; }

rows 'Memory maps' > "$work/rows"
while IFS= read -r row; do
	name="map: $(cell 1)"
	told=$(cell 3)
	echo "$row" | sed 's/^[^`]*`//; s/`.*//; s, / ,\n,g' > "$work/brought"
	case $told in
	'refused: `'*)
		id=${told#*\`}
		check "$name" 1 plan "$kernel" --memory-map "$work/brought"
		says err "kleap explain ${id%\`*}"
		;;
	*)
		check "$name" 0 plan -d "$kernel" --memory-map "$work/brought"
		ranges "$told" > "$work/want"
		sed -n '/^memory map/,/^segment/{/^  0x/p}' "$work/err" > "$work/got"
		if cmp -s "$work/want" "$work/got"; then
			passed=$((passed + 1))
		else
			fail "told $(diff "$work/want" "$work/got")"
		fi
		check "$name" 0 plan --json "$kernel" --memory-map "$work/brought"
		if [ $(($(number ram) - $(number usable))) -eq "$(unused "$told")" ]; then
			passed=$((passed + 1))
		else
			fail "ram $(number ram), usable $(number usable)"
		fi
		;;
	esac
done < "$work/rows"
name='maps of the table'
if [ "$(wc -l < "$work/rows")" -ge 17 ]; then passed=$((passed + 1)); else fail 'rows are missing'; fi

# bytes ROW: the bytes of the second column, in a file of others
bytes() {
	head -c 70000 /dev/zero | tr '\0' '\267' > "$work/brought"
	echo "$1" | grep -o '`0[x0-9a-f]*: [^`]*`' | tr -d '`' | while read -r offset hex; do
		at "${offset%:}" "$work/brought" "$(echo " $hex" | sed 's/ /\\x/g' | xargs -0 printf '%b' | od -An -v -to1 | tr -d '\n' | sed 's/ /\\/g')"
	done
}

rows Files > "$work/rows"
while IFS= read -r row; do
	words=$(cell 1)
	name="file: $words"
	case $(cell 2) in '`0'*) ;; *) continue ;; esac
	case $(cell 3) in refused*) ;; *) continue ;; esac
	bytes "$row"
	check "$name" 1 plan "$work/brought" --memory-map "$work/map"
	says err "$words" 'hint: '
done < "$work/rows"

finish
