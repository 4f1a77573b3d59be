"""People who may sign in, over a fold that is written to directly: the log's part is tested with a real log."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from api.identity.passwords import PARAMETERS
from api.identity.services import IdentityServices
from api.identity.settings import IdentitySettings
from api.identity.standing import SignedIn, session_of
from schemas.clock import ManualClock
from schemas.identity import AnyIdentityFact, Password, User, identity_key
from schemas.identity_fold import Identity
from schemas.ids import AppointmentId, PersonId, UserId
from schemas.organisation import Organisation
from schemas.registry import Appointment, Person, Role
from schemas.tokens import token_id_of
from tests.api.support.counting import CountingMeter
from tests.api.support.serving import Client, Rig, serving
from tests.api.support.world import N1, N2, NORTH, NOW_MS, organisation

PASSWORD = "小河慢慢流过 the quiet village"
ENCODED = PARAMETERS.hash(PASSWORD)


class FoldLog:
    """Writes straight into the fold; ``written`` counts the batches."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self.written = 0

    async def write(self, facts: Sequence[AnyIdentityFact], withdrawn: Iterable[str] = ()) -> None:
        await asyncio.sleep(0)  # as a log would, let others run
        self.written += 1
        for fact in facts:
            self._identity.apply(identity_key(fact), fact.model_dump_json().encode())
        for key in withdrawn:
            self._identity.apply(key, None)


def person(name: str) -> Person:
    return Person(person_id=PersonId(f"p-{name}"), name=name)


def appointment(name: str, role: Role, *scope: str, number: int = 1, until_ms: int | None = None) -> Appointment:
    return Appointment(
        appointment_id=AppointmentId(f"a-{name}-{number}"),
        person_id=PersonId(f"p-{name}"),
        role=role,
        scope=frozenset(scope),
        valid_from_ms=0,
        valid_to_ms=until_ms,
    )


def user(name: str, **changes: object) -> User:
    return User(user_id=UserId(f"u-{name}"), login=name, person_id=PersonId(f"p-{name}")).model_copy(update=changes)


APPOINTMENTS = (
    appointment("head", Role.SUPERVISOR, f"consortium:{NORTH}"),
    appointment("two", Role.PRINCIPAL, f"campus:{N1}", number=1),
    appointment("two", Role.PRINCIPAL, f"campus:{N2}", number=2),
    appointment("bureau", Role.BUREAU, "area:4201"),
    appointment("south", Role.BUREAU, "area:4202"),
)


def staffed() -> Organisation:
    """The usual organisation, and people: ``head``, ``two`` (two appointments), ``bureau``, ``south``, ``none``."""
    facts = organisation()
    for name in ("head", "two", "bureau", "south", "none"):
        facts.put(person(name))
    for found in APPOINTMENTS:
        facts.put(found)
    return facts


def people() -> Identity:
    """A user for each person, all with one password, and ``admin`` who is nobody's person."""
    identity = Identity()
    for found in (
        *(user(name) for name in ("head", "two", "bureau", "south", "none")),
        user("admin", person_id=None, is_administrator=True),
    ):
        identity.put(found)
        identity.put(Password(user_id=found.user_id, argon2=ENCODED, set_ms=0))
    return identity


def services(
    directory: Path, identity: Identity, clock: ManualClock, settings: IdentitySettings | None = None
) -> IdentityServices:
    return IdentityServices.make(
        settings or IdentitySettings(),
        identity,
        FoldLog(identity),
        clock=clock,
        seal_secret=b"a secret of tests",
        setup_file=directory / "secrets" / "setup-code",
    )


@dataclass
class Town:
    """A running API, its clock, and the fold behind it."""

    rig: Rig
    clock: ManualClock
    identity: Identity
    services: IdentityServices
    client: Client

    @property
    def base(self) -> str:
        return self.client.base

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Status and JSON body of a request; aiohttp keeps no cookies of a numbered host."""
        sent = dict(headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        options: dict[str, Any] = {"json": body} if body is not None else {}
        async with self.client.http.request(method, self.base + path, headers=sent, **options) as found:
            text = await found.text()
            is_json = "json" in found.content_type
            return found.status, (await found.json(content_type=None) if is_json and text else text)

    async def sign_in(self, login: str, password: str = PASSWORD, code: str | None = None) -> str:
        """The token of a fresh session."""
        body = {"login": login, "password": password} | ({"code": code} if code else {})
        status, answer = await self.ask("POST", "/v1/session", body)
        assert status == 201, answer
        return str(answer["token"])

    def signed_in(self, token: str) -> SignedIn:
        """The session of a token, as the fold has it."""
        session_id = token_id_of(token, "css")
        assert session_id is not None
        found = session_of(token, session_id, self.identity, self.clock.now_ms())
        assert found is not None
        return found


@asynccontextmanager
async def town(
    directory: Path, identity: Identity | None = None, settings: IdentitySettings | None = None
) -> AsyncIterator[Town]:
    """An API in which the people of :func:`people` can sign in."""
    clock = ManualClock(NOW_MS)
    identity = identity if identity is not None else people()
    made = services(directory, identity, clock, settings)
    rig = Rig(facts=staffed(), clock=clock, meter=CountingMeter(), identity=made)
    made = replace(made, is_held=rig.hub.is_held)
    rig.identity = made
    rig.hub.on_close = made.note_use
    try:
        async with serving(rig.context()) as client:
            yield Town(rig, clock, identity, made, client)
    finally:
        await made.close()
