"""The organisation, folded from registry facts: pure lookups over what is known, valid at an instant.

``Organisation`` is changed only by :meth:`Organisation.apply`; readers in the same thread see whole facts.
"""

from collections import defaultdict
from collections.abc import Iterator

from schemas.ids import AppointmentId, AreaId, CampusId, ConsortiumId, GrantId, PersonId, TokenId
from schemas.registry import (
    FACT,
    AnyFact,
    Appointment,
    Area,
    Campus,
    Consortium,
    Grant,
    Membership,
    Person,
    SourceCredential,
    ViewerCredential,
    fact_key,
)

StoredFact = AnyFact


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
        self._facts: dict[str, StoredFact] = {}
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
        if fact is not None:
            self._facts[key] = fact
            self._link(key, fact)
        self.version += 1

    def put(self, fact: StoredFact) -> None:
        """Take one fact directly, as :meth:`apply` would."""
        self.apply(fact_key(fact), fact.model_dump_json().encode())

    def facts(self) -> Iterator[StoredFact]:
        """Every fact in force, in the order in which they came."""
        return iter(self._facts.values())

    def members(self, consortium_id: ConsortiumId, at_ms: int) -> dict[CampusId, Membership]:
        """The campuses of a consortium at an instant, with the edge that makes each a member."""
        edges = self._edges_of_consortium.get(consortium_id, {}).values()
        return {edge.campus_id: edge for edge in edges if edge.holds_at(at_ms)}

    def consortia_of(self, campus_id: CampusId, at_ms: int) -> dict[ConsortiumId, Membership]:
        """The consortia that a campus belongs to at an instant; it may be none or several."""
        edges = self._edges_of_campus.get(campus_id, {}).values()
        return {edge.consortium_id: edge for edge in edges if edge.holds_at(at_ms)}

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
            case Area():
                self.areas[fact.area_id] = fact
            case Campus():
                self.campuses[fact.campus_id] = fact
            case Consortium():
                self.consortia[fact.consortium_id] = fact
            case Membership():
                self._edges_of_campus[fact.campus_id][key] = fact
                self._edges_of_consortium[fact.consortium_id][key] = fact
            case SourceCredential():
                self.sources[fact.token_id] = fact
            case ViewerCredential():
                self.viewers[fact.token_id] = fact
            case Person():
                self.persons[fact.person_id] = fact
            case Appointment():
                self.appointments[fact.appointment_id] = fact
            case Grant():
                self.grants[fact.grant_id] = fact

    def _unlink(self, key: str, fact: StoredFact) -> None:
        match fact:
            case Area():
                self.areas.pop(fact.area_id, None)
            case Campus():
                self.campuses.pop(fact.campus_id, None)
            case Consortium():
                self.consortia.pop(fact.consortium_id, None)
            case Membership():
                self._edges_of_campus[fact.campus_id].pop(key, None)
                self._edges_of_consortium[fact.consortium_id].pop(key, None)
            case SourceCredential():
                self.sources.pop(fact.token_id, None)
            case ViewerCredential():
                self.viewers.pop(fact.token_id, None)
            case Person():
                self.persons.pop(fact.person_id, None)
            case Appointment():
                self.appointments.pop(fact.appointment_id, None)
            case Grant():
                self.grants.pop(fact.grant_id, None)
