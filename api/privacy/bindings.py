"""What binds guardians to a pupil: facts that hold the pupil's token, and are withdrawn when the pupil is erased."""

from api.identity.log import IdentityLog
from schemas.guardians import Guardians
from schemas.guardianship import Guardianship, Invitation
from schemas.identity import identity_key
from schemas.ids import CampusId


def bindings_of(guardians: Guardians, campus_id: CampusId, pupil_token: str) -> tuple[str, ...]:
    """The keys of every fact of ``campus.identity`` that names the pupil, sorted."""
    found: list[Invitation | Guardianship] = [*guardians.invitations.values(), *guardians.guardianships.values()]
    return tuple(
        sorted(identity_key(fact) for fact in found if (fact.campus_id, fact.pupil_token) == (campus_id, pupil_token))
    )


async def withdraw_bindings(log: IdentityLog, guardians: Guardians, campus_id: CampusId, pupil_token: str) -> None:
    """Withdraw them; the topic is compacted, so their last values go too.

    Raises:
        UnreachableError: it is not certain that they are withdrawn.
    """
    keys = bindings_of(guardians, campus_id, pupil_token)
    if keys:
        await log.write((), withdrawn=keys)
