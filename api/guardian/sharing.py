"""A guardian lets somebody else watch a run, for a day at most, and takes it back."""

from api.guardian.codes import OneTimeCode, new_code
from api.guardian.errors import TooManySharesError
from api.guardian.guardian import Guardian
from api.guardian.redeeming import share_id_of
from schemas.clock import DAY_MS, HOUR_MS, local_midnight_ms
from schemas.guardianship import Guardianship, ShareLink
from schemas.ids import ShareId


async def share(guardian: Guardian, child: Guardianship, hours: int | None) -> tuple[ShareLink, OneTimeCode]:
    """A new share with its code, which nobody can show again; without ``hours`` it ends with the local day.

    Raises:
        TooManySharesError: as many stand as may.
        UnreachableError: it is not certain that it is recorded and kept.
    """
    at_ms, limit = guardian.at_ms, guardian.api.guardians.settings.shares_max
    if len(open_shares(guardian, child)) >= limit:
        raise TooManySharesError(limit)
    code = new_code()
    while share_id_of(code.name) in guardian.facts.shares:
        code = new_code()
    link = ShareLink(
        share_id=share_id_of(code.name),
        guardianship_id=child.guardianship_id,
        code_sha256=code.sha256,
        created_ms=at_ms,
        not_after_ms=local_midnight_ms(at_ms) + DAY_MS if hours is None else at_ms + hours * HOUR_MS,
    )
    await guardian.note(child, "access.share_opened.v1", share_id=link.share_id, not_after_ms=link.not_after_ms)
    await guardian.api.identity.log.write([link])
    return link, code


def open_shares(guardian: Guardian, child: Guardianship) -> list[ShareLink]:
    """The shares of a child's run that stand."""
    return [
        found
        for found in guardian.facts.shares.values()
        if found.guardianship_id == child.guardianship_id and not found.revoked and guardian.at_ms < found.not_after_ms
    ]


async def take_share_back(guardian: Guardian, child: Guardianship, share_id: str) -> bool:
    """End a share at once, and with it every stream that it opened. False: the child has no such share.

    Raises:
        UnreachableError: it is not certain that it is kept and recorded.
    """
    found = guardian.facts.shares.get(ShareId(share_id))
    if found is None or found.guardianship_id != child.guardianship_id:
        return False
    await guardian.api.identity.log.write([found.model_copy(update={"revoked": True})])
    await guardian.note(child, "access.share_closed.v1", share_id=found.share_id)
    return True
