"""What a command writes to ``campus.identity``, by the seam through which the API writes there too."""

import asyncio
from collections.abc import Iterable, Sequence

from deploy.fact_reader import read_facts
from deploy.registry_writer import write_records
from schemas.identity import AnyIdentityFact, identity_key
from schemas.identity_fold import Identity
from schemas.topics import IDENTITY


class CommandLog:
    """An :class:`~api.identity.log.IdentityLog` for the time of one command: connected for each write alone."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self._bootstrap, self._prefix = bootstrap, prefix

    async def read(self) -> Identity:
        """What the topic says now.

        Raises:
            UnreachableError: Kafka does not answer.
            DataFaultError: the topic is not there, or a record is no fact.
        """
        identity = Identity()
        await asyncio.to_thread(read_facts, self._bootstrap, self._prefix, IDENTITY, identity, "campanile doctor")
        return identity

    async def write(self, facts: Sequence[AnyIdentityFact], withdrawn: Iterable[str] = ()) -> None:
        """Append facts and then withdrawals of keys; return when the log has them.

        Raises:
            UnreachableError: the log did not acknowledge all of them; writing them again is harmless.
        """
        records: list[tuple[str, bytes | None]] = [
            (identity_key(fact), fact.model_dump_json().encode()) for fact in facts
        ]
        records += [(key, None) for key in withdrawn]
        await asyncio.to_thread(write_records, self._bootstrap, self._prefix, records, IDENTITY)
