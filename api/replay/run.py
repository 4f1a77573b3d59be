"""What one stream of a replay writes, from its first byte to its last.

Events are written in slices: as fast as possible a few hundred kilobytes at once, paced whatever has become due. What
was read ahead is one stretch; a reader that takes nothing stops the reading. The run looks at its control and at the
authority before every slice and at least once a second.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Final

import structlog

from api.replay.control import Control
from api.replay.cursor import Cursor, encode, start_at
from api.replay.marks import Mark
from api.replay.pace import Pace
from api.replay.place import Place
from api.replay.portion import MAX_EVENTS, Portion
from api.replay.reader import Stretch
from api.replay.recipe import AS_FAST_AS_POSSIBLE
from api.replay.states import instant_of, start_of
from api.replay.surroundings import Surroundings
from schemas.errors import CampanileError

log = structlog.get_logger(__name__)
PACED_EVENTS: Final = 10_000
"""Events read ahead while somebody paces."""
SLICE_EVENTS: Final = 1_000
LOOK_S: Final = 0.5
"""Longest time without a look at control and authority."""
GATHER_S: Final = 0.005
"""What becomes due within so short a time is written together."""


class Run:
    """One stream. ``writes`` ends at the end of the interval, or when the control says so."""

    def __init__(self, control: Control, cursor: Cursor, around: Surroundings) -> None:
        self.cursor = cursor
        """What was shown, as far as written."""
        self._control = control
        self._around = around
        self._writing = around.writing
        self._pace = Pace(cursor.place.at_ms, time.monotonic(), control.speed or 1, control.paused)
        self._number = control.run
        self._interrupt = ""
        self._told_pace = control.speed, control.paused
        self._told_s = time.monotonic()

    def stop(self, reason: str) -> None:
        """End this stream, and say why."""
        self._interrupt = reason
        self._control.touch()

    @property
    def media_type(self) -> str:
        """Of what is written."""
        return self._writing.media_type

    @property
    def reason(self) -> str:
        """Why this stream must end; empty while it need not."""
        displaced = "displaced" if self._control.run != self._number else ""
        return self._interrupt or self._control.ended or displaced

    def _must_leave(self) -> bool:
        """Whether to leave what is shown: to end, or to go on elsewhere."""
        return bool(self.reason) or self._control.seek_ms is not None

    async def writes(self) -> AsyncGenerator[bytes, None]:
        """Every write, in order."""
        self._note_position()
        yield self._writing.hello(self._state())
        while True:
            try:
                async for body in self._show():
                    self._told_s = time.monotonic()
                    yield body
            except CampanileError as error:
                log.warning("replay_cut", code=error.code, error=error.message)
                yield self._writing.note("goodbye", {"reason": "unavailable", "code": error.code})
                return
            if self.reason:
                yield self._writing.note("goodbye", {"reason": self.reason})
                return
            if self._control.seek_ms is None:
                return
            self._take_seek()
            yield self._writing.note("seek", self._state())

    def _take_seek(self) -> None:
        at_ms = self._control.seek_ms
        if at_ms is not None:
            self._control.seek_ms = None
            self.cursor = start_at(at_ms)
            self._pace.move(time.monotonic(), at_ms)
            self._note_position()

    async def _show(self) -> AsyncGenerator[bytes, None]:
        """From the cursor to the end, or to an interrupt."""
        ahead, is_first = asyncio.create_task(self._read(self.cursor)), True
        try:
            async for body in self._show_every_state():
                yield body
            while True:
                stretch = await ahead
                if is_first:  # time runs from when there is something to show
                    self._pace.move(time.monotonic(), self.cursor.place.at_ms)
                    is_first = False
                if not stretch.portion.is_last:
                    ahead = asyncio.create_task(self._read(stretch.portion.end()))
                async for body in self._show_stretch(stretch):
                    yield body
                if self._must_leave():
                    return
                if stretch.portion.is_last:
                    yield self._writing.note("end", self._end())
                    return
        finally:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)

    async def _read(self, cursor: Cursor) -> Stretch:
        limit = MAX_EVENTS if self._control.speed == AS_FAST_AS_POSSIBLE else PACED_EVENTS
        return await self._around.read(cursor, limit)

    async def _show_stretch(self, stretch: Stretch) -> AsyncGenerator[bytes, None]:
        portion, shown = stretch.portion, 0
        for mark in stretch.marks:
            upto = portion.first_from(mark.place, shown)
            async for body in self._show_events(portion, shown, upto):
                yield body
            shown = upto
            async for body in self._show_mark(mark, portion, shown):
                yield body
            if self._must_leave():
                return
        async for body in self._show_events(portion, shown, len(portion.entries)):
            yield body
        if not self._must_leave():
            self.cursor = portion.end()

    async def _show_mark(self, mark: Mark, portion: Portion, shown: int) -> AsyncGenerator[bytes, None]:
        async for body in self._until_due(mark.place):
            yield body
        if not self._must_leave():
            states = await self._states_at(mark)
            self.cursor = portion.cursor(shown)._replace(place=mark.place)
            self._note_position()
            if states is None:
                yield self._writing.mark(mark, self._text())
            elif states:
                yield self._writing.states(states, self._text())

    async def _show_every_state(self) -> AsyncGenerator[bytes, None]:
        """What a stream and what follows a jump begins with."""
        at_ms, states = start_of(self.cursor.place), self._around.states
        if states is not None and at_ms <= self._around.states_until_ms and (found := await states.every(at_ms)):
            yield self._writing.states(found, None)

    async def _states_at(self, mark: Mark) -> list[bytes] | None:
        """The documents that changed by a mark; None: it is a mark of another kind."""
        states = self._around.states
        return await states.changed(instant_of(mark)) if states is not None and mark.kind == "state" else None

    async def _show_events(self, portion: Portion, first: int, upto: int) -> AsyncGenerator[bytes, None]:
        while first < upto:
            async for body in self._until_due(portion.place(first)):
                yield body
            if self._must_leave():
                return
            stop = self._slice_end(portion, first, upto)
            self.cursor = portion.cursor(stop)
            self._control.steps = max(0, self._control.steps - (stop - first))
            self._note_position()
            yield self._writing.events(portion.entries[first:stop], self._text())
            first = stop

    def _slice_end(self, portion: Portion, first: int, upto: int) -> int:
        """How far to write now, of events of which the first is due."""
        stop = min(upto, first + SLICE_EVENTS)
        if self._control.steps:
            return min(stop, first + self._control.steps)
        if self._control.speed == AS_FAST_AS_POSSIBLE:
            return stop
        now_ms = self._pace.instant_ms(time.monotonic() + GATHER_S)
        return max(first + 1, portion.first_at(int(now_ms) + 1, first, stop))

    async def _until_due(self, place: Place) -> AsyncGenerator[bytes, None]:
        """Wait until a place's instant has come, or the control interrupts; writes only heartbeats and changes."""
        while not self._must_leave():
            if not self._around.may_go_on():
                self._interrupt = "authority_changed"
                return
            if self._take_change():
                yield self._writing.note("pace", self._state())
            wait_s = self._wait_s(place)
            if wait_s <= 0:
                return
            await self._control.changed(min(wait_s, LOOK_S))
            if time.monotonic() - self._told_s >= self._around.heartbeat_s:
                yield self._writing.heartbeat(int(self._pace.instant_ms(time.monotonic())))

    def _wait_s(self, place: Place) -> float:
        if self._control.steps:
            return 0.0
        if self._control.paused:
            return LOOK_S
        if self._control.speed == AS_FAST_AS_POSSIBLE:
            return 0.0
        return self._pace.due_s(place.at_ms) - time.monotonic()

    def _take_change(self) -> bool:
        """Take another pace over; whether there was one."""
        control, told = self._control, (self._control.speed, self._control.paused)
        if told == self._told_pace:
            return False
        self._told_pace = told
        self._pace.change(time.monotonic(), control.speed or 1, paused=control.paused)
        return True

    def _note_position(self) -> None:
        self._control.at_ms, self._control.shown = self.cursor.place.at_ms, self.cursor.shown
        if self._control.speed == AS_FAST_AS_POSSIBLE or self._control.paused:
            self._pace.move(time.monotonic(), self.cursor.place.at_ms)

    def _text(self) -> bytes:
        return encode(self.cursor, self._around.tag)

    def _state(self) -> dict[str, object]:
        return {
            "at_ms": self._control.at_ms,
            "speed": self._control.speed or "max",
            "paused": self._control.paused,
        }

    def _end(self) -> dict[str, object]:
        cursor = self.cursor
        return {"from_ms": cursor.since_ms, "count": cursor.shown, "digest": cursor.digest.hex()}
