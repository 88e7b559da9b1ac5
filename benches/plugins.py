"""What plugins cost: lines that a thread takes, and memory with a thousand series; rows of the table of `budgets`."""
import pathlib
import re
import subprocess
import tempfile
import time

import measure

SERIES = 1000


def lines(table, _run):
    """`benches/taken.rs`: the receiving thread's own processor time."""
    out = subprocess.run(["cargo", "bench", "--locked", "--bench", "taken"], cwd=measure.ROOT, capture_output=True, text=True).stdout
    rates = dict(re.findall(r"^(\w[\w ]*): (\d+) lines/s", out, re.M))
    if "graphite" not in rates:
        return table.row("lines a second over the socket, parsed and recorded", "n/a", "2,000,000/s of Graphite", "the bench did not run")
    shown = ", ".join(f"{name} {int(rate):,}" for name, rate in rates.items() if name != "graphite")
    table.row("lines a second over the socket, parsed and recorded, one core", f"**{int(rates['graphite']):,}/s** of Graphite ({shown})", "2,000,000/s of Graphite", "the receiving thread's processor time, the kernel's part included")


def plugin_series(table, run):
    """The gatherer with a plugin that tells a thousand series each second, against the same without any."""
    alone = resident(run, None)
    few, many = resident(run, 1), resident(run, SERIES)
    table.row(f"resident with {SERIES:,} plugin series", f"**{many - alone:+} kB** PSS of the gatherer ({alone} kB without a plugin)", "-", f"a plugin of one series: {few - alone:+} kB, of a budget of 64")


def resident(run, series):
    """PSS of the gatherer in kB after some seconds; `series` is none for no plugin."""
    with tempfile.TemporaryDirectory(prefix="goodall-bench-") as folder:
        conf_d = pathlib.Path(folder)
        if series is not None:
            script = f"while :; do seq -f 'series.s%g 1' {series}; sleep 1; done"
            conf_d.joinpath("many.toml").write_text(f'command = ["/bin/sh", "-c", "{script}"]\nmode = "stream"\nmax-series = {SERIES}\n')
        with measure.Goodall(run.program, "--ring", "1m", "--collectors-dir", folder) as goodall:
            time.sleep(min(20, run.seconds))
            return measure.memory_kb(goodall.gatherer)["Pss"]
