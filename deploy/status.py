"""How the processes of a running deployment are: asked of their own health and metrics servers."""

import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from deploy.kafka.probe import kafka_answers
from deploy.running import Running
from deploy.supervisor.health import TIMEOUT_S, answers, ask
from schemas.metrics import ARCHIVE_LAG, STREAM_LAG

LAG_METRICS = (STREAM_LAG.name, ARCHIVE_LAG.name)


@dataclass(frozen=True)
class ProcessStatus:
    """One process."""

    name: str
    state: str
    """``ready``, ``waiting`` (alive, with failing checks) or ``down``."""
    failing: tuple[str, ...] = ()
    """The checks that say no."""
    lag_records: dict[str, int] = field(default_factory=dict)
    """Records not yet taken, by ``[stage/]partition``."""
    pid: int | None = None
    restarts: int = 0

    @property
    def total_lag(self) -> int:
        """Records not yet taken, in all."""
        return sum(self.lag_records.values())


def status_of(running: Running) -> list[ProcessStatus]:
    """Every process of the deployment, Kafka first."""
    kafka = ProcessStatus("kafka", "ready" if kafka_answers(running.bootstrap) else "down")
    asked = [kafka, *(_ask(name, base) for name, base in running.ops.items())]
    return [
        replace(status, pid=running.pids.get(status.name), restarts=running.restarts.get(status.name, 0))
        for status in asked
    ]


def as_json(running: Running, processes: list[ProcessStatus]) -> dict[str, Any]:
    """The status as stable keys."""
    return {
        "ok": all(process.state == "ready" for process in processes),
        "supervisor_pid": running.pid,
        "gateway": running.gateway,
        "api": running.api,
        "bootstrap": running.bootstrap,
        "processes": [asdict(process) | {"total_lag": process.total_lag} for process in processes],
    }


def lines(processes: list[ProcessStatus]) -> Iterator[str]:
    """The status for people."""
    words = {"ready": "就绪 / ready", "waiting": "未就绪 / not ready", "down": "未运行 / down"}
    for process in processes:
        notes = [f"lag {process.total_lag}"] if process.lag_records else []
        notes += [f"restarts {process.restarts}"] if process.restarts else []
        notes += [f"failing: {', '.join(process.failing)}"] if process.failing else []
        yield f"{process.name:<12}  {process.pid or '':<8}  {words[process.state]:<20}  {'  '.join(notes)}".rstrip()


def _ask(name: str, base: str) -> ProcessStatus:
    code, body = ask(base, "/readyz")
    failing = tuple(check for check, ok in body.get("checks", {}).items() if not ok)
    if code == 200:
        return ProcessStatus(name, "ready", failing, _lag(base))
    state = "waiting" if code or answers(base, "/livez") else "down"
    return ProcessStatus(name, state, failing, _lag(base) if state == "waiting" else {})


def _lag(base: str) -> dict[str, int]:
    try:
        with urllib.request.urlopen(base + "/metrics", timeout=TIMEOUT_S) as response:  # noqa: S310 — our own address
            text = response.read().decode()
    except OSError:  # it went away between two questions; its state says so
        return {}
    return lag_in(text)


def lag_in(text: str) -> dict[str, int]:
    """The lag gauges of a metrics page, by ``[stage/]partition``. Pure."""
    return {
        "/".join(sample.labels[label] for label in ("stage", "partition") if label in sample.labels): int(sample.value)
        for family in text_string_to_metric_families(text)
        if family.name in LAG_METRICS
        for sample in family.samples
    }
