"""The programs that goodall is measured beside, each at 1 Hz: a context that gives the process, or None where it is absent."""
import contextlib
import pathlib
import subprocess
import tempfile
import threading

import measure

# Lean: the plugins that sample what goodall's default collectors do, nothing written anywhere.
COLLECTD = """
Interval 1
BaseDir "{folder}"
PIDFile "{folder}/pid"
{plugins}
"""
COLLECTD_PLUGINS = ["cpu", "df", "disk", "entropy", "interface", "load", "memory", "processes", "swap", "uptime", "vmem"]


@contextlib.contextmanager
def sadc():
    program = measure.find("sadc")
    if not program:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder, measure.running([program, "-S", "XALL", "1", "100000", pathlib.Path(folder) / "sa"]) as process:
        process.what = "sadc -S XALL 1"
        yield process


@contextlib.contextmanager
def collectd():
    program = measure.find("collectd")
    if not program:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        configuration = pathlib.Path(folder) / "collectd.conf"
        plugins = "\n".join(f"LoadPlugin {name}" for name in COLLECTD_PLUGINS)
        configuration.write_text(COLLECTD.format(folder=folder, plugins=plugins))
        with measure.running([program, "-f", "-C", configuration], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            process.what = f"{len(COLLECTD_PLUGINS)} plugins, Interval 1, nothing written"
            yield process


@contextlib.contextmanager
def node_exporter():
    program = measure.find("prometheus-node-exporter", "node_exporter")
    if not program:
        yield None
        return
    port = measure.free_port()
    with measure.running([program, f"--web.listen-address=127.0.0.1:{port}"], stderr=subprocess.DEVNULL) as process:
        process.url = f"http://127.0.0.1:{port}/metrics"
        measure.wait_for(lambda: measure.get(process.url), 10, process.url)
        yield process


@contextlib.contextmanager
def scraped_node_exporter():
    """As Prometheus would have it at 1 Hz; the scraper's own cost is not counted."""
    with node_exporter() as process:
        if process is None:
            yield None
            return
        done = threading.Event()

        def scrape():
            while not done.wait(1):
                measure.get(process.url)

        scraper = threading.Thread(target=scrape)
        scraper.start()
        process.what = "scraped each second"
        try:
            yield process
        finally:
            done.set()
            scraper.join()


# name, budget as a share of the peer's processor time, the peer
PEERS = [
    ("sadc -S XALL", 0.5, sadc),
    ("collectd", 0.15, collectd),
    ("node_exporter", 0.08, scraped_node_exporter),
]
