"""Sustained throughput, end to end: the highest rate at which folding and archive keep up with what is accepted."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from deploy.bench.figures import Figure, Report
from deploy.bench.processor_time import Meterage
from deploy.bench.rig import LoadProcess, Rig, rig
from schemas.metrics import ARCHIVE_EVENTS, GATEWAY_EVENTS, STREAM_EVENTS

Say = Callable[[str], None]
CAMPUSES = 1667
BATCH = 300
CONNECTIONS = 16
WARM_UP_S = 8.0
TRIAL_S = 15.0
FINAL_S = 60.0
FLAT = 0.985
"""Folding and archive must do this share of what was accepted in the same interval; the rest is their blocks' grain."""
RATES = (20_000, 30_000, 40_000, 50_000, 60_000, 70_000, 80_000, 90_000, 100_000, 110_000, 120_000)
TARGET = 100_000
BAR = 68_000


@dataclass(frozen=True)
class Trial:
    """One interval under one offered rate."""

    offered_per_s: float
    accepted_per_s: float
    folded_per_s: float
    archived_per_s: float
    cpu_us_per_event: dict[str, float]
    resident_mb: dict[str, float]

    @property
    def is_sustained(self) -> bool:
        """Whether everything kept up, the gateway with the offer and the rest with the gateway."""
        behind = min(self.folded_per_s, self.archived_per_s) < FLAT * self.accepted_per_s
        return not behind and self.accepted_per_s >= FLAT * self.offered_per_s

    @property
    def binding(self) -> str:
        """The process that costs most per event."""
        return max(self.cpu_us_per_event, key=self.cpu_us_per_event.__getitem__)


def measure(say: Say) -> Report:
    """Raise the rate until something falls behind, then hold the last rate that everything kept up with for 60 s."""
    with rig(CAMPUSES) as made:
        best = 0
        for rate in RATES:
            trial = run_trial(made, rate, TRIAL_S)
            say(_line(trial))
            if not trial.is_sustained:
                _settle(made)
                break
            best = rate
        final = run_trial(made, max(best, RATES[0]), FINAL_S)
        say(_line(final))
    return _report(final)


def run_trial(made: Rig, rate_per_s: float, seconds: float, *, batch: int = BATCH) -> Trial:
    """Offer a rate, let it settle, then measure for ``seconds``."""
    load = LoadProcess(
        made.order(rate_per_s=rate_per_s, batch=batch, connections=CONNECTIONS, seconds=WARM_UP_S + seconds + 1.0)
    )
    time.sleep(WARM_UP_S)
    meterage = Meterage({**made.product.pids(), "load": load.pid})
    before, started = _counters(made), time.monotonic()
    time.sleep(seconds)
    after, elapsed_s = _counters(made), time.monotonic() - started
    spent = meterage.spent_s()
    resident = meterage.resident_mb()
    load.outcome(timeout_s=60)
    accepted, folded, archived = (b - a for a, b in zip(before, after, strict=True))
    cost = {name: cpu_s / max(accepted, 1) * 1e6 for name, cpu_s in spent.items()}
    return Trial(rate_per_s, accepted / elapsed_s, folded / elapsed_s, archived / elapsed_s, cost, resident)


def _counters(made: Rig) -> tuple[float, float, float]:
    return made.metric(GATEWAY_EVENTS), made.metric(STREAM_EVENTS), made.metric(ARCHIVE_EVENTS)


def _settle(made: Rig) -> None:
    """Wait until what was accepted is folded and archived, at most two minutes."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        accepted, folded, archived = _counters(made)
        if min(folded, archived) >= accepted:
            return
        time.sleep(0.5)


def _line(trial: Trial) -> str:
    verdict = "kept up" if trial.is_sustained else "fell behind"
    costs = " ".join(f"{name} {us:.2f}" for name, us in sorted(trial.cpu_us_per_event.items()))
    return (
        f"  offered {trial.offered_per_s:>8,.0f}/s  accepted {trial.accepted_per_s:>8,.0f}  "
        f"folded {trial.folded_per_s:>8,.0f}  archived {trial.archived_per_s:>8,.0f}  {verdict}  µs/event: {costs}"
    )


def _report(trial: Trial) -> Report:
    rate = min(trial.accepted_per_s, trial.folded_per_s, trial.archived_per_s)
    report = Report("throughput")
    report.add(Figure("sustained for 60 s, target", rate, "events/s", TARGET, "at_least"))
    report.add(Figure("sustained for 60 s, a province's raw peak", rate, "events/s", BAR, "at_least"))
    for name, cost in sorted(trial.cpu_us_per_event.items()):
        report.add(Figure(f"CPU per event, {name}", cost, "µs"))
    report.add(Figure("CPU per event, all", sum(trial.cpu_us_per_event.values()), "µs", 20.0))
    report.add(Figure("memory, all", sum(trial.resident_mb.values()), "MiB"))
    report.notes.append(f"the stage that binds: {trial.binding} ({trial.cpu_us_per_event[trial.binding]:.2f} µs)")
    return report
