"""What a store of pupils' keys must do. Two implementations may differ in where they keep keys, and in nothing else."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ingest.privacy.subject_key import SubjectKey
from schemas.ids import CampusId
from schemas.privacy import KeyRef, KeyWeek


class Subject(NamedTuple):
    """A pupil of a campus in one week of keys."""

    campus_id: CampusId
    pupil_token: str
    week: KeyWeek


@dataclass(frozen=True)
class Held:
    """Keys as they were at one moment."""

    keys: Mapping[Subject, SubjectKey]
    generation: int
    """Rises with every destruction: keys held from an older one may be gone."""


class KeyStore(Protocol):
    """Keeps data keys until they are destroyed. Calls block; every one is atomic.

    Raises:
        KeysAwayError: any method: the store does not answer.
    """

    def ensure(self, subjects: Collection[Subject]) -> Held:
        """The key of each subject, made where there is none; durable before this returns."""
        ...

    def find(self, subjects: Collection[Subject]) -> Mapping[Subject, SubjectKey]:
        """The keys of those subjects that have one."""
        ...

    def named(self, key_refs: Collection[KeyRef]) -> Mapping[KeyRef, SubjectKey]:
        """Keys by name; destroyed and unknown ones are absent."""
        ...

    def weeks_of(self, campus_id: CampusId, pupil_token: str) -> Mapping[KeyWeek, KeyRef]:
        """The names of a pupil's living keys."""
        ...

    def destroy(self, campus_id: CampusId, pupil_token: str, at_ms: int) -> tuple[KeyRef, ...]:
        """Destroy every key of a pupil; nothing of them can be read back. Their names are returned, sorted."""
        ...

    def restrict(self, campus_id: CampusId, pupil_token: str, at_ms: int) -> tuple[KeyRef, ...]:
        """Keep every key of a pupil and let nobody have it: no method gives it out any more.

        What comes of the pupil from now on is sealed under new keys. Returns the names of all its restricted keys,
        sorted; harmless when repeated.
        """
        ...

    def restricted(self, key_refs: Collection[KeyRef]) -> frozenset[KeyRef]:
        """Those of the keys that are kept and not given out."""
        ...

    def restricted_of(self, campus_id: CampusId, pupil_token: str) -> tuple[KeyRef, ...]:
        """The names of a pupil's restricted keys, sorted."""
        ...

    def destroy_restricted(self, key_refs: Collection[KeyRef], at_ms: int) -> None:
        """Destroy restricted keys by name; those that are not restricted stay as they are."""
        ...

    def destroy_ended(self, before: KeyWeek, keep: Collection[CampusId], at_ms: int) -> int:
        """Destroy the keys of all weeks before one, but those of the campuses to ``keep``; returns how many."""
        ...

    def count_ended(self, before: KeyWeek, keep: Collection[CampusId]) -> int:
        """How many keys :meth:`destroy_ended` would destroy."""
        ...

    def generation(self) -> int:
        """Rises with every destruction."""
        ...

    def close(self) -> None:
        """Let go of the store."""
        ...
