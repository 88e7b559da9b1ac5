#!/usr/bin/env python3
"""What share of node_exporter's default series goodall's /metrics serves.

    node_exporter.py NODE_EXPORTER_TEXT GOODALL_TEXT [--values] [--expect SHARE]

Takes two Prometheus texts of the same machine and prints the share of node_exporter's series (name and
labels, in any order) that goodall serves too, those that it does not, and where type or help differ.
Left out are series of the exporter itself and of its run time. With --values, values that differ by more
than their last digits are printed: for two scrapes of one tree that does not change. Exit code 1 where the
share is below SHARE, or where types or values differ; 2 for a text that cannot be read.
"""

import argparse
import math
import re
import sys

OWN = re.compile(r"^(go_|process_|promhttp_|node_exporter_build_info$|node_scrape_)")
# Why some are missing.
REASONS = {
    "node_textfile_scrape_error": "the state of node_exporter's own reader of text files",
    "node_processes_threads_state": "not on by default there; needs a file a thread, the others one a process",
}
SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? +(\S+)(?: +-?[0-9]+)?$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)')
ESCAPE = re.compile(r"\\(.)")


class Broken(Exception):
    """A line that is no Prometheus text."""


def unescaped(text):
    return ESCAPE.sub(lambda match: {"n": "\n"}.get(match[1], match[1]), text)


def labels_of(text):
    """The label pairs of what stands between the braces, as a set that can be compared."""
    labels, at = [], 0
    while at < len(text):
        match = LABEL.match(text, at)
        if not match:
            raise Broken(f"labels {text!r}")
        labels.append((match[1], unescaped(match[2])))
        at = match.end()
    return frozenset(labels)


def parse(path):
    """The samples by name and labels; type and help by name."""
    samples, types, helps = {}, {}, {}
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ", 3)
                types[name] = kind
            elif line.startswith("# HELP "):
                _, _, name, text = line.split(" ", 3)
                helps[name] = text
            elif line and not line.startswith("#"):
                match = SAMPLE.match(line)
                if not match:
                    raise Broken(f"{path} line {number}: no sample: {line!r}")
                key = match[1], labels_of(match[2] or "")
                if key in samples:
                    raise Broken(f"{path} line {number}: twice: {line!r}")
                samples[key] = float(match[3])
    return samples, types, helps


def shown(key):
    name, labels = key
    inside = ",".join(f'{label}="{value}"' for label, value in sorted(labels))
    return f"{name}{{{inside}}}" if inside else name


def differing(theirs, ours):
    """Lines about values of the same series that differ."""
    for key in sorted(theirs.keys() & ours.keys(), key=shown):
        their, our = theirs[key], ours[key]
        same = math.isclose(their, our, rel_tol=1e-9) or (math.isnan(their) and math.isnan(our))
        if not same:
            yield f"{shown(key)}: {their!r} there, {our!r} here"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("node_exporter")
    arguments.add_argument("goodall")
    arguments.add_argument("--values", action="store_true", help="compare values too")
    arguments.add_argument("--expect", type=float, default=0.0, help="the least share, 0 to 1")
    given = arguments.parse_args()
    try:
        theirs, their_types, their_helps = parse(given.node_exporter)
        ours, our_types, our_helps = parse(given.goodall)
    except (Broken, OSError, ValueError) as error:
        print(f"node_exporter.py: {error}", file=sys.stderr)
        return 2

    theirs = {key: value for key, value in theirs.items() if not OWN.match(key[0])}
    missing = sorted(theirs.keys() - ours.keys(), key=shown)
    share = 1 - len(missing) / len(theirs) if theirs else 1.0
    names = {name for name, _ in theirs} & {name for name, _ in ours}
    types = sorted(name for name in names if their_types.get(name) != our_types.get(name))
    helps = sorted(name for name in names if their_helps.get(name) != our_helps.get(name))

    print(f"{len(theirs) - len(missing)} of {len(theirs)} series, {share:.2%}")
    for key in missing:
        reason = REASONS.get(key[0])
        print(f"missing: {shown(key)}" + (f": {reason}" if reason else ""))
    for name in types:
        print(f"type differs: {name}: {their_types.get(name)} there, {our_types.get(name)} here")
    for name in helps:
        print(f"help differs: {name}: {their_helps.get(name)!r} there, {our_helps.get(name)!r} here")
    values = list(differing(theirs, ours)) if given.values else []
    for line in values:
        print(f"value differs: {line}")
    return 1 if share < given.expect or types or values else 0


if __name__ == "__main__":
    sys.exit(main())
