"""What a replay refuses on purpose.

ApiError
├── InvalidReplayError  422  CAMP-170
├── StaleCursorError    422  CAMP-171
└── NothingThereError   409  CAMP-172
"""

from http import HTTPStatus

from api.errors import ApiError


class InvalidReplayError(ApiError):
    """What was asked for cannot be replayed."""

    code = "CAMP-170"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class StaleCursorError(ApiError):
    """The cursor is not one of this replay."""

    code = "CAMP-171"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self) -> None:
        super().__init__(
            "续读位置不属于此回放 / the cursor is not one of this replay",
            cause="Last-Event-ID 来自另一个回放或被改动 / it is of another replay, or was altered",
            remedy="不带 Last-Event-ID 重新打开 / open the stream without Last-Event-ID",
        )


class NothingThereError(ApiError):
    """There is no alert in that direction."""

    code = "CAMP-172"
    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(
            "该方向没有更多告警 / there is no further alert in that direction",
            cause="区间内没有，或不在所见范围 / none within the interval and what may be seen of it",
            remedy="seek_ms",
        )
