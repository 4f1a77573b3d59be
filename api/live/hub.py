"""Brings each change to the streams that may show it: an index from campus or consortium to audiences.

Order within one turn of the event loop: the view applies a record, then the hub publishes it; nothing is awaited in
between, so the cursor of every frame says exactly what its reader has been told.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from api.authority.visible import next_change_ms
from api.errors import NotReadyError, TooManyStreamsError
from api.live.audience import Audience, Selection
from api.live.change import Change, EntityKind
from api.live.frames import cursor_frame, heartbeat_frame
from api.live.inbox import Inbox, Interrupt
from api.live.request import StreamRequest, select
from api.live.view import LiveView
from api.settings import ApiSettings
from schemas.clock import Clock
from schemas.ids import TokenId
from schemas.metrics import API_DELIVERED, API_DOCUMENTS, API_STREAM_CUT, API_STREAMS, Meter
from schemas.organisation import Organisation

SWEEP_S = 0.25


@dataclass(eq=False)
class Stream:
    """One open stream as the hub knows it."""

    request: StreamRequest
    selection: Selection
    inbox: Inbox
    opened_s: float
    told_s: float
    audience: Audience | None = None
    """None while it is still catching up."""


class Hub:
    """Open streams, their audiences, and the sweep that keeps them honest."""

    def __init__(
        self, view: LiveView, facts: Organisation, settings: ApiSettings, *, clock: Clock, meter: Meter
    ) -> None:
        self.view = view
        self.stamp = bytes(5)
        self.delivered = 0
        self._facts = facts
        self._settings = settings
        self._clock = clock
        self._meter = meter
        self._streams: set[Stream] = set()
        self._held: dict[TokenId, int] = defaultdict(int)
        self._audiences: dict[Selection, Audience] = {}
        self._index: dict[EntityKind, dict[str, set[Audience]]] = {
            "campus": defaultdict(set),
            "consortium": defaultdict(set),
        }
        self._is_closing = False
        self._judged_version = -1
        self._judge_again_ms: int | None = None
        self.on_close: Callable[[TokenId, int], None] = lambda _token_id, _at_ms: None
        """Told of each stream that ends: of whose token or session, and when."""

    def is_held(self, token_id: TokenId) -> bool:
        """Whether this token or session has a stream open."""
        return bool(self._held.get(token_id))

    def judge_again(self) -> None:
        """Ask the authority about every stream again with the next sweep."""
        self._judged_version = -1

    @property
    def open_streams(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    def open(self, request: StreamRequest, selection: Selection) -> Stream:
        """Admit a stream; it must be given to :meth:`close` at its end.

        Raises:
            TooManyStreamsError: the token holds its share already.
            NotReadyError: the process is full or about to end.
        """
        settings, token_id = self._settings, request.principal.token_id
        if self._is_closing:
            raise NotReadyError("服务即将停止 / the process is about to end")
        if len(self._streams) >= settings.streams_max:
            raise NotReadyError("事件流已满 / this process holds all the streams that it may")
        if self._held[token_id] >= settings.streams_per_viewer:
            raise TooManyStreamsError(settings.streams_per_viewer)
        now_s = time.monotonic()
        inbox = Inbox(settings.stream_queue_frames, settings.stream_queue_bytes)
        stream = Stream(request, selection, inbox, opened_s=now_s, told_s=now_s)
        self._streams.add(stream)
        self._held[token_id] += 1
        self._meter.gauge(API_STREAMS, len(self._streams))
        return stream

    def close(self, stream: Stream) -> None:
        """Forget a stream."""
        self.leave(stream)
        self._streams.discard(stream)
        token_id = stream.request.principal.token_id
        self._held[token_id] -= 1
        if not self._held[token_id]:
            del self._held[token_id]
        self.on_close(token_id, self._clock.now_ms())
        if stream.inbox.interrupt not in ("", "disconnected"):
            self._meter.count(API_STREAM_CUT, 1, stream.inbox.interrupt)
        self._meter.gauge(API_STREAMS, len(self._streams))

    def audience_of(self, selection: Selection) -> Audience:
        """The audience of a selection: the one that is open, or a new one that nobody has joined yet."""
        return self._audiences.get(selection) or Audience(selection, self.view.positions, self.stamp)

    def join(self, stream: Stream) -> Audience:
        """From now on every change that concerns the stream's selection reaches its inbox."""
        audience = self.audience_of(stream.selection)
        self._audiences[audience.selection] = audience
        for campus_id in audience.selection.campuses:
            self._index["campus"][campus_id].add(audience)
        for consortium_id in audience.selection.consortia:
            self._index["consortium"][consortium_id].add(audience)
        audience.inboxes.add(stream.inbox)
        stream.audience = audience
        return audience

    def leave(self, stream: Stream) -> None:
        """The stream hears nothing more; its audience is dropped with its last reader."""
        audience, stream.audience = stream.audience, None
        if audience is None:
            return
        audience.inboxes.discard(stream.inbox)
        if audience.inboxes:
            return
        if self._audiences.get(audience.selection) is audience:
            del self._audiences[audience.selection]
        for campus_id in audience.selection.campuses:
            self._unlink("campus", campus_id, audience)
        for consortium_id in audience.selection.consortia:
            self._unlink("consortium", consortium_id, audience)

    def _unlink(self, kind: EntityKind, entity_id: str, audience: Audience) -> None:
        audiences = self._index[kind][entity_id]
        audiences.discard(audience)
        if not audiences:
            del self._index[kind][entity_id]

    def publish(self, change: Change) -> None:
        """Offer a change just applied to every stream that may show it."""
        for audience in self._index[change.entity_kind].get(change.entity_id, ()):
            frame = audience.frame(change)
            if frame is not None:
                slow = [inbox for inbox in audience.inboxes if not inbox.offer(frame)]
                audience.inboxes.difference_update(slow)

    def stop(self) -> None:
        """End every stream with a goodbye and admit no more; from the loop's own thread."""
        self._is_closing = True
        for stream in tuple(self._streams):
            stream.inbox.stop("shutdown")

    async def run(self) -> None:
        """Sweep until cancelled: authority within a quarter of a second, heartbeats, lifetimes, gauges."""
        while True:
            self.sweep(time.monotonic())
            await asyncio.sleep(SWEEP_S)

    def sweep(self, now_s: float) -> None:
        """Look after every stream once."""
        self._judge()
        at_ms = self._clock.now_ms()
        heartbeat = heartbeat_frame(at_ms)
        for stream in tuple(self._streams):
            until_ms = stream.request.principal.until_ms
            if until_ms is not None and at_ms >= until_ms:
                self._interrupt(stream, "unauthorised")
            elif now_s - stream.opened_s > self._settings.stream_lifetime_s:
                stream.inbox.stop("lifetime")
            elif now_s - stream.told_s > self._settings.heartbeat_s and stream.audience and stream.inbox.is_idle():
                stream.told_s = now_s
                stream.inbox.offer(heartbeat + cursor_frame(stream.audience.cursor()))
        delivered, self.delivered = self.delivered, 0
        self._meter.count(API_DELIVERED, delivered)
        for topic, count in self.view.document_counts.items():
            self._meter.gauge(API_DOCUMENTS, count, topic)

    def _judge(self) -> None:
        """Ask the authority about every stream again, when facts changed or an instant has come that may matter."""
        at_ms = self._clock.now_ms()
        has_come = self._judge_again_ms is not None and at_ms >= self._judge_again_ms
        if self._facts.version == self._judged_version and not has_come:
            return
        self._judged_version = self._facts.version
        self._judge_again_ms = next_change_ms(self._facts, at_ms)
        for stream in tuple(self._streams):
            selection = select(stream.request, self._facts, at_ms)
            if selection is None:
                self._interrupt(stream, "unauthorised")
            elif selection != stream.selection:
                stream.selection = selection
                self._interrupt(stream, "scope_changed")

    def _interrupt(self, stream: Stream, reason: Interrupt) -> None:
        self.leave(stream)
        stream.inbox.stop(reason)
