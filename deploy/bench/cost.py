"""What an event costs at rising rates: it must fall at each step, since work is done per frame and not per event."""

from deploy.bench.figures import Figure, Report
from deploy.bench.rig import rig
from deploy.bench.throughput import CAMPUSES, Say, run_trial

STEPS = ((100, 1), (1_000, 10), (10_000, 100), (60_000, 300))
"""Offered events a second, and how many an edge puts into one request at that rate."""
SECONDS = 15.0


def measure(say: Say) -> Report:
    """CPU per event at each step, and as a ratio to the step before."""
    report = Report("cost")
    previous: float | None = None
    with rig(CAMPUSES) as made:
        for rate, batch in STEPS:
            trial = run_trial(made, rate, SECONDS, batch=batch)
            total = sum(cost for name, cost in trial.cpu_us_per_event.items() if name != "load")
            report.add(Figure(f"CPU per event at {rate:,}/s", total, "µs", previous))
            costs = " ".join(f"{name} {us:.1f}" for name, us in sorted(trial.cpu_us_per_event.items()))
            report.notes.append(f"{rate:,}/s in requests of {batch}, µs: {costs}")
            say(f"  {rate:>7,}/s in requests of {batch}: {total:,.1f} µs an event")
            previous = total
    return report
