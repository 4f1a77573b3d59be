"""The county as registry facts, and the tokens of its sources and viewers.

The tokens are derived from :attr:`County.token_seed`. A demonstration gives its county a fresh key; without one whoever
knows the seed knows the tokens: that is for tests and benchmarks on a machine of one's own, and for nothing else.
"""

from collections.abc import Iterator
from typing import Final

from deploy.demo.geography import CITY, PROVINCE, CountyFacts
from deploy.demo.plan import CampusPlan, County
from schemas.ids import AreaId, CampusId, ConsortiumId, MembershipId, SystemName
from schemas.registry import (
    AnyFact,
    Area,
    AreaLevel,
    Campus,
    Consortium,
    Membership,
    Mode,
    Role,
    SourceCredential,
    ViewerCredential,
)
from schemas.systems import SYSTEMS
from schemas.tokens import IssuedToken, derive_token

MEMBERS_SINCE_MS: Final = 1_725_120_000_000
"""2024-09-01T00:00+08:00: the school year in which the city's consortia were formed."""
SENSORS_OF_A_KITCHEN: Final = 8


def registry_facts(county: County) -> Iterator[AnyFact]:
    """Every fact, areas first, so that nothing refers to what has not been said yet."""
    yield Area(area_id=AreaId(PROVINCE[0]), level=AreaLevel.PROVINCE, name=PROVINCE[1])
    yield Area(area_id=AreaId(CITY[0]), level=AreaLevel.CITY, name=CITY[1], parent_id=AreaId(PROVINCE[0]))
    for facts in county.counties:
        yield from _areas(facts, {campus.area_id for campus in county.campuses})
    for consortium in county.consortia:
        yield from (campus_fact(campus) for campus in consortium.campuses)
        yield Consortium(
            consortium_id=consortium.consortium_id,
            name=consortium.name,
            area_id=AreaId(consortium.county.code),
            core_campus_id=consortium.core.campus_id,
        )
        yield from (membership_fact(campus) for campus in consortium.campuses)
    yield from _credentials(county)


def campus_fact(campus: CampusPlan) -> Campus:
    """A campus with the devices that each of its systems should be heard from."""
    expected = {"net_health": 1 + campus.access_points, "device_control": campus.boards}
    expected |= {"school_bus": len(campus.bus_ids)} if campus.bus_ids else {}
    expected |= {"canteen": SENSORS_OF_A_KITCHEN} if campus.has_canteen else {}
    expected |= (
        {"lesson_ops": 0} if campus.stage != "kindergarten" else {}
    )  # installed, yet a classroom has no heartbeat
    return Campus(
        campus_id=campus.campus_id,
        name=campus.name,
        area_id=campus.area_id,
        stage=campus.stage,
        longitude_deg=round(campus.position.longitude_deg, 6),
        latitude_deg=round(campus.position.latitude_deg, 6),
        expected_devices={SystemName(name): count for name, count in expected.items()},
    )


def source_token(seed: int | str, campus_id: CampusId) -> IssuedToken:
    """The token with which a campus's edge box and buses send."""
    return derive_token("cst", f"county/{seed}/source/{campus_id}".encode())


def supervisor_token(seed: int | str, consortium_id: ConsortiumId) -> IssuedToken:
    """The token of the core school's supervisor."""
    return derive_token("cvt", f"county/{seed}/supervisor/{consortium_id}".encode())


def bureau_token(seed: int | str, county_code: str) -> IssuedToken:
    """The token of a county's education bureau."""
    return derive_token("cvt", f"county/{seed}/bureau/{county_code}".encode())


def _areas(facts: CountyFacts, used: set[AreaId]) -> Iterator[Area]:
    county_id = AreaId(facts.code)
    yield Area(area_id=county_id, level=AreaLevel.COUNTY, name=facts.name, parent_id=AreaId(CITY[0]))
    for number, town in enumerate(("城区", *facts.townships)):
        area_id = AreaId(f"{facts.code}-{number:02d}")
        if area_id in used:
            yield Area(area_id=area_id, level=AreaLevel.TOWNSHIP, name=f"{facts.name}{town}", parent_id=county_id)


def membership_fact(campus: CampusPlan) -> Membership:
    """The edge that makes a campus a member of its consortium, since the consortium was formed."""
    own_agreement = campus.mode is not Mode.FUSION
    return Membership(
        membership_id=MembershipId(f"m-{campus.short}"),
        campus_id=campus.campus_id,
        consortium_id=campus.consortium_id,
        mode=campus.mode,
        valid_from_ms=MEMBERS_SINCE_MS,
        agreement_id=f"agreement-{campus.short}" if own_agreement else None,
    )


def _credentials(county: County) -> Iterator[SourceCredential | ViewerCredential]:
    for campus in county.campuses:
        issued = source_token(county.token_seed, campus.campus_id)
        yield SourceCredential(
            token_id=issued.token_id,
            token_sha256=issued.sha256,
            campus_ids=frozenset({campus.campus_id}),
            systems=frozenset(SYSTEMS),
        )
    for consortium in county.consortia:
        scope = f"consortium:{consortium.consortium_id}"
        yield _viewer(supervisor_token(county.token_seed, consortium.consortium_id), Role.SUPERVISOR, scope)
    for facts in county.counties:
        yield _viewer(bureau_token(county.token_seed, facts.code), Role.BUREAU, f"area:{facts.code}")


def _viewer(issued: IssuedToken, role: Role, scope: str) -> ViewerCredential:
    return ViewerCredential(token_id=issued.token_id, token_sha256=issued.sha256, role=role, scope=frozenset({scope}))
