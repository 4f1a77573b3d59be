"""Where a demonstration keeps its data, and how the data goes with it: at its end, and also when it is killed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from deploy.demo import reaper
from deploy.demo.school_day import SchoolDay, latest_school_day
from deploy.directory_lock import give_back, own_directory
from schemas.clock import local_midnight_ms
from schemas.errors import ConfigurationError

THROW_AWAY: Final = "throw-away"
"""A directory with a file of this name may be deleted by the next demonstration."""
_REACHED: Final = "demonstration.json"


class Workplace:
    """The data directory of one demonstration; as a context manager it cleans up behind itself unless it is kept."""

    def __init__(self, directory: Path, *, keep: bool) -> None:
        self.directory = directory.resolve()
        self._keep = keep
        self._reaper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Make the directory ready.

        Raises:
            DirectoryTakenError: another process uses it.
            ConfigurationError: it holds data that nobody said may go.
        """
        if self._has_content():
            give_back(own_directory(self.directory, "演示 / the demonstration"))
            self._make_room()
        self.directory.mkdir(parents=True, exist_ok=True)
        if not self._keep:
            (self.directory / THROW_AWAY).touch()
            self._reaper = _start_reaper(self.directory)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Delete the data, unless it is kept; let the reaper go."""
        if self._reaper is None or self._reaper.stdin is None:
            return
        shutil.rmtree(self.directory, ignore_errors=True)
        self._reaper.stdin.close()
        self._reaper.wait(timeout=reaper.LONGEST_S + 5)

    def next_day(self, now_ms: int) -> SchoolDay:
        """The day to show: today or the last school day; in a kept directory the one after the last that was shown."""
        reached_ms = self._noted().get("reached_ms")
        return latest_school_day(now_ms) if reached_ms is None else _day_of(reached_ms).following()

    def first_day(self, day: SchoolDay) -> SchoolDay:
        """The first day that was shown here: ``day``, or in a kept directory an earlier one."""
        return SchoolDay(self._noted().get("first_day_ms", day.midnight_ms))

    def note_reached(self, instant_ms: int) -> None:
        """Remember how far the demonstration's clock has come, so that the next one in this directory goes on later."""
        if self.directory.exists():
            noted = {"first_day_ms": _day_of(instant_ms).midnight_ms} | self._noted() | {"reached_ms": instant_ms}
            (self.directory / _REACHED).write_text(json.dumps(noted), encoding="utf-8")

    def _noted(self) -> dict[str, int]:
        file = self.directory / _REACHED
        found: dict[str, int] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        return found

    def _has_content(self) -> bool:
        return self.directory.exists() and any(self.directory.iterdir())

    def _make_room(self) -> None:
        if (self.directory / THROW_AWAY).exists():
            shutil.rmtree(self.directory)
        elif not self._keep:
            raise ConfigurationError(
                f"目录不为空 / the directory is not empty: {self.directory}",
                cause="演示结束时会删除其数据 / a demonstration deletes its data at the end",
                remedy="--keep 继续使用 / goes on with it; or name another --data-dir",
            )


def _day_of(instant_ms: int) -> SchoolDay:
    return SchoolDay(local_midnight_ms(instant_ms))


def _start_reaper(directory: Path) -> subprocess.Popen[bytes]:
    """A bare interpreter that waits for our end: it reads from a pipe whose other end only we hold."""
    command = [sys.executable, "-I", "-S", str(Path(reaper.__file__)), str(directory)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 — our own file
