"""The shape of a campus system inside ``streams``: fold, summary and rules, all pure.

Pure means: the result depends on the arguments alone. No clock, network, randomness or Faust; the same events in the
same order give the same state, live, after a crash, and years later in the history.

``apply`` may change the state object that it is given (it owns it) and returns an :class:`Effect`, which says how much
the change matters. It must tolerate disorder: an older event never overwrites what a newer one said.

A rule is a judgement: given the state and an instant it says what holds *now*. It keeps no memory of its own; whatever
it needs (since when, deadline, counts) the fold has put into the state. The core compares findings with the open
alerts, raises what is new and clears what no longer holds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Generic, TypeVar

import msgspec

from schemas.clock import MINUTE_MS
from schemas.frame import LoggedEvent
from schemas.ids import RuleName, SystemName

S = TypeVar("S", bound=msgspec.Struct)


class Effect(IntEnum):
    """What an event changed, in rising order of urgency."""

    NOTHING = 0
    """Already known, or older than what is known."""
    ALIVE = 1
    """Only freshness: written within seconds."""
    VISIBLE = 2
    """Something that a person would see: written within 150 ms."""
    JUDGE = 3
    """Visible, and a rule's verdict or deadline may have changed: the rules are asked at once."""


class RuleKind(StrEnum):
    """The four kinds of judgement."""

    THRESHOLD = "threshold"
    ABSENCE = "absence"
    CONSERVATION = "conservation"
    STUCK = "stuck"


@dataclass(frozen=True)
class Finding:
    """One thing that a rule finds true at the instant asked for.

    ``subject`` and ``since_ms`` make it the same finding from one judgement to the next, so ``since_ms`` must be stable
    (the event time at which the condition began, or the missed deadline), never "now".
    """

    subject: str
    since_ms: int
    causes: tuple[str, ...] = ()
    """Ids of the events that made it so; may be empty for an absence."""
    detail: dict[str, int | float | str] | None = None


@dataclass(frozen=True)
class Rule(Generic[S]):
    """One rule of the rule book."""

    name: RuleName
    """``<system>.<what is wrong>``."""
    version: int
    kind: RuleKind
    severity: int
    """1 red … 4 blue."""
    title_zh: str
    title_en: str
    citation: str
    """The law, standard or agreement that the rule enforces, with article and confidence."""
    judge: Callable[[S, int], Iterable[Finding]]
    """``judge(state, now_ms)``: everything that is wrong at ``now_ms``."""
    due: Callable[[S, int], int | None]
    """``due(state, now_ms)``: the first instant after ``now_ms`` at which the verdict may change by time alone."""
    withdrawable: bool = False
    """Whether an alert that stops holding was a mistake (a late fact arrived) rather than over."""
    mistaken: Callable[[S, str, int], bool] | None = None
    """Where the two can be told apart: ``mistaken(state, subject, since_ms)`` of the alert that stopped holding; True:
    it had never been so. A child check made in time but reported late withdraws; one made late merely ends."""
    both: Callable[[S, int], tuple[list[Finding], int | None]] | None = None
    """Where verdict and deadline come from the same work: ``judge`` and ``due`` in one pass."""

    def assess(self, state: S, now_ms: int) -> tuple[Iterable[Finding], int | None]:
        """What is wrong at ``now_ms``, and the next instant at which time alone may change that."""
        if self.both is not None:
            return self.both(state, now_ms)
        return self.judge(state, now_ms), self.due(state, now_ms)

    def ends_as_mistake(self, state: S, subject: str, since_ms: int) -> bool:
        """Whether an alert that no longer holds is to be withdrawn rather than cleared."""
        return self.withdrawable if self.mistaken is None else self.mistaken(state, subject, since_ms)


@dataclass(frozen=True)
class Summary:
    """What one line of the consortium's view says about the system."""

    counts: dict[str, int]
    devices_heard: int
    devices_silent: int


@dataclass(frozen=True)
class System(Generic[S]):
    """One campus system as ``streams`` knows it; the module constant ``SYSTEM`` of ``streams/systems/<name>``."""

    name: SystemName
    state: type[S]
    """A msgspec Struct in which every field has a default: ``state()`` is the initial state, and an older stored
    document still decodes after a field was added. Its size must be bounded."""
    apply: Callable[[S, LoggedEvent], Effect]
    summarise: Callable[[S, int], Summary]
    """``summarise(state, now_ms)``."""
    rules: tuple[Rule[S], ...]
    lateness_ms: int = 2 * MINUTE_MS
    """How long after an instant events about it are still on time."""
    version: int = 1
    """Of the fold: raise it when the same events are to give another state, so that the past is not folded on from a
    snapshot that the former fold left."""

    def initial(self) -> S:
        """The state of a campus of which nothing is known."""
        return self.state()
