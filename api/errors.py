"""Every error that the API answers on purpose; each carries its HTTP status and code.

CampanileError
└── ApiError
    ├── UnauthenticatedError  401  CAMP-601
    ├── ForbiddenError        403  CAMP-602
    ├── NotFoundError         404  CAMP-603  (also for what the caller may not know of)
    ├── InvalidQueryError     422  CAMP-604
    ├── TooManyStreamsError   429  CAMP-605
    ├── NotReadyError         503  CAMP-606
    ├── AllowanceSpentError   429  CAMP-608
    └── StoreFullError        503  CAMP-609
"""

from http import HTTPStatus

from schemas.errors import CampanileError


class ApiError(CampanileError):
    """Base; ``retry_after_s`` becomes the header of that name."""

    retry_after_s: int | None = None


class UnauthenticatedError(ApiError):
    """No valid token. Why it is not valid is not said."""

    code = "CAMP-601"
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        super().__init__(
            "需要有效的令牌 / a valid token is needed",
            cause="令牌缺失、未知、过期或已撤销 / it is missing, unknown, expired or revoked",
            remedy="Authorization: Bearer cvt_…",
        )


class ForbiddenError(ApiError):
    """The role may not do this to anything."""

    code = "CAMP-602"
    status = HTTPStatus.FORBIDDEN

    def __init__(self, rule: str) -> None:
        self.rule = rule
        super().__init__(
            "此角色无权查看内容 / this role may not see content",
            cause=f"规则 / rule: {rule}",
            remedy="使用有相应范围的令牌 / use a token that has the scope",
        )


class NotFoundError(ApiError):
    """There is no such thing, or none that the caller may know of: the two look the same."""

    code = "CAMP-603"
    status = HTTPStatus.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(
            "没有这个对象 / there is no such object",
            cause="标识有误，或不在令牌的范围内 / the id is wrong, or outside the token's scope",
            remedy="GET /v1/organisation",
        )


class InvalidQueryError(ApiError):
    """A parameter cannot be what it says."""

    code = "CAMP-604"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooManyStreamsError(ApiError):
    """The token already holds as many event streams as one may."""

    code = "CAMP-605"
    status = HTTPStatus.TOO_MANY_REQUESTS
    retry_after_s = 5

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"事件流已达上限 {limit} / {limit} event streams are open already",
            cause="同一令牌的事件流过多 / one token holds all of them",
            remedy="关闭一个再试，或在一个流中订阅多个范围 / close one, or put several scopes into one stream",
        )


class NotReadyError(ApiError):
    """The live view is still being read from the log, or the process is full or about to end."""

    code = "CAMP-606"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    retry_after_s = 2

    def __init__(self, cause: str) -> None:
        super().__init__("服务尚未就绪 / not ready yet", cause=cause, remedy="GET /readyz")


class AllowanceSpentError(ApiError):
    """One person or program has read the archive as often as it may within a minute."""

    code = "CAMP-608"
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            "历史查询过于频繁 / the archive is asked too often",
            cause="每人每分钟的次数有限，余者得以查询 / each may ask so often a minute, so that others get their turn",
            remedy=f"{retry_after_s} 秒后再试，或合并查询 / again in {retry_after_s} s, or ask for more at once",
        )
        self.retry_after_s = retry_after_s


class StoreFullError(ApiError):
    """Every thread that reads the archive stayed busy for as long as a request may wait."""

    code = "CAMP-609"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    retry_after_s = 5

    def __init__(self, wait_s: float) -> None:
        super().__init__(
            "历史存储繁忙 / the archive is busy",
            cause=f"{wait_s:g} 秒内没有空闲 / no reader of it became free within {wait_s:g} s",
            remedy="稍后再试，或缩小范围 / again later, or ask for less",
        )
