"""The layout of the demonstration county: every size up to the whole city, and its facts."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.facts import bureau_token, registry_facts, source_token, supervisor_token
from deploy.demo.geography import CITY_CAMPUSES, CITY_CONSORTIA, COUNTIES
from deploy.demo.naming import chinese_number
from deploy.demo.planning import divide, plan_county, spread
from schemas.errors import ConfigurationError
from schemas.ids import AreaId
from schemas.organisation import Organisation
from schemas.registry import FACT, Campus, Mode, fact_key
from schemas.tokens import matches

CITY = plan_county(CITY_CAMPUSES, CITY_CONSORTIA)
DEFAULT = plan_county()


def organisation_of(county: object = DEFAULT) -> Organisation:
    organisation = Organisation()
    for fact in registry_facts(county):  # type: ignore[arg-type]
        organisation.put(fact)
    return organisation


def test_the_default_is_40_campuses_in_4_consortia_of_one_county() -> None:
    assert (len(DEFAULT.campuses), len(DEFAULT.consortia), len(DEFAULT.counties)) == (40, 4, 1)
    assert DEFAULT.buses == 24


def test_the_whole_city_has_the_published_numbers_in_each_county() -> None:
    assert Counter(campus.campus_id[2:8] for campus in CITY.campuses) == {item.code: item.campuses for item in COUNTIES}
    assert Counter(item.county.code for item in CITY.consortia) == {item.code: item.consortia for item in COUNTIES}
    assert CITY.buses == 1000


def test_the_city_has_47_junior_75_primary_and_45_kindergarten_consortia() -> None:
    assert Counter(item.core.stage for item in CITY.consortia) == {"junior": 47, "primary": 75, "kindergarten": 45}


def test_all_three_modes_occur_in_the_smallest_default_and_mixed_ones_in_it_too() -> None:
    assert {item.mode for item in DEFAULT.consortia} == set(Mode)
    mixed = [{campus.mode for campus in item.campuses} for item in DEFAULT.consortia if item.mode is Mode.FUSION]
    assert {Mode.FUSION, Mode.CO_BUILT} in mixed


def test_ids_and_names_are_unique_in_the_whole_city() -> None:
    assert len({campus.campus_id for campus in CITY.campuses}) == CITY_CAMPUSES
    assert len({(campus.campus_id[:8], campus.name) for campus in CITY.campuses}) == CITY_CAMPUSES
    assert len({bus_id for campus in CITY.campuses for bus_id in campus.bus_ids}) == 1000


def test_every_campus_lies_in_the_box_of_its_county() -> None:
    for consortium in CITY.consortia:
        box = consortium.county.box
        for campus in consortium.campuses:
            assert box.west - 0.03 <= campus.position.longitude_deg <= box.east + 0.03
            assert box.south - 0.03 <= campus.position.latitude_deg <= box.north + 0.03


@given(st.data())
def test_any_size_within_the_city_is_laid_out_exactly(data: st.DataObject) -> None:
    consortia = data.draw(st.integers(1, 60))
    campuses = data.draw(st.integers(consortia, min(CITY_CAMPUSES, 30 * consortia)))
    county = plan_county(campuses, consortia)
    assert (len(county.campuses), len(county.consortia)) == (campuses, consortia)
    assert all(item.core.is_core and not any(c.is_core for c in item.campuses[1:]) for item in county.consortia)


@pytest.mark.parametrize(("campuses", "consortia"), [(0, 0), (3, 4), (1668, 167), (100, 168), (31, 1)])
def test_a_county_that_cannot_be_is_refused_in_words(campuses: int, consortia: int) -> None:
    with pytest.raises(ConfigurationError) as refused:
        plan_county(campuses, consortia)
    assert refused.value.remedy


def test_another_seed_gives_another_county_and_the_same_seed_the_same() -> None:
    assert plan_county(seed=7) == plan_county(seed=7)
    assert plan_county(seed=7).campuses[3].pupils != plan_county(seed=8).campuses[3].pupils


def test_every_fact_survives_the_registry_and_no_key_occurs_twice() -> None:
    facts = list(registry_facts(CITY))
    assert len({fact_key(fact) for fact in facts}) == len(facts)
    assert [FACT.validate_json(fact.model_dump_json()) for fact in facts] == facts


def test_the_organisation_knows_members_areas_and_expected_devices() -> None:
    organisation = organisation_of()
    consortium = DEFAULT.consortia[0]
    members = organisation.members(consortium.consortium_id, 1_795_474_200_000)
    assert set(members) == {campus.campus_id for campus in consortium.campuses}
    assert all(organisation.is_within(campus.area_id, AreaId("421100")) for campus in organisation.campuses.values())
    with_bus: list[Campus] = [
        organisation.campuses[campus.campus_id] for campus in DEFAULT.campuses if len(campus.bus_ids) == 1
    ]
    assert {fact.expected_devices["school_bus"] for fact in with_bus} == {1}  # type: ignore[index]


def test_each_token_opens_what_it_was_made_for() -> None:
    organisation = organisation_of()
    campus, consortium = DEFAULT.campuses[5], DEFAULT.consortia[2]
    source = source_token(DEFAULT.seed, campus.campus_id)
    assert organisation.sources[source.token_id].campus_ids == {campus.campus_id}
    assert matches(source.text, organisation.sources[source.token_id].token_sha256)
    supervisor = supervisor_token(DEFAULT.seed, consortium.consortium_id)
    assert organisation.viewers[supervisor.token_id].scope == {f"consortium:{consortium.consortium_id}"}
    bureau = bureau_token(DEFAULT.seed, "421181")
    assert organisation.viewers[bureau.token_id].scope == {"area:421181"}


@given(st.integers(0, 500), st.lists(st.integers(0, 50), min_size=1, max_size=12).filter(any))
def test_dividing_gives_everything_away_and_nobody_more_than_one_too_much(total: int, weights: list[int]) -> None:
    shares = divide(total, weights)
    assert sum(shares) == total
    exact = [total * weight / sum(weights) for weight in weights]
    assert all(abs(share - wanted) < 1 + 1e-6 for share, wanted in zip(shares, exact, strict=True))


def test_spreading_keeps_the_quota_and_mixes_from_the_start() -> None:
    sequence = spread({"a": 5, "b": 3, "c": 2}, 10)
    assert Counter(sequence) == {"a": 5, "b": 3, "c": 2}
    assert set(sequence[:3]) == {"a", "b", "c"}


def test_numbers_are_spelled_in_chinese() -> None:
    assert [chinese_number(number) for number in (2, 10, 11, 20, 34)] == ["二", "十", "十一", "二十", "三十四"]
