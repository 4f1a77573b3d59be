import pytest

from deploy.registry_reader import read_organisation
from deploy.registry_writer import withdraw_facts, write_facts, write_records
from deploy.token_desk import TokenDesk, TokenRefusedError
from schemas.clock import DAY_MS, ManualClock
from schemas.errors import DataFaultError
from schemas.ids import AreaId, CampusId, ConsortiumId
from schemas.registry import Area, AreaLevel, Campus, Consortium
from schemas.tokens import matches, sha256_of, token_id_of

pytestmark = pytest.mark.engine

AREA = Area(area_id=AreaId("421122"), level=AreaLevel.COUNTY, name="红安县")
CAMPUS = Campus(
    campus_id=CampusId("c-1"), name="城关小学", area_id=AreaId("421122"), stage="primary", longitude_deg=114.6,
    latitude_deg=31.3,
)  # fmt: skip
CONSORTIUM = Consortium(
    consortium_id=ConsortiumId("k-1"), name="城关教联体", area_id=AreaId("421122"), core_campus_id=CampusId("c-1")
)
NOW_MS = 1_795_000_000_000


def test_written_facts_are_read_back_and_a_withdrawn_one_is_gone(kafka_bootstrap: str, prefix: str) -> None:
    write_facts(kafka_bootstrap, prefix, [AREA, CAMPUS, CONSORTIUM])
    withdraw_facts(kafka_bootstrap, prefix, ["consortium/k-1"])

    organisation = read_organisation(kafka_bootstrap, prefix)

    assert list(organisation.facts()) == [AREA, CAMPUS]


def test_record_that_is_no_fact_is_named_by_its_offset(kafka_bootstrap: str, prefix: str) -> None:
    write_facts(kafka_bootstrap, prefix, [AREA])
    write_records(kafka_bootstrap, prefix, [("campus/c-1", b'{"kind":"campus"}')])

    with pytest.raises(DataFaultError, match="offset 1 is no fact"):
        read_organisation(kafka_bootstrap, prefix)


def test_issued_token_proves_itself_and_its_text_is_kept_nowhere(kafka_bootstrap: str, prefix: str) -> None:
    write_facts(kafka_bootstrap, prefix, [AREA, CAMPUS, CONSORTIUM])
    desk = TokenDesk(kafka_bootstrap, prefix, ManualClock(NOW_MS))

    text = desk.issue_viewer("supervisor", ["consortium:k-1"], 30)

    token_id = token_id_of(text, "cvt")
    assert token_id is not None
    kept = read_organisation(kafka_bootstrap, prefix).viewers[token_id]
    assert matches(text, kept.token_sha256)
    assert kept.not_after_ms == NOW_MS + 30 * DAY_MS
    assert text not in kept.model_dump_json()


def test_revoked_token_stays_listed_as_revoked(kafka_bootstrap: str, prefix: str) -> None:
    write_facts(kafka_bootstrap, prefix, [AREA, CAMPUS])
    desk = TokenDesk(kafka_bootstrap, prefix, ManualClock(NOW_MS))
    text = desk.issue_source(["c-1"], ["school_bus"], 1)

    desk.revoke([str(token_id_of(text, "cst"))])

    (row,) = desk.rows()
    assert (row.kind, row.may, row.revoked) == ("source", "school_bus @ c-1", True)
    assert read_organisation(kafka_bootstrap, prefix).sources[
        next(iter(read_organisation(kafka_bootstrap, prefix).sources))
    ].token_sha256 == sha256_of(text)


@pytest.mark.parametrize(
    ("campuses", "systems"),
    [(["c-2"], ["school_bus"]), (["c-1"], ["submarine"])],
    ids=["unknown campus", "unknown system"],
)
def test_token_for_what_does_not_exist_is_refused(
    kafka_bootstrap: str, prefix: str, campuses: list[str], systems: list[str]
) -> None:
    write_facts(kafka_bootstrap, prefix, [AREA, CAMPUS])
    desk = TokenDesk(kafka_bootstrap, prefix, ManualClock(NOW_MS))

    with pytest.raises(TokenRefusedError):
        desk.issue_source(campuses, systems, 1)

    assert desk.rows() == []
