"""Facts from a file or a request, what they would change, and whether they fit together. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from pydantic import ValidationError

from schemas.clock import DAY_MS
from schemas.dealings import campuses_of
from schemas.errors import DataFaultError
from schemas.ids import CampusId
from schemas.organisation import Organisation, StoredFact
from schemas.registry import (
    FACT,
    Agreement,
    Appointment,
    Area,
    Campus,
    Consortium,
    CrossRegionPair,
    Dated,
    Duty,
    Escalation,
    Grant,
    JointSession,
    Lasting,
    Membership,
    Person,
    ProjectVisit,
    SharedBus,
    SourceCredential,
    ViewerCredential,
    fact_key,
)

LONGEST_ESCALATION_MS = DAY_MS
"""What a campus shows of its own accord for longer needs an agreement or a grant."""


class FactsRefusedError(DataFaultError):
    """Something among them is no fact, or the facts do not fit together."""

    code = "CAMP-550"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


def parse_facts(text: str) -> list[StoredFact]:
    """The facts of a file: one JSON object a line, or one JSON array.

    Raises:
        FactsRefusedError: with every place that is wrong, up to twenty.
    """
    facts: list[StoredFact] = []
    wrong: list[str] = []
    for place, raw in _items(text):
        try:
            facts.append(FACT.validate_json(raw))
        except ValidationError as error:
            wrong += [f"{place}: {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
    if wrong:
        raise FactsRefusedError(
            f"{len(wrong)} 处有误 / {len(wrong)} places are wrong",
            cause="\n".join(wrong[:20]),
            remedy="correct the file; nothing was written",
        )
    return facts


def _items(text: str) -> list[tuple[str, str]]:
    """Each fact's JSON with its place in the file."""
    if not text.lstrip().startswith("["):
        return [(f"line {number}", line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    try:
        return [(f"item {number}", json.dumps(item)) for number, item in enumerate(json.loads(text), 1)]
    except (ValueError, RecursionError) as error:  # numbers without end, or brackets without end
        raise FactsRefusedError("不是 JSON / this is no JSON", cause=type(error).__name__) from error


@dataclass(frozen=True)
class FactPlan:
    """What writing facts would change."""

    add: tuple[StoredFact, ...]
    change: tuple[StoredFact, ...]
    same: int

    @property
    def to_write(self) -> tuple[StoredFact, ...]:
        """The facts that the log does not have."""
        return self.add + self.change

    def lines(self) -> list[str]:
        """The plan for people."""
        marked = [("+", fact) for fact in self.add] + [("~", fact) for fact in self.change]
        return [f"{mark} {fact_key(fact)}" for mark, fact in marked]


def plan_facts(facts: list[StoredFact], known: Organisation) -> FactPlan:
    """Compare facts with those in force; of several under one key the last counts."""
    have = {fact_key(fact): fact for fact in known.facts()}
    last = {fact_key(fact): fact for fact in facts}
    add = tuple(fact for key, fact in last.items() if key not in have)
    change = tuple(fact for key, fact in last.items() if key in have and have[key] != fact)
    return FactPlan(add, change, len(last) - len(add) - len(change))


def plan_that_fits(facts: list[StoredFact], known: Organisation) -> FactPlan:
    """The plan of facts that name nothing unknown, and whose dates make sense.

    Raises:
        FactsRefusedError: a fact names what is neither among them nor known, or its dates cannot be meant.
    """
    misdated = misdated_facts(facts)
    if misdated:
        raise FactsRefusedError(
            "日期有误 / the dates of some facts cannot be meant",
            cause="\n".join(misdated[:20]),
            remedy="correct valid_from_ms and valid_to_ms; nothing was written",
        )
    dangling = dangling_references(facts, known)
    if dangling:
        raise FactsRefusedError(
            "引用了不存在的对象 / facts name what does not exist",
            cause="\n".join(dangling[:20]),
            remedy="add the missing facts; nothing was written",
        )
    return plan_facts(facts, known)


def misdated_facts(facts: list[StoredFact]) -> list[str]:
    """Facts that end before they begin, or last longer than their kind may, in words."""
    wrong = []
    for fact in facts:
        if not isinstance(fact, Dated | Lasting) or fact.valid_to_ms is None:
            continue
        length_ms = fact.valid_to_ms - fact.valid_from_ms
        if length_ms < 0:
            wrong.append(f"{fact_key(fact)} ends before it begins")
        elif isinstance(fact, Escalation) and length_ms > LONGEST_ESCALATION_MS:
            wrong.append(f"{fact_key(fact)} lasts longer than a day")
    return wrong


def dangling_references(facts: list[StoredFact], known: Organisation) -> list[str]:
    """Facts that name something which is neither among them nor known, in words."""
    keys = {fact_key(fact) for fact in (*known.facts(), *facts)}
    return [
        f"{fact_key(fact)} names {target}, which does not exist"
        for fact in facts
        for target in _references(fact)
        if target not in keys
    ]


def _references(fact: StoredFact) -> list[str]:  # noqa: C901, PLR0911, PLR0912 — one line per kind of fact
    match fact:
        case Area():
            return [f"area/{fact.parent_id}"] if fact.parent_id else []
        case Campus():
            return [f"area/{fact.area_id}"]
        case Consortium():
            return [f"area/{fact.area_id}", f"campus/{fact.core_campus_id}"]
        case Membership():
            return [f"campus/{fact.campus_id}", f"consortium/{fact.consortium_id}"]
        case Agreement():
            return [f"membership/{fact.membership_id}"]
        case Duty():
            return [f"person/{fact.person_id}", fact.scope.replace(":", "/", 1)]
        case SourceCredential() | CrossRegionPair():
            return _campuses(fact.campus_ids)
        case JointSession() | SharedBus() | ProjectVisit():
            return _campuses(campuses_of(fact))
        case Escalation():
            return [f"campus/{fact.campus_id}", f"consortium/{fact.consortium_id}"]
        case ViewerCredential():
            return sorted(scope.replace(":", "/", 1) for scope in fact.scope)
        case Person():
            return []
        case Appointment():
            return [f"person/{fact.person_id}", *sorted(scope.replace(":", "/", 1) for scope in fact.scope)]
        case Grant():
            people = [f"person/{fact.person_id}", f"person/{fact.approver_id}"]
            return people + _campuses(fact.campus_ids)


def _campuses(campus_ids: Iterable[CampusId]) -> list[str]:
    return sorted(f"campus/{campus_id}" for campus_id in campus_ids)
