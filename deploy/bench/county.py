"""The organisation that a benchmark runs on: campuses in consortia of ten, one sending and one looking token."""

from dataclasses import dataclass
from typing import Final

from schemas.ids import AreaId, CampusId, ConsortiumId, MembershipId
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
from schemas.tokens import IssuedToken, issue_token

MEMBERS: Final = 10
_AREA: Final = AreaId("420000")


@dataclass(frozen=True)
class BenchCounty:
    """Facts and tokens."""

    campuses: tuple[CampusId, ...]
    consortia: tuple[ConsortiumId, ...]
    source: IssuedToken
    viewer: IssuedToken
    """Looks at the whole area."""

    def facts(self) -> list[AnyFact]:
        """Everything that the registry must know."""
        facts: list[AnyFact] = [Area(area_id=_AREA, level=AreaLevel.PROVINCE, name="湖北省")]
        facts += [_campus(campus_id) for campus_id in self.campuses]
        for number, consortium_id in enumerate(self.consortia):
            members = self.campuses[number * MEMBERS : (number + 1) * MEMBERS]
            facts.append(
                Consortium(consortium_id=consortium_id, name=consortium_id, area_id=_AREA, core_campus_id=members[0])
            )
            facts += [_membership(campus_id, consortium_id) for campus_id in members]
        facts.append(
            SourceCredential(
                token_id=self.source.token_id,
                token_sha256=self.source.sha256,
                campus_ids=frozenset(self.campuses),
                systems=frozenset(SYSTEMS),
            )
        )
        facts.append(
            ViewerCredential(
                token_id=self.viewer.token_id,
                token_sha256=self.viewer.sha256,
                role=Role.BUREAU,
                scope=frozenset({f"area:{_AREA}"}),
            )
        )
        return facts


def bench_county(campuses: int) -> BenchCounty:
    """A county of that many campuses."""
    consortia = -(-campuses // MEMBERS)
    return BenchCounty(
        campuses=tuple(CampusId(f"c-420000-{number:05}") for number in range(campuses)),
        consortia=tuple(ConsortiumId(f"k-420000-{number:04}") for number in range(consortia)),
        source=issue_token("cst"),
        viewer=issue_token("cvt"),
    )


def _campus(campus_id: CampusId) -> Campus:
    return Campus(
        campus_id=campus_id,
        name=campus_id,
        area_id=_AREA,
        stage="primary",
        longitude_deg=114.6,
        latitude_deg=31.3,
        expected_devices=dict.fromkeys(SYSTEMS, 8),
    )


def _membership(campus_id: CampusId, consortium_id: ConsortiumId) -> Membership:
    return Membership(
        membership_id=MembershipId(f"m-{campus_id}"),
        campus_id=campus_id,
        consortium_id=consortium_id,
        mode=Mode.FUSION,
        valid_from_ms=0,
    )
