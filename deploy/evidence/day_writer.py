"""Writes the file of each day when the day is over, beside the archive; whichever process is first writes it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from clickhouse_driver.errors import Error

from deploy.evidence.daily import day_of, end_of_day, write_day
from schemas.clock import Clock
from schemas.errors import CampanileError
from schemas.organisation import Organisation
from streams.archive.heads import newest_checkpoints
from streams.archive.reading import archive_reader
from streams.archive.settings import StoreSettings
from streams.archive.signing import SigningKeys

log = structlog.get_logger(__name__)
EVERY_S: Final = 60.0


class DayWriter:
    """Looks once a minute whether the file of yesterday is there, and writes it if not.

    Args:
        store: the archive.
        keys: sign it.
        organisation: reads who belongs to which consortium; blocking.
        directory: where the files are.
        clock: the wall's.
    """

    def __init__(
        self,
        store: StoreSettings,
        keys: SigningKeys,
        organisation: Callable[[], Organisation],
        directory: Path,
        clock: Clock,
    ) -> None:
        self._store = store
        self._keys = keys
        self._organisation = organisation
        self._directory = directory
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled. What fails is tried again a minute later."""
        while True:
            try:
                await asyncio.to_thread(self.write_if_missing)
            except (CampanileError, Error, OSError) as error:
                log.warning("day_file_put_off", error=type(error).__name__, reason=str(error))
            await asyncio.sleep(EVERY_S)

    def write_if_missing(self) -> Path | None:
        """Write the file of the day that ended last; None if it is there already, or nothing had been signed."""
        end_ms = end_of_day(self._clock.now_ms())
        if (self._directory / f"{day_of(end_ms - 1)}.json").exists():
            return None
        with archive_reader(self._store) as client:
            if not newest_checkpoints(client, end_ms):
                return None
        return self.write(end_ms)

    def write(self, end_ms: int) -> Path:
        """Write what was signed before ``end_ms``."""
        facts = self._organisation()
        with archive_reader(self._store) as client:
            path = write_day(client, self._keys, facts, self._directory, end_ms)
        log.info("day_file_written", path=str(path))
        return path
