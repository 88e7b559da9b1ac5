#!/usr/bin/env python3
"""A program that runs on and tells what it does as it does it, by statsd's lines over goodall's socket: counters, a
gauge, timings. The class is the whole client; take it into a program of yours."""

import os
import random
import socket
import sys
import time


class Statsd:
    """statsd's lines over a Unix stream socket. A value is never worth an exception: what cannot be sent is dropped."""

    def __init__(self, path):
        self.path, self.socket = path, None

    def send(self, line):
        try:
            if self.socket is None:
                self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                self.socket.settimeout(0.1)
                self.socket.connect(self.path)
            self.socket.sendall(line.encode() + b"\n")
        except OSError:
            self.socket = None

    def count(self, name, by=1):
        self.send(f"{name}:{by}|c")

    def gauge(self, name, value):
        self.send(f"{name}:{value}|g")

    def timing(self, name, seconds):
        self.send(f"{name}:{seconds * 1000:.3f}|ms")


def main():
    statsd = Statsd(os.environ.get("GOODALL_SOCKET") or sys.argv[-1])
    while True:
        started = time.monotonic()
        time.sleep(random.uniform(0.01, 0.05))  # the work
        statsd.timing("took", time.monotonic() - started)
        statsd.count("served")
        statsd.gauge("waiting", random.randint(0, 5))


if __name__ == "__main__":
    main()
