"""What shipping costs: samples a second to each store that is here, and processor time a million samples."""
import contextlib
import pathlib
import re
import resource
import socket
import subprocess
import tempfile
import threading
import time

import measure

COLLECTORS = "-info,-disk_info,-network_info"
CARBON = """
[cache]
STORAGE_DIR = {at}/
LOCAL_DATA_DIR = {at}/whisper/
CONF_DIR = {at}/
LOG_DIR = {at}/
PID_DIR = {at}/
USER =
MAX_CACHE_SIZE = inf
MAX_UPDATES_PER_SECOND = 500
MAX_CREATES_PER_MINUTE = inf
ENABLE_TAGS = False
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = {port}
PICKLE_RECEIVER_PORT = 0
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = {query}
"""
INFLUX = """
reporting-disabled = true
bind-address = "127.0.0.1:{query}"
[meta]
dir = "{at}/meta"
[data]
dir = "{at}/data"
wal-dir = "{at}/wal"
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
[monitor]
store-enabled = false
"""
COLLECTD = """
Interval 0.1
BaseDir "{at}"
PIDFile "{at}/pid"
{plugins}
{write}
"""
COLLECTD_WRITE = """LoadPlugin write_graphite
<Plugin write_graphite>
  <Node "a">
    Host "127.0.0.1"
    Port "{port}"
    Protocol "tcp"
    StoreRates false
  </Node>
</Plugin>"""
COLLECTD_PLUGINS = ["cpu", "df", "disk", "entropy", "interface", "load", "memory", "processes", "swap", "uptime", "vmem"]


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@contextlib.contextmanager
def started(command, port):
    with measure.running(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        measure.wait_for(lambda: listens(port), 30, f"port {port}")
        yield process


@contextlib.contextmanager
def nobody(_at):
    """Whoever takes lines, and keeps none: what shipping itself can do."""
    with LineSink() as sink:
        yield f'kind = "graphite"\naddress = "127.0.0.1:{sink.port}"'


@contextlib.contextmanager
def carbon(at):
    port, query = measure.free_port(), measure.free_port()
    (at / "carbon.conf").write_text(CARBON.format(at=at, port=port, query=query))
    (at / "storage-schemas.conf").write_text("[all]\npattern = .*\nretentions = 1s:1h\n")
    with started(["carbon-cache", "--nodaemon", "--config", at / "carbon.conf", "start"], port):
        yield f'kind = "graphite"\naddress = "127.0.0.1:{port}"'


@contextlib.contextmanager
def influxdb(at):
    port, query = measure.free_port(), measure.free_port()
    (at / "influxdb.conf").write_text(INFLUX.format(at=at, port=port, query=query))
    with started(["influxd", "run", "-config", at / "influxdb.conf"], port):
        subprocess.run(["curl", "-fsS", "-XPOST", f"http://127.0.0.1:{port}/query?q=CREATE%20DATABASE%20g"], check=True, stdout=subprocess.DEVNULL)
        yield f'kind = "influx"\naddress = "http://127.0.0.1:{port}"\ndatabase = "g"'


@contextlib.contextmanager
def victoria(at):
    port = measure.free_port()
    with started(["victoria-metrics", f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={at / 'data'}"], port):
        yield f'kind = "prometheus-remote-write"\naddress = "http://127.0.0.1:{port}"'


@contextlib.contextmanager
def prometheus(at):
    port = measure.free_port()
    (at / "prometheus.yml").write_text("storage:\n  tsdb:\n    out_of_order_time_window: 1h\n")
    command = ["prometheus", f"--config.file={at / 'prometheus.yml'}", f"--storage.tsdb.path={at / 'data'}", f"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver"]
    with started(command, port):
        yield f'kind = "prometheus-remote-write"\naddress = "http://127.0.0.1:{port}"'


STORES = [
    ("a listener that drops lines", "python3", nobody),
    ("carbon, TCP", "carbon-cache", carbon),
    ("InfluxDB, /write, gzip", "influxd", influxdb),
    ("VictoriaMetrics, remote write", "victoria-metrics", victoria),
    ("Prometheus, remote write", "prometheus", prometheus),
]


class LineSink:
    """Counts lines."""

    def __enter__(self):
        self.lines = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.read, args=(self.server.accept()[0],), daemon=True).start()

    def read(self, connection):
        while data := connection.recv(1 << 20):
            self.lines += data.count(b"\n")
        connection.close()


def record(program, at, seconds):
    """A ring of a thousand ticks or so, that nobody writes any more."""
    ring = at / "ring"
    command = [program, "gather", "--ring", "10m", "--interval", "10ms", "--collectors", COLLECTORS, "--config", "/dev/null", "--socket", "off", "--ring-file", ring]
    with measure.running(command, stderr=subprocess.DEVNULL):
        time.sleep(seconds)
    return ring


def ship(program, ring, at, destination):
    """Samples, seconds of the wall, seconds of processor time."""
    config = at / "ship.toml"
    config.write_text(f'[[ship]]\nname = "store"\ncatch-up-rate = 0\n{destination}\n')
    for old in ring.parent.glob("ring.ship/*"):
        old.unlink()
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([program, "ship", "--once", "--ring-file", ring, "--config", config], capture_output=True, text=True, check=True)
    took, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    samples = int(re.search(r"store: (\d+) samples sent", done.stderr).group(1))
    cpu = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return samples, took, cpu


def writers_ns(pid):
    """Processor time of collectd's threads that write, by /proc/PID/task/TID/schedstat."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().startswith("writer"):
            total += int((task / "schedstat").read_text().split()[0])
    return total


def collectd(seconds):
    """Processor time that collectd's writing threads take for a million lines of write_graphite."""
    program = measure.find("collectd")
    if not program:
        return None
    with tempfile.TemporaryDirectory() as folder, LineSink() as sink:
        config = pathlib.Path(folder) / "collectd.conf"
        plugins = "\n".join(f"LoadPlugin {name}" for name in COLLECTD_PLUGINS)
        config.write_text(COLLECTD.format(at=folder, plugins=plugins, write=COLLECTD_WRITE.format(port=sink.port)))
        with measure.running([program, "-f", "-C", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(2)
            begun, had = writers_ns(process.pid), sink.lines
            time.sleep(seconds)
            lines = sink.lines - had
            return (writers_ns(process.pid) - begun) / 1e9 / lines * 1e6 if lines else None


def inserted(port):
    """Rows that VictoriaMetrics has taken by remote write."""
    text = measure.get(f"http://127.0.0.1:{port}/metrics").decode()
    return int(re.search(r'^vm_rows_inserted_total\{type="promremotewrite"\} (\d+)', text, re.M).group(1))


def vmagent(program, ring, at):
    """Processor time that vmagent takes for a million samples, which it is handed by remote write and passes on to VictoriaMetrics."""
    if not measure.find("vmagent") or not measure.find("victoria-metrics"):
        return None
    store, port = measure.free_port(), measure.free_port()
    keeps = ["victoria-metrics", f"-httpListenAddr=127.0.0.1:{store}", f"-storageDataPath={at / 'store'}"]
    passes_on = ["vmagent", f"-httpListenAddr=127.0.0.1:{port}", f"-remoteWrite.url=http://127.0.0.1:{store}/api/v1/write", f"-remoteWrite.tmpDataPath={at / 'queue'}"]
    with started(keeps, store), started(passes_on, port) as agent:
        begun = measure.cpu_ns(agent.pid)
        samples, _, _ = ship(program, ring, at, f'kind = "prometheus-remote-write"\naddress = "http://127.0.0.1:{port}"')
        measure.wait_for(lambda: inserted(store) >= samples, 60, "all samples to be passed on")
        return (measure.cpu_ns(agent.pid) - begun) / 1e9 / samples * 1e6


def shipping(table, run):
    with tempfile.TemporaryDirectory() as folder:
        at = pathlib.Path(folder)
        ring = record(run.program, at, min(run.seconds, 20))
        peer = collectd(min(run.seconds, 20))
        beside = {"graphite": f"collectd's writing threads with write_graphite: {peer:.1f} s a million" if peer else ""}
        with tempfile.TemporaryDirectory() as own:
            agent = vmagent(run.program, ring, pathlib.Path(own))
        beside["remote-write"] = f"vmagent, handed the same by remote write, which passes it on: {agent:.2f} s a million" if agent else ""
        for name, program, store in STORES:
            if not measure.find(program):
                table.note(f"{name}: not installed")
                continue
            with tempfile.TemporaryDirectory() as own, store(pathlib.Path(own)) as destination:
                samples, took, cpu = ship(run.program, ring, at, destination)
            measured = f"**{samples / took:,.0f} samples/s**, {cpu / samples * 1e6:.2f} s of CPU a million ({samples:,} in {took:.2f} s)"
            kind = next((kind for kind in beside if kind in destination), None)
            table.row(f"shipping to {name}", measured, "-", beside.get(kind, ""))
