#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/packages installs what is missing, and removes nothing.

. tests/project/project.sh

# An apt whose lists are old: it knows "new" only after an update. "hostile" conflicts with "mine".
mkdir "$work/bin"
cat > "$work/bin/dpkg-query" <<'END'
#!/bin/sh
for package; do :; done
grep -qx "$package" "$WORK/installed" && echo "ii "
END
cat > "$work/bin/apt-get" <<'END'
#!/bin/sh
echo "$*" >> "$WORK/calls"
case "$*" in
update) echo new >> "$WORK/known" ;;
-s*hostile*) echo "Remv mine [1.0]"; echo "Remv mine-dev [1.0] []"; echo "Inst hostile (1.0)" ;;
-s*) ;;
*)
	for package; do :; done
	grep -qx "$package" "$WORK/known"
	;;
esac
END
chmod +x "$work/bin/apt-get" "$work/bin/dpkg-query"
echo mine > "$work/installed"

# packages ARG...: run it with that apt. Leaves what apt was asked in $work/calls.
packages() {
	: > "$work/calls"
	printf '%s\n' old hostile > "$work/known"
	WORK=$work PATH=$work/bin:$PATH tests/packages "$@" > "$work/out" 2>&1
}
# asked TEXT: apt was asked for an installation, with these words in it.
asked() { grep '^install' "$work/calls" | grep -q -- "$1"; }

packages mine && [ ! -s "$work/calls" ] && [ ! -s "$work/out" ]
verdict 'nothing is missing'
packages mine old && says 'missing: old$' && asked ' old$' && ! asked mine
verdict 'what is missing is installed'
packages old && ! grep '^install' "$work/calls" | grep -qv -- '--no-remove'
verdict 'and nothing may be removed for it'
packages new && grep -qx update "$work/calls" && [ "$(grep -c '^install' "$work/calls")" = 2 ]
verdict 'with a list that is old'
! packages unheard-of
verdict 'a package that does not exist'
packages -n old && says 'missing: old$' && ! grep -qv '^-s' "$work/calls"
verdict '-n only prints'
! packages old hostile && says 'would remove mine mine-dev: apt-get install old hostile$' && ! grep -qv '^-s' "$work/calls"
verdict 'what apt would remove is named, and stays'
packages -n hostile && says 'would remove mine mine-dev'
verdict '-n names it, too'

finish
