"""Single-event POSTs: how many a second, and how long the slowest hundredth waits for Kafka's acknowledgement."""

from deploy.bench.figures import Figure, Report, percentile
from deploy.bench.load import Outcome
from deploy.bench.rig import LoadProcess, Rig, rig
from deploy.bench.throughput import CAMPUSES, Say

CONNECTIONS = 128
"""Devices, each waiting for its answer before it sends again."""
SECONDS = 20.0
WARM_UP_S = 8.0
TARGET_PER_S = 3000


def measure(say: Say) -> Report:
    """After a warm-up, offer a little more than the target, then as much as the gateway takes."""
    report = Report("single")
    with rig(CAMPUSES) as made:
        _post(made, 0.0, WARM_UP_S)
        for rate, label in ((TARGET_PER_S * 1.02, "offered 3,060/s"), (0.0, "as fast as it goes")):
            outcome = _post(made, rate, SECONDS)
            per_s = outcome.accepted / outcome.wall_s
            p99_ms = percentile(outcome.latencies_s or [], 0.99) * 1000
            say(f"  {label}: {per_s:,.0f}/s, p99 {p99_ms:.1f} ms")
            held = rate > 0
            report.add(Figure(f"single POST/s, {label}", per_s, "events/s", TARGET_PER_S if held else None, "at_least"))
            report.add(Figure(f"p99, {label}", p99_ms, "ms", 50 if held else None))
    return report


def _post(made: Rig, rate_per_s: float, seconds: float) -> Outcome:
    load = LoadProcess(made.order(rate_per_s=rate_per_s, batch=1, connections=CONNECTIONS, seconds=seconds))
    return load.outcome(timeout_s=seconds + 60)
