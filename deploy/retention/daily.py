"""Applies retention once a day, beside the archive, without anybody asking for it.

PIPL Art. 19 and 47: what is past its time goes by itself. Of several archive processes the one that archives the first
partition does it. While that partition moves from one to another both may begin, which does no harm: every step of
:func:`~deploy.retention.carrying_out.apply_retention` finds what is still to be done.
"""

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import Final

import structlog

from deploy.retention.carrying_out import apply_retention
from deploy.retention.held_erasures import HeldErasures
from deploy.retention.runs import RetentionRun, last_applied_ms, note_run, run_of
from ingest.privacy.keyring import Keyring
from schemas.clock import DAY_MS, HOUR_MS, Clock, local_midnight_ms
from schemas.errors import CampanileError
from schemas.metrics import (
    RETENTION_APPLIED,
    RETENTION_EVENTS,
    RETENTION_FAILED,
    RETENTION_FRAMES,
    RETENTION_KEYS,
    Meter,
)
from schemas.systems import catalogue
from streams.archive.settings import StoreSettings
from streams.archive.store_client import session

log = structlog.get_logger(__name__)
EVERY_S: Final = 60.0


class DailyRetention:
    """Looks once a minute whether retention is due, and applies it.

    A day that was missed, because nothing ran at that hour, is made up for at the next start.

    Args:
        store: the archive.
        keyring: opens the pupils' keys, for as long as it takes to apply retention.
        hour: from which hour on (Asia/Shanghai, 0 to 23) it is due.
        clock: the wall's: the store drops by its own clock, whatever a demonstration shows.
        meter: told what was done.
        is_mine: whether it is this process that does it.
        erasures: those that a legal hold stopped; carried out within a minute of its release.
    """

    def __init__(  # noqa: PLR0913 — the parts it is made of
        self,
        store: StoreSettings,
        keyring: Callable[[], Keyring],
        *,
        hour: int,
        clock: Clock,
        meter: Meter,
        is_mine: Callable[[], bool],
        erasures: HeldErasures,
    ) -> None:
        self._store, self._keyring, self._erasures = store, keyring, erasures
        self._hour, self._clock, self._meter, self._is_mine = hour, clock, meter, is_mine

    async def run(self) -> None:
        """Until cancelled. What fails is counted, said, and tried again a minute later."""
        while True:
            try:
                if self._is_mine():
                    await asyncio.to_thread(self.apply_if_due)
                    await self._erase()
            except CampanileError as error:
                self._meter.count(RETENTION_FAILED)
                log.warning("retention_put_off", code=error.code, reason=str(error))
            await asyncio.sleep(EVERY_S)

    def apply_if_due(self) -> RetentionRun | None:
        """Apply retention if it was not applied since it was due last; None if it was. Blocking.

        Raises:
            StoreAwayError, StoreRefusedError, KeysAwayError, KeysFaultError: not all of it is done; it may be repeated.
        """
        now_ms = self._clock.now_ms()
        with session(self._store) as client:
            last_ms = last_applied_ms(client)
            if last_ms is not None and last_ms >= due_since_ms(now_ms, self._hour):
                self._meter.gauge(RETENTION_APPLIED, last_ms / 1000)
                return None
            with closing(self._keyring()) as keyring:
                plan = apply_retention(client, keyring.keys, catalogue(), now_ms)
            run = run_of(plan, now_ms, self._clock.now_ms(), "daily")
            note_run(client, run)
        self._say(run)
        return run

    async def _erase(self) -> None:
        done = await self._erasures.carry_out()
        if done:
            log.info("held_erasures_carried_out", erasures=done)

    def _say(self, run: RetentionRun) -> None:
        self._meter.gauge(RETENTION_APPLIED, run.applied_ms / 1000)
        self._meter.count(RETENTION_EVENTS, run.expired_events)
        self._meter.count(RETENTION_FRAMES, run.expired_frames)
        self._meter.count(RETENTION_KEYS, run.destroyed_keys)
        log.info(
            "retention_applied",
            events=run.expired_events,
            frames=run.expired_frames,
            keys=run.destroyed_keys,
            marked=run.marked_events + run.marked_frames,
            holds=run.holds_in_force,
            took_ms=run.ended_ms - run.applied_ms,
        )


def due_since_ms(now_ms: int, hour: int) -> int:
    """The newest instant at which retention was due: ``hour`` o'clock (Asia/Shanghai) of this day or the day before."""
    today_ms = local_midnight_ms(now_ms) + hour * HOUR_MS
    return today_ms if today_ms <= now_ms else today_ms - DAY_MS
