"""Two counties, three consortia, six campuses, and a token of every role: the organisation of the API's tests."""

from dataclasses import dataclass, field

import msgspec

from schemas.alerts import Alert, AlertState, alert_id
from schemas.documents import CampusStatus, ConsortiumStatus, MemberSummary, StoredDocument, document_key
from schemas.ids import AreaId, CampusId, ConsortiumId, MembershipId, RuleName, SystemName
from schemas.organisation import Organisation, StoredFact
from schemas.registry import (
    Area,
    AreaLevel,
    Campus,
    Consortium,
    Membership,
    Mode,
    Role,
    ViewerCredential,
)
from schemas.tokens import derive_token
from streams.core.system import Effect, Rule, RuleKind, Summary, System

NOW_MS = 1_795_651_200_000
NORTH, SOUTH = ConsortiumId("k-north"), ConsortiumId("k-south")
N1, N2, N3 = CampusId("n-1"), CampusId("n-2"), CampusId("n-3")
S1, S2 = CampusId("s-1"), CampusId("s-2")
FORMER = CampusId("n-old")
"""Was a member of the north until a minute ago."""
AREA_ROLES = (Role.TOWNSHIP, Role.CITY, Role.PROVINCE, Role.INSPECTOR, Role.AUDITOR, Role.INVESTIGATOR)
CANTEEN, BUS = SystemName("canteen"), SystemName("school_bus")


def campus(campus_id: CampusId, area_id: str) -> Campus:
    return Campus(
        campus_id=campus_id,
        name=f"校区 {campus_id}",
        area_id=AreaId(area_id),
        stage="primary",
        longitude_deg=115.0,
        latitude_deg=30.0,
        expected_devices={CANTEEN: 2, BUS: 1},
    )


def edge(campus_id: CampusId, consortium_id: ConsortiumId, *, until_ms: int | None = None) -> Membership:
    return Membership(
        membership_id=MembershipId(f"m-{campus_id}-{consortium_id}"),
        campus_id=campus_id,
        consortium_id=consortium_id,
        mode=Mode.FUSION,
        valid_from_ms=0,
        valid_to_ms=until_ms,
    )


def consortium(consortium_id: ConsortiumId, area_id: str, core: CampusId) -> Consortium:
    return Consortium(
        consortium_id=consortium_id, name=f"联盟 {consortium_id}", area_id=AreaId(area_id), core_campus_id=core
    )


def viewer(name: str, role: Role, *scope: str, not_after_ms: int | None = None, revoked: bool = False) -> StoredFact:
    token = derive_token("cvt", name.encode())
    return ViewerCredential(
        token_id=token.token_id,
        token_sha256=token.sha256,
        role=role,
        scope=frozenset(scope),
        not_after_ms=not_after_ms,
        revoked=revoked,
    )


def bearer(name: str) -> dict[str, str]:
    """The header of a viewer made by :func:`viewer`."""
    return {"Authorization": f"Bearer {derive_token('cvt', name.encode()).text}"}


def facts(*, now_ms: int = NOW_MS) -> list[StoredFact]:
    """Every fact. Viewers: one named after each role, ``expired`` and ``revoked``."""
    return [
        Area(area_id=AreaId("42"), level=AreaLevel.PROVINCE, name="湖北"),
        Area(area_id=AreaId("4201"), level=AreaLevel.COUNTY, name="北县", parent_id=AreaId("42")),
        Area(area_id=AreaId("4202"), level=AreaLevel.COUNTY, name="南县", parent_id=AreaId("42")),
        *(campus(campus_id, "4201") for campus_id in (N1, N2, N3, FORMER)),
        *(campus(campus_id, "4202") for campus_id in (S1, S2)),
        consortium(NORTH, "4201", N1),
        consortium(SOUTH, "4202", S1),
        *(edge(campus_id, NORTH) for campus_id in (N1, N2, N3)),
        *(edge(campus_id, SOUTH) for campus_id in (S1, S2)),
        edge(FORMER, NORTH, until_ms=now_ms - 60_000),
        viewer("supervisor", Role.SUPERVISOR, f"consortium:{NORTH}"),
        viewer("principal", Role.PRINCIPAL, f"campus:{N2}"),
        viewer("bureau", Role.BUREAU, "area:4201"),
        viewer("operator", Role.OPERATOR, "area:42"),
        viewer("head", Role.HEAD, f"consortium:{NORTH}"),
        viewer("staff", Role.STAFF, f"campus:{N2}"),
        viewer("area_lead", Role.AREA_LEAD, f"consortium:{NORTH}"),
        *(viewer(role.value, role, "area:4201") for role in AREA_ROLES),
        *(viewer(role.value, role, f"campus:{N2}") for role in (Role.PARTNER, Role.BUS_OPERATOR)),
        viewer("guardian", Role.GUARDIAN, f"campus:{N2}"),
        viewer("expired", Role.BUREAU, "area:42", not_after_ms=now_ms),
        viewer("revoked", Role.BUREAU, "area:42", revoked=True),
    ]


