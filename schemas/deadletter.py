"""Wire format of ``campus.deadletter``: the value is what was refused, byte for byte; headers say why and whence."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class DeadLetter:
    """One refused input."""

    raw: bytes
    """Exactly what came in."""
    reason: str
    """A closed set of words, for counting: ``invalid``, ``not_json``, ``foreign_campus``, ``unknown_type`` …"""
    detail: str
    """For people: which field, what was expected. Never the input itself."""
    origin: str
    """Where it was refused: ``gateway``, or ``campus.events/3/1207`` for a record of the log."""
    token_id: str
    """Public half of the sender's token; empty where there is none."""
    received_ms: int

    def headers(self) -> list[tuple[str, bytes]]:
        """Kafka record headers."""
        return [
            ("reason", self.reason.encode()),
            ("detail", self.detail.encode()),
            ("origin", self.origin.encode()),
            ("token_id", self.token_id.encode()),
            ("received_ms", b"%d" % self.received_ms),
        ]


def read_dead_letter(value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> DeadLetter:
    """The dead letter of a record."""
    found = {name: content.decode() for name, content in headers}
    return DeadLetter(
        raw=value or b"",
        reason=found.get("reason", ""),
        detail=found.get("detail", ""),
        origin=found.get("origin", ""),
        token_id=found.get("token_id", ""),
        received_ms=int(found.get("received_ms", "0")),
    )
