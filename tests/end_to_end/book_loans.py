"""The two new files of a sixth campus system, as text: a school library."""

EVENTS = '''"""Events of the school library: books lent and returned. ``subject`` is the book."""

from typing import Final

from schemas.events import EventData, EventType, event
from schemas.fields import EpochMs


class BookLent(EventData):
    """A book has left the library."""

    due_ms: EpochMs


class BookReturned(EventData):
    """A book is back."""


EVENTS: Final[tuple[EventType, ...]] = (
    event("library.book.lent", BookLent, subject="book", sample={"due_ms": 1_795_651_200_000}),
    event("library.book.returned", BookReturned, subject="book", sample={}),
)
'''
SYSTEM = '''"""The school library: which books are out, and which of them too long."""

from collections.abc import Iterator
from typing import Final

import msgspec

from schemas.frame import LoggedEvent
from schemas.ids import RuleName, SystemName
from streams.core.system import Effect, Finding, Rule, RuleKind, Summary, System


class Loan(msgspec.Struct):
    """The newest word of one book."""

    at_ms: int = 0
    due_ms: int = 0
    """0: it is in."""
    event_id: str = ""


class Library(msgspec.Struct):
    """State of the system ``library`` of one campus."""

    books: dict[str, Loan] = {}


def apply(state: Library, event: LoggedEvent) -> Effect:
    """The newest word wins."""
    loan = state.books.setdefault(event.subject, Loan())
    if event.occurredms <= loan.at_ms:
        return Effect.NOTHING
    due_ms = event.data["due_ms"] if event.type == "library.book.lent.v1" else 0
    state.books[event.subject] = Loan(event.occurredms, due_ms, event.id)
    return Effect.JUDGE


def summarise(state: Library, _now_ms: int) -> Summary:
    """Books known and books out."""
    out = sum(loan.due_ms > 0 for loan in state.books.values())
    return Summary({"books": len(state.books), "books_out": out}, 1, 0)


def _overdue(state: Library, now_ms: int) -> Iterator[Finding]:
    for book, loan in state.books.items():
        if 0 < loan.due_ms <= now_ms:
            yield Finding(book, loan.due_ms, (loan.event_id,))


def _next_due(state: Library, now_ms: int) -> int | None:
    return min((loan.due_ms for loan in state.books.values() if loan.due_ms > now_ms), default=None)


OVERDUE: Final = Rule(
    name=RuleName("library.book_overdue"),
    version=1,
    kind=RuleKind.ABSENCE,
    severity=4,
    title_zh="图书逾期未还",
    title_en="Book overdue",
    citation="the library's own agreement",
    judge=_overdue,
    due=_next_due,
)
SYSTEM: Final = System(
    name=SystemName("library"), state=Library, apply=apply, summarise=summarise, rules=(OVERDUE,)
)
'''
