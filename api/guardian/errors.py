"""What the guardians' door answers on purpose.

ApiError
├── CodeRefusedError       403  CAMP-140  (whatever was wrong with the code: nothing more is said)
├── RunClosedError         404  CAMP-141  (nothing to see now; it says when there is)
├── ConsentNeededError     403  CAMP-142
├── ReadOnlyShareError     403  CAMP-143
├── PolicyVersionError     409  CAMP-144
├── TooManySharesError     409  CAMP-145
├── TooManyChildrenError   409  CAMP-146
├── RunsRefusedError       422  CAMP-147
└── TooManyTriesError      429  CAMP-149
"""

from http import HTTPStatus

from api.errors import ApiError
from schemas.clock import CHINA_OFFSET_MS, DAY_MS, MINUTE_MS


def local_text(instant_ms: int) -> str:
    """An instant for people in China: ``07:05``."""
    minute = (instant_ms + CHINA_OFFSET_MS) % DAY_MS // MINUTE_MS
    return f"{minute // 60:02d}:{minute % 60:02d}"


class CodeRefusedError(ApiError):
    """The code of an invitation or a share is not good; why is not said."""

    code = "CAMP-140"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "代码无效 / the code is not valid",
            cause="有误、已用过、已过期或已收回 / it is wrong, used, too old or taken back",
            remedy="请学校（或分享者）重新发一个 / ask the school, or whoever shared, for a new one",
        )


class RunClosedError(ApiError):
    """There is nothing to see at this time of day."""

    code = "CAMP-141"
    status = HTTPStatus.NOT_FOUND

    def __init__(self, opens_ms: int, cause: str) -> None:
        at = local_text(opens_ms)
        super().__init__(
            "现在没有可查看的行程 / there is no run to watch now",
            cause=cause,
            remedy=f"下次 {at} 起可查看（上车前 15 分钟）/ it opens at {at}, 15 minutes before pick-up",
        )
        self.opens_ms = opens_ms


class ConsentNeededError(ApiError):
    """No consent to the policy in force stands."""

    code = "CAMP-142"
    status = HTTPStatus.FORBIDDEN

    def __init__(self, policy_version: str) -> None:
        super().__init__(
            "需要监护人同意 / the guardian's consent is needed",
            cause="未同意现行儿童个人信息规则，或已撤回 / not given for the policy in force, or withdrawn",
            remedy=f'PUT /v1/guardian/children/{{ref}}/consent {{"policy_version": "{policy_version}"}}',
        )


class ReadOnlyShareError(ApiError):
    """Who watches by a share may do nothing but watch."""

    code = "CAMP-143"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "分享链接只能查看 / a share is for watching only",
            cause="此操作只属于监护人 / this is for the guardian alone",
            remedy="请监护人操作 / ask the guardian",
        )


class PolicyVersionError(ApiError):
    """Consent was given to another version of the policy than the one in force."""

    code = "CAMP-144"
    status = HTTPStatus.CONFLICT

    def __init__(self, policy_version: str) -> None:
        super().__init__(
            "规则版本已更新 / the policy has another version",
            cause=f"现行版本 {policy_version} / version {policy_version} is in force",
            remedy="请阅读现行规则后再同意 / read the policy in force, then agree to it",
        )


class TooManySharesError(ApiError):
    """As many shares of one child's run stand as may."""

    code = "CAMP-145"
    status = HTTPStatus.CONFLICT

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"分享已达上限 {limit} / {limit} shares stand already",
            cause="同一孩子的有效分享过多 / too many of one child",
            remedy="先收回一个 / take one back first",
        )


class TooManyChildrenError(ApiError):
    """A guardian is bound to as many children as one may be."""

    code = "CAMP-146"
    status = HTTPStatus.CONFLICT

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"已绑定 {limit} 个孩子 / {limit} children are bound already",
            cause="一个监护人可绑定的孩子有限 / one guardian may be bound to so many",
            remedy="请联系学校 / ask the school",
        )


class RunsRefusedError(ApiError):
    """The runs of an invitation contradict themselves."""

    code = "CAMP-147"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self) -> None:
        super().__init__(
            "行程时间有误 / the times of a run are not acceptable",
            cause="下车须晚于上车，且同向行程不得重复 / drop-off comes after pick-up, and no run stands twice",
            remedy="修正 runs / correct the runs",
        )


class TooManyTriesError(ApiError):
    """One address has tried many codes."""

    code = "CAMP-149"
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            "尝试过于频繁 / too many tries",
            cause="短时间内尝试的代码过多 / many codes in a short time",
            remedy=f"{retry_after_s} 秒后再试 / try again after {retry_after_s} s",
        )
        self.retry_after_s = retry_after_s
