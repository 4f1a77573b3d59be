"""One-time codes: enrolled once, taken once, needed where the setting says so."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pyotp
import pytest

from api.identity.one_time import step_of
from api.identity.settings import IdentitySettings
from api.identity.vault import SealBrokenError, Vault
from schemas.clock import MINUTE_MS
from schemas.identity import SecondFactor, User
from schemas.ids import UserId
from tests.api.support.people import PASSWORD, Town, town
from tests.api.support.world import N2


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path) as found:
        yield found


def code_of(place: Town, enrolment: dict[str, Any]) -> str:
    found = pyotp.parse_uri(enrolment["otpauth_uri"])
    assert isinstance(found, pyotp.TOTP)
    return found.at(place.clock.now_ms() // 1000)


async def enrolled(place: Town, login: str = "head") -> dict[str, Any]:
    """A confirmed factor; the clock then stands a minute later."""
    token = await place.sign_in(login)
    status, made = await place.ask("POST", "/v1/session/second-factor", token=token)
    assert status == 201
    code = {"code": code_of(place, made)}
    assert (await place.ask("POST", "/v1/session/second-factor/confirmation", code, token=token))[0] == 204
    place.clock.instant_ms += MINUTE_MS
    return dict(made)


async def test_confirmed_factor_is_needed_from_the_next_sign_in_on(place: Town) -> None:
    made = await enrolled(place)
    body = {"login": "head", "password": PASSWORD}
    assert (await place.ask("POST", "/v1/session", body))[1]["code"] == "CAMP-121"
    assert (await place.ask("POST", "/v1/session", body | {"code": "000000"}))[1]["code"] == "CAMP-120"
    wrong = {"login": "head", "password": "wrong", "code": code_of(place, made)}
    assert (await place.ask("POST", "/v1/session", wrong))[1]["code"] == "CAMP-120"
    assert await place.sign_in("head", code=code_of(place, made))


async def test_code_is_taken_once_and_no_older_one_after_it(place: Town) -> None:
    made = await enrolled(place)
    earlier = code_of(place, made)
    place.clock.instant_ms += 30_000
    code = code_of(place, made)
    assert await place.sign_in("head", code=code)
    for again in (code, earlier):
        body = {"login": "head", "password": PASSWORD, "code": again}
        assert (await place.ask("POST", "/v1/session", body))[1]["code"] == "CAMP-120"


async def test_code_that_was_taken_is_remembered_by_the_log(place: Town) -> None:
    made = await enrolled(place)
    code = code_of(place, made)
    await place.sign_in("head", code=code)
    place.services.steps.clear()
    body = {"login": "head", "password": PASSWORD, "code": code}
    assert (await place.ask("POST", "/v1/session", body))[1]["code"] == "CAMP-120"


async def test_recovery_code_is_good_once(place: Town) -> None:
    made = await enrolled(place)
    first, second, *_ = made["recovery_codes"]
    assert await place.sign_in("head", code=first.upper())
    place.services.spent.clear()
    body = {"login": "head", "password": PASSWORD, "code": first}
    assert (await place.ask("POST", "/v1/session", body))[1]["code"] == "CAMP-120"
    assert await place.sign_in("head", code=second)


async def test_secret_lies_sealed_and_recovery_codes_hashed(place: Town) -> None:
    made = await enrolled(place)
    secret = pyotp.parse_uri(made["otpauth_uri"]).secret
    written = "".join(fact.model_dump_json() for fact in place.identity.facts())
    assert secret not in written
    assert not any(code in written for code in made["recovery_codes"])


async def test_factor_that_is_not_confirmed_in_time_is_not_confirmed(place: Town) -> None:
    token = await place.sign_in("head")
    made = (await place.ask("POST", "/v1/session/second-factor", token=token))[1]
    place.clock.instant_ms += 16 * MINUTE_MS
    body = {"code": code_of(place, made)}
    assert (await place.ask("POST", "/v1/session/second-factor/confirmation", body, token=token))[1][
        "code"
    ] == "CAMP-130"
    assert await place.sign_in("head")


async def test_factor_is_removed_only_after_a_proof_with_a_code(place: Town) -> None:
    made = await enrolled(place)
    token = await place.sign_in("head", code=code_of(place, made))
    place.clock.instant_ms += 11 * MINUTE_MS
    assert (await place.ask("DELETE", "/v1/session/second-factor", token=token))[1]["code"] == "CAMP-127"
    assert (await place.ask("POST", "/v1/session/proof", {"password": PASSWORD}, token=token))[1]["code"] == "CAMP-121"
    proof = {"password": PASSWORD, "code": code_of(place, made)}
    assert (await place.ask("POST", "/v1/session/proof", proof, token=token))[0] == 200
    assert (await place.ask("DELETE", "/v1/session/second-factor", token=token))[0] == 204
    assert await place.sign_in("head")


async def test_role_that_needs_a_factor_sees_nothing_without_one(tmp_path: Path) -> None:
    async with town(tmp_path, settings=IdentitySettings(second_factor_roles="supervisor, bureau")) as place:
        token = await place.sign_in("head")
        assert (await place.ask("GET", f"/v1/campuses/{N2}", token=token))[1]["code"] == "CAMP-136"
        assert (await place.ask("GET", "/v1/session", token=token))[1]["needs_second_factor"] is True
        await enrolled(place)
        assert (await place.ask("GET", f"/v1/campuses/{N2}", token=token))[0] == 200


def test_code_of_the_step_before_or_after_is_taken_and_no_further_one() -> None:
    secret, at_ms = pyotp.random_base32(), 1_795_651_200_000
    now = at_ms // 30_000
    taken = {step: step_of(secret, pyotp.TOTP(secret).generate_otp(now + step), at_ms, -1) for step in range(-2, 3)}
    assert taken == {-2: None, -1: now - 1, 0: now, 1: now + 1, 2: None}


@pytest.mark.parametrize("code", ["", "12345", "١٢٣٤٥٦", "000 000 0", "\x00" * 6, "１２３４５６"])
def test_text_that_is_no_code_is_not_taken(code: str) -> None:
    assert step_of(pyotp.random_base32(), code, 1_795_651_200_000, -1) is None


def test_seal_opens_for_its_user_and_by_its_key_alone() -> None:
    vault = Vault(b"key")
    sealed = vault.seal(UserId("u-1"), "SECRET")
    assert vault.open(UserId("u-1"), sealed) == "SECRET"
    for other, user_id, text in (
        (vault, "u-2", sealed),
        (Vault(b"another"), "u-1", sealed),
        (vault, "u-1", sealed[:-4] + "AAAA"),
        (vault, "u-1", "no base64"),
        (vault, "u-1", ""),
    ):
        with pytest.raises(SealBrokenError):
            other.open(UserId(user_id), text)


async def test_second_factor_of_somebody_else_is_no_use(place: Town) -> None:
    made = await enrolled(place, "head")
    await enrolled(place, "bureau")
    assert len({fact.user_id for fact in place.identity.all(SecondFactor)}) == 2
    assert len(place.identity.all(User)) > 2
    body = {"login": "bureau", "password": PASSWORD, "code": code_of(place, made)}
    assert (await place.ask("POST", "/v1/session", body))[1]["code"] == "CAMP-120"
