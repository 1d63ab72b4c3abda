#!/usr/bin/env python3
"""Takes each rule out of the macro in turn, and says whether exactly its ui tests notice.

Run it by hand, from anywhere, with a few minutes to spare: `tests/ui/without-each-rule.py [rule ..]`. It works on a copy of the
two crates, and compiles the ui tests with rustc itself: what each prints with all rules there is compared with what it
prints without one.
"""

import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NOT_BY_RULE = (
    "The compiler finds out", "The compiler's own words", "The macro is not", "The macro may", "The parser", "Said by",
    "The compiler refuses the attribute there, and",
)

# What the ui tests use besides.
OTHERS = ("tokio", "tracing", "async-trait", "futures")

# They show that several mistakes have their messages side by side.
SEVERAL = ("several-mistakes", "generator-several-mistakes", "body-of-refused-is-checked", "async-entry-above-async-main")


def rules(source):
    """The rules by name, each with its file and the place behind its opening brace."""
    found = {}
    for path in sorted(glob.glob(f"{source}/*.rs")):
        text = open(path).read()
        block = re.search(r"^rules! \{\n(.*?)^\}$", text, re.M | re.S)
        for rule in re.finditer(r"^    fn (\w+)\([^)]*\)( -> [^{]*)? \{\n", block.group(1), re.M) if block else ():
            found[rule.group(1)] = (path, block.start(1) + rule.end(), bool(rule.group(2)))
    return found


def rule_of(test, names):
    """The rule after which a ui test is named."""
    first = open(test).readline()
    if first.startswith("// ") and first[3:].startswith(NOT_BY_RULE):
        return None
    name = os.path.basename(test)[:-3]
    while name:
        of = [rule for rule in names if name == rule.replace("_", "-") or name.startswith(rule.replace("_", "-") + "-")]
        if of:
            return max(of, key=len)
        prefix = re.match("generator-|callbacks-|items-", name)
        name = name[prefix.end():] if prefix else ""
    return None


class Copy:
    """A copy of the crates, to be built and to compile ui tests with."""

    def __init__(self, folder):
        self.folder = folder
        for part in ("Cargo.toml", "Cargo.lock", "README.md", "inline-callbacks", "inline-callbacks-macro", "examples", "tests"):
            source = f"{ROOT}/{part}"
            copy = shutil.copytree if os.path.isdir(source) else shutil.copy
            copy(source, f"{folder}/{part}")
        self.target = f"{folder}/target"
        self.others = []

    def cargo(self, *arguments):
        environment = dict(os.environ, CARGO_TARGET_DIR=self.target, RUSTFLAGS="-Awarnings")
        subprocess.run(["cargo", *arguments, "--quiet", "--offline"], cwd=self.folder, env=environment, check=True)

    def build_others(self):
        """With the features that the ui tests have; what the runtime alone is built with later has fewer."""
        self.cargo("test", "--no-run", "-p", "inline-callbacks-tests", "--test", "attributes")
        for crate in OTHERS:
            name = crate.replace("-", "_")
            built = [path for kind in ("rlib", "so") for path in glob.glob(f"{self.target}/debug/deps/lib{name}-*.{kind}")]
            self.others += ["--extern", f"{name}={max(built, key=os.path.getmtime)}"]

    def build(self):
        self.cargo("build", "-p", "inline-callbacks")

    def said_about(self, test):
        runtime = f"{self.target}/debug/libinline_callbacks.rlib"
        command = ["rustc", "--edition=2024", "--emit=metadata", "-Adead_code", "-o", f"{self.target}/{os.getpid()}.{os.path.basename(test)}.out"]
        command += ["-L", f"dependency={self.target}/debug/deps", "--extern", f"inline_callbacks={runtime}"]
        command += self.others
        said = subprocess.run(command + [test], cwd=self.folder, capture_output=True, text=True).stderr
        # The lines of our own source move when a rule goes, and so does the number of the file that a long type is written to.
        return re.sub(r"long-type-\d+", "long-type", re.sub(r"(\.rs):\d+:\d+", r"\1", said))

    def all_said(self, tests):
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            return dict(zip(tests, pool.map(self.said_about, tests)))


def main():
    tests = sorted(glob.glob(f"{ROOT}/tests/ui/*.rs"))
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(folder)
        found = rules(f"{folder}/inline-callbacks-macro/src")
        copy.build_others()
        copy.build()
        before = copy.all_said(tests)
        for name in sys.argv[1:] or found:
            path, place, gives_something = found[name]
            text = open(path).read()
            out = "if true { return None; }" if gives_something else "if true { return; }"
            open(path, "w").write(text[:place] + f"        {out}\n" + text[place:])
            copy.build()
            after = copy.all_said(tests)
            open(path, "w").write(text)
            noticed = {test for test in tests if after[test] != before[test]}
            own = {test for test in tests if rule_of(test, found) == name}
            several = {test for test in noticed - own if os.path.basename(test)[:-3] in SEVERAL}
            names = lambda some: ", ".join(sorted(os.path.basename(test) for test in some))
            is_right = own and own <= noticed and noticed - own <= several
            print(f"{name}: {len(own)} of its own" + (f", and {names(several)}, which has it among others" if several else ""))
            if not is_right:
                wrong += 1
                print(f"  WRONG: silent {names(own - noticed) or 'none'}; strangers {names(noticed - own - several) or 'none'}")
            sys.stdout.flush()
    sys.exit(f"{wrong} rules have not exactly their tests" if wrong else 0)


main()
