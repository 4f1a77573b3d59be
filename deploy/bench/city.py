"""A city's load with people looking on: POST to server-sent event under 1,000 events/s and 1,000 viewers."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import cycle, islice

from deploy.bench.figures import Figure, Report, percentile
from deploy.bench.probe import Probe
from deploy.bench.processor_time import Meterage
from deploy.bench.rig import LoadProcess, Rig, rig
from deploy.bench.throughput import CAMPUSES, Say
from deploy.bench.viewers import ViewOrder

VIEWERS = 1000
RATE_PER_S = 1000
BATCH = 10
PROBE_CAMPUSES = 10
PROBES = 200
INTERVAL_S = 0.1
SETTLE_S = 8.0


def measure(say: Say) -> Report:
    """Latency of probes while the city sends and its viewers watch."""
    many_streams = {"CAMPANILE_API__STREAMS_PER_VIEWER": str(VIEWERS + 10)}
    report = Report("city")
    with rig(CAMPUSES, many_streams) as made, _viewers(made) as viewers:
        seconds = SETTLE_S + PROBES * INTERVAL_S + 15.0
        quiet = len(made.county.campuses) - PROBE_CAMPUSES
        load = LoadProcess(
            made.order(rate_per_s=RATE_PER_S, batch=BATCH, connections=16, seconds=seconds, campuses=quiet)
        )
        say(f"  {VIEWERS} viewers and {RATE_PER_S} events/s; {PROBES} probes …")
        meterage = Meterage({**made.product.pids(), "load": load.pid, "viewers": viewers.pid})
        latencies = asyncio.run(_probe(made))
        spent = meterage.spent_s()
        memory_mb = sum(mb for name, mb in meterage.resident_mb().items() if name not in ("viewers", "load"))
        outcome = load.outcome(timeout_s=seconds + 60)
        seen = _seen(viewers)
    report.add(Figure("probes that were shown", len(latencies), f"of {PROBES}", PROBES, "at_least"))
    report.add(Figure("POST to SSE frame, p50", percentile(latencies, 0.50) * 1000, "ms", 150))
    report.add(Figure("POST to SSE frame, p99", percentile(latencies, 0.99) * 1000, "ms", 500))
    report.add(Figure("events accepted", outcome.accepted / outcome.wall_s, "events/s"))
    report.add(Figure("frames delivered to viewers", seen["frames"] / seconds, "frames/s"))
    report.add(Figure("streams open at the end", seen["opened"] - seen["lost"], "streams", VIEWERS, "at_least"))
    report.add(Figure("memory of the product", memory_mb, "MiB", 2048))
    total = sum(spent.values())
    report.notes += [f"CPU seconds: {name} {cpu_s:.1f} ({cpu_s / total:.0%})" for name, cpu_s in sorted(spent.items())]
    return report


async def _probe(made: Rig) -> list[float]:
    await asyncio.sleep(SETTLE_S)
    campuses = tuple(map(str, made.county.campuses[-PROBE_CAMPUSES:]))
    probe = Probe(made.gateway, made.api, made.county.source.text, made.county.viewer.text, campuses)
    return await probe.run(PROBES, INTERVAL_S)


@contextmanager
def _viewers(made: Rig) -> Iterator[subprocess.Popen[bytes]]:
    """The viewers, each on one consortium, in a process of their own."""
    paths = tuple(f"/v1/live?scope=consortium:{k}" for k in islice(cycle(made.county.consortia), VIEWERS))
    order = ViewOrder(*made.api, made.county.viewer.text, paths)
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.bench.viewers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None  # noqa: S101 — a pipe was asked for
    process.stdin.write(json.dumps(asdict(order)).encode())
    process.stdin.close()
    process.stdin = None
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _seen(viewers: subprocess.Popen[bytes]) -> dict[str, int]:
    viewers.send_signal(signal.SIGTERM)
    said, _ = viewers.communicate(timeout=30)
    found: dict[str, int] = json.loads(said)
    return found
