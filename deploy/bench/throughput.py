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
TRIAL_S = 20.0
FINAL_S = 60.0
SHORTFALL = 0.015
"""By this share of what was accepted the lag may grow in an interval, and the gateway may miss the offer."""
MISSES = 2
"""Rates in a row that were not kept up with: then it is enough."""
LOW_OVER = 8
"""Samples, one a second, over which the least lag is taken: blocks and flushes make the lag rise and fall."""
RATES = (40_000, 60_000, 68_500, 72_000, 76_000, 80_000, 90_000, 100_000, 110_000, 120_000)
TARGET = 100_000
BAR = 68_000


@dataclass(frozen=True)
class Sample:
    """Counters at one instant."""

    at_s: float
    accepted: float
    folded: float
    archived: float

    @property
    def lag(self) -> float:
        """Events accepted and not yet folded, or not yet archived, whichever is more."""
        return self.accepted - min(self.folded, self.archived)


@dataclass(frozen=True)
class Trial:
    """One interval under one offered rate."""

    offered_per_s: float
    accepted_per_s: float
    folded_per_s: float
    archived_per_s: float
    lag_growth_per_s: float
    """Events a second by which the least lag rose from the first seconds to the last."""
    lag_s: float
    """The lag at the end, in seconds of the accepted rate."""
    cpu_us_per_event: dict[str, float]
    resident_mb: dict[str, float]

    @property
    def is_sustained(self) -> bool:
        """Whether everything kept up, the gateway with the offer and the rest with the gateway."""
        is_flat = self.lag_growth_per_s <= SHORTFALL * self.accepted_per_s
        return is_flat and self.accepted_per_s >= (1 - SHORTFALL) * self.offered_per_s

    @property
    def binding(self) -> str:
        """The process that costs most per event."""
        return max(self.cpu_us_per_event, key=self.cpu_us_per_event.__getitem__)


def measure(say: Say) -> Report:
    """Raise the rate until something falls behind, then hold the last rate that everything kept up with for 60 s."""
    with rig(CAMPUSES) as made:
        best, misses = RATES[0], 0
        for rate in RATES:
            trial = run_trial(made, rate, TRIAL_S)
            say(_line(trial))
            best, misses = (rate, 0) if trial.is_sustained else (best, misses + 1)
            _settle(made)
            if misses == MISSES:
                break
        final = run_trial(made, best, FINAL_S)
        say(_line(final))
    return _report(final)


def run_trial(made: Rig, rate_per_s: float, seconds: float, *, batch: int = BATCH) -> Trial:
    """Offer a rate, let it settle, then measure for ``seconds``."""
    load = LoadProcess(
        made.order(rate_per_s=rate_per_s, batch=batch, connections=CONNECTIONS, seconds=WARM_UP_S + seconds + 1.0)
    )
    time.sleep(WARM_UP_S)
    meterage = Meterage({**made.product.pids(), "load": load.pid})
    samples = [_sample(made)]
    while samples[-1].at_s < samples[0].at_s + seconds:
        time.sleep(1.0)
        samples.append(_sample(made))
    spent, resident = meterage.spent_s(), meterage.resident_mb()
    load.outcome(timeout_s=60)
    return _trial(rate_per_s, samples, spent, resident)


def _trial(rate_per_s: float, samples: list[Sample], spent: dict[str, float], resident: dict[str, float]) -> Trial:
    first, last = samples[0], samples[-1]
    elapsed_s, accepted = last.at_s - first.at_s, last.accepted - first.accepted
    growth = min(sample.lag for sample in samples[-LOW_OVER:]) - min(sample.lag for sample in samples[:LOW_OVER])
    return Trial(
        offered_per_s=rate_per_s,
        accepted_per_s=accepted / elapsed_s,
        folded_per_s=(last.folded - first.folded) / elapsed_s,
        archived_per_s=(last.archived - first.archived) / elapsed_s,
        lag_growth_per_s=growth / elapsed_s,
        lag_s=last.lag / max(accepted / elapsed_s, 1.0),
        cpu_us_per_event={name: cpu_s / max(accepted, 1) * 1e6 for name, cpu_s in spent.items()},
        resident_mb=resident,
    )


def _sample(made: Rig) -> Sample:
    return Sample(
        time.monotonic(), made.metric(GATEWAY_EVENTS), made.metric(STREAM_EVENTS), made.metric(ARCHIVE_EVENTS)
    )


def _settle(made: Rig) -> None:
    """Wait until what was accepted is folded and archived, at most two minutes."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if _sample(made).lag <= 0:
            return
        time.sleep(0.5)


def _line(trial: Trial) -> str:
    verdict = "kept up" if trial.is_sustained else "fell behind"
    costs = " ".join(f"{name} {us:.2f}" for name, us in sorted(trial.cpu_us_per_event.items()))
    return (
        f"  offered {trial.offered_per_s:>8,.0f}/s  accepted {trial.accepted_per_s:>8,.0f}  "
        f"folded {trial.folded_per_s:>8,.0f}  archived {trial.archived_per_s:>8,.0f}  lag {trial.lag_s:.1f} s, growing "
        f"{trial.lag_growth_per_s:,.0f}/s  {verdict}  µs/event: {costs}"
    )


def _report(trial: Trial) -> Report:
    rate = trial.accepted_per_s if trial.is_sustained else min(trial.folded_per_s, trial.archived_per_s)
    report = Report("throughput")
    report.add(Figure("sustained for 60 s, target", rate, "events/s", TARGET, "at_least"))
    report.add(Figure("sustained for 60 s, a province's raw peak", rate, "events/s", BAR, "at_least"))
    for name, cost in sorted(trial.cpu_us_per_event.items()):
        report.add(Figure(f"CPU per event, {name}", cost, "µs"))
    report.add(Figure("CPU per event, all", sum(trial.cpu_us_per_event.values()), "µs", 20.0))
    report.add(Figure("lag at the end", trial.lag_s, "s"))
    report.add(Figure("lag growing by", trial.lag_growth_per_s, "events/s", SHORTFALL * trial.accepted_per_s))
    report.add(Figure("memory, all", sum(trial.resident_mb.values()), "MiB"))
    report.notes.append(f"the stage that binds: {trial.binding} ({trial.cpu_us_per_event[trial.binding]:.2f} µs)")
    return report
