"""One document: everything known of one system of one campus, driven by events and ticks. Pure.

For every event: known already? → counted as a duplicate. Else its time is clamped; if it moves the document's clock,
the rules are first asked at every instant on the way at which time alone may change a verdict (so an alert is raised at
its deadline, whenever the next record comes); then the system's ``apply`` is called, and the rules again if it says so.
The result does not depend on how the log was cut into frames.

The document's clock never runs ahead of receipt: one device whose clock is fast must not make others look overdue.

A fold that raises leaves no half-changed state: the state is built again from its last written form and the events
since, without the offending one, which is refused. Its neighbours stand.
"""

from typing import Any, Final

import msgspec

from schemas.clock import MINUTE_MS
from schemas.documents import document_key
from schemas.frame import LoggedEvent
from streams.core.dedupe import Dedupe
from streams.core.judgement import FindingKey, OpenAlert, Place, judge
from streams.core.outbox import Outbox
from streams.core.plan import SystemPlan
from streams.core.refusal import FOLD_FAILED, RefusedEvent, describe
from streams.core.system import Effect

CLOCK_AHEAD_MS: Final = 5 * MINUTE_MS
"""How far a device's clock may be ahead of the gateway's; beyond it the event counts as that far ahead."""
MAX_JOURNAL: Final = 64
"""Events kept to build a state again after a fault; more of them cost memory that the cache then lacks."""
MAX_STEPS: Final = 32
"""Judgements in one leap of time; what is left is judged at its end."""
_encode: Final = msgspec.json.Encoder().encode


