"""What is refused when somebody changes who may see what.

ApiError
├── PersonNeededError     403  CAMP-111
├── GrantRefusedError     422  CAMP-112
├── NoEmergencyError      409  CAMP-114
└── OutOfReachError       403  CAMP-116
"""

from http import HTTPStatus

from api.errors import ApiError


class PersonNeededError(ApiError):
    """A program's token was used for what only a person may answer for."""

    code = "CAMP-111"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "须由本人登录后操作 / a person must do this, signed in",
            cause="此令牌属于程序，不属于任何人 / the token is a program's",
            remedy="POST /v1/session",
        )


class GrantRefusedError(ApiError):
    """The grant would reach further than its rules allow."""

    code = "CAMP-112"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, cause: str) -> None:
        super().__init__(
            "授权不合规 / the grant is not acceptable",
            cause=cause,
            remedy="改小范围或期限 / make it narrower or shorter",
        )


class NoEmergencyError(ApiError):
    """No alert of severity 1 is open where somebody wants to break the glass."""

    code = "CAMP-114"
    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(
            "该校区没有未解除的一级告警 / no alert of severity 1 is open on this campus",
            cause="紧急授权只在一级告警期间可用 / emergency access lasts only while there is one",
            remedy="请他人批准：POST /v1/grants / ask somebody to approve a grant",
        )


class OutOfReachError(ApiError):
    """A fact would change what lies outside the scope of whoever applies it."""

    code = "CAMP-116"
    status = HTTPStatus.FORBIDDEN

    def __init__(self, keys: list[str]) -> None:
        super().__init__(
            "有数据超出管辖范围 / some facts are not yours to change",
            cause="\n".join(keys[:20]),
            remedy="去掉这些数据；一条也没有写入 / leave them out; nothing was written",
        )
