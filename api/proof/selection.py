"""Which events a bundle holds: those of a question, block by block. Blocking; strings are bytes."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from clickhouse_driver import Client

from api.history.predicate import where_told
from api.history.question import Question
from api.proof.blocks import locate
from api.proof.errors import NotSignedYetError, TooMuchToProveError
from api.proof.stored_events import Position
from schemas.checkpoints import Signed, checkpoint_of
from streams.archive.block_tree import LocatedBlock
from streams.archive.heads import newest_checkpoints
from streams.archive.store_client import rows

EVENTS_MOST: Final = 200_000


@dataclass(frozen=True)
class Selection:
    """What is to be shown, by partition, and the checkpoints that cover all of it."""

    events: tuple[tuple[Position, str], ...]
    """Position and campus, in the order of the log."""
    types: tuple[str, ...]
    checkpoints: tuple[Signed, ...]

    def blocks(self, client: Client) -> Iterator[tuple[LocatedBlock, dict[str, frozenset[Position]]]]:
        """The blocks that hold the events, in the order of the log, with the wanted positions of each campus."""
        remaining = list(self.events)
        start = 0
        while start < len(remaining):
            first = remaining[start][0]
            located = locate(client, first.partition, first.offset)
            if located is None:
                raise NotSignedYetError
            wanted: defaultdict[str, set[Position]] = defaultdict(set)
            while start < len(remaining) and located.block.holds(*remaining[start][0][:2]):
                position, campus_id = remaining[start]
                wanted[campus_id].add(position)
                start += 1
            yield located, {campus_id: frozenset(wanted[campus_id]) for campus_id in sorted(wanted)}

    def checkpoint_of(self, partition: int) -> tuple[int, Signed]:
        """The number of a partition's checkpoint in :attr:`checkpoints`, and the checkpoint."""
        return next(
            (number, signed)
            for number, signed in enumerate(self.checkpoints)
            if checkpoint_of(signed.body).partition == partition
        )


def select(client: Client, question: Question) -> Selection:
    """The events of a question that are under a signed checkpoint.

    Raises:
        NotSignedYetError: one of them is not, yet.
        TooMuchToProveError: there are too many.
    """
    told = where_told(question.scope, question.pupil_scope, question.clock)
    conditions, parameters = [told.sql], dict(told.parameters)
    if question.types:
        conditions.append("type IN %(asked_types)s")
        parameters["asked_types"] = tuple(question.types)
    if question.subjects:
        conditions.append("subject IN %(asked_subjects)s")
        parameters["asked_subjects"] = tuple(question.subjects)
    found = rows(
        client,
        "SELECT partition, offset, frame_index, campus_id, type FROM events FINAL "  # noqa: S608 — conditions of our own
        f"WHERE {' AND '.join(conditions)} ORDER BY partition, offset, frame_index LIMIT {EVENTS_MOST + 1}",
        parameters,
    )
    if len(found) > EVENTS_MOST:
        raise TooMuchToProveError(EVENTS_MOST)
    signed = {checkpoint_of(one.body).partition: one for one in newest_checkpoints(client)}
    last = {row[0]: row[1] for row in found}
    for partition, offset in last.items():
        if partition not in signed or checkpoint_of(signed[partition].body).next_offset <= offset:
            raise NotSignedYetError
    return Selection(
        tuple((Position(*row[:3]), row[3].decode()) for row in found),
        tuple(sorted({row[4].decode() for row in found})),
        tuple(signed[partition] for partition in sorted(last)),
    )
