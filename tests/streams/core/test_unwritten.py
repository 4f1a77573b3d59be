"""What is not written yet, and how far progress may be said to reach."""

from streams.core.system import Effect
from streams.core.unwritten import Unwritten


def test_the_mark_stands_before_the_document_that_waits_longest() -> None:
    unwritten: Unwritten[str] = Unwritten()
    unwritten.mark("calm", Effect.ALIVE, 3)
    unwritten.mark("busy", Effect.VISIBLE, 5)
    unwritten.mark("calm", Effect.ALIVE, 8)
    assert unwritten.take(9, everything=False) == (["busy"], 3)
    assert unwritten.take(9, everything=True) == (["calm"], 9)


def test_a_document_that_becomes_urgent_no_longer_holds_the_mark_back() -> None:
    unwritten: Unwritten[str] = Unwritten()
    unwritten.mark("a", Effect.ALIVE, 3)
    unwritten.mark("b", Effect.ALIVE, 4)
    unwritten.mark("a", Effect.JUDGE, 5)
    assert unwritten.take(6, everything=False) == (["a"], 4)


def test_urgency_is_that_of_the_most_urgent_document() -> None:
    unwritten: Unwritten[str] = Unwritten()
    assert unwritten.urgency() is Effect.NOTHING
    unwritten.mark("a", Effect.ALIVE, 0)
    assert unwritten.urgency() is Effect.ALIVE
    unwritten.mark("a", Effect.VISIBLE, 1)
    unwritten.mark("a", Effect.ALIVE, 2)
    assert unwritten.urgency() is Effect.VISIBLE
