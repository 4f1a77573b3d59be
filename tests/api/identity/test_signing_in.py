"""Signing in, being somebody, and being nobody again."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest

from api.identity.settings import IdentitySettings
from schemas.clock import HOUR_MS, MINUTE_MS
from schemas.identity import Session, SessionUse
from schemas.registry import Role
from tests.api.support.people import PASSWORD, Town, appointment, town
from tests.api.support.sse import until
from tests.api.support.world import N1, N2, NORTH


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path) as found:
        yield found


async def test_person_signs_in_and_sees_what_the_appointment_shows(place: Town) -> None:
    token = await place.sign_in("HEAD")
    status, who = await place.ask("GET", "/v1/session", token=token)
    assert (status, who["role"], who["scope"]) == (200, "supervisor", [f"consortium:{NORTH}"])
    assert who["user"]["login"] == "head"
    assert (await place.ask("GET", f"/v1/campuses/{N2}", token=token))[0] == 200
    assert (await place.ask("GET", "/v1/campuses/s-1", token=token))[0] == 404


async def test_wrong_password_unknown_login_and_disabled_user_are_told_the_same(place: Town) -> None:
    disabled = place.identity.user_by_login("none")
    assert disabled is not None
    place.identity.put(disabled.model_copy(update={"disabled": True}))
    answers = [
        await place.ask("POST", "/v1/session", {"login": login, "password": password})
        for login, password in (("head", "wrong"), ("nobody-at-all", PASSWORD), ("none", PASSWORD), ("\ud7ff", "x"))
    ]
    assert {status for status, _ in answers} == {401}
    assert len({str(body) for _, body in answers}) == 1
    assert answers[0][1]["code"] == "CAMP-120"


async def test_text_that_cannot_be_encoded_is_refused_and_not_an_error_of_ours(place: Town) -> None:
    for raw in (
        b'{"login":"head","password":"\\ud800"}',
        b'{"login":"\\udfff","password":"x"}',
        b"[",
        b"\xff\xfe",
        b"",
    ):
        headers = {"Content-Type": "application/json"}
        async with place.client.http.post(place.base + "/v1/session", data=raw, headers=headers) as response:
            assert response.status in (401, 422), raw


async def test_body_of_a_form_or_of_plain_text_signs_nobody_in(place: Town) -> None:
    body = '{"login":"head","password":"' + PASSWORD + '"}'
    for media_type in ("text/plain", "application/x-www-form-urlencoded"):
        headers = {"Content-Type": media_type}
        async with place.client.http.post(place.base + "/v1/session", data=body.encode(), headers=headers) as response:
            assert response.status == 422


async def test_body_beyond_the_limit_is_refused_announced_or_not(place: Town) -> None:
    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65536

    for data in (BytesIO(b"x" * (2 << 20)), unannounced()):
        headers = {"Content-Type": "application/json"}
        async with place.client.http.post(place.base + "/v1/session", data=data, headers=headers) as response:
            assert response.status == 413


async def test_who_has_two_appointments_chooses_and_acts_in_that_one_alone(place: Town) -> None:
    token = await place.sign_in("two")
    status, refused = await place.ask("GET", f"/v1/campuses/{N1}", token=token)
    assert (status, refused["code"]) == (403, "CAMP-125")
    who = (await place.ask("GET", "/v1/session", token=token))[1]
    assert (who["role"], [found["appointment_id"] for found in who["appointments"]]) == (None, ["a-two-1", "a-two-2"])
    await place.ask("POST", "/v1/session/appointment", {"appointment_id": "a-two-2"}, token=token)
    assert (await place.ask("GET", f"/v1/campuses/{N1}", token=token))[0] == 404
    assert (await place.ask("GET", f"/v1/campuses/{N2}", token=token))[0] == 200


async def test_appointment_of_somebody_else_cannot_be_chosen(place: Town) -> None:
    token = await place.sign_in("two")
    for wanted in ("a-bureau-1", "no-such"):
        status, body = await place.ask("POST", "/v1/session/appointment", {"appointment_id": wanted}, token=token)
        assert (status, body["code"]) == (403, "CAMP-125")


async def test_appointment_that_ends_takes_the_view_with_it(place: Town) -> None:
    token = await place.sign_in("head")
    until_ms = place.clock.now_ms() + 1000
    place.rig.facts.put(appointment("head", Role.SUPERVISOR, f"consortium:{NORTH}", until_ms=until_ms))
    assert (await place.ask("GET", f"/v1/campuses/{N2}", token=token))[0] == 200
    place.clock.instant_ms = until_ms
    assert (await place.ask("GET", f"/v1/campuses/{N2}", token=token))[0] == 403


async def test_administrator_without_appointment_sees_no_content(place: Town) -> None:
    token = await place.sign_in("admin")
    assert (await place.ask("GET", "/v1/organisation", token=token))[0] == 403
    assert (await place.ask("GET", "/v1/users", token=token))[0] == 200


async def test_session_that_is_signed_out_is_over_and_its_stream_ends(place: Town) -> None:
    token = await place.sign_in("head")
    async with place.client.stream({"Authorization": f"Bearer {token}"}) as reader:
        await until(reader, "live")
        assert (await place.ask("DELETE", "/v1/session", token=token))[0] == 204
        place.rig.hub.judge_again()
        events = await until(reader, "goodbye")
    assert events[-1].data["reason"] == "unauthorised"
    assert (await place.ask("GET", "/v1/session", token=token))[0] == 401


async def test_session_written_again_after_its_end_stays_over(place: Town) -> None:
    token = await place.sign_in("head")
    session = place.signed_in(token).session
    await place.ask("DELETE", "/v1/session", token=token)
    place.identity.put(session)
    assert (await place.ask("GET", "/v1/session", token=token))[0] == 401


async def test_session_ends_when_idle_and_at_its_absolute_end(place: Town) -> None:
    idle, busy = await place.sign_in("head"), await place.sign_in("head")
    for _ in range(23):
        place.clock.instant_ms += 29 * MINUTE_MS
        assert (await place.ask("GET", "/v1/session", token=busy))[0] == 200
    assert (await place.ask("GET", "/v1/session", token=idle))[0] == 401
    place.clock.instant_ms += HOUR_MS
    assert (await place.ask("GET", "/v1/session", token=busy))[0] == 401


async def test_session_with_an_open_stream_is_not_idle(place: Town) -> None:
    token = await place.sign_in("head")
    async with place.client.stream({"Authorization": f"Bearer {token}"}) as reader:
        await until(reader, "live")
        place.clock.instant_ms += HOUR_MS
        assert (await place.ask("GET", "/v1/session", token=token))[0] == 200
        place.clock.instant_ms += HOUR_MS
    place.rig.hub.on_close(place.signed_in(token).session.session_id, place.clock.now_ms())
    assert (await place.ask("GET", "/v1/session", token=token))[0] == 200


async def test_stream_ends_with_its_session(place: Town) -> None:
    token = await place.sign_in("head")
    async with place.client.stream({"Authorization": f"Bearer {token}"}) as reader:
        await until(reader, "live")
        place.clock.instant_ms += 12 * HOUR_MS
        events = await until(reader, "goodbye")
    assert events[-1].data["reason"] == "unauthorised"


async def test_use_is_written_once_a_minute_and_what_expired_is_withdrawn(place: Town) -> None:
    token = await place.sign_in("head")
    session_id = place.signed_in(token).session.session_id
    await place.ask("GET", "/v1/session", token=token)
    await place.services.uses.flush()
    first = place.identity.get(SessionUse, session_id)
    place.clock.instant_ms += MINUTE_MS // 2
    await place.ask("GET", "/v1/session", token=token)
    await place.services.uses.flush()
    assert place.identity.get(SessionUse, session_id) == first
    place.clock.instant_ms += 13 * HOUR_MS
    await place.services.uses.tidy()
    assert (place.identity.get(SessionUse, session_id), place.identity.get(Session, session_id)) == (None, None)


async def test_new_password_ends_every_session_and_gives_a_fresh_one(place: Town) -> None:
    other, token = await place.sign_in("head"), await place.sign_in("head")
    body = {"password": PASSWORD, "new_password": "drei schwarze Raben fliegen"}
    place.clock.instant_ms += 1
    status, opened = await place.ask("POST", "/v1/session/password", body, token=token)
    assert status == 200
    assert [(await place.ask("GET", "/v1/session", token=found))[0] for found in (other, token, opened["token"])] == [
        401,
        401,
        200,
    ]
    assert await place.sign_in("head", "drei schwarze Raben fliegen")


async def test_new_password_needs_the_old_one_and_must_not_be_weak(place: Town) -> None:
    token = await place.sign_in("head")
    wrong = {"password": "wrong", "new_password": "drei schwarze Raben fliegen"}
    weak = {"password": PASSWORD, "new_password": "Campanile2026!!"}
    assert (await place.ask("POST", "/v1/session/password", wrong, token=token))[1]["code"] == "CAMP-120"
    assert (await place.ask("POST", "/v1/session/password", weak, token=token))[1]["code"] == "CAMP-124"
    assert (await place.ask("GET", "/v1/session", token=token))[0] == 200


async def test_delicate_things_need_a_recent_proof(place: Town) -> None:
    token = await place.sign_in("admin")
    place.clock.instant_ms += 11 * MINUTE_MS
    status, body = await place.ask("POST", "/v1/users", {"login": "new-one"}, token=token)
    assert (status, body["code"]) == (403, "CAMP-127")
    assert (await place.ask("POST", "/v1/session/proof", {"password": PASSWORD}, token=token))[0] == 200
    assert (await place.ask("POST", "/v1/users", {"login": "new-one"}, token=token))[0] == 201


async def test_requests_beyond_the_share_of_a_minute_are_told_to_wait(tmp_path: Path) -> None:
    async with town(tmp_path, settings=IdentitySettings(requests_per_min=5, strangers_per_min=3)) as place:
        token = await place.sign_in("head")
        seen = [(await place.ask("GET", "/v1/session", token=token))[0] for _ in range(6)]
        strangers = [(await place.ask("GET", "/v1/organisation"))[0] for _ in range(4)]
    assert seen == [200] * 5 + [429]
    assert strangers == [401] * 3 + [429]
