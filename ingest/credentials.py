"""Who sends: from the text of an ``Authorization`` header to what that source may send. Deny by default."""

import hmac
from dataclasses import dataclass
from typing import NamedTuple

from ingest.errors import UnauthenticatedError
from schemas.clock import Clock
from schemas.ids import CampusId, EventTypeName, SystemName, TokenId
from schemas.organisation import Organisation
from schemas.registry import SourceCredential
from schemas.systems import PRODUCT_SYSTEMS
from schemas.tokens import matches, token_id_of


@dataclass(frozen=True)
class Grant:
    """What a source may send: events of these campuses, of these types."""

    token_id: TokenId
    campus_ids: frozenset[CampusId]
    types: frozenset[EventTypeName]


class _Proven(NamedTuple):
    """A token whose hash was compared with this very fact."""

    text: bytes
    credential: SourceCredential
    grant: Grant


class Authenticator:
    """Knows the sources from the organisation's facts.

    The hash of a token is computed once per fact: a later fact about the same token is another object and proves
    nothing yet, so a revocation, a new scope or a withdrawn fact counts from the next request on.
    """

    def __init__(self, organisation: Organisation, systems: dict[EventTypeName, SystemName], clock: Clock) -> None:
        self._organisation = organisation
        self._systems = systems
        self._clock = clock
        self._proven: dict[TokenId, _Proven] = {}

    def authenticate(self, header: bytes | None) -> Grant:
        """The grant of the token in an ``Authorization`` header.

        Raises:
            UnauthenticatedError: no such header, or a token that is unknown, expired or revoked. Which of these is not
                said to the outside.
        """
        text = _bearer(header)
        token_id = token_id_of(text.decode("latin-1"), "cst") if text else None
        credential = self._organisation.sources.get(token_id) if token_id else None
        if text is None or token_id is None or credential is None or not self._holds(credential):
            raise _refusal()
        proven = self._proven.get(token_id)
        if proven is None or proven.credential is not credential:
            proven = self._prove(text, token_id, credential)
        elif not hmac.compare_digest(proven.text, text):
            raise _refusal()
        return proven.grant

    def _holds(self, credential: SourceCredential) -> bool:
        if credential.revoked:
            return False
        return credential.not_after_ms is None or self._clock.now_ms() < credential.not_after_ms

    def _prove(self, text: bytes, token_id: TokenId, credential: SourceCredential) -> _Proven:
        if not matches(text.decode("ascii"), credential.token_sha256):
            raise _refusal()
        systems = credential.systems - frozenset(PRODUCT_SYSTEMS)  # whatever the fact says
        types = frozenset(name for name, system in self._systems.items() if system in systems)
        proven = _Proven(text, credential, Grant(token_id, credential.campus_ids, types))
        self._proven[token_id] = proven
        return proven


def _bearer(header: bytes | None) -> bytes | None:
    if header is None:
        return None
    scheme, _, text = header.partition(b" ")
    return text.strip() if scheme.lower() == b"bearer" else None


def _refusal() -> UnauthenticatedError:
    return UnauthenticatedError(
        "未认证 / not authenticated",
        cause="没有令牌，或令牌未知、过期、已吊销 / no token, or one that is unknown, expired or revoked",
        remedy="Authorization: Bearer cst_…；campanile token issue",
    )
