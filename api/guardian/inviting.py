"""A school invites a guardian, and takes it back. Every deed is on record before it takes effect."""

from api.access.entries import Entry
from api.authority.decide import Object
from api.errors import ForbiddenError, NotFoundError
from api.guardian.codes import OneTimeCode, new_code
from api.guardian.errors import RunsRefusedError
from api.guardian.schedule import is_consistent
from api.viewer import Viewer
from schemas.clock import DAY_MS
from schemas.guardians import Guardians, guardianship_id_of
from schemas.guardianship import Guardianship, GuardianshipEnd, Invitation, Run
from schemas.ids import CampusId, GuardianshipId, InvitationId, SystemName
from schemas.registry import Access, Campus, Role

INVITING_ROLES = frozenset({Role.PRINCIPAL, Role.STAFF})


def inviting_campus(viewer: Viewer, campus_id: str) -> Campus:
    """A campus for which the viewer may invite guardians: its own staff, within their centres.

    Raises:
        ForbiddenError: another role.
        NotFoundError: it does not exist, or not for this viewer.
    """
    if viewer.principal.role not in INVITING_ROLES:
        raise ForbiddenError(f"{viewer.principal.role}/invitation/own_staff_only")
    campus = viewer.campus(campus_id)
    if not viewer.decide(Access.LIVE, Object(campus.campus_id, SystemName("school_bus"))).allowed:
        raise NotFoundError
    return campus


async def invite(
    viewer: Viewer, campus_id: CampusId, pupil_token: str, runs: tuple[Run, ...]
) -> tuple[Invitation, OneTimeCode]:
    """A new invitation with its code, which nobody can show again.

    Raises:
        RunsRefusedError: the runs contradict themselves.
        UnreachableError: it is not certain that it is recorded and kept.
    """
    if not is_consistent(runs):
        raise RunsRefusedError
    facts = viewer.api.identity.facts.guardians
    code = new_code()
    while invitation_id_of(code.name) in facts.invitations:
        code = new_code()
    invitation = Invitation(
        invitation_id=invitation_id_of(code.name),
        campus_id=campus_id,
        pupil_token=pupil_token,
        runs=runs,
        code_sha256=code.sha256,
        issued_by=viewer.actor.ref,
        issued_ms=viewer.at_ms,
        not_after_ms=viewer.at_ms + viewer.api.guardians.settings.invitation_days * DAY_MS,
    )
    said = {"invitation_id": invitation.invitation_id, "not_after_ms": invitation.not_after_ms}
    who = {"principal_ref": viewer.actor.ref, "role": viewer.actor.role}
    entry = Entry(campus_id, "access.invitation_issued.v1", viewer.actor.ref, who | said)
    await viewer.api.journal.write([entry], viewer.at_ms)
    await viewer.api.identity.log.write([invitation])
    return invitation, code


def invitation_id_of(code_name: str) -> InvitationId:
    """The invitation that a code names."""
    return InvitationId(f"inv-{code_name}")


async def take_back(viewer: Viewer, campus_id: CampusId, invitation_id: str) -> None:
    """End an invitation that nobody used; ending it again is harmless.

    Raises:
        NotFoundError: the campus has no such invitation.
        UnreachableError: it is not certain that it is kept.
    """
    found = _guardians(viewer).invitations.get(InvitationId(invitation_id))
    if found is None or found.campus_id != campus_id:
        viewer.denied(f"{viewer.principal.role}/invitation/not_of_this_campus", found.campus_id if found else None)
        raise NotFoundError
    await viewer.api.identity.log.write([found.model_copy(update={"revoked": True})])


async def end_guardianship(viewer: Viewer, campus_id: CampusId, guardianship_id: str) -> None:
    """Bind the guardian no longer: every stream of theirs about this child ends within a second.

    Raises:
        NotFoundError: the campus has no such guardianship.
        UnreachableError: it is not certain that it is kept and recorded.
    """
    facts = _guardians(viewer)
    found = facts.guardianships.get(GuardianshipId(guardianship_id))
    if found is None or found.campus_id != campus_id:
        viewer.denied(f"{viewer.principal.role}/guardianship/not_of_this_campus", found.campus_id if found else None)
        raise NotFoundError
    end = GuardianshipEnd(guardianship_id=found.guardianship_id, at_ms=viewer.at_ms, ended_by=viewer.actor.ref)
    await viewer.api.identity.log.write([end])
    said = {"guardianship_id": found.guardianship_id, "reason": "revoked"}
    entry = Entry(campus_id, "access.guardianship_ended.v1", found.guardianship_id, said)
    await viewer.api.journal.write([entry], viewer.at_ms)


def is_open(invitation: Invitation, facts: Guardians, at_ms: int) -> bool:
    """Whether the invitation may still be used."""
    used = guardianship_id_of(invitation.invitation_id) in facts.guardianships
    return not invitation.revoked and not used and at_ms < invitation.not_after_ms


def guardianships_of(viewer: Viewer, campus_id: CampusId) -> list[Guardianship]:
    """The guardianships of a campus, ended ones included."""
    return _guardians(viewer).of_campus(campus_id)


def _guardians(viewer: Viewer) -> Guardians:
    return viewer.api.identity.facts.guardians
