"""The migrations that this version of the product brings along, read from its SQL files and judged. Pure but reading.

A migration may be carried out again after it was killed half-way, so each statement must be one that does nothing the
second time, and none may destroy data: what has to be removed is left unused for a release and then removed by hand.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files

from deploy.migrations.faults import MigrationFileError

_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_ALLOWED = re.compile(
    r"(?:CREATE (?:TABLE|MATERIALIZED VIEW|VIEW|FUNCTION) IF NOT EXISTS\s"
    r"|CREATE OR REPLACE (?:VIEW|FUNCTION)\s"
    r"|ALTER TABLE \w+\s+(?:ADD (?:COLUMN|INDEX|PROJECTION) IF NOT EXISTS\s|MODIFY (?:TTL|SETTING|COMMENT|QUERY)\b))",
    re.IGNORECASE,
)
_DESTROYS = re.compile(r"\b(?:DROP|TRUNCATE|DELETE|DETACH|RENAME|EXCHANGE|CLEAR|UPDATE|FREEZE|FETCH)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Migration:
    """One numbered file."""

    version: int
    name: str
    statements: tuple[str, ...]
    checksum: str
    """SHA-256 of the file, as hexadecimal digits."""


def parse_migration(file_name: str, text: str) -> Migration:
    """A migration from its file's name (``0001_frames.sql``) and text.

    Raises:
        MigrationFileError: the name has another form, or a statement is not allowed.
    """
    match = _NAME.fullmatch(file_name)
    if not match:
        raise MigrationFileError(
            f"迁移文件名有误 / {file_name} is no name of a migration", remedy="name it like 0001_frames.sql"
        )
    parts = _COMMENT.sub("", text).split(";\n")
    statements = tuple(part.strip().rstrip(";") for part in parts if part.strip())
    for statement in statements:
        _judge(file_name, statement)
    return Migration(int(match[1]), match[2], statements, hashlib.sha256(text.encode()).hexdigest())


def shipped_migrations() -> tuple[Migration, ...]:
    """The migrations of this version, in order.

    Raises:
        MigrationFileError: a file is not acceptable, or a number is missing or used twice.
    """
    found = [entry for entry in files("schemas").joinpath("store").iterdir() if entry.name.endswith(".sql")]
    return in_order(parse_migration(entry.name, entry.read_text(encoding="utf-8")) for entry in found)


def in_order(migrations: Iterable[Migration]) -> tuple[Migration, ...]:
    """Migrations by number, which must run from 1 without holes.

    Raises:
        MigrationFileError: a number is missing or used twice.
    """
    ordered = tuple(sorted(migrations, key=lambda migration: migration.version))
    for wanted, migration in enumerate(ordered, start=1):
        if migration.version != wanted:
            raise MigrationFileError(
                f"迁移编号不连续 / migration {wanted} is missing or {migration.version} is there twice",
                remedy="number the files from 0001 without holes",
            )
    return ordered


def _judge(file_name: str, statement: str) -> None:
    first_line = " ".join(statement.split())[:80]
    if not _ALLOWED.match(" ".join(statement.split())):
        raise MigrationFileError(
            f"{file_name}: 语句不可重复执行 / cannot safely be carried out twice: {first_line}",
            cause="a migration that was killed half-way is carried out again from its first statement",
            remedy="use CREATE … IF NOT EXISTS, ALTER TABLE … ADD … IF NOT EXISTS or MODIFY TTL | SETTING | QUERY",
        )
    danger = _DESTROYS.search(statement)
    if danger:
        raise MigrationFileError(
            f"{file_name}: 危险语句 {danger[0]} / the dangerous word {danger[0]} in: {first_line}",
            cause="migrations never destroy data",
            remedy="leave what is no longer used, and remove it by hand after a release",
        )