def organisation(*, now_ms: int = NOW_MS) -> Organisation:
    found = Organisation()
    for fact in facts(now_ms=now_ms):
        found.put(fact)
    return found


def stored(status: object, position: int = 1) -> bytes:
    """A record's value around a status."""
    raw = msgspec.Raw(msgspec.json.encode(status))
    return msgspec.json.encode(StoredDocument(due_ms=9_999_999_999_999, position=position, status=raw))


def campus_status(campus_id: str, system: str, **changes: object) -> CampusStatus:
    status = CampusStatus(
        campus_id=campus_id,
        system=system,
        position=1,
        clock_ms=NOW_MS,
        watermark_ms=NOW_MS - 120_000,
        heard_ms=NOW_MS - 1_000,
        severity=0,
        counts={"n": 0},
        devices_heard=2,
        devices_silent=0,
        events=1,
        late=0,
        duplicates=0,
        alerts=[],
        state=msgspec.Raw(b'{"freezer_c":-18}'),
    )
    return msgspec.structs.replace(status, **changes)


def rollup_status(consortium_id: str, system: str, n: int = 0) -> ConsortiumStatus:
    member = MemberSummary(consortium_id, "s-secret", system, 1, NOW_MS, 0, NOW_MS, 0, {}, 1, 0, (0, 0, 0, 0))
    return ConsortiumStatus(
        consortium_id=consortium_id,
        system=system,
        position=1,
        clock_ms=NOW_MS,
        watermark_ms=NOW_MS,
        heard_ms=NOW_MS,
        severity=0,
        counts={"n": n},
        devices_heard=1,
        devices_silent=0,
        alerts=(0, 0, 0, 0),
        campuses={"s-secret": member},
    )


def campus_record(campus_id: str, system: str, n: int) -> tuple[bytes, bytes]:
    """Key and value of a campus document that shows the number ``n``."""
    return document_key(campus_id, system).encode(), stored(campus_status(campus_id, system, counts={"n": n}))


def rollup_record(consortium_id: str, system: str, n: int) -> tuple[bytes, bytes]:
    """Key and value of a rollup that shows the number ``n``."""
    return document_key(consortium_id, system).encode(), stored(rollup_status(consortium_id, system, n))


@dataclass
class AlertMaker:
    """Alerts of one campus and system, each transition a new record."""

    campus_id: str
    system: str = CANTEEN
    offset: int = 0
    made: list[Alert] = field(default_factory=list)

    def record(self, number: int, state: AlertState = AlertState.OPEN, *, severity: int = 2) -> tuple[bytes, bytes]:
        self.offset += 1
        found = alert_id(self.campus_id, self.system, RULE.name, f"sensor-{number}", number)
        alert = Alert(
            alert_id=found,
            campus_id=self.campus_id,
            system=self.system,
            rule=RULE.name,
            rule_version=1,
            severity=severity,
            subject=f"sensor-{number}",
            state=state,
            since_ms=number,
            raised_ms=NOW_MS + number,
            cleared_ms=None if state is AlertState.OPEN else NOW_MS,
            causes=("e1",),
            partition=0,
            offset=self.offset,
            detail={"temperature_c": -3.5},
        )
        self.made.append(alert)
        return found.encode(), msgspec.json.encode(alert)


class Kitchen(msgspec.Struct):
    """A system's state with nothing in it."""

    opened: int = 0


RULE: Rule[Kitchen] = Rule(
    name=RuleName("canteen.freezer_warm"),
    version=1,
    kind=RuleKind.THRESHOLD,
    severity=2,
    title_zh="冷冻柜温度过高",
    title_en="Freezer too warm",
    citation="GB 31654-2021",
    judge=lambda _state, _now_ms: (),
    due=lambda _state, _now_ms: None,
)
SYSTEM: System[Kitchen] = System(
    name=CANTEEN,
    state=Kitchen,
    apply=lambda _state, _event: Effect.NOTHING,
    summarise=lambda _state, _now_ms: Summary({}, 0, 0),
    rules=(RULE,),
)
