"""The ten counties of 黄冈: codes, seats, townships, terrain, and how many campuses, consortia and buses each has.

Codes: GB/T 2260. Seat coordinates: WGS-84. Totals as published for the city (1,667 campuses, 167 consortia, 1,000
buses), divided by approximate population. Township names are those of the public list of divisions.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import cos, radians
from typing import Final, NamedTuple

METRES_PER_DEGREE: Final = 111_320.0
PROVINCE: Final = ("420000", "湖北省")
CITY: Final = ("421100", "黄冈市")


class Point(NamedTuple):
    """A place on the earth, WGS-84."""

    longitude_deg: float
    latitude_deg: float

    def moved(self, east_m: float, north_m: float) -> "Point":
        """The point that lies this far away; exact enough within a county."""
        metres_per_degree_east = METRES_PER_DEGREE * cos(radians(self.latitude_deg))
        return Point(
            self.longitude_deg + east_m / metres_per_degree_east, self.latitude_deg + north_m / METRES_PER_DEGREE
        )


def offset_m(start: Point, end: Point) -> tuple[float, float]:
    """How far ``end`` lies east and north of ``start``, metres; exact enough within a county."""
    east_m = (end.longitude_deg - start.longitude_deg) * METRES_PER_DEGREE * cos(radians(start.latitude_deg))
    return east_m, (end.latitude_deg - start.latitude_deg) * METRES_PER_DEGREE


class Box(NamedTuple):
    """Bounding box of a county, degrees."""

    west: float
    east: float
    south: float
    north: float

    def at(self, across: float, up: float) -> Point:
        """The point at these shares (0–1) of width and height."""
        return Point(self.west + across * (self.east - self.west), self.south + up * (self.north - self.south))


class Terrain(StrEnum):
    """What a county's roads and radio are like."""

    PLAIN = "plain"
    HILL = "hill"
    MOUNTAIN = "mountain"


@dataclass(frozen=True)
class CountyFacts:
    """One county as published."""

    code: str
    name: str
    seat: Point
    box: Box
    campuses: int
    consortia: int
    buses: int
    terrain: Terrain
    has_blind_zones: bool
    townships: tuple[str, ...]


def _county(  # noqa: PLR0913, PLR0917 — one call is one line of the published table
    code: str,
    name: str,
    seat: tuple[float, float],
    box: tuple[float, float, float, float],
    size: tuple[int, int, int],
    terrain: Terrain,
    townships: str,
    *,
    blind: bool = False,
) -> CountyFacts:
    return CountyFacts(code, name, Point(*seat), Box(*box), *size, terrain, blind, tuple(townships.split()))


COUNTIES: Final = (
    _county(
        "421181",
        "麻城市",
        (115.02000, 31.17999),
        (114.68, 115.48, 30.86, 31.60),
        (254, 25, 152),
        Terrain.MOUNTAIN,
        "中馆驿 宋埠 歧亭 白果 夫子河 阎家河 龟山 盐田河 张家畈 木子店 三河口 黄土岗 福田河 乘马岗 顺河",
        blind=True,
    ),
    _county(
        "421122",
        "红安县",
        (114.60998, 31.28706),
        (114.40, 114.83, 30.93, 31.59),
        (146, 15, 87),
        Terrain.HILL,
        "七里坪 华家河 二程 上新集 高桥 觅儿寺 八里湾 太平桥 永佳河 杏花",
    ),
    _county(
        "421127",
        "黄梅县",
        (115.93758, 30.07779),
        (115.73, 116.14, 29.72, 30.31),
        (223, 22, 134),
        Terrain.PLAIN,
        "孔垄 小池 下新 大河 停前 五祖 濯港 蔡山 新开 独山 分路",
    ),
    _county(
        "421123",
        "罗田县",
        (115.39341, 30.78385),
        (115.10, 115.78, 30.59, 31.27),
        (134, 13, 81),
        Terrain.MOUNTAIN,
        "骆驼坳 大河岸 九资河 胜利 河铺 三里畈 匡河 白庙河 大崎 平湖",
        blind=True,
    ),
    _county(
        "421124",
        "英山县",
        (115.67233, 30.73826),
        (115.54, 116.07, 30.51, 31.15),
        (88, 9, 53),
        Terrain.MOUNTAIN,
        "南河 红山 金家铺 石头咀 草盘地 雷家店 杨柳湾 方家咀 孔家坊 陶家河",
        blind=True,
    ),
    _county(
        "421125",
        "浠水县",
        (115.25812, 30.45733),
        (115.00, 115.63, 30.21, 30.81),
        (208, 21, 125),
        Terrain.HILL,
        "巴河 竹瓦 汪岗 团陂 关口 白莲 蔡河 洗马 丁司垱 散花 兰溪",
    ),
    _county(
        "421126",
        "蕲春县",
        (115.42846, 30.23728),
        (115.21, 115.95, 29.99, 30.67),
        (226, 23, 135),
        Terrain.HILL,
        "赤东 蕲州 管窑 彭思 横车 株林 刘河 狮子 青石 张榜 大同 檀林 向桥",
    ),
    _county(
        "421182",
        "武穴市",
        (115.55733, 29.85202),
        (115.37, 115.83, 29.82, 30.22),
        (177, 18, 106),
        Terrain.PLAIN,
        "大法寺 花桥 余川 石佛寺 梅川 大金 四望 龙坪 万丈湖",
    ),
    _county(
        "421102",
        "黄州区",
        (114.87387, 30.45010),
        (114.84, 115.08, 30.40, 30.64),
        (131, 13, 79),
        Terrain.PLAIN,
        "路口 堵城 陈策楼 陶店 赤壁 东湖 禹王 南湖",
    ),
    _county(
        "421121",
        "团风县",
        (114.86694, 30.63829),
        (114.79, 115.24, 30.56, 30.90),
        (80, 8, 48),
        Terrain.HILL,
        "淋山河 方高坪 回龙山 马曹庙 上巴河 总路咀 但店 贾庙 杜皮",
    ),
)
"""In the order in which a demonstration fills them: a small one is one county, the largest the whole city."""

CITY_CAMPUSES: Final = sum(county.campuses for county in COUNTIES)
CITY_CONSORTIA: Final = sum(county.consortia for county in COUNTIES)
