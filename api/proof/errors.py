"""What can be wrong with asking for a proof.

ApiError
├── NotSignedYetError     503  CAMP-181
├── NoLongerKeptError     410  CAMP-182
├── TooMuchToProveError   422  CAMP-183
├── NoSuchTreeError       422  CAMP-184
└── ArchiveAlteredError   500  CAMP-185  (the stored bytes do not lead to the stored root)
"""

from http import HTTPStatus

from api.errors import ApiError


class NotSignedYetError(ApiError):
    """The event is newer than the last checkpoint."""

    code = "CAMP-181"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    retry_after_s = 2

    def __init__(self) -> None:
        super().__init__(
            "该事件尚未签名 / the event is not under a signed checkpoint yet",
            cause="归档封块后一秒内签名 / the archive signs within a second of sealing a block",
            remedy="两秒后再试 / again in two seconds; campanile status",
        )


class NoLongerKeptError(ApiError):
    """The block's own bytes are past their retention, so nothing can be recomputed."""

    code = "CAMP-182"
    status = HTTPStatus.GONE

    def __init__(self) -> None:
        super().__init__(
            "原始字节已超过保存期 / the original bytes are no longer kept",
            cause="原始帧保存 180 天，法律保全除外 / frames are kept for 180 days, but for a legal hold",
            remedy="使用当时导出的证据包 / use a bundle that was made in time",
        )


class TooMuchToProveError(ApiError):
    """The bundle would hold more events than one may."""

    code = "CAMP-183"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"证据包至多 {limit:,} 件事件 / a bundle holds at most {limit:,} events",
            remedy="缩短区间，或只取一个系统 / ask for less time, or for one system",
        )


class NoSuchTreeError(ApiError):
    """A consistency proof was asked for sizes that the tree has not had."""

    code = "CAMP-184"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, size: int) -> None:
        super().__init__(f"须 1 ≤ from ≤ to ≤ {size} / 1 ≤ from ≤ to ≤ {size} is needed", remedy="GET /v1/proof/heads")


class ArchiveAlteredError(ApiError):
    """What is stored does not lead to the root that was stored with it."""

    code = "CAMP-185"
    status = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, partition: int, first_offset: int, last_offset: int) -> None:
        super().__init__(
            "归档字节与其根不符 / the stored bytes do not lead to their root: "
            f"partition {partition}, offsets {first_offset}–{last_offset}",
            cause="存储中的记录被改动或删除 / a stored record was altered or removed",
            remedy="保全现场 / keep the evidence; campanile proof audit",
        )
