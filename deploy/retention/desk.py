"""The retention of one deployment, for the command line: the store, the keys, and the store's own clock."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from clickhouse_driver import Client

from deploy.configuration import load_settings
from deploy.privacy.keyring import keyring_of
from deploy.retention.carrying_out import apply_retention
from deploy.retention.holds import Hold, all_holds, place_hold, release_hold
from deploy.retention.plan import RetentionPlan, retention_plan
from deploy.retention.runs import RetentionRun, newest_runs, note_run, run_of
from deploy.store_address import store_of
from ingest.privacy.key_store import KeyStore
from schemas.clock import Clock, WallClock
from schemas.ids import CampusId, SystemName
from schemas.systems import catalogue
from streams.archive.store_client import session


class RetentionDesk:
    """Plans and applies. Time is the machine's: the store drops by its own clock, whatever a demonstration shows."""

    def __init__(self, client: Client, keys: KeyStore, clock: Clock) -> None:
        self._client, self._keys, self._clock = client, keys, clock

    def plan(self) -> RetentionPlan:
        """What is due now."""
        return retention_plan(self._client, self._keys, catalogue(), self._clock.now_ms())

    def apply(self) -> RetentionPlan:
        """Carry out what is due now, and keep a note of it."""
        now_ms = self._clock.now_ms()
        plan = apply_retention(self._client, self._keys, catalogue(), now_ms)
        note_run(self._client, run_of(plan, now_ms, self._clock.now_ms(), "command"))
        return plan

    def runs(self, limit: int) -> list[RetentionRun]:
        """The newest times that retention was applied, the newest first."""
        return newest_runs(self._client, limit)

    def hold(  # noqa: PLR0913 — a hold has these parts
        self, campuses: Iterable[str], systems: Iterable[str], *, from_ms: int, to_ms: int, reason: str, by: str
    ) -> Hold:
        """Place a hold and mark what it covers, so that it holds from now on.

        Raises:
            HoldRefusedError: it covers nothing.
        """
        placed = place_hold(
            self._client,
            map(CampusId, campuses),
            map(SystemName, systems),
            from_ms=from_ms,
            to_ms=to_ms,
            reason=reason,
            placed_by=by,
            now_ms=self._clock.now_ms(),
        )
        self.apply()
        return placed

    def release(self, hold_id: str) -> Hold:
        """End a hold.

        Raises:
            HoldRefusedError: there is no such hold in force.
        """
        return release_hold(self._client, hold_id, self._clock.now_ms())

    def holds(self) -> list[Hold]:
        """Every hold."""
        return all_holds(self._client)


@contextmanager
def open_desk() -> Iterator[RetentionDesk]:
    """The desk of the deployment that the settings name.

    Raises:
        UnreachableError: the store, or the key store, does not answer.
    """
    settings = load_settings()
    keyring = keyring_of(settings)
    try:
        with session(store_of(settings)) as client:
            yield RetentionDesk(client, keyring.keys, WallClock())
    finally:
        keyring.close()
