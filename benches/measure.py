"""What the scripts beside this file measure with: processes, their processor time and memory, goodall itself.

Standard library only. Processor time is the process clock (clock_getcpuclockid(3)): all threads, those that ended too, in
nanoseconds; utime and stime of /proc/PID/stat are samples of 10 ms ticks, too coarse for milliseconds a minute.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent


def cpu_ns(pid):
    """Processor time of the whole process so far; the clock's id is made as the C library makes it."""
    return time.clock_gettime_ns((~pid << 3) | 2)


def memory_kb(pid):
    """PSS, its parts, and RSS, in kB."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {name: int(re.search(rf"^{name}:\s+(\d+)", text, re.M).group(1)) for name in ("Pss", "Pss_Anon", "Pss_File", "Rss")}


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def children(pid):
    """Processes whose parent it is."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                stat = pathlib.Path(f"/proc/{entry}/stat").read_text()
                if int(stat.rpartition(")")[2].split()[1]) == pid:
                    found.append(int(entry))
    return sorted(found)


def machine_busy_ns():
    """Processor time that all of the machine has used, in nanoseconds (10 ms steps: for noise only)."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9])
    return (user + nice + system + irq + softirq + steal) * 10_000_000


class Span:
    """Processor time of some processes over some seconds, and what the machine did besides."""

    def __init__(self, pids, seconds):
        began, busy, before = time.monotonic_ns(), machine_busy_ns(), {pid: cpu_ns(pid) for pid in pids}
        time.sleep(seconds)
        elapsed = time.monotonic_ns() - began
        used = {pid: cpu_ns(pid) - before[pid] for pid in pids}
        # nanoseconds a second are microseconds a thousandth: /1e6 gives ms/s
        self.each = {pid: ns / elapsed * 1e3 for pid, ns in used.items()}
        self.ms_a_second = sum(self.each.values())
        self.noise_percent = max(0.0, (machine_busy_ns() - busy - sum(used.values())) / elapsed * 100)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def get(url, timeout=10):
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return answer.read()


def wait_for(condition, seconds, what):
    """Polls until the condition gives something true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError, KeyError):
            if found := condition():
                return found
        time.sleep(0.02)
    raise SystemExit(f"{what}: not within {seconds} s")


def stop(process, seconds=10):
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


@contextlib.contextmanager
def running(command, **options):
    """A process for the length of a block."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            stop(process)


def find(*names):
    """The first of some programs that is here, or None; Debian keeps some where PATH does not look."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/lib/sysstat"
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def binary():
    """The static binary, built anew if need be; where it cannot be built, cargo's own; and which of the two."""
    given = os.environ.get("GOODALL_BINARY")
    if given:
        return given, "as given by GOODALL_BINARY"
    built = subprocess.run([ROOT / ".ci" / "static-build"], stdout=subprocess.PIPE, text=True)
    if built.returncode == 0:
        return str((ROOT / built.stdout.split()[-1]).resolve()), "static, musl"
    subprocess.run(["cargo", "build", "--release", "--locked"], cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return str(target / "release" / "goodall"), "dynamic: a static one could not be built here"


class Goodall:
    """The recorder at work on a ring of its own, in a folder that goes away with it."""

    def __init__(self, program, *arguments, folder=None):
        self.program = program
        self.own = tempfile.TemporaryDirectory(prefix="goodall-bench-")
        self.folder = pathlib.Path(folder or self.own.name)
        self.ring = self.folder / "goodall.ring"
        self.log = pathlib.Path(self.own.name) / "log"
        self.arguments = arguments
        self.process = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.stop()
        self.own.cleanup()

    def start(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [self.program, "--ring-file", self.ring, "--listen", f"127.0.0.1:{self.port}", *self.arguments]
        self.started_at = time.time()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log)
        try:
            wait_for(lambda: self.process.poll() is not None or get(self.url + "/latest"), 15, f"{self.url}/latest")
        except SystemExit as late:
            raise SystemExit(f"{late}\n{self.log.read_text()}") from late
        if self.process.poll() is not None:
            raise SystemExit(f"goodall ended with exit code {self.process.returncode}:\n{self.log.read_text()}")
        self.gatherer = self.process.pid
        self.reporter = children(self.gatherer)[0]
        self.pids = [self.gatherer, self.reporter]

    def stop(self):
        """Its exit code."""
        return stop(self.process)

    def series(self):
        return json.loads(get(self.url + "/series"))

    def health(self):
        """As /health says, 503 too."""
        try:
            return json.loads(get(self.url + "/health"))
        except urllib.error.HTTPError as error:
            return json.loads(error.read())

    def missed(self):
        return sum(collector["missed"] for collector in self.health()["collectors"])

    def log_lines(self):
        return self.log.read_text().splitlines()


def strace(program, seconds, *arguments):
    """System calls of the gatherer over some seconds, a list of lines, each beginning with a call's name; its own and the
    reporter's folders under /proc are called `self`. None without strace."""
    if not find("strace"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "calls"
        with Goodall(program, *arguments) as goodall:
            time.sleep(2)
            with running(["strace", "-f", "-y", "-qq", "-o", out, "-p", str(goodall.gatherer)], stderr=subprocess.DEVNULL):
                time.sleep(seconds)
            own = "|".join(str(pid) for pid in goodall.pids)
        text = out.read_text(errors="replace")
    text = re.sub(rf"<(/proc)/(?:{own})/", r"<\1/self/", text)
    lines = [line.split(maxsplit=1)[-1] for line in text.splitlines()]
    return [line for line in lines if not line.startswith("<...")]  # the second half of a call that another thread's cut in two


def files_read(calls, seconds):
    """The files under /proc and /sys that are read once a second."""
    counts = {}
    for line in calls:
        if found := re.match(r"(?:pread64|read|preadv2?)\(\d+<(/(?:proc|sys)/[^>]*)>", line):
            counts[found.group(1)] = counts.get(found.group(1), 0) + 1
    return sorted(path for path, count in counts.items() if count >= seconds - 2)
