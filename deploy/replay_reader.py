"""Reads a replay from the API as JSON lines, goes on after a broken connection, and says each line for people."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from deploy.event_query import line_of
from schemas.clock import CHINA_OFFSET_MS
from schemas.errors import CampanileError, UnreachableError
from schemas.frame import LoggedEvent

TRIES: Final = 5
TIMEOUT_S: Final = 60.0
_EVENT: Final = msgspec.json.Decoder(LoggedEvent, strict=False)


class ReplayRefusedError(CampanileError):
    """The API refused the replay; its own words say why."""

    code = "CAMP-173"


class ReplayReader:
    """One replay of an API, made when it is first read."""

    def __init__(self, base: str, token: str, order: Mapping[str, object]) -> None:
        self._base, self._token, self._order = base, token, order

    def lines(self) -> Iterator[bytes]:
        """Every line up to `end`, none twice: lines are held back until the cursor line after them has come.

        Raises:
            ReplayRefusedError: the API refuses.
            UnreachableError: it breaks off again and again.
        """
        made = self._make()
        cursor = ""
        for _ in range(TRIES):
            held: list[bytes] = []
            for line in self._read(made["stream"], cursor):
                name = line[:10]
                if name.startswith(b'{"cursor"'):
                    cursor = json.loads(line)["cursor"]
                    yield from held
                    held = []
                elif name.startswith((b'{"pace"', b'{"clock"', b'{"goodbye"')):
                    continue
                elif name.startswith(b'{"end"'):
                    yield line
                    return
                else:
                    held.append(line)
        raise UnreachableError("回放中断 / the replay broke off", remedy="campanile status")

    def _make(self) -> dict[str, Any]:
        try:
            with self._open("POST", "/v1/replays", json.dumps(self._order).encode()) as answer:
                found: dict[str, Any] = json.loads(answer.read())
        except OSError as error:
            raise UnreachableError(
                f"接口 {self._base} 无应答 / the API at {self._base} does not answer", remedy="campanile status"
            ) from error
        return found

    def _read(self, path: str, cursor: str) -> Iterator[bytes]:
        """The lines of one connection, until it ends or breaks."""
        try:
            with self._open("GET", path, None, {"Last-Event-ID": cursor} if cursor else {}) as answer:
                for line in answer:
                    yield line.rstrip(b"\n")
        except (OSError, http.client.HTTPException):
            return

    def _open(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None = None
    ) -> http.client.HTTPResponse:
        sent = {"Authorization": f"Bearer {self._token}", "Accept": "application/x-ndjson", **(headers or {})}
        sent |= {"Content-Type": "application/json"} if body else {}
        request = urllib.request.Request(self._base + path, body, sent, method=method)  # noqa: S310 — the product's own address
        try:
            answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310 — as above
        except urllib.error.HTTPError as error:
            problem = json.loads(error.read() or b"{}")
            raise ReplayRefusedError(
                f"{problem.get('code', error.code)}: {problem.get('detail', error.reason)}",
                remedy=problem.get("remedy", ""),
            ) from error
        return answer


def words_of(line: bytes) -> str:
    """A line for people: an event as ``campanile events tail`` shows one, a gap, an alert or the end marked as such."""
    found = json.loads(line)
    if "event" in found:
        return line_of(_EVENT.decode(msgspec.json.encode(found["event"])))
    kind, told = next(iter(found.items()))
    if kind == "state":
        return _state_words(told)
    if kind == "end":
        return f"── 完 / end: {told['count']} 件 / events, SHA-256 {told['digest']}"
    return f"{_time_of(told['at_ms'])}  {_MARKS[kind]}  {_rest(told)}"


_MARKS: Final = {"gap": "▨ 缺口 / gap", "alert": "▲ 告警 / alert", "seek": "→"}


def _state_words(told: Mapping[str, Any]) -> str:
    """A document in one line: its worst alert, its key figures."""
    head = f"{_time_of(told['at_ms'])}  ■ 状态 / state  {told['campus_id']}  {told['system']}"
    status = told["status"]
    return f"{head}  –" if status is None else f"{head}  severity={status['severity']}  {_rest(status['counts'])}"


def _time_of(at_ms: int) -> str:
    at = datetime.fromtimestamp((at_ms + CHINA_OFFSET_MS) / 1000, UTC)
    return at.strftime("%H:%M:%S.") + f"{at_ms % 1000:03d}"


def _rest(told: Mapping[str, Any]) -> str:
    return "  ".join(f"{key}={value}" for key, value in told.items() if key != "at_ms")
