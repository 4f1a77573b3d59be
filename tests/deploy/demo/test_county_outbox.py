"""The outboxes: in order per campus, one batch under way per campus, nothing lost."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.outbox import Outboxes
from schemas.ids import CampusId

ONE, OTHER = CampusId("c-1"), CampusId("c-2")


def test_a_campus_waits_for_its_batch_before_the_next_one_goes() -> None:
    boxes = Outboxes()
    for raw in (b"1", b"2", b"3"):
        boxes.put(ONE, raw)
    assert boxes.take(2) == (ONE, [b"1", b"2"])
    assert boxes.take(2) is None
    boxes.done(ONE, 2)
    assert boxes.take(2) == (ONE, [b"3"])


def test_whoever_has_been_ready_for_longest_goes_first() -> None:
    boxes = Outboxes()
    boxes.put(OTHER, b"a")
    boxes.put(ONE, b"b")
    boxes.put(OTHER, b"c")
    assert boxes.take(9) == (OTHER, [b"a", b"c"])
    assert boxes.take(9) == (ONE, [b"b"])


def test_what_waits_is_counted_until_it_is_done() -> None:
    boxes = Outboxes()
    boxes.put(ONE, b"a")
    boxes.take(1)
    assert boxes.waiting == 1
    boxes.done(ONE, 1)
    assert (boxes.waiting, boxes.take(1)) == (0, None)


steps = st.lists(
    st.one_of(st.tuples(st.just("put"), st.sampled_from([ONE, OTHER])), st.tuples(st.just("take"))), max_size=60
)


@given(steps, st.integers(1, 4))
def test_every_event_comes_out_once_and_in_its_campuses_order(taken: list[tuple[str, ...]], most: int) -> None:
    boxes = Outboxes()
    given_out: dict[str, list[bytes]] = defaultdict(list)
    put_in: dict[str, list[bytes]] = defaultdict(list)
    for number, step in enumerate([*taken, *[("take",)] * (len(taken) + 1)]):
        if step[0] == "put":
            boxes.put(CampusId(step[1]), b"%d" % number)
            put_in[step[1]].append(b"%d" % number)
        elif batch := boxes.take(most):
            given_out[batch[0]] += batch[1]
            boxes.done(batch[0], len(batch[1]))
    assert given_out == put_in
    assert boxes.waiting == 0
