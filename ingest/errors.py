"""Everything that the gateway says no with.

::

    IngestError
    ├── NotJsonError        400  the body, or a header of the binary mode, cannot be read
    ├── UnauthenticatedError 401 no token, or one that is unknown, expired or revoked
    ├── ForeignError        403  the token may not send this event
    ├── MethodError         405  only POST
    ├── SlowBodyError       408  the body did not arrive in time
    ├── TooLargeError       413  more bytes, events or values than a request may have
    ├── MediaTypeError      415  neither CloudEvents nor JSON with ce- headers, or encoded
    ├── InvalidEventError   422  the one event of the request is not valid
    ├── TooManyError        429  the token's rate is used up
    └── UnavailableError    503  nothing can be taken now; the same request may be sent again
"""

from http import HTTPStatus

from schemas.errors import CampanileError


class IngestError(CampanileError):
    """Base of the gateway's answers; ``retry_after_s`` is sent as ``Retry-After`` where it is set."""

    code = "CAMP-100"
    status = HTTPStatus.BAD_REQUEST
    retry_after_s: int | None = None


class NotJsonError(IngestError):
    """The request cannot be read at all."""

    code = "CAMP-101"


class UnauthenticatedError(IngestError):
    """Who sends is not known."""

    code = "CAMP-102"
    status = HTTPStatus.UNAUTHORIZED


class ForeignError(IngestError):
    """Who sends is known and may not send this."""

    code = "CAMP-103"
    status = HTTPStatus.FORBIDDEN


class MethodError(IngestError):
    """No such path, or the path is right and the method is not."""

    code = "CAMP-105"
    status = HTTPStatus.METHOD_NOT_ALLOWED


class SlowBodyError(IngestError):
    """The body did not arrive in time."""

    code = "CAMP-108"
    status = HTTPStatus.REQUEST_TIMEOUT


class TooLargeError(IngestError):
    """The request is larger than one request may be."""

    code = "CAMP-113"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class MediaTypeError(IngestError):
    """The body is of a kind that is not taken."""

    code = "CAMP-115"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class InvalidEventError(IngestError):
    """The single event of a request was refused; it is kept in the dead-letter topic."""

    code = "CAMP-122"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooManyError(IngestError):
    """The token has used up its rate."""

    code = "CAMP-129"
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            "发送过快 / too many events",
            cause="令牌的速率已用尽 / the rate of this token is used up",
            remedy=f"{retry_after_s} 秒后重发同一请求 / send the same request again after {retry_after_s} s",
        )
        self.retry_after_s = retry_after_s


class UnavailableError(IngestError):
    """Nothing can be taken now. Whether parts of the request reached the log is not said: send all of it again."""

    code = "CAMP-150"
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, cause: str, retry_after_s: int = 1) -> None:
        super().__init__(
            "暂不能接收 / not taking events now",
            cause=cause,
            remedy=f"{retry_after_s} 秒后重发同一请求，重复无害 / "
            f"send the same request again after {retry_after_s} s; duplicates are harmless",
        )
        self.retry_after_s = retry_after_s
