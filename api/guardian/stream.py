"""A child's running trip as server-sent events: the same document whenever it changed, until something ends it.

Events: ``run`` (the document), then exactly one of ``closed`` (the run is over, or not open), ``ended`` (no session,
share, guardianship or consent stands any more) and ``goodbye`` (this side ends the stream; come back).
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Final

from api.guardian.bus_states import BUS_SYSTEM
from api.guardian.document import ChildRun
from api.guardian.errors import RunClosedError
from api.guardian.guardian import Guardian
from api.live.change import Change
from api.live.frames import event_frame, retry_frame
from schemas.guardianship import Guardianship

TURN_S: Final = 0.4
"""How often standing is looked at: what ends a stream ends it within a second."""
REFRESH_S: Final = 5.0
"""What did not change is judged anew this often: positions age, and times come."""
RETRY_MS: Final = 3_000


async def run_events(guardian: Guardian, child: Guardianship, first: ChildRun) -> AsyncGenerator[bytes, None]:
    """Every write of the stream; ``first`` is the document that was let through when it was asked for."""
    door = guardian.api.guardians
    ends_s = time.monotonic() + guardian.api.settings.stream_lifetime_s
    with door.watching(guardian.standing.session_id):
        yield retry_frame(RETRY_MS)
        yield _frame(first)
        judged, judged_s = _document(guardian, child), time.monotonic()
        while not door.is_closing and time.monotonic() < ends_s:
            await asyncio.sleep(TURN_S)
            still = guardian.still(guardian.api.clock.now_ms())
            if still is None or (why := _ended(still, child)) is not None:
                yield event_frame("ended", {"reason": "session" if still is None else why})
                return
            document = _document(guardian, child)
            if document is judged and time.monotonic() - judged_s < REFRESH_S:
                continue
            judged, judged_s = document, time.monotonic()
            try:
                yield _frame(still.run(child, await still.names(child)))
            except RunClosedError as closed:
                yield event_frame("closed", {"opens_ms": closed.opens_ms, "reason": closed.cause})
                return
        yield event_frame("goodbye", {"retry_ms": RETRY_MS})


def _document(guardian: Guardian, child: Guardianship) -> Change | None:
    """The document that the run is read from; another object whenever it changed."""
    return guardian.api.view.unabridged(child.campus_id, BUS_SYSTEM)


def _ended(still: Guardian, child: Guardianship) -> str | None:
    """Why nothing more may be shown."""
    if still.standing.child(child.guardianship_id) is None:
        return "guardianship"
    return None if still.has_consent(child) else "consent"


def _frame(run: ChildRun) -> bytes:
    return b"event: run\ndata: %b\n\n" % run.model_dump_json().encode()
