#!/usr/bin/env python3
"""What share of node_exporter's default series goodall's /metrics serves.

    node_exporter.py NODE_EXPORTER_TEXT GOODALL_TEXT [--values] [--expect SHARE]

Takes two Prometheus texts of the same machine and prints the share of node_exporter's series (name and
labels, in any order) that goodall serves too, those that it does not, and where type or help differ.
Left out are series of the exporter itself and of its run time. With --values, values that differ are
printed: for two scrapes of one tree that does not change. What differs for a known reason (LEFT_OUT,
REWORDED, OF_THE_KERNEL, WRONG_THERE) is said and let through, nothing else. Exit code 1 where less than
SHARE is served of what has no such reason, or where types, helps or values differ; 2 for a text that
cannot be read.

Compared with 1.5.0, Debian 12's; where a later release does otherwise goodall follows that.
"""

import argparse
import math
import re
import sys

OWN = re.compile(r"^(go_|process_|promhttp_|node_exporter_build_info$|node_scrape_)")
# Series that are missing for a reason: name, labels that must be so, the reason.
LEFT_OUT = [
    (r"node_textfile_scrape_error", {}, "the state of node_exporter's own reader of text files"),
    (r"node_disk_.*", {"device": r"zram\d+"}, "disks in memory: left out by later releases too"),
    (r"node_filesystem_.*", {"fstype": "rootfs"}, "hidden under the root that was mounted over it"),
    (r"node_hwmon_humidity(_.*)?", {}, "a tenth of the ratio there; goodall_hwmon_humidity_input_ratio here"),
    (r"node_processes_threads_state", {}, "not on by default there; needs a file a thread, the others one a process"),
    (r"node_cpu_(core|package)_throttles_total", {}, "goodall does not record how often a core was throttled"),
    (
        r"node_(bcache|bonding|btrfs|edac|fibrechannel|infiniband|ipvs|md|nfsd?|nvme|power_supply|rapl|systemd|tape"
        r"|xfs|zfs)_.*",
        {},
        "goodall has no collector for it",
    ),
]
# Helps that a later release worded anew: what was, and what is.
REWORDED = {
    f"node_cpu_frequency_{which}hertz": ("cpu thread", "CPU thread")
    for which in ("", "max_", "min_")
}
# Values that are the running kernel's whatever the tree, asked at two moments: name, whether they can be right.
OF_THE_KERNEL = [
    (r"node_filesystem_(avail|free)_bytes", lambda there, here: math.isclose(there, here, rel_tol=0.05)),
    (r"node_filesystem_files_free", lambda there, here: math.isclose(there, here, rel_tol=0.05)),
    (r"node_time_seconds", lambda there, here: abs(there - here) < 60),
    (r"node_timex_.*", lambda there, here: True),
]
# Values that node_exporter has wrong: name, whether goodall's is the right one.
WRONG_THERE = [
    # a flag is divided by a thousand as the temperature is
    (r"node_hwmon_.*_alarm_(celsius|volts|amps)", lambda there, here: there == here / 1000),
]
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
    if not samples:
        raise Broken(f"{path}: no samples")
    return samples, types, helps


def reason_of(key):
    """Why a series of theirs is missing; None where it has no business to be."""
    name, labels = key
    labels = dict(labels)
    for pattern, wanted, reason in LEFT_OUT:
        if re.fullmatch(pattern, name) and all(re.fullmatch(so, labels.get(label, "")) for label, so in wanted.items()):
            return reason
    return None


def is_switched_off(key, value, ours):
    """Whether it is the time of a core that has none here: node_exporter keeps a place for each up to the last."""
    name, labels = key
    core = dict(labels).get("cpu")
    others = (dict(labels).get("cpu") for other, labels in ours if other == "node_cpu_seconds_total")
    return name in ("node_cpu_seconds_total", "node_cpu_guest_seconds_total") and value == 0 and core not in others


