"""What it costs to know who asks by a session or a user's own token, and what a sign-in costs."""

import time
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from api.identity.passwords import NOBODYS, PARAMETERS
from api.identity.standing import Facts, api_token_of, principal_of_api_token, principal_of_session, session_of
from deploy.bench.figures import Figure, Report
from schemas.clock import DAY_MS
from schemas.identity import ApiToken, Password, Session, User
from schemas.identity_fold import Identity
from schemas.ids import AppointmentId, PersonId, UserId
from schemas.organisation import Organisation
from schemas.registry import Appointment, Person, Role
from schemas.tokens import IssuedToken, issue_token, token_id_of

Say = Callable[[str], None]


class Check(Protocol):
    """Turns a token into a principal."""

    def __call__(self, text: str, facts: Facts) -> object:
        """The principal, or None."""
        ...


USERS: Final = 5_000
ASKED: Final = 20_000
AT_MS: Final = 1_795_651_200_000
TARGET_US: Final = 5.0


def measure(say: Say) -> Report:
    """A session, an API token and an unknown token among those of a city; then the hash of a password."""
    report = Report("identity")
    facts, sessions, tokens = _city()
    checks: list[tuple[str, list[IssuedToken], Check]] = [
        ("session check", sessions, _by_session),
        ("API token check", tokens, _by_api_token),
        ("unknown session check", [issue_token("css") for _ in range(100)], _by_session),
    ]
    for name, held, check in checks:
        in_turn, again = (_micros(some, partial(check, facts=facts)) for some in (held, held[:1]))
        say(f"  {name}: {again:.2f} µs, {len(held):,} in turn {in_turn:.2f} µs")
        report.add(Figure(name, again, "µs", TARGET_US))
        report.add(Figure(f"{name}, {len(held):,} in turn", in_turn, "µs"))
    millis = _hash_ms()
    say(f"  password check: {millis:.1f} ms")
    report.add(Figure("password check (argon2id, 19 MiB), one at a time", millis, "ms"))
    report.notes.append(f"{USERS} users, each with a session and an API token; CPU time, the best of 5 rounds")
    return report


def _city() -> tuple[Facts, list[IssuedToken], list[IssuedToken]]:
    facts = Facts(Identity(), Organisation(), {})
    sessions, tokens = [], []
    for number in range(USERS):
        user_id, appointment_id = UserId(f"u-{number}"), AppointmentId(f"a-{number}")
        _appoint(facts.organisation, number, appointment_id)
        session, token = issue_token("css"), issue_token("cat")
        sessions.append(session)
        tokens.append(token)
        facts.identity.put(User(user_id=user_id, login=f"user-{number}", person_id=PersonId(f"p-{number}")))
        facts.identity.put(Password(user_id=user_id, argon2=NOBODYS, set_ms=0))
        facts.identity.put(_session(session, user_id, appointment_id))
        facts.identity.put(_api_token(token, user_id, appointment_id))
    return facts, sessions, tokens


def _appoint(organisation: Organisation, number: int, appointment_id: AppointmentId) -> None:
    person_id = PersonId(f"p-{number}")
    organisation.put(Person(person_id=person_id, name=f"person {number}"))
    organisation.put(
        Appointment(
            appointment_id=appointment_id,
            person_id=person_id,
            role=Role.SUPERVISOR,
            scope=frozenset({f"consortium:k-{number % 167}"}),
            valid_from_ms=0,
        )
    )


def _session(issued: IssuedToken, user_id: UserId, appointment_id: AppointmentId) -> Session:
    return Session(
        session_id=issued.token_id,
        sha256=issued.sha256,
        user_id=user_id,
        appointment_id=appointment_id,
        created_ms=AT_MS,
        last_strong_ms=AT_MS,
        not_after_ms=AT_MS + DAY_MS,
    )


def _api_token(issued: IssuedToken, user_id: UserId, appointment_id: AppointmentId) -> ApiToken:
    return ApiToken(
        token_id=issued.token_id,
        sha256=issued.sha256,
        user_id=user_id,
        name="bench",
        appointment_id=appointment_id,
        created_ms=AT_MS,
        not_after_ms=AT_MS + DAY_MS,
    )


def _by_session(text: str, facts: Facts) -> object:
    session_id = token_id_of(text, "css")
    found = session_of(text, session_id, facts.identity, AT_MS) if session_id else None
    return principal_of_session(found, facts, AT_MS) if found else None


def _by_api_token(text: str, facts: Facts) -> object:
    token_id = token_id_of(text, "cat")
    found = api_token_of(text, token_id, facts.identity, AT_MS) if token_id else None
    return principal_of_api_token(found, facts, AT_MS) if found else None


def _micros(held: list[IssuedToken], check: Callable[[str], object]) -> float:
    texts = [held[number % len(held)].text for number in range(ASKED)]
    best = float("inf")
    for _ in range(5):
        began_s = time.process_time()
        for text in texts:
            check(text)
        best = min(best, (time.process_time() - began_s) / ASKED * 1e6)
    return best


def _hash_ms() -> float:
    encoded = PARAMETERS.hash("a password that is measured")
    began_s = time.process_time()
    for _ in range(10):
        PARAMETERS.verify(encoded, "a password that is measured")
    return (time.process_time() - began_s) / 10 * 1e3
