"""Every route of signing in and of accounts: what a request without content gets, by what it shows."""

from typing import Final, NamedTuple


class Answers(NamedTuple):
    """The status for nobody, for a program's token of any role, and for an administrator who proved it just now."""

    nobody: int
    program: int
    administrator: int


OPEN_TO_ALL: Final = Answers(422, 422, 422)
"""It asks for a body: whoever sends none is told so."""
FOR_A_PERSON: Final = Answers(401, 403, 204)
ACCOUNTS: Final[dict[tuple[str, str], Answers]] = {
    ("GET", "/v1/setup"): Answers(404, 404, 404),
    ("POST", "/v1/setup"): OPEN_TO_ALL,
    ("POST", "/v1/activation"): OPEN_TO_ALL,
    ("POST", "/v1/session"): OPEN_TO_ALL,
    ("POST", "/v1/invitations/redeem"): OPEN_TO_ALL,
    ("POST", "/v1/share/exchange"): OPEN_TO_ALL,
    ("GET", "/v1/session"): Answers(401, 200, 200),
    ("DELETE", "/v1/session/others"): FOR_A_PERSON,
    ("POST", "/v1/session/appointment"): Answers(401, 403, 422),
    ("POST", "/v1/session/proof"): Answers(401, 403, 422),
    ("POST", "/v1/session/password"): Answers(401, 403, 422),
    ("POST", "/v1/session/second-factor"): Answers(401, 403, 201),
    ("POST", "/v1/session/second-factor/confirmation"): Answers(401, 403, 422),
    ("DELETE", "/v1/session/second-factor"): FOR_A_PERSON,
    ("GET", "/v1/users"): Answers(401, 403, 200),
    ("POST", "/v1/users"): Answers(401, 403, 422),
    ("POST", "/v1/users/{user_id}/disabled"): Answers(401, 403, 422),
    ("POST", "/v1/users/{user_id}/reset"): Answers(401, 403, 404),
    ("GET", "/v1/tokens"): Answers(401, 403, 200),
    ("POST", "/v1/tokens"): Answers(401, 403, 422),
    ("DELETE", "/v1/tokens/{token_id}"): Answers(401, 403, 404),
    ("GET", "/v1/oidc"): Answers(200, 200, 200),
    ("GET", "/v1/oidc/start"): Answers(404, 404, 404),
    ("GET", "/v1/oidc/callback"): Answers(404, 404, 404),
    ("DELETE", "/v1/session"): FOR_A_PERSON,
}
"""The last one ends the session by which it is asked."""