def has_no_serial(key, ours):
    """Whether it is a disk that has no serial number there, but one here."""
    name, labels = key
    if name != "node_disk_info" or ("serial", "") not in labels:
        return False
    rest = labels - {("serial", "")}
    return any(other == name and rest < these and dict(these).get("serial") for other, these in ours)


def by_line(ours):
    """Our samples with the cores of softnet numbered by line, as node_exporter does: cores that are off have none."""
    cores = {dict(labels)["cpu"] for name, labels in ours if name.startswith("node_softnet_")}
    line = {core: str(number) for number, core in enumerate(sorted(cores, key=int))}
    if all(core == number for core, number in line.items()):
        return ours
    print(f"softnet: {len(line)} cores, numbered by line there; so compared")
    numbered = {}
    for (name, labels), value in ours.items():
        if name.startswith("node_softnet_"):
            labels = frozenset((label, line[so] if label == "cpu" else so) for label, so in labels)
        numbered[name, labels] = value
    return numbered


def shown(key):
    name, labels = key
    inside = ",".join(f'{label}="{value}"' for label, value in sorted(labels))
    return f"{name}{{{inside}}}" if inside else name


def reworded(name, text):
    before, after = REWORDED.get(name, ("", ""))
    return text.replace(before, after) if before and text else text


def is_let_through(name, their, our):
    rules = OF_THE_KERNEL + WRONG_THERE
    return any(re.fullmatch(pattern, name) and is_right(their, our) for pattern, is_right in rules)


def differing(theirs, ours):
    """The values that differ of the same series, by more than a last digit; and whether that is let through."""
    for key in sorted(theirs.keys() & ours.keys(), key=shown):
        their, our = theirs[key], ours[key]
        if not (math.isclose(their, our, rel_tol=1e-14) or (math.isnan(their) and math.isnan(our))):
            yield f"{shown(key)}: {their!r} there, {our!r} here", is_let_through(key[0], their, our)


def missing_from(ours, theirs):
    """The series that are not ours, with the reason."""
    for key in sorted(theirs.keys() - ours.keys(), key=shown):
        reason = reason_of(key)
        if reason is None and is_switched_off(key, theirs[key], ours):
            reason = "a core that is off: zeros there"
        elif reason is None and has_no_serial(key, ours):
            reason = "a disk of ID_SERIAL alone: later releases give that as its serial too"
        yield key, reason


def print_missing(missing):
    """A line each; of those that have a reason a line a reason."""
    known = {}
    for key, reason in missing:
        if reason:
            known.setdefault(reason, []).append(shown(key))
        else:
            print(f"missing: {shown(key)}")
    for reason, keys in known.items():
        what = keys[0] if len(keys) == 1 else f"{len(keys)} series such as {keys[0]}"
        print(f"left out: {what}: {reason}")


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
    ours = by_line(ours)
    missing = list(missing_from(ours, theirs))
    served = len(theirs) - len(missing)
    expected = served + sum(reason is None for _, reason in missing)
    share = served / expected if expected else 0.0
    print(
        f"{served} of {len(theirs)} series, {served / len(theirs):.2%}; {len(theirs) - expected} are left out with"
        f" a reason; of the rest {share:.2%}"
    )
    print_missing(missing)

    names = sorted({name for name, _ in theirs} & {name for name, _ in ours})
    types = [name for name in names if their_types.get(name) != our_types.get(name)]
    helps = [name for name in names if reworded(name, their_helps.get(name)) != our_helps.get(name)]
    for name in types:
        print(f"type differs: {name}: {their_types.get(name)} there, {our_types.get(name)} here")
    for name in helps:
        print(f"help differs: {name}: {their_helps.get(name)!r} there, {our_helps.get(name)!r} here")
    values = list(differing(theirs, ours)) if given.values else []
    for line, is_known in values:
        print(f"value {'may differ' if is_known else 'differs'}: {line}")
    is_wrong = types or helps or not all(is_known for _, is_known in values)
    return 1 if share < given.expect or is_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
