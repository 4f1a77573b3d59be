"""What signing in and the administration of users answer on purpose.

ApiError
├── SignInRefusedError         401  CAMP-120  (whatever was wrong: nothing more is said)
├── SecondFactorNeededError    401  CAMP-121
├── TooManyAttemptsError       429  CAMP-123
├── PasswordRefusedError       422  CAMP-124
├── NoAppointmentError         403  CAMP-125
├── CrossSiteError             403  CAMP-126
├── StepUpNeededError          403  CAMP-127
├── NotAdministratorError      403  CAMP-128
├── CodeRefusedError           422  CAMP-130
├── LoginTakenError            409  CAMP-131
├── ActivationRefusedError     403  CAMP-132
├── SetupRefusedError          403  CAMP-133
├── ProviderRefusedError       401  CAMP-134
├── ProviderUnreachableError   503  CAMP-135
├── SecondFactorRequiredError  403  CAMP-136
├── TooManyRequestsError       429  CAMP-137
├── UserRefusedError           422  CAMP-138
└── SessionNeededError         403  CAMP-139
"""

from http import HTTPStatus

from api.errors import ApiError


class SignInRefusedError(ApiError):
    """Login, password or code is wrong, or the user is disabled: always the same words."""

    code = "CAMP-120"
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        super().__init__(
            "登录未成功 / signing in failed",
            cause="账号、密码或验证码有误，或账号已停用 / login, password or code is wrong, or the user is disabled",
            remedy="重试，或请管理员重置 / try again, or ask an administrator for a reset",
        )


class SecondFactorNeededError(ApiError):
    """The first proof was right; a one-time code is needed as well."""

    code = "CAMP-121"
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        super().__init__(
            "还需要动态验证码 / a one-time code is needed as well",
            cause="此账号启用了两步验证 / this user has a second factor",
            remedy='POST /v1/session with "code" from the authenticator, or a recovery code',
        )


class TooManyAttemptsError(ApiError):
    """Too many failures, or too many people sign in at this moment. It passes within a minute."""

    code = "CAMP-123"
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            "尝试过于频繁 / too many attempts",
            cause="短时间内失败过多，或登录的人太多 / many failures, or many sign-ins, in a short time",
            remedy=f"{retry_after_s} 秒后再试 / try again after {retry_after_s} s",
        )
        self.retry_after_s = retry_after_s


class PasswordRefusedError(ApiError):
    """The new password would be easy to guess."""

    code = "CAMP-124"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, why: str) -> None:
        super().__init__(
            "密码不够安全 / the password is too easy to guess",
            cause=why,
            remedy="用几个不相干的词组成一句 / use a phrase of several unrelated words",
        )


class NoAppointmentError(ApiError):
    """The session is good, but no appointment in force has been chosen to act in."""

    code = "CAMP-125"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "尚未选择任职身份 / no appointment is chosen",
            cause="没有有效任职，或有多个而未选定 / there is none in force, or several and none chosen",
            remedy="GET /v1/session, then POST /v1/session/appointment",
        )


class CrossSiteError(ApiError):
    """A page of another origin made the browser ask for a change."""

    code = "CAMP-126"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "请求来自其他网站 / the request comes from another site",
            cause="Origin 或 Sec-Fetch-Site 与本站不符 / Origin or Sec-Fetch-Site is not ours",
            remedy="在本站页面上操作；程序请用 Authorization 头 / use our own pages; programs send Authorization",
        )


class StepUpNeededError(ApiError):
    """The last proof is too long ago for what was asked."""

    code = "CAMP-127"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "请再次确认身份 / prove again who you are",
            cause="上次验证已过去太久 / the last proof is too long ago for this",
            remedy='POST /v1/session/proof {"password": …, "code": …}',
        )


class NotAdministratorError(ApiError):
    """Users are managed by administrators, and by bureaus for their own area."""

    code = "CAMP-128"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "需要管理员 / an administrator is needed",
            cause="当前身份不能管理用户 / the present capacity does not manage users",
            remedy="以管理员或教育局身份登录 / sign in as an administrator, or as a bureau",
        )


class CodeRefusedError(ApiError):
    """The one-time code is wrong, used already, or there is nothing to confirm."""

    code = "CAMP-130"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self) -> None:
        super().__init__(
            "验证码无效 / the code is not valid",
            cause="有误、已用过，或没有待确认的绑定 / wrong, used already, or nothing waits for it",
            remedy="等下一个验证码，核对手机时间 / wait for the next code, check the phone's clock",
        )


class LoginTakenError(ApiError):
    """Another user has this login or this subject."""

    code = "CAMP-131"
    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__("登录名已被使用 / the login is taken", remedy="换一个 / choose another one")


class ActivationRefusedError(ApiError):
    """The invitation code is unknown, used or too old."""

    code = "CAMP-132"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "邀请码无效 / the invitation is not valid",
            cause="未知、已用过或已过期 / it is unknown, used or expired",
            remedy="请管理员重新发出 / ask an administrator for a new one",
        )


class SetupRefusedError(ApiError):
    """The set-up code is wrong."""

    code = "CAMP-133"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "初始化代码有误 / the set-up code is wrong",
            cause="代码由 campanile up 显示，只用一次 / it was printed by `campanile up` and is good once",
            remedy="<data_dir>/secrets/setup-code",
        )


class ProviderRefusedError(ApiError):
    """What came back from the identity provider is not accepted, or names nobody here: nothing more is said."""

    code = "CAMP-134"
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        super().__init__(
            "统一身份登录未成功 / signing in through the identity provider failed",
            cause="回应无效或过期，或此人没有账号 / the answer is not valid or too old, or there is no such user",
            remedy="GET /v1/oidc/start",
        )


class ProviderUnreachableError(ApiError):
    """The identity provider does not answer, or not as one."""

    code = "CAMP-135"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    retry_after_s = 10

    def __init__(self, cause: str) -> None:
        super().__init__(
            "统一身份平台无应答 / the identity provider does not answer",
            cause=cause,
            remedy="稍后再试，或用密码登录 / try later, or sign in with a password",
        )


class SecondFactorRequiredError(ApiError):
    """The role needs a second factor, and the user has none yet."""

    code = "CAMP-136"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "此身份须启用两步验证 / this role needs a second factor",
            cause="尚未绑定验证器 / no authenticator is enrolled",
            remedy="POST /v1/session/second-factor",
        )


class TooManyRequestsError(ApiError):
    """More requests than one session, token or address may make."""

    code = "CAMP-137"
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            "请求过于频繁 / too many requests",
            cause="超过每分钟的上限 / more than the share of a minute",
            remedy=f"{retry_after_s} 秒后再试；实时数据请用 GET /v1/live / wait; live data comes by GET /v1/live",
        )
        self.retry_after_s = retry_after_s


class UserRefusedError(ApiError):
    """What was asked about a user or token makes no sense."""

    code = "CAMP-138"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class SessionNeededError(ApiError):
    """A person must do this, signed in; a token of a program may not."""

    code = "CAMP-139"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "须本人登录后操作 / a person must be signed in for this",
            cause="令牌不能管理账号 / tokens of programs do not manage accounts",
            remedy="POST /v1/session",
        )
