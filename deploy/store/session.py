"""What is used of the engine's sessions, typed here because chDB's package carries no types."""

from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self


class Result(Protocol):
    """A result, or one block of a streamed one."""

    def bytes(self) -> bytes:
        """Its data in the format that was asked for."""
        ...

    def rows_read(self) -> int:
        """How many rows it has."""
        ...


class Stream(Protocol):
    """A streamed result; leaving the ``with`` block ends its query."""

    def __iter__(self) -> Iterator[Result]: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None: ...


class Inserter(Protocol):
    """A running insert; without :meth:`finish` it leaves nothing behind."""

    def append(self, data: bytes) -> None:
        """Add bytes in the format of the insert."""
        ...

    def finish(self) -> object:
        """Commit."""
        ...

    def close(self) -> None:
        """Give up what is not finished."""
        ...


class Session(Protocol):
    """A session of the engine. Errors are ``RuntimeError`` whose text holds ``Code: N. DB::Exception: …``."""

    def query(self, sql: str, fmt: str) -> Result:
        """Run a statement to its end."""
        ...

    def send_query(self, sql: str, fmt: str) -> Stream:
        """Run a statement and take its result block by block."""
        ...

    def send_insert(self, query: str, fmt: str) -> Inserter:
        """Begin an insert."""
        ...

    def close(self) -> None:
        """End the session."""
        ...
