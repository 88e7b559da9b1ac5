#!/usr/bin/env python3
"""Prints a goodall ring file as CSV: time,series,value, in recorded order within each series.

Written from docs/ring-format.md alone, with the standard library alone. It reads the file as it
stands and needs no goodall: for a ring copied off a dead host, and to hold the Rust reader against.

    read_ring.py FILE
"""

import struct
import sys
from datetime import datetime, timedelta, timezone

MASK = (1 << 64) - 1
PRIMES = (
    0x9E3779B185EBCA87,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0x85EBCA77C2B2AE63,
    0x27D4EB2F165667C5,
)
MISSING = 0x7FF86F6F64616C6C
STATES, STATE_WORDS, LIVE = (4096, 24576), 2560, 45056
UNIT = 64
LOOK_AHEAD_NS = 120_000_000_000
KEPT = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"


def rotated(value, by):
    return (value << by | value >> (64 - by)) & MASK


def mixed(lane, word):
    return rotated((lane + word * PRIMES[1]) & MASK, 31) * PRIMES[0] & MASK


def xxh64(words):
    """XXH64 with seed 0 of the words' little-endian bytes."""
    at = 0
    if len(words) >= 4:
        lanes = [(PRIMES[0] + PRIMES[1]) & MASK, PRIMES[1], 0, -PRIMES[0] & MASK]
        while at + 4 <= len(words):
            lanes = [mixed(lane, word) for lane, word in zip(lanes, words[at : at + 4])]
            at += 4
        value = sum(rotated(lane, by) for lane, by in zip(lanes, (1, 7, 12, 18))) & MASK
        for lane in lanes:
            value = ((value ^ mixed(0, lane)) * PRIMES[0] + PRIMES[3]) & MASK
    else:
        value = PRIMES[4]
    value = (value + 8 * len(words)) & MASK
    for word in words[at:]:
        value = (rotated(value ^ mixed(0, word), 27) * PRIMES[0] + PRIMES[3]) & MASK
    value = (value ^ value >> 33) * PRIMES[1] & MASK
    value = (value ^ value >> 29) * PRIMES[2] & MASK
    return value ^ value >> 32


def check(words):
    return xxh64(words) & 0xFFFFFFFF or 1


def signed(value, bits):
    return value - (1 << bits) if value >> (bits - 1) else value


