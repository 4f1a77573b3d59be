"""The first line that a parent reads, in Chinese and English. Pure."""

from typing import NamedTuple

from api.guardian.errors import local_text
from api.guardian.progress import Eta, NoEta, Progress, minutes
from api.guardian.ride import Boarding
from schemas.clock import MINUTE_MS


class Sentence(NamedTuple):
    """One sentence in two languages."""

    zh: str
    en: str


class Situation(NamedTuple):
    """Everything that the sentence depends on."""

    boarding: Boarding
    progress: Progress
    eta: Eta | NoEta
    pick_up_ms: int
    position_age_ms: int | None
    has_ended: bool
    """The trip is over."""
    at_ms: int


def sentence_of(now: Situation) -> Sentence:
    """What is to be said first."""
    boarding = now.boarding
    if boarding.state == "not_boarded":
        return Sentence(
            "没有孩子的上车记录，请联系学校", "There is no record that your child got on; please ask the school"
        )
    if boarding.state == "on_board" and now.has_ended:
        return Sentence(
            "行程已结束，但没有孩子的下车记录，请立即联系学校",
            "The trip has ended and there is no record that your child got off; call the school now",
        )
    if boarding.state == "on_board" and boarding.at_ms is not None:
        way, at = _way(now), local_text(boarding.at_ms)
        return Sentence(f"孩子 {at} 已上车；{way.zh}", f"Your child got on at {at}. {way.en}")
    return _way(now)


def _way(now: Situation) -> Sentence:
    if now.progress.is_there:
        return Sentence("校车已到站", "The bus is at the stop")
    if now.eta == "not_started":
        at = local_text(now.pick_up_ms)
        return Sentence(f"校车尚未发车，计划 {at} 上车", f"The bus has not set off yet; pick-up is planned for {at}")
    if now.eta == "passed":
        return Sentence("校车已驶过该站", "The bus has passed the stop")
    stops = _stops(len(now.progress.ahead))
    if now.eta == "position_old":
        age = _age(now.position_age_ms or 0)
        return Sentence(
            f"{stops.zh}位置是{age.zh}前的，暂不估计时间",
            f"{stops.en}The position is {age.en} old, so no time is given",
        )
    if now.eta == "no_plan":
        return Sentence("校车在途，没有站点计划", "The bus is under way; its stops are not known")
    least, most = minutes(now.eta, now.at_ms)
    return Sentence(f"{stops.zh}约 {least}–{most} 分钟", f"{stops.en}About {least}–{most} min")


def _stops(count: int) -> Sentence:
    if not count:
        return Sentence("", "")
    return Sentence(f"还有 {count} 站，", f"{count} {'stop' if count == 1 else 'stops'} to go. ")


def _age(age_ms: int) -> Sentence:
    whole = age_ms // MINUTE_MS
    return Sentence(f" {whole} 分钟", f"{whole} min")
