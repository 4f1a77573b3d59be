"""From the kill -9 of the only stream worker to the first event that its successor folds."""

import time

from deploy.bench.figures import Figure, Report
from deploy.bench.rig import LoadProcess, Rig, rig
from deploy.bench.throughput import CAMPUSES, Say
from schemas.metrics import STREAM_EVENTS

KILLS = 3
RATE_PER_S = 2000
GIVE_UP_S = 60.0


def measure(say: Say) -> Report:
    """The longest of several kills under load."""
    with rig(CAMPUSES) as made:
        load = LoadProcess(made.order(rate_per_s=RATE_PER_S, batch=20, connections=8, seconds=KILLS * 30.0))
        time.sleep(8)
        waits = []
        for _ in range(KILLS):
            waits.append(_kill_and_wait(made))
            say(f"  first fold {waits[-1]:.1f} s after the kill")
            time.sleep(5)
        load.outcome(timeout_s=KILLS * 30.0 + 60)
    report = Report("takeover")
    report.add(Figure("worker killed to first fold, longest", max(waits), "s", 10.0))
    return report


def _kill_and_wait(made: Rig) -> float:
    made.product.kill("streams")
    started = time.monotonic()
    while time.monotonic() - started < GIVE_UP_S:
        try:
            if made.metric(STREAM_EVENTS) > 0:
                return time.monotonic() - started
        except OSError:  # its health server is not up yet
            pass
        time.sleep(0.05)
    return float("inf")