class Packed:
    """A record's bytes, taken in order."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise ValueError("a record ends early")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "little")

    def short(self):
        return self.take(self.number(1))

    def text(self, size=1):
        return self.take(self.number(size)).decode()


class Ring:
    """A ring file's directory, and its rows when asked for."""

    def __init__(self, data):
        self.data = data
        self.clocks, self.bands, self.fields, self.tracks = {}, {}, {}, []
        if data[:8] != b"goodall\n" or len(data) < 512:
            raise SystemExit("not a ring file")
        head = self.words(0, 64)
        version = head[1] & 0xFFFFFFFF
        if version != 1:
            raise SystemExit(f"format version {version}, this script reads 1")
        if head[63] != xxh64(head[:63]):
            raise SystemExit("the superblock is damaged")
        extent = (head[4], head[5])
        while extent:
            extent = self.walk(*extent)

    def words(self, offset, count):
        piece = self.data[offset : offset + 8 * count]
        if len(piece) < 8 * count:
            raise SystemExit("the file is truncated")
        return struct.unpack(f"<{count}Q", piece)

    def walk(self, offset, size):
        """Takes in an extent's records; gives the next extent."""
        further, at = None, offset
        while at < offset + size:
            (first,) = self.words(at, 1)
            units, low = first & 0xFFFF, first & 0xFFFFFFFF
            end = at + units * UNIT
            fits = first and units and end <= offset + size
            body = self.words(at + 8, units * 8 - 1) if fits else ()
            if not fits or first >> 32 != check((at, low, 0) + body):
                at += UNIT
                continue
            found = self.record(low >> 16, Packed(self.data[at + 8 : end]))
            if found and found[0] > offset:
                further = found
            at = end
        return further

    def record(self, kind, packed):
        number = packed.number
        if kind == 1:
            clock = number(8)
            self.clocks[clock] = {"interval": number(8), "slots": number(8), "window": number(8)}
        elif kind == 2:
            band = number(4)
            self.bands[band] = {"clock": number(4), "offset": number(8), "frame": number(8)}
        elif kind == 3:
            return number(8), number(8)
        elif kind == 4:
            fields = number(8)
            self.fields[fields] = [
                {
                    "counter": number(1) == 0,
                    "repr": number(1),
                    "multiply": number(4),
                    "divide": number(4),
                    "name": packed.text(),
                    "unit": packed.text(),
                }
                for _ in range(number(4))
            ]
        elif kind == 5:
            track = {
                "identity": number(8),
                "fields": number(8),
                "band": number(4),
                "place": number(4),
                "room": number(4),
                "ordinal": number(2),
            }
            labels = number(2)
            track["collector"], track["instance"] = packed.text(), packed.short()
            track["labels"] = {packed.text(): packed.text(2) for _ in range(labels)}
            self.tracks.append(track)
        return None

    def header(self, band, number):
        """Wall ns and salt of a frame, from one band; None where it is not whole."""
        slots = self.clocks[band["clock"]]["slots"]
        at = band["offset"] + number % slots * band["frame"] * 8
        found, wall, boot, seal = self.words(at, 4)
        salt = seal & 0xFFFFFFFF
        if not seal or found != number or seal >> 32 != check((found, wall, boot, salt)):
            return None
        return signed(wall, 64), salt

    def bands_of(self, clock):
        return [band for _, band in sorted(self.bands.items()) if band["clock"] == clock]

    def frame(self, clock, number):
        found = (self.header(band, number) for band in self.bands_of(clock))
        return next((header for header in found if header), None)

    def hints(self, clock):
        yield self.words(LIVE + 8 + 8 * clock, 1)[0]
        for offset in STATES:
            state = self.words(offset, STATE_WORDS)
            clocks = state[2] >> 16 & 0xFFFF
            used = 8 + 132 * clocks
            if clock < clocks <= 16 and state[0] == (xxh64(state[1:used]) or 1):
                yield state[8 + 132 * clock]

    def newest(self, clock):
        """The newest frame: from where the hints lead on, else the newest of all."""
        slots = self.clocks[clock]["slots"]
        sound = [hint for hint in self.hints(clock) if hint and self.frame(clock, hint)]
        if not sound:
            every = [
                self.words(band["offset"] + slot * band["frame"] * 8, 1)[0]
                for band in self.bands_of(clock)
                for slot in range(slots)
            ]
            return max((number for number in every if self.frame(clock, number)), default=0)
        newest = number = max(sound)
        ahead = min(slots, max(256, LOOK_AHEAD_NS // self.clocks[clock]["interval"]))
        while number < newest + ahead:
            number += 1
            if self.frame(clock, number):
                newest = number
        return newest

    def rows(self, track):
        """Every whole row of the window: wall ns, words."""
        band = self.bands[track["band"]]
        clock = self.clocks[band["clock"]]
        count = len(self.fields[track["fields"]])
        newest = self.newest(band["clock"])
        for number in range(max(1, newest - clock["window"] + 1), newest + 1):
            frame = self.frame(band["clock"], number)
            if not frame:
                continue
            wall, salt = frame
            at = band["offset"] + (number % clock["slots"] * band["frame"] + track["place"]) * 8
            seal, *words = self.words(at, 1 + count)
            offset = seal & 0xFFFFFFFF
            key = (number, salt << 32 | offset, track["identity"])
            if seal and seal >> 32 == check(key + tuple(words)):
                yield wall + signed(offset, 32) * 1000, words


def value(field, word):
    """A word in its unit: exact where it stays whole, None where it is missing."""
    if word == MISSING:
        return None
    multiply, divide = field["multiply"], field["divide"]
    if field["repr"] == 2:
        (real,) = struct.unpack("<d", struct.pack("<Q", word))
        return real if multiply == divide == 1 else real * multiply / divide
    whole = word if field["repr"] == 0 else signed(word, 64)
    lowest, highest = (0, MASK) if field["repr"] == 0 else (-(1 << 63), (1 << 63) - 1)
    if divide == 1 and lowest <= whole * multiply <= highest:
        return whole * multiply
    return float(whole) * multiply / divide


def instance_name(track):
    instance = track["instance"]
    if instance == b"/":
        name = "root"
    else:
        plain = instance[1:] if instance.startswith(b"/") else instance
        name = "".join(chr(byte) if byte in KEPT else "_" for byte in plain)
    return name + (f"~{track['ordinal']}" if track["ordinal"] > 1 else "")


def rfc3339(ns):
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=ns // 1_000_000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def main():
    if len(sys.argv) != 2:
        raise SystemExit("usage: read_ring.py FILE")
    with open(sys.argv[1], "rb") as file:
        ring = Ring(file.read())
    print("time,series,value")
    for track in ring.tracks:
        fields = ring.fields.get(track["fields"])
        band = ring.bands.get(track["band"])
        if not fields or not band or band["clock"] not in ring.clocks:
            continue
        name = instance_name(track)
        stem = track["collector"] + (f".{name}" if name else "")
        for wall, words in ring.rows(track):
            time = rfc3339(wall)
            for field, word in zip(fields, words):
                shown = value(field, word)
                print(f"{time},{stem}.{field['name']},{'' if shown is None else repr(shown)}")


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        pass
