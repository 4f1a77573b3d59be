"""What the store holds of one pupil, opened, as NDJSON: the copy that PIPL Art. 45 gives a guardian a right to."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from clickhouse_driver import Client

from ingest.privacy.key_store import KeyStore
from ingest.privacy.sealing import unsealed
from schemas.ids import CampusId
from schemas.privacy import SEALED, KeyRef
from schemas.systems import catalogue

_CHUNK: Final = 500
_READ: Final = """
SELECT type, source, event_id, subject, toUnixTimestamp64Milli(occurred_at), toUnixTimestamp64Milli(received_at), data
FROM events FINAL
WHERE campus_id = %(campus_id)s AND type IN %(types)s
  AND JSONExtractString(data, 'key_ref') IN %(key_refs)s
ORDER BY occurred_at, source, event_id
"""


def export_subject(client: Client, keys: KeyStore, campus_id: CampusId, key_refs: Iterable[KeyRef]) -> Iterator[bytes]:
    """One line for each event sealed under one of these keys, in order of time, in chunks; ids are not the pupil's.

    An event whose key is destroyed meanwhile is left out.

    Raises:
        SealBrokenError: a row was altered.
    """
    refs = tuple(sorted(key_refs))
    types = tuple(name for name, declared in catalogue().items() if declared.pupil is not None)
    if not refs or not types:
        return
    living = keys.named(refs)
    parameters = {"campus_id": campus_id, "types": types, "key_refs": refs}
    found = client.execute_iter(_READ, parameters, settings={"max_block_size": _CHUNK})
    lines: list[bytes] = []
    for type_name, source, event_id, subject, occurred_ms, received_ms, text in found:
        data: dict[str, Any] = msgspec.json.decode(text)
        key = living.get(data["key_ref"])
        if key is None or SEALED not in data:
            continue
        opened = unsealed(data, key, type_name=type_name, campus_id=campus_id, source=source, event_id=event_id)
        line = {"type": type_name, "source": source, "id": event_id, "subject": subject}
        line |= {"occurred_ms": occurred_ms, "received_ms": received_ms, "data": opened}
        lines.append(msgspec.json.encode(line) + b"\n")
        if len(lines) >= _CHUNK:
            yield b"".join(lines)
            lines.clear()
    if lines:
        yield b"".join(lines)
