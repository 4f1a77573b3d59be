"""Which migrations a store still needs. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from deploy.migrations.faults import MigrationChangedError, StoreIsNewerError
from deploy.migrations.source import Migration


class Status(StrEnum):
    """How far a migration is."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


@dataclass(frozen=True)
class Recorded:
    """What the store says about a migration."""

    version: int
    name: str
    checksum: str
    status: Status


@dataclass(frozen=True)
class MigrationStatus:
    """One line of `campanile migrate status`."""

    version: int
    name: str
    status: Status
    checksum: str


def status_of(shipped: Sequence[Migration], recorded: Mapping[int, Recorded]) -> list[MigrationStatus]:
    """Every migration of this version and how far the store is with it.

    Raises:
        StoreIsNewerError: the store has a migration that this version does not know.
        MigrationChangedError: a file differs from what the store carried out.
    """
    known = {migration.version: migration for migration in shipped}
    _refuse_newer(known, recorded)
    for version, entry in recorded.items():
        if entry.checksum != known[version].checksum:
            raise MigrationChangedError(
                f"迁移 {version:04d}_{known[version].name} 执行后被改动 / was changed after it was carried out",
                cause=f"checksum in the store {entry.checksum[:12]}…, of the file {known[version].checksum[:12]}…",
                remedy="restore the file, and put the change into a new migration",
            )
    return [
        MigrationStatus(
            migration.version,
            migration.name,
            recorded[migration.version].status if migration.version in recorded else Status.NOT_STARTED,
            migration.checksum,
        )
        for migration in shipped
    ]


def needed(shipped: Sequence[Migration], recorded: Mapping[int, Recorded]) -> list[Migration]:
    """The migrations to carry out, in order; one that was begun counts as not done.

    Raises:
        StoreIsNewerError, MigrationChangedError: see :func:`status_of`.
    """
    done = {entry.version for entry in status_of(shipped, recorded) if entry.status is Status.COMPLETED}
    return [migration for migration in shipped if migration.version not in done]


def _refuse_newer(known: Mapping[int, Migration], recorded: Mapping[int, Recorded]) -> None:
    unknown = sorted(set(recorded) - set(known))
    if unknown:
        newest = recorded[unknown[-1]]
        raise StoreIsNewerError(
            f"存储的结构比本程序新 / the store is at migration {newest.version:04d}_{newest.name}, "
            f"this program ends at {max(known, default=0):04d}",
            cause="the store was migrated by a newer version of Campanile",
            remedy="install that version or a newer one; migrations are not undone",
        )