class CampusDocument:
    """The state of one system of one campus with its position, clock, memory and open alerts."""

    __slots__ = (
        "_journal",
        "_snapshot",
        "campus_id",
        "clock_ms",
        "dedupe",
        "due_ms",
        "duplicates",
        "events",
        "heard_ms",
        "inbox",
        "key",
        "late",
        "open_alerts",
        "plan",
        "position",
        "state",
        "told",
    )

    def __init__(self, campus_id: str, plan: SystemPlan) -> None:
        self.plan = plan
        self.campus_id = campus_id
        self.key = document_key(campus_id, plan.name)
        self.state: Any = plan.system.initial()
        self.dedupe = Dedupe()
        self.open_alerts: dict[FindingKey, OpenAlert] = {}
        self.position = -1
        self.clock_ms = self.heard_ms = 0
        self.due_ms = 0  # never judged yet: the first event is judged whatever its effect
        self.events = self.late = self.duplicates = 0
        self.told: tuple[str, ...] = ()
        self.inbox: list[LoggedEvent] = []
        self._snapshot = b""
        self._journal: list[LoggedEvent] = []

    def fold(  # noqa: C901, PLR0912 — the hot loop: what a call would cost is a third of the budget of an event
        self, partition: int, offset: int, events: list[LoggedEvent], outbox: Outbox
    ) -> int:
        """Take the document's events of one record; returns the greatest effect, 0 when it held the record already."""
        if offset <= self.position:
            return Effect.NOTHING
        apply, lateness_ms, marks = self.plan.apply, self.plan.lateness_ms, self.dedupe.marks
        state, clock_ms, heard_ms, journal = self.state, self.clock_ms, self.heard_ms, self._journal
        top: int = Effect.ALIVE
        judge_from = Effect.JUDGE
        folded = 0
        for event in events:
            received_ms, occurred_ms = event.receivedms, event.occurredms
            if received_ms > heard_ms:  # noqa: PLR1730 — a call of max costs three times as much
                heard_ms = received_ms
            mark = marks.get(event.source)
            # A counting source that sends in order is the common case: two comparisons decide it.
            if mark is not None and event.sequence == mark.high + 1 and event.bootid == mark.boot:
                mark.high += 1
                mark.heard_ms = received_ms
            elif not self.dedupe.admit(event):
                self.duplicates += 1
                continue
            if occurred_ms > received_ms:
                if occurred_ms > received_ms + CLOCK_AHEAD_MS:
                    event = msgspec.structs.replace(event, occurredms=received_ms + CLOCK_AHEAD_MS)  # noqa: PLW2901 — from here on the event is the clamped one
                occurred_ms = received_ms
            if occurred_ms > clock_ms:
                if 0 < self.due_ms <= occurred_ms:
                    self.clock_ms = clock_ms
                    top = max(top, self._advance(partition, offset, occurred_ms, outbox))
                clock_ms = occurred_ms
            elif occurred_ms < clock_ms - lateness_ms:
                self.late += 1
            try:
                effect = apply(state, event)
            except Exception as error:  # noqa: BLE001 — whatever a fold raises, the event is refused and its neighbours stand
                outbox.refused.append(RefusedEvent(event, FOLD_FAILED, describe(error)))
                state = self._rebuild()
                top = max(top, Effect.VISIBLE)
                if not self.due_ms:
                    self._judge(partition, offset, outbox)
                continue
            folded += 1
            journal.append(event)
            if effect > top:  # noqa: PLR1730 — a call of max costs three times as much
                top = effect
            if effect >= judge_from or clock_ms >= self.due_ms:
                self.clock_ms = clock_ms
                top = max(top, self._judge(partition, offset, outbox))
        self.clock_ms, self.heard_ms, self.position = clock_ms, heard_ms, offset
        self.events += folded
        outbox.events[self.plan.name] += folded
        if len(journal) > MAX_JOURNAL:
            self.keep_snapshot(outbox)
        return top

    def tick(self, partition: int, offset: int, tick_ms: int, outbox: Outbox) -> int:
        """Judge at an instant that the log names; returns the effect, 0 when it held the record already."""
        if offset <= self.position:
            return Effect.NOTHING
        self.position = offset
        return self._advance(partition, offset, max(self.clock_ms, tick_ms), outbox)

    def restore_state(self, written: bytes) -> None:
        """Take the state from its written form.

        Raises:
            msgspec.MsgspecError: this version of the system does not understand it.
        """
        self.state, self._snapshot = self.plan.decode_state(written), written

    def _advance(self, partition: int, offset: int, instant_ms: int, outbox: Outbox) -> int:
        """Let time pass up to an instant: judge at every moment on the way at which a verdict may change."""
        top: int = Effect.ALIVE
        for _ in range(MAX_STEPS):
            if self.due_ms > instant_ms:
                break
            self.clock_ms = max(self.clock_ms, self.due_ms)
            top = max(top, self._judge(partition, offset, outbox))
        self.clock_ms = max(self.clock_ms, instant_ms)
        if self.due_ms <= instant_ms:
            top = max(top, self._judge(partition, offset, outbox))
        return top

    def _judge(self, partition: int, offset: int, outbox: Outbox) -> int:
        place = Place(self.campus_id, partition, offset, self.clock_ms)
        verdict = judge(self.plan, self.state, self.open_alerts, place)
        self.due_ms = verdict.due_ms
        outbox.alerts += verdict.transitions
        outbox.failed_rules.update(verdict.failed_rules)
        return Effect.JUDGE if verdict.transitions else Effect.ALIVE

    def _rebuild(self) -> Any:  # noqa: ANN401 — each system has its own state type
        """The state as it was before the event that failed: its last written form and the events since."""
        self.state = state = self.plan.decode_state(self._snapshot) if self._snapshot else self.plan.system.initial()
        for event in self._journal:
            self.plan.apply(state, event)
        return state

    def keep_snapshot(self, outbox: Outbox) -> bytes:
        """The state's written form; it is also the point from which the state can be built again."""
        try:
            written = _encode(self.state)
        except (TypeError, ValueError, OverflowError) as error:  # a fold put in what no document can hold
            refused, self._journal = self._journal, []
            outbox.refused += [RefusedEvent(event, FOLD_FAILED, describe(error)) for event in refused]
            written = _encode(self._rebuild())
        self._snapshot = written
        self._journal.clear()
        return written
