"""Issues, lists and revokes tokens. What is kept of a token is its public id and its SHA-256."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple, Self

from pydantic import ValidationError

from deploy.attach import attach
from deploy.registry_reader import read_organisation
from deploy.registry_writer import write_facts
from schemas.clock import DAY_MS, Clock
from schemas.errors import ConfigurationError
from schemas.ids import CampusId, SystemName, TokenId
from schemas.organisation import Organisation
from schemas.registry import Role, SourceCredential, ViewerCredential
from schemas.systems import SYSTEMS
from schemas.tokens import issue_token


class TokenRefusedError(ConfigurationError):
    """The token asked for makes no sense: unknown campus, system, role or scope."""

    code = "CAMP-340"


class TokenRow(NamedTuple):
    """A token as a list shows it."""

    token_id: str
    kind: str
    may: str
    until: str
    """ISO 8601, UTC; empty: no end."""
    revoked: bool


class TokenDesk:
    """The tokens of one deployment."""

    def __init__(self, bootstrap: str, prefix: str, clock: Clock) -> None:
        self._bootstrap, self._prefix, self._clock = bootstrap, prefix, clock

    @classmethod
    def of_this_deployment(cls) -> Self:
        """The desk of the deployment that the settings, or the data directory, name."""
        attached = attach()
        return cls(attached.bootstrap, attached.settings.prefix, attached.settings.clock.build())

    def issue_source(self, campuses: Iterable[str], systems: Iterable[str], days: int) -> str:
        """Make a source token and return its text, which nobody can see again.

        Raises:
            TokenRefusedError: a campus or system does not exist.
        """
        campuses, systems = frozenset(campuses), frozenset(systems)
        unknown = sorted(campuses - set(self._organisation().campuses)) + sorted(systems - set(SYSTEMS))
        if unknown:
            raise _refused(unknown)
        token = issue_token("cst")
        credential = SourceCredential(
            token_id=token.token_id,
            token_sha256=token.sha256,
            campus_ids=frozenset(map(CampusId, campuses)),
            systems=frozenset(map(SystemName, systems)),
            not_after_ms=self._clock.now_ms() + days * DAY_MS,
        )
        write_facts(self._bootstrap, self._prefix, [credential])
        return token.text

    def issue_viewer(self, role: str, scopes: Iterable[str], days: int) -> str:
        """Make a viewer token and return its text, which nobody can see again.

        Raises:
            TokenRefusedError: the role is unknown, or a scope names nothing that exists.
        """
        scopes = frozenset(scopes)
        unknown = sorted(scopes - _scopes(self._organisation()))
        if unknown:
            raise _refused(unknown)
        token = issue_token("cvt")
        try:
            credential = ViewerCredential(
                token_id=token.token_id,
                token_sha256=token.sha256,
                role=Role(role),
                scope=scopes,
                not_after_ms=self._clock.now_ms() + days * DAY_MS,
            )
        except (ValueError, ValidationError) as error:
            raise _refused([role]) from error
        write_facts(self._bootstrap, self._prefix, [credential])
        return token.text

    def revoke(self, token_ids: Iterable[str]) -> None:
        """Revoke tokens: all of them, or none when one is unknown.

        Raises:
            TokenRefusedError: a token is unknown.
        """
        known = _credentials(self._organisation())
        wanted = list(token_ids)
        unknown = [token_id for token_id in wanted if token_id not in known]
        if unknown:
            raise _refused(unknown)
        write_facts(
            self._bootstrap,
            self._prefix,
            [known[TokenId(token_id)].model_copy(update={"revoked": True}) for token_id in wanted],
        )

    def rows(self) -> list[TokenRow]:
        """Every token, in the order of issue."""
        return [_row(credential) for credential in _credentials(self._organisation()).values()]

    def _organisation(self) -> Organisation:
        return read_organisation(self._bootstrap, self._prefix)


def _credentials(organisation: Organisation) -> dict[TokenId, SourceCredential | ViewerCredential]:
    return {
        fact.token_id: fact for fact in organisation.facts() if isinstance(fact, SourceCredential | ViewerCredential)
    }


def _scopes(organisation: Organisation) -> set[str]:
    return (
        {f"campus:{campus_id}" for campus_id in organisation.campuses}
        | {f"consortium:{consortium_id}" for consortium_id in organisation.consortia}
        | {f"area:{area_id}" for area_id in organisation.areas}
    )


def _row(credential: SourceCredential | ViewerCredential) -> TokenRow:
    until_ms = credential.not_after_ms
    until = "" if until_ms is None else datetime.fromtimestamp(until_ms / 1000, UTC).isoformat(timespec="seconds")
    if isinstance(credential, SourceCredential):
        may = f"{','.join(sorted(credential.systems))} @ {','.join(sorted(credential.campus_ids))}"
    else:
        may = f"{credential.role} @ {','.join(sorted(credential.scope))}"
    return TokenRow(credential.token_id, credential.kind, may, until, credential.revoked)


def _refused(unknown: list[str]) -> TokenRefusedError:
    return TokenRefusedError(
        f"不存在 / there is no such thing: {', '.join(unknown)}",
        cause="it is not in campus.registry, or is no system or role of this version",
        remedy="campanile org show, campanile token list",
    )
