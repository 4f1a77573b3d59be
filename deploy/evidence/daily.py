"""The daily checkpoint file: what was signed, for people, to be printed and kept elsewhere. Pure but for the writing.

It is a text of lines inside a little JSON, signed as it stands, so that paper and file say the same. Beside the
checkpoint of every partition it tells one digest per consortium: the root over the newest heads of its campuses.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from clickhouse_driver import Client

from schemas.checkpoints import Checkpoint, Signed, checkpoint_of
from schemas.clock import CHINA_OFFSET_MS, DAY_MS
from schemas.organisation import Organisation
from streams.archive.block_tree import head_leaves
from streams.archive.heads import heads_before, newest_checkpoints
from streams.archive.merkle import tree_hash
from streams.archive.sealing import Head
from streams.archive.signing import Keychain, SigningKeys

_TITLE: Final = "campanile/day/v1"


def day_of(instant_ms: int) -> str:
    """The day in China, YYYY-MM-DD, that an instant lies in."""
    return datetime.fromtimestamp((instant_ms + CHINA_OFFSET_MS) / 1000, UTC).strftime("%Y-%m-%d")


def end_of_day(instant_ms: int) -> int:
    """The end (exclusive) of the day before the one that an instant lies in, epoch ms."""
    return (instant_ms + CHINA_OFFSET_MS) // DAY_MS * DAY_MS - CHINA_OFFSET_MS


def write_day(client: Client, keys: SigningKeys, facts: Organisation, directory: Path, end_ms: int) -> Path:
    """Write the file of the day that ended at ``end_ms``; the client must give bytes. Returns its path."""
    points = [checkpoint_of(signed.body) for signed in newest_checkpoints(client, end_ms)]
    heads = {point.partition: heads_before(client, point.partition, point.next_offset) for point in points}
    keychain = keys.keychain()
    signed = keys.sign(day_text(points, heads, facts, keychain, end_ms))
    path = directory / f"{day_of(end_ms - 1)}.json"
    directory.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(day_file(signed, keychain))
    part.rename(path)
    return path


def day_text(
    points: Iterable[Checkpoint],
    heads: Mapping[int, Mapping[str, Head]],
    facts: Organisation,
    keychain: Keychain,
    end_ms: int,
) -> str:
    """The lines of a day."""
    lines = [
        _TITLE,
        f"day {day_of(end_ms - 1)}",
        f"first_key {next(iter(keychain.by_id()))}",
        f"newest_key {keychain.newest}",
    ]
    lines += [
        f"partition {point.partition} archive {point.archive} size {point.size} next_offset {point.next_offset} "
        f"root {point.root.hex()} heads_root {point.heads_root.hex()}"
        for point in points
    ]
    for consortium_id, consortium in sorted(facts.consortia.items()):
        digest, count = consortium_digest(heads, facts.members(consortium_id, end_ms - 1))
        lines.append(f"consortium {consortium_id} campuses {count} digest {digest.hex()} name {consortium.name}")
    return "\n".join(lines) + "\n"


def consortium_digest(heads: Mapping[int, Mapping[str, Head]], members: Iterable[str]) -> tuple[bytes, int]:
    """The root over the heads of some campuses, partition by partition, and how many heads there are."""
    wanted = set(members)
    leaves = [
        leaf
        for _, own in sorted(heads.items())
        for leaf in head_leaves({campus: head for campus, head in own.items() if campus in wanted})
    ]
    return tree_hash(leaves), len(leaves)


def day_file(signed: Signed, keychain: Keychain) -> bytes:
    """The file: the lines one by one, and what signs them (join them with LF, end with LF)."""
    content = {
        "说明": "逐行打印存档；签名为各行以换行符连接并以换行符结尾的 UTF-8 字节",
        "note": "print and keep; the signature is over these lines joined by LF, with an LF at the end, as UTF-8",
        "lines": signed.body.splitlines(),
        "key_id": signed.key_id,
        "signature": signed.signature,
        "keys": [msgspec.to_builtins(key) for key in keychain.chain],
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"
