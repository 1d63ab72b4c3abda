#!/usr/bin/env bash
# What the macro costs the compiler: crates of 1000 waits in 100 functions, once with `#[inline_callbacks]` and `yield_!`,
# once with plain `async` and `.await`. Both are checked and built (debug, not incremental) in turn, with their
# dependencies there already; medians. Then both crates of ours are built from nothing, with all they depend on.
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

# The seconds that the command takes, and those of all processors together.
seconds() {
    local TIMEFORMAT='%R %U %S'
    { time "$@" >"$work/log" 2>&1; } 2>"$work/time" || { cat "$work/log" >&2; exit 1; }
    awk '{ printf "%.3f %.3f\n", $1, $2 + $3 }' "$work/time"
}

# `cargo $1` of the crate $2 alone.
compile() {
    touch "$work/$2/src/lib.rs"
    seconds cargo "$1" --quiet --offline --manifest-path "$work/$2/Cargo.toml"
}

# The median of column $2 of the file $1.
median() {
    awk -v column="$2" '{ print $column }' "$1" | sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

compare() {
    local what=$1 bar=$2 crate round
    for crate in with_macro with_await; do compile "$what" "$crate" >/dev/null; done
    for ((round = 0; round < rounds; round++)); do
        for crate in with_macro with_await; do compile "$what" "$crate" >>"$work/$crate.$what"; done
    done
    report "$what" 1 "at most ${bar}x" "$bar"
    report "$what, CPU" 2 "" 0
}

# Prints the row $1 of column $2.
report() {
    local file=${1%%,*}
    awk -v row="$1" -v with="$(median "$work/with_macro.$file" "$2")" -v without="$(median "$work/with_await.$file" "$2")" \
        -v text="$3" -v bar="$4" 'BEGIN {
        ratio = with / without
        verdict = bar == 0 ? "" : ratio <= bar ? "ok" : "MISSED"
        printf "%-14s %10.2f s %10.2f s %7.2fx   %-14s %s\n", row, with, without, ratio, text, verdict
    }'
}

make_crate with_macro with_macro
make_crate with_await with_await
printf '%-14s %12s %12s %8s\n' "$((functions * waits)) waits" "macro" ".await" "ratio"
compare check 1.3
compare build 1.5

clean_build() {
    rm -rf "$work/clean"
    CARGO_TARGET_DIR="$work/clean" seconds cargo build --quiet --offline --manifest-path "$workspace/Cargo.toml" -p inline-callbacks "$@"
}

echo
printf '%-34s %s s (CPU %s s)\n' "clean build, with tokio" $(clean_build)
printf '%-34s %s s (CPU %s s)\n' "clean build, no default features" $(clean_build --no-default-features)
