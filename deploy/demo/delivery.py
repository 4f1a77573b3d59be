"""Brings one batch to the gateway: sends the same bytes again until the gateway has acknowledged them."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

import aiohttp
import msgspec
import structlog

from schemas.errors import CampanileError

log = structlog.get_logger(__name__)
BATCH: Final = "application/cloudevents-batch+json"
_AGAIN: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)
_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 30.0
NOT_KNOWN_YET_S: Final = 30.0
"""How long a token may be unknown at the beginning: the gateway learns of it from the log."""

Pause = Callable[[float], Awaitable[None]]


class Refusal(msgspec.Struct, frozen=True):
    """One event that the gateway did not take."""

    id: str | None
    reason: str
    detail: str


class Receipt(msgspec.Struct, frozen=True):
    """What the gateway says of a batch."""

    accepted: int
    duplicates: int
    rejected: int
    errors: list[Refusal] = []


class RefusedError(CampanileError):
    """The gateway says that sending the same again will not help."""

    code = "CAMP-250"


class Delivery:
    """Posts batches; counts how often something had to be sent again."""

    def __init__(self, session: aiohttp.ClientSession, gateway: str, pause: Pause = asyncio.sleep) -> None:
        self.repeats = 0
        self._session = session
        self._url = f"{gateway.rstrip('/')}/v1/events"
        self._pause = pause
        self._known = False

    async def deliver(self, token: str, events: list[bytes]) -> Receipt:
        """Send a batch until it is acknowledged; the bytes never change from one attempt to the next.

        Raises:
            RefusedError: the gateway refuses the request for good.
        """
        body = b"[" + b",".join(events) + b"]"
        unknown_s = 0.0
        while True:
            status, retry_after_s, answer = await self._post(token, body)
            if status == HTTPStatus.ACCEPTED:
                self._known = True
                return _read(answer)
            if status == HTTPStatus.UNAUTHORIZED and not self._known and unknown_s < NOT_KNOWN_YET_S:
                unknown_s += retry_after_s
            elif status is not None and status not in _AGAIN:
                raise RefusedError(
                    f"网关拒收 / the gateway refuses the county's events: HTTP {status}",
                    cause=answer[:500].decode(errors="replace"),
                    remedy="campanile events tail; campanile status",
                )
            self.repeats += 1
            await self._pause(retry_after_s)

    async def _post(self, token: str, body: bytes) -> tuple[int | None, float, bytes]:
        """Status (None: no answer), pause before the next attempt in seconds, and body of the answer."""
        headers = {"authorization": f"Bearer {token}", "content-type": BATCH}
        try:
            async with self._session.post(self._url, data=body, headers=headers, timeout=_TIMEOUT) as response:
                return response.status, _retry_after_s(response), await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            log.debug("gateway_unreachable", error=type(error).__name__)
            return None, _PAUSE_S, b""


def _retry_after_s(response: aiohttp.ClientResponse) -> float:
    text = response.headers.get("retry-after", "")
    return min(float(text), _LONGEST_PAUSE_S) if text.isdecimal() else _PAUSE_S


def _read(answer: bytes) -> Receipt:
    try:
        return msgspec.json.decode(answer, type=Receipt)
    except msgspec.MsgspecError as error:
        raise RefusedError(
            "网关的回执无法识别 / the gateway's receipt is not understood",
            cause=str(error),
            remedy="the gateway is of another version, or something else listens there",
        ) from error
