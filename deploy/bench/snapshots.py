"""What snapshots of the state cost beside the ingest they are taken of, at the shipped cadence.

A product is loaded at a province's raw peak; one round of sampling is run at the moment the load ends, when the window
that it reads is full. What the round costs, in this process, Kafka and the store together, is spread over the events of
one pause at that rate. Whatever these two still have to do for the last events counts as the round's.
"""

import asyncio
import time
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import SecretStr

from deploy.bench.figures import Figure, Report
from deploy.bench.processor_time import Meterage
from deploy.bench.rig import Rig, rig
from deploy.bench.throughput import CAMPUSES, Say, run_trial
from schemas.clock import WallClock
from schemas.metrics import NullMeter
from streams.archive.settings import ArchiveSettings, StoreSettings
from streams.snapshots.sampling import Snapshotter
from streams.systems import systems

RATE_PER_S: Final = 60_000
SECONDS: Final = 15.0
SHARE_OF_INGEST: Final = 2.0
_SERVICES: Final = ("kafka", "store")


class Round(NamedTuple):
    """One round of sampling."""

    documents: int
    cpu_s: float


def measure(say: Say) -> Report:
    """Load, take one round, and say what it is beside the ingest."""
    with rig(CAMPUSES) as made:
        return measure_on(made, RATE_PER_S, SECONDS, say)


def measure_on(made: Rig, rate_per_s: float, seconds: float, say: Say) -> Report:
    """The same, on a product that runs."""
    trial = run_trial(made, rate_per_s, seconds)
    taken = take_round(made)
    whole_us = sum(cost for name, cost in trial.cpu_us_per_event.items() if name != "load")
    pause_s = ArchiveSettings().snapshot_every_s
    each_us = taken.cpu_s / (pause_s * trial.accepted_per_s) * 1e6
    say(f"  {taken.documents:,} documents in {taken.cpu_s:.2f} s of CPU, every {pause_s:g} s")
    report = Report("snapshots")
    report.add(Figure("documents kept in a round", taken.documents, "documents", 1, "at_least"))
    report.add(Figure("a round", taken.cpu_s, "s of CPU"))
    report.add(Figure("CPU per event, the product without load", whole_us, "µs"))
    report.add(Figure("snapshots, per 1,000 events", each_us * 1000, "µs"))
    report.add(Figure("snapshots beside ingest", each_us / whole_us * 100, "%", SHARE_OF_INGEST))
    report.notes.append(f"at {trial.accepted_per_s:,.0f} events/s over {len(made.county.campuses):,} campuses")
    return report


def take_round(made: Rig) -> Round:
    """One round over every partition, now: as the archive process takes it."""
    running = made.product.running
    password = SecretStr(Path(running.store_password_file).read_text(encoding="utf-8").strip())
    snapshotter = Snapshotter(
        running.bootstrap,
        running.settings["prefix"],
        ArchiveSettings(),
        StoreSettings(host=running.store_host, port=running.store_port, password=password),
        partitions=lambda: range(running.settings["partitions"]),
        systems=systems(),
        clock=WallClock(),
        meter=NullMeter(),
    )
    meterage = Meterage({name: pid for name, pid in made.product.pids().items() if name in _SERVICES})
    began_s = time.process_time()
    documents = asyncio.run(snapshotter.take())
    return Round(documents, time.process_time() - began_s + sum(meterage.spent_s().values()))
