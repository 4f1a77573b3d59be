import json

import pytest

from schemas.fact_plan import FactsRefusedError, dangling_references, parse_facts, plan_facts
from schemas.organisation import Organisation

AREA = {"kind": "area", "area_id": "421122", "level": "county", "name": "红安县"}
CAMPUS = {
    "kind": "campus", "campus_id": "c-1", "name": "城关小学", "area_id": "421122", "stage": "primary",
    "longitude_deg": 114.6, "latitude_deg": 31.3,
}  # fmt: skip
CONSORTIUM = {
    "kind": "consortium", "consortium_id": "k-1", "name": "城关教联体", "area_id": "421122", "core_campus_id": "c-1",
}  # fmt: skip


def _lines(*facts: object) -> str:
    return "\n".join(json.dumps(fact) for fact in facts)


def test_array_and_lines_hold_the_same_facts() -> None:
    assert parse_facts(json.dumps([AREA, CAMPUS])) == parse_facts(_lines(AREA, CAMPUS) + "\n\n")


def test_every_wrong_place_of_a_file_is_named() -> None:
    with pytest.raises(FactsRefusedError) as caught:
        parse_facts(_lines(AREA, {"kind": "campus"}, {**AREA, "level": "planet"}))
    assert "line 2: campus.campus_id" in caught.value.cause
    assert "line 3: area.level" in caught.value.cause


def test_file_that_is_no_json_is_refused() -> None:
    with pytest.raises(FactsRefusedError):
        parse_facts("[{]")
    with pytest.raises(FactsRefusedError):
        parse_facts("area, 421122")


def test_plan_tells_new_changed_and_same_facts_apart_and_the_last_of_a_key_counts() -> None:
    known = Organisation()
    for fact in parse_facts(_lines(AREA, CAMPUS)):
        known.put(fact)
    renamed = {**CAMPUS, "name": "城关第一小学"}
    plan = plan_facts(parse_facts(_lines(AREA, {**CAMPUS, "name": "?"}, renamed, CONSORTIUM)), known)
    assert plan.lines() == ["+ consortium/k-1", "~ campus/c-1"]
    assert plan.same == 1
    assert [getattr(fact, "name", "") for fact in plan.change] == ["城关第一小学"]


def test_fact_may_name_what_is_known_or_in_the_same_file_and_nothing_else() -> None:
    known = Organisation()
    for fact in parse_facts(_lines(AREA)):
        known.put(fact)
    assert dangling_references(parse_facts(_lines(CONSORTIUM, CAMPUS)), known) == []
    (complaint,) = dangling_references(parse_facts(_lines(CONSORTIUM)), known)
    assert complaint == "consortium/k-1 names campus/c-1, which does not exist"


def test_scope_of_a_viewer_must_exist() -> None:
    viewer = {
        "kind": "viewer", "token_id": "t-1", "token_sha256": "0" * 64, "role": "supervisor",
        "scope": ["consortium:k-9"],
    }  # fmt: skip
    assert dangling_references(parse_facts(_lines(viewer)), Organisation()) == [
        "token/t-1 names consortium/k-9, which does not exist"
    ]
