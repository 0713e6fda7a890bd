# SPDX-License-Identifier: GPL-2.0-only
# Finds a piece of C by its name in a file of kernel style, and prints it or the file with it edited.
#
#   awk -f byname.awk -v op=OP -v name=NAME [-v text=FILE] FILE
#
# NAME  f             the function f: from its first line, return type included, to the brace that ends it
#       guarded:f     the function f, and the #if around it, which has nothing else in it
#       prototype:f   its declaration
#       struct:s      the struct s, to the semicolon that ends it
#       define:m      the macro m, with all its lines
#       typedef:t     the type t
#       line:L        the line L, whatever white space it begins with
# OP    text          print the piece, without comments, empty lines and white space that says nothing
#       drop          print the file without it
#       replace, before, after
#                     print the file with the text of FILE in its place, above it or below it
#
# Kernel style is what makes this exact: definitions begin in the first column, and so do the braces around a body.
# Ends with status 3 if there is no such piece, 4 if an edit would have more than one to choose from.

{ line[NR] = $0 }

function starts(i,    word) {
	if (kind == "line") {
		word = line[i]
		sub(/^[ \t]+/, "", word)
		return word == id
	}
	if (kind == "struct")
		return line[i] == "struct " id " {"
	if (kind == "define")
		return line[i] ~ ("^#[ \t]*define[ \t]+" id "([( \t]|$)")
	if (kind == "typedef")
		return line[i] ~ ("^typedef .*[ *]" id ";$")
	return line[i] ~ /^[A-Za-z_]/ && (" " line[i]) ~ ("[ \t*]" id "\\(")
}

# The last line of the piece that starts at line i; 0 if that is not a piece of the wanted kind.
function ends(i,    j) {
	if (kind == "line" || kind == "typedef")
		return i
	if (kind == "struct") {
		for (j = i; j <= NR; j++)
			if (line[j] ~ /^}.*;$/)
				return j
		return 0
	}
	if (kind == "define") {
		for (j = i; j < NR && line[j] ~ /\\$/; j++)
			;
		return j
	}
	for (j = i; j <= NR; j++) {
		if (line[j] ~ /;[ \t]*$/ && line[j] !~ /{/)
			return kind == "prototype" ? j : 0
		if (line[j] ~ /}[ \t]*$/ && line[j] ~ /{/)
			return kind == "function" ? j : 0
		if (line[j] ~ /{[ \t]*$/)
			break
	}
	if (kind != "function")
		return 0
	for (; j <= NR; j++)
		if (line[j] ~ /^}/)
			return j
	return 0
}

function bare(first, last,    i, out, s, at) {
	for (i = first; i <= last; i++) {
		s = line[i]
		out = ""
		while (s != "") {
			if (comment) {
				at = index(s, "*/")
				if (!at)
					break
				comment = 0
				s = substr(s, at + 2)
			} else if ((at = index(s, "/*"))) {
				out = out substr(s, 1, at - 1) " "
				comment = 1
				s = substr(s, at + 2)
			} else {
				sub(/\/\/.*/, "", s)
				out = out s
				break
			}
		}
		gsub(/[ \t]+/, " ", out)
		gsub(/^ | $/, "", out)
		if (out != "")
			print out
	}
}

# The text, without its licence and the comment that says its subject: line 1, and line 2 if it is a comment.
function put(    s, n) {
	while ((getline s < text) > 0) {
		if (++n == 1 && s ~ /SPDX-License-Identifier/)
			licensed = 1
		else if (!(n == 2 && licensed && s ~ /^(#|\/\*.*\*\/$)/))
			print s
	}
	close(text)
}

END {
	kind = "function"
	id = name
	if (match(name, /^(guarded|prototype|struct|define|typedef|line):/)) {
		kind = substr(name, 1, RLENGTH - 1)
		id = substr(name, RLENGTH + 1)
	}
	if (kind == "guarded") {
		kind = "function"
		guarded = 1
	}
	for (i = 1; i <= NR; i++) {
		if (!starts(i) || !(last = ends(i)))
			continue
		first = i
		if ((kind == "function" || kind == "prototype") && i > 1 && line[i - 1] ~ /^[A-Za-z_][A-Za-z_ \t*]*$/)
			first--
		if (guarded) {
			if (line[first - 1] !~ /^#[ \t]*if/ || line[last + 1] !~ /^#[ \t]*endif/)
				continue
			first--
			last++
		}
		from[++count] = first
		to[count] = last
		i = last
	}
	if (!count)
		exit 3
	if (op == "text") {
		for (i = 1; i <= count; i++)
			bare(from[i], to[i])
		exit 0
	}
	if (count > 1)
		exit 4
	for (i = 1; i <= NR; i++) {
		if (i == from[1] && (op == "before" || op == "replace"))
			put()
		if (i < from[1] || i > to[1] || op == "before" || op == "after")
			print line[i]
		if (i == to[1] && op == "after")
			put()
		# No two empty lines where the piece was.
		if (i == to[1] && op == "drop" && line[from[1] - 1] == "")
			while (i < NR && line[i + 1] == "")
				i++
	}
}
