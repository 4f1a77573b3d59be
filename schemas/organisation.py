"""The organisation, folded from registry facts: pure lookups over what is known, valid at an instant.

``Organisation`` is changed only by :meth:`Organisation.apply`; readers in the same thread see whole facts.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator

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
        self._agreements: dict[MembershipId, dict[str, Agreement]] = defaultdict(dict)
        self._pairs_of_campus: dict[CampusId, dict[str, CrossRegionPair]] = defaultdict(dict)
        self._appointments_of_person: dict[PersonId, dict[str, Appointment]] = defaultdict(dict)
        self._grants_of_person: dict[PersonId, dict[str, Grant]] = defaultdict(dict)
        self._edges_of_campus: dict[CampusId, dict[str, Membership]] = defaultdict(dict)
        self._edges_of_consortium: dict[ConsortiumId, dict[str, Membership]] = defaultdict(dict)

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
        edges = self._edges_of_consortium.get(consortium_id, {}).values()
        return {edge.campus_id: edge for edge in edges if edge.holds_at(at_ms)}

    def consortia_of(self, campus_id: CampusId, at_ms: int) -> dict[ConsortiumId, Membership]:
        """The consortia that a campus belongs to at an instant; it may be none or several."""
        edges = self._edges_of_campus.get(campus_id, {}).values()
        return {edge.consortium_id: edge for edge in edges if edge.holds_at(at_ms)}

    def edges_of(self, campus_id: CampusId) -> Collection[Membership]:
        """Every membership of a campus, whenever it holds."""
        return self._edges_of_campus[campus_id].values() if campus_id in self._edges_of_campus else ()

    def clauses_of(self, membership_id: MembershipId, at_ms: int) -> frozenset[SystemName]:
        """What agreements in force at an instant open under a membership."""
        agreements = self._agreements.get(membership_id)
        if not agreements:
            return _NO_SYSTEM
        return _NO_SYSTEM.union(*(found.clauses for found in agreements.values() if found.holds_at(at_ms)))

    def paired_with(self, campus_id: CampusId, at_ms: int) -> frozenset[CampusId]:
        """The campuses that are at an instant the other half of a cross-region pair."""
        pairs = self._pairs_of_campus.get(campus_id, {}).values()
        halves = (pair.campus_ids for pair in pairs if pair.holds_at(at_ms))
        return frozenset().union(*halves) - {campus_id}

    def grants_of(self, person_id: PersonId) -> Collection[Grant]:
        """Every grant of a person, whenever it holds."""
        return self._grants_of_person[person_id].values() if person_id in self._grants_of_person else ()

    def appointments_of(self, person_id: PersonId) -> Collection[Appointment]:
        """Every appointment of a person, whenever it holds."""
        return self._appointments_of_person[person_id].values() if person_id in self._appointments_of_person else ()

    def next_change_ms(self, after_ms: int) -> int | None:
        """The first instant after ``after_ms`` at which a fact begins or ends by time alone; None: never."""
        return self._timeline.after(after_ms)

    def changes_of_campus(self, campus_id: CampusId) -> set[int]:
        """The instants at which what binds a campus to others begins or ends: memberships, agreements, pairs."""
        edges = self.edges_of(campus_id)
        agreements = (found for edge in edges for found in self._agreements.get(edge.membership_id, {}).values())
        pairs = self._pairs_of_campus.get(campus_id, {}).values()
        return {at_ms for fact in (*edges, *agreements, *pairs) for at_ms in boundaries_of(fact)}

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
        match fact:
            case Membership():
                self._edges_of_campus[fact.campus_id][key] = fact
                self._edges_of_consortium[fact.consortium_id][key] = fact
            case Agreement():
                self._agreements[fact.membership_id][key] = fact
            case CrossRegionPair():
                self.pairs[fact.pair_id] = fact
                for campus_id in fact.campus_ids:
                    self._pairs_of_campus[campus_id][key] = fact
            case Appointment():
                self.appointments[fact.appointment_id] = fact
                self._appointments_of_person[fact.person_id][key] = fact
            case Grant():
                self.grants[fact.grant_id] = fact
                self._grants_of_person[fact.person_id][key] = fact
            case _:
                self._link_plain(fact)

    def _link_plain(self, fact: StoredFact) -> None:
        """A fact that is found by its id alone."""
        match fact:
            case Area():
                self.areas[fact.area_id] = fact
            case Campus():
                self.campuses[fact.campus_id] = fact
            case Consortium():
                self.consortia[fact.consortium_id] = fact
            case SourceCredential():
                self.sources[fact.token_id] = fact
            case ViewerCredential():
                self.viewers[fact.token_id] = fact
            case Person():
                self.persons[fact.person_id] = fact
            case Duty():
                self.duties[fact.duty_id] = fact

    def _unlink(self, key: str, fact: StoredFact) -> None:
        match fact:
            case Membership():
                self._edges_of_campus[fact.campus_id].pop(key, None)
                self._edges_of_consortium[fact.consortium_id].pop(key, None)
            case Agreement():
                self._agreements[fact.membership_id].pop(key, None)
            case CrossRegionPair():
                self.pairs.pop(fact.pair_id, None)
                for campus_id in fact.campus_ids:
                    self._pairs_of_campus[campus_id].pop(key, None)
            case Appointment():
                self.appointments.pop(fact.appointment_id, None)
                self._appointments_of_person[fact.person_id].pop(key, None)
            case Grant():
                self.grants.pop(fact.grant_id, None)
                self._grants_of_person[fact.person_id].pop(key, None)
            case _:
                self._unlink_plain(fact)

    def _unlink_plain(self, fact: StoredFact) -> None:
        match fact:
            case Area():
                self.areas.pop(fact.area_id, None)
            case Campus():
                self.campuses.pop(fact.campus_id, None)
            case Consortium():
                self.consortia.pop(fact.consortium_id, None)
            case SourceCredential():
                self.sources.pop(fact.token_id, None)
            case ViewerCredential():
                self.viewers.pop(fact.token_id, None)
            case Person():
                self.persons.pop(fact.person_id, None)
            case Duty():
                self.duties.pop(fact.duty_id, None)
