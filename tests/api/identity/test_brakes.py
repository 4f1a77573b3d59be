"""Passwords that are refused, guesses that are braked, hashes that wait in line: all pure, or with real threads."""

import asyncio
import threading

import pytest

from api.identity.attempts import Attempts
from api.identity.errors import PasswordRefusedError, TooManyAttemptsError
from api.identity.password_rules import require_good_password
from api.identity.passwords import NOBODYS, PARAMETERS, Passwords
from api.identity.rate import Rate
from api.identity.settings import IdentitySettings

SETTINGS = IdentitySettings()


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * 300,
        "Campanile2026!!",
        "P@ssw0rd2026!!",
        "qwertyuiop123",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "123456789012345",
        "abcdefgh87654321",
        "zhang.wei.2026",
        "ZHANGwei1988!!!!",
        "密码密码密码密码密码密码",
        "1qaz2wsx3edc4rfv",
        "administrator1",
    ],
)
def test_password_that_is_guessed_early_is_refused(password: str) -> None:
    with pytest.raises(PasswordRefusedError) as caught:
        require_good_password(password, "zhang.wei", 12)
    assert password not in str(caught.value) + caught.value.cause + caught.value.remedy


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "春天里的小河慢慢流过村庄",
        "3fK9-xmQ2-77ab",
        "Donaudampfschiff",
        "ｗｉｎｄｏｗ ｌａｎｔｅｒｎ",
    ],
)
def test_password_of_unrelated_parts_is_taken(password: str) -> None:
    require_good_password(password, "zhang.wei", 12)


async def test_one_spelling_of_a_password_is_as_good_as_another_that_looks_the_same() -> None:
    passwords = Passwords(1, 4)
    try:
        encoded = await passwords.encoded("Ａｎｇｓｔröm ﬁsh")
        assert await passwords.is_right("Angström fish", encoded)
    finally:
        passwords.close()


async def test_password_of_nobody_is_never_right_and_costs_the_same_parameters() -> None:
    passwords = Passwords(1, 4)
    try:
        assert not await passwords.is_right("anything", None)
        assert not PARAMETERS.check_needs_rehash(NOBODYS)
    finally:
        passwords.close()


async def test_more_sign_ins_than_may_wait_are_turned_away_and_the_others_are_served() -> None:
    passwords = Passwords(1, 2)
    gate = threading.Event()
    try:
        waiting = [asyncio.create_task(passwords._run(gate.wait)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyAttemptsError):
            await passwords.is_right("x", None)
        waiting[2].cancel()
        gate.set()
        assert await asyncio.gather(*waiting[:2]) == [True, True]
        assert not await passwords.is_right("x", None)
    finally:
        gate.set()
        passwords.close()


class Stopwatch:
    """Monotonic seconds that stand still until moved."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def is_admitted(attempts: Attempts, login: str, address: str) -> bool:
    try:
        attempts.admit(login, address)
    except TooManyAttemptsError:
        return False
    return True


def test_failures_from_one_address_stop_that_address_for_that_login() -> None:
    watch = Stopwatch()
    attempts = Attempts(SETTINGS, watch)
    for _ in range(5):
        attempts.admit("head", "10.0.0.1")
        attempts.failed("head", "10.0.0.1")
    assert not is_admitted(attempts, "HEAD", "10.0.0.1")
    assert is_admitted(attempts, "head", "10.0.0.2")
    assert is_admitted(attempts, "two", "10.0.0.1")
    watch.now_s += 13
    assert is_admitted(attempts, "head", "10.0.0.1")


def test_one_address_cannot_try_many_logins() -> None:
    attempts = Attempts(SETTINGS, Stopwatch())
    for number in range(30):
        attempts.failed(f"user-{number}", "10.0.0.1")
    assert not is_admitted(attempts, "another", "10.0.0.1")


def test_flood_of_failures_from_everywhere_keeps_the_person_out_for_seconds_and_their_own_address_never() -> None:
    watch = Stopwatch()
    attempts = Attempts(SETTINGS, watch)
    attempts.succeeded("head", "school")
    for number in range(1000):
        if is_admitted(attempts, "head", f"bot-{number}"):
            attempts.failed("head", f"bot-{number}")
    assert is_admitted(attempts, "head", "school")
    assert not is_admitted(attempts, "head", "home")
    watch.now_s += 60
    assert is_admitted(attempts, "head", "home")


def test_logins_are_not_kept_in_the_clear() -> None:
    attempts = Attempts(SETTINGS, Stopwatch())
    attempts.failed("zhang.wei", "10.0.0.1")
    attempts.succeeded("zhang.wei", "10.0.0.1")
    assert "zhang" not in repr(vars(attempts._logins)) + repr(vars(attempts._pairs)) + repr(attempts._known)


def test_rate_gives_back_evenly_and_remembers_a_bounded_number_of_keys() -> None:
    rate = Rate(60, keys_max=100)
    assert [rate.take("a", 0.0) for _ in range(61)] == [0] * 60 + [1]
    assert [rate.take("a", 1.0), rate.take("a", 1.0)] == [0, 1]
    for number in range(1000):
        rate.take(f"key-{number}", 2.0)
    assert len(rate._free_at_s) == 100
