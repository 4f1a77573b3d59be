"""What the demonstration prints: everything that a person needs, in a terminal of 100 columns."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.demo.accounts import draw_accounts
from deploy.demo.columns import padded, width_of
from deploy.demo.facts import source_token, supervisor_token
from deploy.demo.people import holders
from deploy.demo.plan import County
from deploy.demo.planning import plan_county
from deploy.demo.school_day import SchoolDay
from deploy.demo.shell_file import Place, shell_text
from deploy.demo.term import term_of
from deploy.demo.tour import Scene, tour
from deploy.demo.words import as_json, welcome

DAY = SchoolDay(1_795_449_600_000)
ACCOUNTS = draw_accounts(holders(plan_county()))
WIDEST = 100


def scene(county: County) -> Scene:
    consortium = county.consortia[0]
    place = Place(
        gateway="http://127.0.0.1:8480",
        api="http://127.0.0.1:8481",
        data_dir=Path("/srv/demo"),
        source=source_token(county.token_seed, consortium.core.campus_id).text,
        viewer=supervisor_token(county.token_seed, consortium.consortium_id).text,
        from_ms=DAY.opens_ms,
        to_ms=DAY.at(6, 50),
        consortium=consortium.consortium_id,
        campus=consortium.core.campus_id,
    )
    return Scene(county, term_of(county, DAY), place)


SCENE = scene(plan_county())
LINES = list(welcome(SCENE, ACCOUNTS))


def test_lines_fit_into_a_terminal() -> None:
    assert [line for line in LINES if width_of(line) > WIDEST] == []


def test_every_account_is_told_with_its_password_and_everything_that_changed_in_the_term() -> None:
    text = "\n".join(LINES)
    assert all(account.login in text and account.password in text for account in ACCOUNTS)
    for change in ("加入 / joined", "协作 / cooperative → 共建 / co-built", "belongs to two", "退出 / left", "agreed"):
        assert change in text


def test_everything_from_the_first_step_on_is_a_script_that_a_shell_can_read() -> None:
    first = next(number for number, line in enumerate(LINES) if line.startswith("# 1  "))
    script = "\n".join(LINES[first:])
    for text in (script, shell_text(SCENE.place)):
        assert subprocess.run(["/bin/sh", "-n"], input=text.encode(), check=False, capture_output=True).stderr == b""


def test_programs_are_told_the_same_as_people() -> None:
    told = json.loads(json.dumps(as_json(SCENE, ACCOUNTS)))
    assert [account["password"] for account in told["accounts"]] == [account.password for account in ACCOUNTS]
    assert all(line in LINES for step in told["steps"] for command in step["commands"] for line in command.split("\n"))


@pytest.mark.parametrize(("campuses", "consortia"), [(1, 1), (2, 1), (12, 2), (300, 30)])
def test_a_county_of_any_size_is_told_without_what_it_has_not_got(campuses: int, consortia: int) -> None:
    county = plan_county(campuses, consortia)
    lines = list(welcome(scene(county), draw_accounts(holders(county))))
    assert [line for line in lines if width_of(line) > WIDEST] == []
    assert len(list(tour(scene(county)))) >= (8 if campuses >= 12 else 5)


def test_tokens_depend_on_the_county_s_key_and_not_on_the_seed_alone() -> None:
    keyed = replace(plan_county(), key="a secret of this demonstration")
    assert plan_county().token_seed == "1"
    assert scene(keyed).place.viewer != SCENE.place.viewer


def test_a_chinese_character_takes_two_columns() -> None:
    assert padded("钟楼", 6) == "钟楼  "
    assert padded("bell tower", 4) == "bell tower"
