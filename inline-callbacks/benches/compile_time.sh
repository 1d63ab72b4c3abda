#!/usr/bin/env bash
# What the macro costs the compiler: crates of 1000 waits in 100 functions, once with `#[inline_callbacks]` and `yield_!`,
# once with plain `async` and `.await`. Both are checked and built (debug, not incremental) in turn, with their
# dependencies there already. Of the rounds, which are taken one right after the other, the medians; the ratio is the
# median of that of each round. Elapsed time is what a user waits for; user time is what other work on the machine moves
# less. Then both crates of ours are built from nothing, with all they depend on.
#
# Usage: inline-callbacks/benches/compile_time.sh [ROUNDS]
set -euo pipefail

rounds=${1:-7}
functions=100
waits=10
workspace=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARGO_TARGET_DIR="$work/target" CARGO_INCREMENTAL=0
unset RUSTFLAGS

# A crate named $1 whose functions come from the function $2, called with a number.
make_crate() {
    local folder="$work/$1"
    mkdir -p "$folder/src"
    cat >"$folder/Cargo.toml" <<TOML
[package]
name = "$1"
version = "0.0.0"
edition = "2024"

[dependencies]
inline-callbacks = { path = "$workspace/inline-callbacks" }

[workspace]
TOML
    cp "$workspace/Cargo.lock" "$workspace/rust-toolchain.toml" "$folder/"
    {
        echo "use inline_callbacks::prelude::*;"
        for ((number = 0; number < functions; number++)); do "$2" "$number"; done
    } >"$folder/src/lib.rs"
}

with_macro() {
    echo "#[inline_callbacks]"
    echo "pub fn waits_$1(d: fn(u32) -> Deferred<u32>) -> Deferred<u32> {"
    echo "    let mut sum = 0;"
    for ((wait = 0; wait < waits; wait++)); do echo "    sum += yield_!(d($wait))?;"; done
    echo "    return_value!(sum)"
    echo "}"
}

with_await() {
    echo "pub async fn waits_$1(d: fn(u32) -> Deferred<u32>) -> Result<u32, Failure> {"
    echo "    let mut sum = 0;"
    for ((wait = 0; wait < waits; wait++)); do echo "    sum += d($wait).await?;"; done
    echo "    Ok(sum)"
    echo "}"
    # An async function costs little until somebody makes its future: as the macro does.
    echo "pub fn start_$1(d: fn(u32) -> Deferred<u32>) -> Deferred<u32> {"
    echo "    inline_callbacks::ensure_deferred(waits_$1(d))"
    echo "}"
}

# The seconds that the command takes, and those of user time in all its processes.
seconds() {
    local TIMEFORMAT='%R %U'
    { time "$@" >"$work/log" 2>&1; } 2>"$work/time" || { cat "$work/log" >&2; exit 1; }
    cat "$work/time"
}

# `cargo $1` of the crate $2 alone.
compile() {
    touch "$work/$2/src/lib.rs"
    seconds cargo "$1" --quiet --offline --manifest-path "$work/$2/Cargo.toml"
}

# The median of the numbers on standard input.
median() {
    sort -n | awk '{ all[NR] = $1 } END { print NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }'
}

# Each line of the file is a round: elapsed and user seconds with the macro, and the same without.
compare() {
    local what=$1 bar=$2 crate round
    for crate in with_macro with_await; do compile "$what" "$crate" >/dev/null; done
    for ((round = 0; round < rounds; round++)); do
        echo "$(compile "$what" with_macro) $(compile "$what" with_await)" >>"$work/$what"
    done
    report "$what" "$what, elapsed" 1 "$bar"
    report "$what" "$what, user" 2 "$bar"
}

# Prints the row $2 of the columns $3 and $3 + 2 of the rounds of $1, with the bar $4.
report() {
    local with without ratio
    with=$(awk -v column="$3" '{ print $column }' "$work/$1" | median)
    without=$(awk -v column="$3" '{ print $(column + 2) }' "$work/$1" | median)
    ratio=$(awk -v column="$3" '{ print $column / $(column + 2) }' "$work/$1" | median)
    awk -v row="$2" -v with="$with" -v without="$without" -v ratio="$ratio" -v bar="$4" 'BEGIN {
        verdict = sprintf("at most %.1fx   %s", bar, ratio <= bar ? "ok" : "MISSED")
        printf "%-16s %10.2f s %10.2f s %7.2fx   %s\n", row, with, without, ratio, verdict
    }'
}

make_crate with_macro with_macro
make_crate with_await with_await
echo "medians of $rounds rounds"
printf '%-16s %12s %12s %8s\n' "$((functions * waits)) waits" "macro" ".await" "ratio"
compare check 1.3
compare build 1.5

clean_build() {
    rm -rf "$work/clean"
    CARGO_TARGET_DIR="$work/clean" seconds cargo build --quiet --offline --manifest-path "$workspace/Cargo.toml" -p inline-callbacks "$@"
}

echo
printf '%-34s %s s (user %s s)\n' "clean build, with tokio" $(clean_build)
printf '%-34s %s s (user %s s)\n' "clean build, no default features" $(clean_build --no-default-features)
