# How .ci/run and .ci/full run their steps and tell of them; sourced, never run.
# shellcheck shell=bash
#
# A step's output is shown in one piece when it has ended, so that lanes side by side can be read. The table at the end has every step's
# seconds, its own and the processors', and what failed is said once more below it.
began=$(date +%s)
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT

# step COMMAND...: runs it, shows what it said, writes down how long it took; fails as it fails.
step() {
    local name=$* begin end result=ok said TIMEFORMAT='%U %S'
    said=$(mktemp "$log/step.XXXXXX")
    printf -- '--- %s\n' "$name"
    begin=$(date +%s)
    { time "$@" >"$said" 2>&1 </dev/null; } 2>"$said.processors" || result=FAILED
    end=$(date +%s)
    flock "$log" sh -c 'printf "\n=== %s: %s, %s s\n" "$1" "$2" "$3"; cat "$4"' - "$name" "$result" $((end - begin)) "$said"
    printf '%7d %7d %10.0f   %-6s   %s\n' $((begin - began)) $((end - begin)) "$(awk '{print $1 + $2}' "$said.processors")" \
        "$result" "$name" >>"$log/table"
    [ "$result" = ok ] || { cp "$said" "$log/failed.${said##*.}" && false; }
}

# side_by_side LANE...: runs functions at a time and waits for all of them, so that a failure in one hides none of the others'.
side_by_side() {
    local lane lanes=() result=0
    for lane; do
        "$lane" &
        lanes+=($!)
    done
    for lane in "${lanes[@]}"; do wait "$lane" || result=1; done
    return $result
}

# The seconds of every step, and what failed; ends the script.
table() {
    printf '\n=== seconds: when it began, how long it took, of all processors\n'
    sort -n "$log/table"
    printf '%7s %7d   in all\n' '' $(($(date +%s) - began))
    compgen -G "$log/failed.*" >/dev/null || exit 0
    printf '\n=== what failed\n'
    grep -ahE '✘|error:|^not ok|FAIL' "$log"/failed.* | tail -n 60 || tail -n 30 "$log"/failed.*
    exit 1
}
