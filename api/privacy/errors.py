"""What opening pupils' data may be refused for.

ApiError
└── PupilGrantNeededError  403  CAMP-194
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
