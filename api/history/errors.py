"""What can be wrong with a question to the past.

ApiError
├── QuestionTooWideError    422  CAMP-151
├── PurposeNeededError      422  CAMP-152
├── QuestionTooHeavyError   503  CAMP-153  (the time limit ended it)
├── CursorError             422  CAMP-154
├── TooManyRowsError        422  CAMP-155
└── ReaderGoneError         503  CAMP-156
"""

from http import HTTPStatus

from api.errors import ApiError


class QuestionTooWideError(ApiError):
    """The interval is longer than such a question may be."""

    code = "CAMP-151"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, days: int) -> None:
        super().__init__(
            f"时间区间过长，此查询至多 {days} 天 / the interval is too long: at most {days} days for this question",
            remedy="缩短区间，或只问一个校区的一个系统 / ask for less time, or for one system of one campus",
        )


class PurposeNeededError(ApiError):
    """The answer may speak of children, so it must be said what it is for."""

    code = "CAMP-152"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self) -> None:
        super().__init__(
            "查询可能涉及未成年人，须说明目的 / the answer may speak of children: say what it is for",
            cause="国务院令第766号：每次查看未成年人信息都须记录 / every look at what concerns minors is recorded",
            remedy="purpose=…（4–200 字 / characters），或用 type= 排除学生事件 / or name types without pupils",
        )


class QuestionTooHeavyError(ApiError):
    """The store did not finish in the time that one question may take."""

    code = "CAMP-153"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    retry_after_s = 5

    def __init__(self, limit_s: float) -> None:
        super().__init__(
            f"查询超过 {limit_s:g} 秒未完成 / the question was not answered within {limit_s:g} s",
            cause="区间或范围过大，或存储繁忙 / it asks for much, or the store is busy",
            remedy="缩小范围或稍后再试 / ask for less, or again later",
        )


class CursorError(ApiError):
    """``after`` is not one that a page of this very question gave."""

    code = "CAMP-154"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self) -> None:
        super().__init__(
            "翻页标记有误，或属于另一个查询 / `after` is not one that a page of this question gave",
            remedy="从第一页重新开始，其余参数保持不变 / start at the first page, and change no other parameter",
        )


class TooManyRowsError(ApiError):
    """The answer would have more rows than this question may have, and cannot be cut without being wrong."""

    code = "CAMP-155"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"结果超过 {limit:,} 行 / the answer has more than {limit:,} rows",
            remedy="缩短区间，或用更粗的粒度 / ask for less time, or for coarser steps",
        )


class ReaderGoneError(ApiError):
    """The client hung up before its answer was there; this one reaches nobody but the request counter."""

    code = "CAMP-156"
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("请求方已断开 / the client hung up", remedy="再试一次 / ask again")
