"""The gateway's parts, put together: who sends, what is admitted, what is held, and the way to Kafka."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from ingest.admission import Admission, Admitted, Refused
from ingest.content_modes import RawEvents
from ingest.credentials import Authenticator, Grant
from ingest.delivery import Delivery
from ingest.errors import UnavailableError
from ingest.event_types import EventTypes
from ingest.framing import Framer
from ingest.held_bytes import HeldBytes
from ingest.log_place import LogPlace
from ingest.privacy.keyring import Keyring
from ingest.pupil_sealer import PupilSealer
from ingest.rate_limit import RateLimit
from ingest.remembered import EventKey, Remembered
from ingest.settings import GatewaySettings
from ingest.ticket import Ticket
from ingest.uplink import Uplink
from schemas.clock import Clock
from schemas.deadletter import DeadLetter
from schemas.metrics import Meter
from schemas.organisation import Organisation
from schemas.systems import catalogue

ORIGIN = "gateway"


class Gateway:
    """One gateway process. Made inside a running event loop; :meth:`run` keeps it connected to Kafka.

    ``is_caught_up`` says whether ``organisation`` holds every fact that stood in the log when the process began.
    """

    def __init__(  # noqa: PLR0913 — a composition: each argument is a part
        self,
        settings: GatewaySettings,
        place: LogPlace,
        *,
        organisation: Organisation,
        is_caught_up: Callable[[], bool],
        keyring: Keyring,
        clock: Clock,
        meter: Meter,
    ) -> None:
        self.settings = settings
        self.meter = meter
        self.clock = clock
        self.held = HeldBytes(settings.max_held_bytes)
        self.rate_limit = RateLimit(settings.rate_events_per_s, settings.rate_burst_events)
        types = EventTypes(catalogue())
        self.authenticator = Authenticator(organisation, types.systems, clock)
        remembered = Remembered(settings.remembered_events)
        self._admission = Admission(types, remembered, place.partitions)
        self._sealer = PupilSealer(types.pupil_fields, keyring.keys, settings.remembered_pupils)
        self._letters = keyring.letters
        self._uplink = Uplink(place, settings.delivery_timeout_s)
        framer: Framer[Ticket, EventKey] = Framer(settings.window_ms, settings.max_frame_bytes)
        self._delivery = Delivery(framer, self._uplink, remembered, place, meter)
        self._is_caught_up = is_caught_up
        self._is_stopping = False

    def trouble(self) -> str | None:
        """Why no event can be taken now; None when events can be taken."""
        if self._is_stopping:
            return "网关正在停止 / the gateway is stopping"
        if not self._is_caught_up():
            return "组织数据尚未读完 / the registry has not been read yet"
        return self._uplink.trouble()

    def require_ready(self) -> None:
        """Do nothing when events can be taken.

        Raises:
            UnavailableError: they cannot.
        """
        trouble = self.trouble()
        if trouble is not None:
            raise UnavailableError(trouble, retry_after_s=1)

    async def submit(self, events: RawEvents, grant: Grant, ticket: Ticket) -> Admitted[Ticket]:
        """Judge a request's events and put them, and what is refused of them, on their way.

        Raises:
            TooManyError: the source has used up its rate; nothing was put on its way.
            UnavailableError: the gateway cannot hold so much now, or cannot seal; nothing was put on its way.
        """
        self.rate_limit.take(grant.token_id, len(events.events), time.monotonic())
        admitted: Admitted[Ticket] = Admitted(self.clock.now_ms())
        columns = self._admission.judge(events, grant, admitted)
        if columns.pupils:
            await self._sealer.seal(columns)
        self._admission.take(admitted, columns, grant, ticket)
        letters = [self._letter(refused, grant, admitted.received_ms) for refused in admitted.refused]
        await self._delivery.submit(ticket, admitted.portions.values(), letters)
        admitted.portions.clear()  # the frames have them now; the request waits without them
        return admitted

    def submit_at_once(self, events: RawEvents, grant: Grant, ticket: Ticket, admitted: Admitted[Ticket]) -> bool:
        """As :meth:`submit`, where nothing has to be waited for: no event is refused, and none speaks of a pupil.

        Returns:
            False where that is not so; nothing was put on its way.

        Raises:
            TooManyError, UnavailableError: as there.
        """
        count = len(events.events)
        self.rate_limit.take(grant.token_id, count, time.monotonic())
        columns = self._admission.judge(events, grant, admitted)
        if admitted.refused or columns.pupils:
            self.rate_limit.give_back(grant.token_id, count)
            return False
        self._admission.take(admitted, columns, grant, ticket)
        try:
            self._delivery.put(ticket, admitted.portions.values())
        except UnavailableError:
            self.rate_limit.give_back(grant.token_id, count)
            raise
        admitted.portions.clear()
        return True

    async def bury(self, letter: DeadLetter, ticket: Ticket) -> None:
        """Put one dead letter on its way."""
        covered = replace(letter, raw=self._letters.cover(letter.raw))
        await self._delivery.submit(ticket, (), [covered])

    def _letter(self, refused: Refused, grant: Grant, received_ms: int) -> DeadLetter:
        return DeadLetter(
            raw=self._letters.cover(refused.raw),
            reason=refused.rejection.reason,
            detail=refused.rejection.detail,
            origin=ORIGIN,
            token_id=grant.token_id,
            received_ms=received_ms,
        )

    async def run(self) -> None:
        """Keep the way to Kafka open, and an eye on the pupils' keys, until cancelled."""
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self._uplink.run())
            parts.create_task(self._sealer.watch())

    def stop(self) -> None:
        """Take nothing more; requests under way are finished."""
        self._is_stopping = True

    async def close(self, timeout_s: float) -> None:
        """Send what is still being framed and wait for Kafka to acknowledge what was sent, up to the timeout."""
        self._delivery.flush()
        await asyncio.sleep(0)
        await self._uplink.close(timeout_s)
