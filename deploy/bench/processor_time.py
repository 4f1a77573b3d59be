"""Processor time and memory of running processes, read from ``/proc`` (Linux)."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Usage:
    """What a process has used so far."""

    cpu_s: float
    resident_bytes: int


def usage_of(pid: int) -> Usage:
    """User and system time of all threads, and resident memory.

    Raises:
        FileNotFoundError: there is no such process.
    """
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return Usage((int(fields[11]) + int(fields[12])) / _TICKS, int(fields[21]) * _PAGE)


class Meterage:
    """Processor time per process between two instants."""

    def __init__(self, pids: dict[str, int]) -> None:
        self._pids = pids
        self._start = {name: usage_of(pid).cpu_s for name, pid in pids.items()}

    def spent_s(self) -> dict[str, float]:
        """CPU seconds since the start, by process name."""
        return {name: usage_of(pid).cpu_s - self._start[name] for name, pid in self._pids.items()}

    def resident_mb(self) -> dict[str, float]:
        """Resident memory now, by process name."""
        return {name: usage_of(pid).resident_bytes / 2**20 for name, pid in self._pids.items()}
