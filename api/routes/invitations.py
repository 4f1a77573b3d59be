"""A school's invitations to guardians, and their redemption."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.context import ApiContext
from api.errors import NotReadyError
from api.guardian.guardian import COOKIE, shown_token
from api.guardian.inviting import (
    end_guardianship,
    guardianships_of,
    invite,
    inviting_campus,
    is_open,
    take_back,
)
from api.guardian.redeeming import Admitted, admit_try, redeem
from api.guardian.standing import standing_of
from api.identity.gate import address_of
from api.problems import declared
from api.viewer import ViewerDep
from schemas.fields import PupilToken
from schemas.guardianship import PolicyVersion, Run, Runs

router = APIRouter(tags=["guardians"])
CampusPath = Annotated[str, Path(description="校区标识 / campus id", examples=["c-421122-007"], max_length=64)]
IdPath = Annotated[str, Path(max_length=64)]
CODE_EXAMPLE = "7K3M-Q2ZD-9XWA-4RTP-HV6E"


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NewInvitation(_Body):
    """Whose guardian is invited, and which runs are the child's."""

    pupil_token: PupilToken
    runs: Runs


class IssuedInvitation(_Body):
    """An invitation with its code, which is shown this once."""

    invitation_id: str
    code: str = Field(examples=[CODE_EXAMPLE])
    not_after_ms: int


class InvitationLine(_Body):
    """An invitation that may still be used."""

    invitation_id: str
    issued_by: str
    issued_ms: int
    not_after_ms: int
    runs: tuple[Run, ...]


class GuardianshipLine(_Body):
    """A guardian bound to a child's runs. Which child it is, the school knows by the invitation that it gave."""

    guardianship_id: str
    from_ms: int
    ended_ms: int | None
    has_consent: bool
    runs: tuple[Run, ...]


class GuardianList(_Body):
    """Open invitations and guardianships of a campus."""

    at_ms: int
    invitations: list[InvitationLine]
    guardianships: list[GuardianshipLine]


class Redemption(_Body):
    """The code as somebody typed it, and the consent that may be given with it."""

    code: str = Field(max_length=64, examples=[CODE_EXAMPLE])
    consent_to: PolicyVersion | None = Field(
        None, description="所同意的儿童个人信息规则版本 / the version of the children's privacy policy agreed to"
    )


class GuardianAdmitted(_Body):
    """A session; the token is shown this once, and not at all where the session goes on."""

    child: str
    token: str | None
    not_after_ms: int


@router.post(
    "/v1/campuses/{campus_id}/invitations",
    status_code=201,
    summary="邀请家长 / invite a guardian",
    responses=declared(401, 403, 404, 422, 503),
)
async def issue(viewer: ViewerDep, campus_id: CampusPath, body: NewInvitation) -> IssuedInvitation:
    """By the campus's own staff. The code is good once, for 14 days; give it to the guardian on paper or in person."""
    campus = inviting_campus(viewer, campus_id)
    invitation, code = await invite(viewer, campus.campus_id, body.pupil_token, body.runs)
    return IssuedInvitation(
        invitation_id=invitation.invitation_id, code=code.text, not_after_ms=invitation.not_after_ms
    )


@router.get(
    "/v1/campuses/{campus_id}/guardians",
    summary="校区的家长授权 / guardians of a campus",
    responses=declared(401, 403, 404, 422, 503),
)
async def guardians(viewer: ViewerDep, campus_id: CampusPath) -> GuardianList:
    """Open invitations and guardianships; no pupil is named."""
    campus, facts = inviting_campus(viewer, campus_id), viewer.api.identity.facts.guardians
    version = viewer.api.guardians.settings.policy_version
    return GuardianList(
        at_ms=viewer.at_ms,
        invitations=[
            InvitationLine(**found.model_dump(include=set(InvitationLine.model_fields)))
            for found in facts.invitations.values()
            if found.campus_id == campus.campus_id and is_open(found, facts, viewer.at_ms)
        ],
        guardianships=[
            GuardianshipLine(
                guardianship_id=found.guardianship_id,
                from_ms=found.from_ms,
                ended_ms=over.at_ms if (over := facts.ends.get(found.guardianship_id)) else None,
                has_consent=facts.has_consent(found.guardianship_id, version),
                runs=found.runs,
            )
            for found in guardianships_of(viewer, campus.campus_id)
        ],
    )


@router.delete(
    "/v1/campuses/{campus_id}/invitations/{invitation_id}",
    status_code=204,
    summary="收回邀请 / take an invitation back",
    responses=declared(401, 403, 404, 422, 503),
)
async def withdraw(viewer: ViewerDep, campus_id: CampusPath, invitation_id: IdPath) -> None:
    """Its code is good no longer."""
    await take_back(viewer, inviting_campus(viewer, campus_id).campus_id, invitation_id)


@router.delete(
    "/v1/campuses/{campus_id}/guardians/{guardianship_id}",
    status_code=204,
    summary="解除家长授权 / end a guardianship",
    responses=declared(401, 403, 404, 422, 503),
)
async def end(viewer: ViewerDep, campus_id: CampusPath, guardianship_id: IdPath) -> None:
    """The guardian sees nothing more of this child, within a second."""
    await end_guardianship(viewer, inviting_campus(viewer, campus_id).campus_id, guardianship_id)


@router.post(
    "/v1/invitations/redeem",
    status_code=201,
    summary="使用邀请码 / redeem an invitation",
    responses=declared(403, 409, 422, 429, 503),
)
async def redeem_invitation(request: Request, response: Response, body: Redemption) -> GuardianAdmitted:
    """No account is needed: the answer is a session of the guardian, as token and as cookie.

    With a guardian's token in `Authorization`, the child is added to that guardian.
    """
    api: ApiContext = request.app.state.context
    if not api.is_ready():
        raise NotReadyError("实时视图仍在载入 / the live view is still being read from the log")
    admit_try(api, address_of(request, api.identity))
    at_ms = api.clock.now_ms()
    standing = standing_of(shown_token(request), api.identity.facts.guardians, at_ms)
    if standing is not None and standing.is_share:
        standing = None
    admitted = await redeem(api, body.code, body.consent_to, standing, at_ms)
    return answered(api, response, admitted, at_ms)


def answered(api: ApiContext, response: Response, admitted: Admitted, at_ms: int) -> GuardianAdmitted:
    """The answer that lets somebody in, with the cookie that a browser keeps from its scripts."""
    if admitted.token is not None:
        response.set_cookie(
            COOKIE,
            admitted.token.text,
            max_age=max(0, (admitted.not_after_ms - at_ms) // 1000),
            path="/v1/",
            secure=api.identity.settings.is_https,
            httponly=True,
            samesite="strict",
        )
    return GuardianAdmitted(
        child=admitted.guardianship.guardianship_id,
        token=admitted.token.text if admitted.token is not None else None,
        not_after_ms=admitted.not_after_ms,
    )
