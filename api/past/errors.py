"""Questions to the past that cannot be answered, and why."""

from http import HTTPStatus

from api.errors import ApiError


class NotYetError(ApiError):
    """The instant lies in the future."""

    code = "CAMP-160"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self) -> None:
        super().__init__(
            "时刻尚未到来 / this instant has not come yet",
            cause="`at` 晚于现在 / `at` is later than now",
            remedy="at ≤ 现在（毫秒，UTC）/ at or before now, in epoch milliseconds",
        )


class TooFarError(ApiError):
    """No snapshot is near enough."""

    code = "CAMP-161"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, records: int, most: int) -> None:
        super().__init__(
            "此前没有足够近的快照 / no snapshot is near enough before this instant",
            cause=f"需折叠 {records} 条记录，上限 {most} / {records} records would have to be folded, at most {most}",
            remedy="只问一个系统，或选择有快照的时刻 / ask for one system, or for an instant after snapshots began",
        )


class AskedRoleError(ApiError):
    """``as_role`` or ``as_person`` without the right to ask so, or for nobody."""

    code = "CAMP-162"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "只有审计可以以他人身份查看 / only an auditor may look with somebody else's eyes",
            cause="as_role / as_person",
            remedy="去掉该参数 / leave the parameter out",
        )
