"""The scripted incidents of the day: what goes wrong, where and when, and which rule should notice."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from deploy.demo.source import Window
from schemas.ids import CampusId


class Kind(StrEnum):
    """What can be made to go wrong."""

    LATE_BUS = "late_bus"
    CHILD_LEFT = "child_left"
    FREEZER_FAILURE = "freezer_failure"
    NO_SAMPLE = "no_sample"
    FIBRE_CUT = "fibre_cut"
    TEACHER_MISSING = "teacher_missing"
    SENT_TWICE = "sent_twice"
    BLIND_ZONE = "blind_zone"


@dataclass(frozen=True)
class Meaning:
    """An incident's kind in words, and what the product should make of it."""

    zh: str
    en: str
    expected: str


MEANINGS: Final[dict[Kind, Meaning]] = {
    Kind.LATE_BUS: Meaning("校车在途中受阻 18 分钟", "a bus is held up for 18 minutes", "school_bus: trip late"),
    Kind.CHILD_LEFT: Meaning(
        "到校后车上遗留一名儿童，未做清车检查",
        "a child stays on the bus; nobody walks through it",
        "school_bus: childcheck missing 5 min after the trip's end; withdrawn or cleared when the child is found",
    ),
    Kind.FREEZER_FAILURE: Meaning(
        "冷冻柜故障升温", "a freezer fails and warms up", "canteen: freezer above −12 °C for 10 min"
    ),
    Kind.NO_SAMPLE: Meaning("早餐第 3 道菜未留样", "no food sample of dish 3 at breakfast", "canteen: sample missing"),
    Kind.FIBRE_CUT: Meaning(
        "一个乡镇的光缆被挖断",
        "the fibre to one town is cut; where no standby line exists, reports wait",
        "net_health: uplink down, or link silent",
    ),
    Kind.TEACHER_MISSING: Meaning(
        "首节课教师未到", "no teacher at the first bell", "lesson_ops: no teacher 5 min after"
    ),
    Kind.SENT_TWICE: Meaning(
        "一所学校的网关全部重复上报", "one campus's gateway sends everything twice", "nothing: counted as duplicates"
    ),
    Kind.BLIND_ZONE: Meaning(
        "校车盲区 12 分钟后补报", "a bus leaves a blind zone with a backlog of 12 min", "school_bus: position silent"
    ),
}


@dataclass(frozen=True)
class Incident:
    """One thing that goes wrong."""

    kind: Kind
    campus_id: CampusId
    subject: str
    """The bus, sensor, dish, class or link that it strikes; ``*``: the whole campus."""
    window: Window


class Script:
    """The incidents of a day, found by kind and subject."""

    def __init__(self, incidents: Iterable[Incident] = ()) -> None:
        self.incidents = tuple(incidents)
        self._by_subject = {(item.kind, item.campus_id, item.subject): item.window for item in self.incidents}

    def window(self, kind: Kind, campus_id: CampusId, subject: str = "*") -> Window | None:
        """When this incident strikes this subject; None if it does not."""
        return self._by_subject.get((kind, campus_id, subject))
