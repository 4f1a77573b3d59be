"""What opening pupils' data may be refused for.

ApiError
├── PupilGrantNeededError  403  CAMP-194
└── RestrictedError        451  CAMP-195
"""

from http import HTTPStatus

from api.errors import ApiError


class PupilGrantNeededError(ApiError):
    """The reader sees the campus, and nobody has approved that they see its pupils."""

    code = "CAMP-194"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "查看学生信息须经批准 / to see what is sealed of pupils needs an approval",
            cause="国务院令第766号第36条：事先批准、逐次记录 / prior approval, and a record of each look",
            remedy="请校长授权（access 含 history）/ let the principal grant it: POST /v1/grants with access history",
        )


class RestrictedError(ApiError):
    """The pupil's erasure is approved; a legal hold keeps the keys from being destroyed, and everybody from reading."""

    code = "CAMP-195"
    status = HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS

    def __init__(self) -> None:
        super().__init__(
            "已批准清除，因证据保全仅作存储 / erasure is approved; a legal hold keeps it, for storage alone",
            cause="个人信息保护法第47条第2款：停止其他处理 / PIPL Art. 47 (2): all other processing stops",
            remedy="保全解除后自动清除 / it is erased by itself when the hold is released",
        )
