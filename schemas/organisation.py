"""The organisation, folded from registry facts: pure lookups over what is known, valid at an instant.

``Organisation`` is changed only by :meth:`Organisation.apply`; readers in the same thread see whole facts.
"""

from collections.abc import Collection, Iterator
from typing import Any

from schemas.dealings import NOTHING_SHARED, Dealing, Shared, campuses_of, shared_at
from schemas.fact_index import FactIndex
from schemas.ids import (
    AppointmentId,
    AreaId,
    CampusId,
    ConsortiumId,
    DutyId,
    GrantId,
    MembershipId,
    PairId,
    PersonId,
    SystemName,
    TokenId,
)
from schemas.registry import (
    FACT,
    Agreement,
    AnyFact,
    Appointment,
    Area,
    Campus,
    Consortium,
    CrossRegionPair,
    Duty,
    Grant,
    Membership,
    Person,
    SourceCredential,
    ViewerCredential,
    fact_key,
    id_of,
)
from schemas.timeline import Timeline, boundaries_of

StoredFact = AnyFact
_NO_SYSTEM: frozenset[SystemName] = frozenset()


class Organisation:
    """Everything that ``campus.registry`` says, by kind and id. ``version`` grows with every applied record."""

    def __init__(self) -> None:
        self.version = 0
        self.areas: dict[AreaId, Area] = {}
        self.campuses: dict[CampusId, Campus] = {}
        self.consortia: dict[ConsortiumId, Consortium] = {}
        self.sources: dict[TokenId, SourceCredential] = {}
        self.viewers: dict[TokenId, ViewerCredential] = {}
        self.persons: dict[PersonId, Person] = {}
        self.appointments: dict[AppointmentId, Appointment] = {}
        self.grants: dict[GrantId, Grant] = {}
        self.pairs: dict[PairId, CrossRegionPair] = {}
        self.duties: dict[DutyId, Duty] = {}
        self._facts: dict[str, StoredFact] = {}
        self._timeline = Timeline()
        self._edges_of_campus = FactIndex[CampusId, Membership](lambda edge: (edge.campus_id,))
        self._edges_of_consortium = FactIndex[ConsortiumId, Membership](lambda edge: (edge.consortium_id,))
        self._agreements = FactIndex[MembershipId, Agreement](lambda agreement: (agreement.membership_id,))
        self._pairs_of_campus = FactIndex[CampusId, CrossRegionPair](lambda pair: pair.campus_ids)
        self._dealings = FactIndex[CampusId, Dealing](campuses_of)
        self._appointments_of_person = FactIndex[PersonId, Appointment](lambda held: (held.person_id,))
        self._grants_of_person = FactIndex[PersonId, Grant](lambda grant: (grant.person_id,))
        self._duties_of_person = FactIndex[PersonId, Duty](lambda duty: (duty.person_id,))
        self._tables = self._by_id()
        self._indexes = self._by_name()

    def _by_id(self) -> dict[str, dict[Any, Any]]:
        """The tables of the kinds that are found by their own id."""
        return {
            "area": self.areas,
            "campus": self.campuses,
            "consortium": self.consortia,
            "source": self.sources,
            "viewer": self.viewers,
            "person": self.persons,
            "appointment": self.appointments,
            "grant": self.grants,
            "pair": self.pairs,
            "duty": self.duties,
        }

    def _by_name(self) -> dict[str, tuple[FactIndex[Any, Any], ...]]:
        """The indexes of the kinds that are found by what they name."""
        return {
            "membership": (self._edges_of_campus, self._edges_of_consortium),
            "agreement": (self._agreements,),
            "pair": (self._pairs_of_campus,),
            "appointment": (self._appointments_of_person,),
            "grant": (self._grants_of_person,),
            "duty": (self._duties_of_person,),
            **dict.fromkeys(("joint_session", "shared_bus", "project_visit", "escalation"), (self._dealings,)),
        }

    def apply(self, key: str, value: bytes | None) -> None:
        """Take one record of the topic; a null value withdraws the fact.

        Raises:
            pydantic.ValidationError: the value is no fact.
            ValueError: the fact is not the one that its key names.
        """
        fact = FACT.validate_json(value) if value else None
        if fact is not None and fact_key(fact) != key:
            raise ValueError(f"record {key} holds the fact {fact_key(fact)}")
        old = self._facts.pop(key, None)
        if old is not None:
            self._unlink(key, old)
            self._timeline.discard(boundaries_of(old))
        if fact is not None:
            self._facts[key] = fact
            self._link(key, fact)
            self._timeline.add(boundaries_of(fact))
        self.version += 1

    def put(self, fact: StoredFact) -> None:
        """Take one fact directly, as :meth:`apply` would."""
        self.apply(fact_key(fact), fact.model_dump_json().encode())

    def facts(self) -> Iterator[StoredFact]:
        """Every fact in force, in the order in which they came."""
        return iter(self._facts.values())

    def fact(self, key: str) -> StoredFact | None:
        """The fact under a key (see :func:`schemas.registry.fact_key`), if there is one."""
        return self._facts.get(key)

    def members(self, consortium_id: ConsortiumId, at_ms: int) -> dict[CampusId, Membership]:
        """The campuses of a consortium at an instant, with the edge that makes each a member."""
        edges = self._edges_of_consortium.of(consortium_id)
        return {edge.campus_id: edge for edge in edges if edge.holds_at(at_ms)}

    def consortia_of(self, campus_id: CampusId, at_ms: int) -> dict[ConsortiumId, Membership]:
        """The consortia that a campus belongs to at an instant; it may be none or several."""
        return {edge.consortium_id: edge for edge in self._edges_of_campus.of(campus_id) if edge.holds_at(at_ms)}

    def edges_of(self, campus_id: CampusId) -> Collection[Membership]:
        """Every membership of a campus, whenever it holds."""
        return self._edges_of_campus.of(campus_id)

    def clauses_of(self, membership_id: MembershipId, at_ms: int) -> frozenset[SystemName]:
        """What agreements in force at an instant open under a membership."""
        agreements = self._agreements.of(membership_id)
        if not agreements:
            return _NO_SYSTEM
        return _NO_SYSTEM.union(*(found.clauses for found in agreements if found.holds_at(at_ms)))

    def paired_with(self, campus_id: CampusId, at_ms: int) -> frozenset[CampusId]:
        """The campuses that are at an instant the other half of a cross-region pair."""
        halves = (pair.campus_ids for pair in self._pairs_of_campus.of(campus_id) if pair.holds_at(at_ms))
        return frozenset().union(*halves) - {campus_id}

    def shared_with_core(self, campus_id: CampusId, consortium: Consortium, at_ms: int) -> Shared:
        """What is going on at an instant between a campus and the core school of a consortium."""
        dealings = self._dealings.of(campus_id)
        return shared_at(dealings, campus_id, consortium, at_ms) if dealings else NOTHING_SHARED

    def grants_of(self, person_id: PersonId) -> Collection[Grant]:
        """Every grant of a person, whenever it holds."""
        return self._grants_of_person.of(person_id)

    def appointments_of(self, person_id: PersonId) -> Collection[Appointment]:
        """Every appointment of a person, whenever it holds."""
        return self._appointments_of_person.of(person_id)

    def duties_of(self, person_id: PersonId) -> Collection[Duty]:
        """Every turn of duty of a person, whenever it holds."""
        return self._duties_of_person.of(person_id)

    def is_on_duty(self, person_id: PersonId, campus_id: CampusId, at_ms: int) -> bool:
        """Whether a person is on duty at an instant over a campus: its own rota, its consortium's or its area's."""
        return any(
            duty.holds_at(at_ms) and self._covers(duty.scope, campus_id, at_ms) for duty in self.duties_of(person_id)
        )

    def _covers(self, scope: str, campus_id: CampusId, at_ms: int) -> bool:
        kind, _, name = scope.partition(":")
        if kind == "campus":
            return name == campus_id
        if kind == "consortium":
            return ConsortiumId(name) in self.consortia_of(campus_id, at_ms)
        campus = self.campuses.get(campus_id)
        return campus is not None and self.is_within(campus.area_id, AreaId(name))

    def next_change_ms(self, after_ms: int) -> int | None:
        """The first instant after ``after_ms`` at which a fact begins or ends by time alone; None: never."""
        return self._timeline.after(after_ms)

    def changes_of_campus(self, campus_id: CampusId) -> set[int]:
        """The instants at which what binds a campus to others begins or ends: bonds and dealings."""
        edges = self.edges_of(campus_id)
        agreements = (found for edge in edges for found in self._agreements.of(edge.membership_id))
        bonds = (*edges, *agreements, *self._pairs_of_campus.of(campus_id), *self._dealings.of(campus_id))
        return {at_ms for fact in bonds for at_ms in boundaries_of(fact)}

    def is_within(self, area_id: AreaId, ancestor_id: AreaId) -> bool:
        """Whether an area is, or lies under, another one."""
        seen: set[AreaId] = set()
        current: AreaId | None = area_id
        while current is not None and current not in seen:
            if current == ancestor_id:
                return True
            seen.add(current)
            area = self.areas.get(current)
            current = area.parent_id if area else None
        return False

    def _link(self, key: str, fact: StoredFact) -> None:
        if (table := self._tables.get(fact.kind)) is not None:
            table[id_of(fact)] = fact
        for index in self._indexes.get(fact.kind, ()):
            index.add(key, fact)

    def _unlink(self, key: str, fact: StoredFact) -> None:
        if (table := self._tables.get(fact.kind)) is not None:
            table.pop(id_of(fact), None)
        for index in self._indexes.get(fact.kind, ()):
            index.discard(key, fact)
