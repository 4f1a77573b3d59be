"""A code becomes a session: an invitation's makes a guardian, a share's lets somebody watch."""

import secrets
import time
from typing import NamedTuple

from api.access.entries import Entry
from api.context import ApiContext
from api.guardian.codes import is_same, read_code
from api.guardian.errors import CodeRefusedError, PolicyVersionError, TooManyChildrenError, TooManyTriesError
from api.guardian.inviting import invitation_id_of, is_open
from api.guardian.standing import Standing
from schemas.clock import DAY_MS
from schemas.guardians import guardianship_id_of
from schemas.guardianship import Consent, GuardianSession, Guardianship, Invitation, ShareLink
from schemas.ids import GuardianId, ShareId
from schemas.tokens import IssuedToken, issue_token


class Admitted(NamedTuple):
    """Somebody came in: the token is shown once; None where the session that was shown goes on."""

    token: IssuedToken | None
    guardianship: Guardianship
    not_after_ms: int


def admit_try(api: ApiContext, address: str) -> None:
    """Count a try of an address.

    Raises:
        TooManyTriesError: it must wait.
    """
    wait_s = api.guardians.tries.take(address, time.monotonic())
    if wait_s:
        raise TooManyTriesError(wait_s)


async def redeem(
    api: ApiContext, typed: str, consent_to: str | None, standing: Standing | None, at_ms: int
) -> Admitted:
    """Use an invitation's code; with a guardian's session it adds a child to that guardian.

    Raises:
        CodeRefusedError: the code is not good.
        PolicyVersionError: consent was given to another version than the one in force.
        TooManyChildrenError: the guardian has as many children as one may.
        UnreachableError: it is not certain that it is recorded and kept.
    """
    async with api.guardians.redeeming:
        invitation = _invitation(api, typed, at_ms)
        settings = api.guardians.settings
        if consent_to is not None and consent_to != settings.policy_version:
            raise PolicyVersionError(settings.policy_version)
        if standing is not None and len(standing.children) >= settings.children_max:
            raise TooManyChildrenError(settings.children_max)
        guardian_id = standing.guardian_id if standing else GuardianId(f"gd-{secrets.token_hex(8)}")
        guardianship = _guardianship(invitation, guardian_id, at_ms)
        consent = None if consent_to is None else consent_of(guardianship, consent_to, at_ms, is_given=True)
        token = None if standing else issue_token("cgt")
        session = None if token is None else _session(token, guardian_id, at_ms, at_ms + settings.session_days * DAY_MS)
        await api.journal.write(_entries(invitation, guardianship, consent), at_ms)
        await api.identity.log.write([fact for fact in (guardianship, consent, session) if fact is not None])
    not_after_ms = session.not_after_ms if session else at_ms + settings.session_days * DAY_MS
    return Admitted(token, guardianship, not_after_ms)


async def exchange(api: ApiContext, typed: str, at_ms: int) -> Admitted:
    """Use a share's code, once: a session that may watch one child's run until the share ends.

    Raises:
        CodeRefusedError: the code is not good.
        UnreachableError: it is not certain that it is kept.
    """
    async with api.guardians.redeeming:
        share, guardianship = _share(api, typed, at_ms)
        token = issue_token("cgt")
        session = _session(token, guardianship.guardian_id, at_ms, share.not_after_ms, share.share_id)
        await api.identity.log.write([session])
    return Admitted(token, guardianship, share.not_after_ms)


def share_id_of(code_name: str) -> ShareId:
    """The share that a code names."""
    return ShareId(f"sh-{code_name}")


def consent_of(guardianship: Guardianship, policy_version: str, at_ms: int, *, is_given: bool) -> Consent:
    """The guardian's word on a child's runs."""
    return Consent(
        guardianship_id=guardianship.guardianship_id,
        is_given=is_given,
        policy_version=policy_version,
        scopes=frozenset({"bus_run"}),
        at_ms=at_ms,
    )


def _invitation(api: ApiContext, typed: str, at_ms: int) -> Invitation:
    read = read_code(typed)
    facts = api.identity.facts.guardians
    found = facts.invitations.get(invitation_id_of(read[0])) if read else None
    if read is None or found is None or not is_same(read[1], found.code_sha256) or not is_open(found, facts, at_ms):
        raise CodeRefusedError
    return found


def _share(api: ApiContext, typed: str, at_ms: int) -> tuple[ShareLink, Guardianship]:
    read = read_code(typed)
    facts = api.identity.facts.guardians
    found = facts.shares.get(share_id_of(read[0])) if read else None
    if read is None or found is None or not is_same(read[1], found.code_sha256):
        raise CodeRefusedError
    guardianship = facts.guardianships.get(found.guardianship_id)
    is_over = found.revoked or at_ms >= found.not_after_ms or found.guardianship_id in facts.ends
    if guardianship is None or is_over or facts.is_exchanged(found.share_id):
        raise CodeRefusedError
    return found, guardianship


def _guardianship(invitation: Invitation, guardian_id: GuardianId, at_ms: int) -> Guardianship:
    return Guardianship(
        guardianship_id=guardianship_id_of(invitation.invitation_id),
        guardian_id=guardian_id,
        campus_id=invitation.campus_id,
        pupil_token=invitation.pupil_token,
        runs=invitation.runs,
        from_ms=at_ms,
    )


def _session(
    token: IssuedToken, guardian_id: GuardianId, at_ms: int, not_after_ms: int, share_id: ShareId | None = None
) -> GuardianSession:
    return GuardianSession(
        session_id=token.token_id,
        sha256=token.sha256,
        guardian_id=guardian_id,
        share_id=share_id,
        created_ms=at_ms,
        not_after_ms=not_after_ms,
    )


def _entries(invitation: Invitation, guardianship: Guardianship, consent: Consent | None) -> list[Entry]:
    campus_id, subject = guardianship.campus_id, guardianship.guardianship_id
    redeemed = {"invitation_id": invitation.invitation_id, "guardianship_id": subject}
    entries = [Entry(campus_id, "access.invitation_redeemed.v1", subject, redeemed)]
    if consent is not None:
        entries.append(Entry(campus_id, "access.consent_given.v1", subject, consent_said(consent)))
    return entries


def consent_said(consent: Consent) -> dict[str, object]:
    """What the record says of a consent."""
    return {
        "guardianship_id": consent.guardianship_id,
        "policy_version": consent.policy_version,
        "scopes": sorted(consent.scopes),
    }
