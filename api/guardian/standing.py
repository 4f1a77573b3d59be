"""Who stands at the guardians' door: a session token turned into the children that it may show. Pure."""

from typing import NamedTuple

from schemas.guardians import Guardians
from schemas.guardianship import GuardianSession, Guardianship
from schemas.ids import GuardianId, TokenId
from schemas.tokens import matches, token_id_of


class Standing(NamedTuple):
    """A session in force."""

    session_id: TokenId
    guardian_id: GuardianId
    is_share: bool
    """Whether it may watch and do nothing else."""
    children: tuple[Guardianship, ...]
    """Whom it may ask about, consent or not."""

    def child(self, ref: str) -> Guardianship | None:
        """The child of a reference, or None: it does not exist, or not for this session."""
        return next((child for child in self.children if child.guardianship_id == ref), None)


def standing_of(text: str, guardians: Guardians, at_ms: int) -> Standing | None:
    """The standing of a bearer token, or None when it gives none."""
    session_id = token_id_of(text, "cgt")
    session = guardians.sessions.get(session_id) if session_id is not None else None
    if session is None or not matches(text, session.sha256):
        return None
    return stands_still(session.session_id, guardians, at_ms)


def stands_still(session_id: TokenId, guardians: Guardians, at_ms: int) -> Standing | None:
    """What a session that was let in before may still do."""
    session = guardians.sessions.get(session_id)
    if session is None or session.revoked or at_ms >= session.not_after_ms:
        return None
    if session.share_id is None:
        children = tuple(guardians.of_guardian(session.guardian_id))
        return Standing(session_id, session.guardian_id, is_share=False, children=children)
    shared = _shared(session, guardians, at_ms)
    return None if shared is None else Standing(session_id, session.guardian_id, is_share=True, children=(shared,))


def _shared(session: GuardianSession, guardians: Guardians, at_ms: int) -> Guardianship | None:
    share = guardians.shares.get(session.share_id) if session.share_id is not None else None
    if share is None or share.revoked or at_ms >= share.not_after_ms or share.guardianship_id in guardians.ends:
        return None
    return guardians.guardianships.get(share.guardianship_id)
