"""Every rollup of one partition of ``consortium.input``: takes framed summaries in order. Pure."""

from collections.abc import Iterable

import msgspec

from schemas.documents import NEVER_MS, MemberSummary, decode_summaries, document_key
from schemas.topics import INPUT
from streams.core.harvest import Harvest
from streams.core.letters import Place, raw_letter
from streams.core.outbox import Outbox
from streams.core.refusal import UNREADABLE_DOCUMENT, UNREADABLE_RECORD
from streams.core.rollup import Rollup, read_rollup
from streams.core.system import Effect
from streams.core.unwritten import Unwritten


class ConsortiumLedger:
    """Rollups by consortium and system; those not touched since a restore stay as bytes."""

    def __init__(self, partition: int) -> None:
        self.next_offset = 0
        self._partition = partition
        self._rollups: dict[tuple[str, str], Rollup] = {}
        self._undecoded: dict[str, bytes] = {}
        self._unwritten: Unwritten[Rollup] = Unwritten()
        self._outbox = Outbox()

    def restore(self, records: Iterable[tuple[bytes, bytes | None]]) -> int:
        """Take the partition's rollups, undecoded."""
        for key, value in records:
            if value is None:
                self._undecoded.pop(key.decode(), None)
            else:
                self._undecoded[key.decode()] = value
        return len(self._undecoded)

    def fold(self, offset: int, value: bytes | None) -> None:
        """Fold a frame of lines; what is none is refused whole."""
        self.next_offset = offset + 1
        try:
            lines = decode_summaries(value or b"")
        except msgspec.MsgspecError as error:
            self._refuse(offset, value or b"", UNREADABLE_RECORD, error)
            return
        for rollup, group in self._grouped(lines):
            if rollup.position >= offset:  # it held the record when it was written
                continue
            effect = max(rollup.take(offset, line) for line in group)
            if effect:
                self._unwritten.mark(rollup, effect, offset)

    def earliest_due_ms(self) -> int:
        """Time alone changes no rollup."""
        return NEVER_MS

    def reconsider(self) -> None:
        """Membership reaches a rollup by the lines of its members alone."""

    def urgency(self) -> Effect:
        """How urgent it is to write."""
        return Effect.VISIBLE if self._outbox.letters else self._unwritten.urgency()

    def harvest(self, *, everything: bool) -> Harvest:
        """What to write now; a refusal takes all rollups along, so that a restart does not refuse it a second time."""
        everything = everything or bool(self._outbox.letters)
        rollups, low_water = self._unwritten.take(self.next_offset, everything=everything)
        harvest = Harvest(low_water, documents=[(rollup.key.encode(), rollup.write()) for rollup in rollups])
        harvest.letters, self._outbox = self._outbox.letters, Outbox()
        return harvest

    def _grouped(self, lines: list[MemberSummary]) -> list[tuple[Rollup, list[MemberSummary]]]:
        groups: dict[tuple[str, str], list[MemberSummary]] = {}
        for line in lines:
            groups.setdefault((line.consortium_id, line.system), []).append(line)
        return [(self._rollups.get(place) or self._open(*place), group) for place, group in groups.items()]

    def _open(self, consortium_id: str, system: str) -> Rollup:
        """The rollup as it was stored, or a new one; one that cannot be understood is set aside and begun anew."""
        rollup = Rollup(consortium_id, system)
        value = self._undecoded.pop(document_key(consortium_id, system), None)
        if value is not None:
            try:
                rollup = read_rollup(value)
            except msgspec.MsgspecError as error:
                self._refuse(self.next_offset - 1, value, UNREADABLE_DOCUMENT, error)
        self._rollups[consortium_id, system] = rollup
        return rollup

    def _refuse(self, offset: int, raw: bytes, reason: str, error: Exception) -> None:
        self._outbox.letters.append(raw_letter(Place(INPUT, self._partition, offset), raw, reason, error))
