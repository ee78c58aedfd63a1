# The table, the numbers (-v json=FILE) and the picture (-v svg=FILE) of bench/all.
#
# Files: `about` (lines KEY TEXT), `limits` (lines ROW AT_MOST…, see bench/all) and `raw` (lines
# ROW WHO VALUE UNIT, one for each run), told apart by their names.

function quoted(s) { gsub(/["\\]/, "\\\\&", s); return "\"" s "\"" }

# Sorts v[1..n] ascending: insertion, n is small.
function sort(v, n,    i, j, x) {
    for (i = 2; i <= n; i++) {
        x = v[i]
        for (j = i - 1; j >= 1 && v[j] > x; j--)
            v[j + 1] = v[j]
        v[j + 1] = x
    }
}

# Fills low, median and high of `who` in `row`; returns how many runs there are.
function summary(row, who,    v, n, i) {
    n = count[row, who]
    if (n == 0)
        return 0
    for (i = 1; i <= n; i++)
        v[i] = values[row, who, i]
    sort(v, n)
    low = v[1]
    median = v[int((n + 1) / 2)]
    high = v[n]
    return n
}

# Whether medians break the limit `text`: "0.2" (of Go's), "25ns", "0.95*forkjoin_threads/2" (at
# least so much of that row's).
function breaks(text, mine, go,    part) {
    if (split(text, part, "*") == 2)
        return summary(part[2], "gocc") && mine < part[1] * median
    if (text ~ /^[0-9.]+$/)
        return go > 0 && mine / go > text + 0
    return mine > text + 0
}

function colour(ratio) { return ratio <= 1 ? "#4a7fb5" : "#c0603a" }

# Not the speed-ups, of which more is better.
function drawn(row) { return row in ratio && unit[row] != "x" }

# One bar for each row with a ratio: gocc's median as a share of Go's, the limit as a tick.
function picture(    i, row, y, w, n, height) {
    for (i = 1; i <= n_rows; i++)
        n += drawn(rows[i])
    height = 50 + 22 * n
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"%d\" ", height > svg
    print "font-family=\"sans-serif\" font-size=\"12\">" > svg
    print "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>" > svg
    print "<text x=\"10\" y=\"20\">gocc's median as a share of Go's: shorter is better; " \
        "the tick is the limit</text>" > svg
    # Go's own length is 400; what is longer than 1.3 times that is cut off.
    printf "<line x1=\"560\" x2=\"560\" y1=\"30\" y2=\"%d\" stroke=\"#888\"/>", height - 10 > svg
    print "<text x=\"552\" y=\"28\" fill=\"#888\">Go</text>" > svg
    y = 36
    for (i = 1; i <= n_rows; i++) {
        row = rows[i]
        if (!drawn(row))
            continue
        w = ratio[row] > 1.3 ? 520 : 400 * ratio[row]
        printf "<text x=\"10\" y=\"%d\">%s</text>", y + 13, row > svg
        printf "<rect x=\"160\" y=\"%d\" width=\"%.1f\" height=\"16\" fill=\"%s\"/>", y, w, \
            colour(ratio[row]) > svg
        if (share[row] != "")
            printf "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"black\" " \
                "stroke-width=\"2\"/>", 160 + 400 * (share[row] > 1.3 ? 1.3 : share[row]), \
                160 + 400 * (share[row] > 1.3 ? 1.3 : share[row]), y - 2, y + 18 > svg
        printf "<text x=\"%.1f\" y=\"%d\">%.2f</text>\n", 690, y + 13, ratio[row] > svg
        y += 22
    }
    print "</svg>" > svg
}

FILENAME ~ /about$/ {
    key = $1
    sub(/^[^ ]* /, "")
    about[++n_about] = key
    text[key] = $0
    next
}

FILENAME ~ /limits$/ {
    for (i = 2; i <= NF; i++) {
        limit[$1] = limit[$1] " " $i
        if ($i ~ /^[0-9.]+$/)
            share[$1] = $i
    }
    next
}

{
    if (!($1 in unit)) {
        rows[++n_rows] = $1
        unit[$1] = $4
    }
    values[$1, $2, ++count[$1, $2]] = $3 + 0
}

END {
    for (i = 1; i <= n_about; i++)
        printf "%-11s %s\n", about[i], text[about[i]]
    printf "\n%-18s %-5s %10s %21s %10s %21s %6s  %s\n", "row/GOMAXPROCS", "unit", "gocc", \
        "least to most", "Go", "least to most", "ratio", "limits (* broken)"
    print "{" > json
    for (i = 1; i <= n_about; i++)
        printf "  %s: %s,\n", quoted(about[i]), quoted(text[about[i]]) > json
    print "  \"rows\": [" > json
    for (i = 1; i <= n_rows; i++) {
        row = rows[i]
        line = sprintf("%-18s %-5s", row, unit[row])
        item = sprintf("    {\"row\": %s, \"unit\": %s", quoted(row), quoted(unit[row]))
        split("gocc go", who, " ")
        for (k = 1; k <= 2; k++) {
            has[k] = summary(row, who[k])
            mid[k] = median
            if (!has[k]) {
                line = line sprintf(" %10s %21s", "", "")
                continue
            }
            line = line sprintf(" %10.2f %21s", median, sprintf("%.2f to %.2f", low, high))
            item = item sprintf(", \"%s\": {\"median\": %s, \"least\": %s, \"most\": %s}", \
                who[k], median, low, high)
        }
        share_text = ""
        if (has[1] && has[2] && mid[2] > 0) {
            ratio[row] = mid[1] / mid[2]
            share_text = sprintf("%.2f", ratio[row])
            item = item sprintf(", \"ratio\": %.4f", ratio[row])
        }
        limits = ""
        n_limits = split(limit[row], each, " ")
        for (k = 1; has[1] && k <= n_limits; k++) {
            limits = limits (k > 1 ? ", " : "") each[k]
            if (breaks(each[k], mid[1], has[2] ? mid[2] : 0))
                limits = limits " *"
        }
        if (limits != "")
            item = item sprintf(", \"limits\": %s", quoted(limits))
        sub(/ +$/, "", line)
        if (share_text != "" || limits != "")
            line = sprintf("%-91s %6s  %s", line, share_text, limits)
        sub(/ +$/, "", line)
        print line
        print item "}" (i < n_rows ? "," : "") > json
    }
    print "  ]\n}" > json
    picture()
}
