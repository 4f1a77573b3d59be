"""The two signals of a person: the first asks for a clean end, the second does not ask."""

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self


class StopSignals:
    """While the ``with`` block lasts, SIGTERM and SIGINT are noted; from the second one on ``on_second`` is called."""

    def __init__(self) -> None:
        self.first: signal.Signals | None = None
        self.on_second: Callable[[], None] = lambda: None
        self._before: dict[signal.Signals, Any] = {}

    def is_set(self) -> bool:
        """Whether an end was asked for."""
        return self.first is not None

    @property
    def exit_code(self) -> int:
        """130 after Ctrl-C, 0 after SIGTERM (whoever sends that wants just this end)."""
        return 130 if self.first is signal.SIGINT else 0

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 — signal's signature
        if self.first is None:
            self.first = signal.Signals(number)
        else:
            self.on_second()
