"""Lays out a county of a given size: which consortia, which campuses where, how large, with what equipment."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from deploy.demo.dice import dice
from deploy.demo.geography import CITY_CAMPUSES, CITY_CONSORTIA, COUNTIES, CountyFacts, Point
from deploy.demo.naming import consortium_name, core_name, member_name
from deploy.demo.plan import CampusPlan, ConsortiumPlan, County, Stage
from schemas.errors import ConfigurationError
from schemas.ids import AreaId, CampusId, ConsortiumId
from schemas.registry import Mode

T = TypeVar("T")
DEFAULT_CAMPUSES: Final = 40
DEFAULT_CONSORTIA: Final = 4
LARGEST_CONSORTIUM: Final = 30
_STAGES: Final[dict[Stage, int]] = {"primary": 75, "junior": 47, "kindergarten": 45}
_MODES: Final[dict[Mode, int]] = {Mode.FUSION: 5, Mode.CO_BUILT: 3, Mode.COOPERATIVE: 2}
_LEAST_CLASSES: Final[dict[Stage, int]] = {"primary": 6, "junior": 3, "kindergarten": 3}
_SEAT: Final = 0


def plan_county(campuses: int = DEFAULT_CAMPUSES, consortia: int = DEFAULT_CONSORTIA, seed: int = 1) -> County:
    """The county of this size; counties are filled one after another until the city is complete.

    Raises:
        ConfigurationError: there are not that many, or fewer campuses than consortia.
    """
    most = min(CITY_CAMPUSES, consortia * LARGEST_CONSORTIUM)
    if not (1 <= consortia <= CITY_CONSORTIA and consortia <= campuses <= most):
        raise ConfigurationError(
            f"不能划分 / cannot lay out {campuses} campuses in {consortia} consortia",
            cause=f"全市 / the city has {CITY_CAMPUSES} campuses and {CITY_CONSORTIA} consortia, "
            f"of 1 to {LARGEST_CONSORTIUM} campuses each",
            remedy="--campuses 40 --consortia 4",
        )
    used = list(_fill(consortia))
    room = [county.campuses * count / county.consortia - count for county, count in used]
    extra = divide(campuses - consortia, room)
    stages = spread(_STAGES, CITY_CONSORTIA)
    laid_out: list[ConsortiumPlan] = []
    for (county, count), more in zip(used, extra, strict=True):
        first = len(laid_out)
        laid_out += _plan_one_county(county, stages[first : first + count], count + more, seed)
    return County(seed, tuple(laid_out))


def divide(total: int, weights: Sequence[float]) -> list[int]:
    """``total`` things in proportion to ``weights``, whole, by largest remainder."""
    scale = total / sum(weights) if sum(weights) else 0.0
    shares = [int(weight * scale) for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: shares[index] - weights[index] * scale)
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return shares


def spread(quota: dict[T, int], length: int) -> list[T]:
    """A sequence in which each item comes as often as its quota says, evenly mixed from the start."""
    whole = sum(quota.values())
    given: dict[T, int] = dict.fromkeys(quota, 0)
    sequence: list[T] = []
    for position in range(1, length + 1):
        item = max(quota, key=lambda name: quota[name] * position / whole - given[name])
        given[item] += 1
        sequence.append(item)
    return sequence


def _fill(consortia: int) -> Iterator[tuple[CountyFacts, int]]:
    for county in COUNTIES:
        count = min(consortia, county.consortia)
        if count:
            yield county, count
        consortia -= count


def _plan_one_county(county: CountyFacts, stages: list[Stage], campuses: int, seed: int) -> list[ConsortiumPlan]:
    sizes = divide(campuses, [1.0] * len(stages))
    modes = spread(_MODES, len(stages))
    numbers = iter(range(1, campuses + 1))
    used_names: dict[str, int] = defaultdict(int)
    bus_homes = _bus_homes(county, stages, sizes)
    laid_out = []
    for index, (stage, mode, size) in enumerate(zip(stages, modes, sizes, strict=True), start=1):
        consortium_id = ConsortiumId(f"k-{county.code}-{index:02d}")
        builder = _CampusBuilder(county, consortium_id, stage, mode, seed, used_names, bus_homes)
        members = tuple(builder.build(next(numbers), place) for place in range(size))
        laid_out.append(ConsortiumPlan(consortium_id, consortium_name(members[0].name), county, mode, members))
    return laid_out


def _bus_homes(county: CountyFacts, stages: Iterable[Stage], sizes: list[int]) -> dict[int, list[str]]:
    """Bus ids by campus number: country schools have them, the town's core schools and kindergartens have none."""
    homes: list[int] = []
    number = 0
    for stage, size in zip(stages, sizes, strict=True):
        homes += [] if stage == "kindergarten" else range(number + 2, number + size + 1)
        number += size
    buses = round(number * county.buses / county.campuses) if homes else 0
    ids: dict[int, list[str]] = defaultdict(list)
    for bus in range(buses):
        ids[homes[bus % len(homes)]].append(f"bus-{county.code}-{bus + 1:03d}")
    return ids


class _CampusBuilder:
    """Makes the campuses of one consortium."""

    def __init__(  # noqa: PLR0913, PLR0917 — what the campuses of one consortium have in common
        self,
        county: CountyFacts,
        consortium_id: ConsortiumId,
        stage: Stage,
        mode: Mode,
        seed: int,
        used_names: dict[str, int],
        bus_homes: dict[int, list[str]],
    ) -> None:
        self._county = county
        self._consortium_id = consortium_id
        self._stage: Stage = stage
        self._mode = mode
        self._seed = seed
        self._used_names = used_names
        self._bus_homes = bus_homes

    def build(self, number: int, place: int) -> CampusPlan:
        """Campus ``number`` of the county; ``place`` 0 is the consortium's core."""
        county, is_core = self._county, place == 0
        chance = dice(self._seed, "campus", county.code, number)
        town = _SEAT if is_core else 1 + (number - 1) % len(county.townships)
        pupils = self._pupils(chance, is_core=is_core)
        classes = max(_LEAST_CLASSES[self._stage], round(pupils / 40))
        return CampusPlan(
            campus_id=CampusId(f"c-{county.code}-{number:03d}"),
            consortium_id=self._consortium_id,
            name=self._name(town, is_core=is_core),
            area_id=AreaId(f"{county.code}-{town:02d}"),
            stage=self._stage,
            position=_position(county, town, self._seed, chance),
            terrain=county.terrain,
            has_blind_zones=county.has_blind_zones,
            is_core=is_core,
            mode=self._edge_mode(place),
            pupils=pupils,
            classes=classes,
            boards=classes + (4 if is_core else 2),
            access_points=classes // 2 + 2,
            has_canteen=chance.random() < 0.85,
            has_boarders=self._stage == "junior" and chance.random() < 0.6,
            has_standby_link=chance.random() < 0.6,
            bus_ids=tuple(self._bus_homes.get(number, ())),
        )

    def _pupils(self, chance: random.Random, *, is_core: bool) -> int:
        if is_core:
            return chance.randrange(420, 640) if self._stage == "kindergarten" else chance.randrange(1400, 2600)
        if chance.random() < 0.2:
            return chance.randrange(60, 140)
        return round(min(900, max(90, chance.gauss(330, 110))))

    def _name(self, town: int, *, is_core: bool) -> str:
        base = "" if is_core else self._county.townships[town - 1]
        key = f"{base}/{self._stage}"
        self._used_names[key] += 1
        ordinal = self._used_names[key]
        return (
            core_name(self._county.name, self._stage, ordinal) if is_core else member_name(base, self._stage, ordinal)
        )

    def _edge_mode(self, place: int) -> Mode:
        """The consortium's mode; in a fused one with many members the last is only co-built: real ones are mixed."""
        is_mixed = self._mode is Mode.FUSION and place >= 8
        return Mode.CO_BUILT if is_mixed else self._mode


def _position(county: CountyFacts, town: int, seed: int, chance: random.Random) -> Point:
    if town == _SEAT:
        return county.seat.moved(chance.uniform(-2200, 2200), chance.uniform(-2200, 2200))
    place = dice(seed, "town", county.code, town)
    centre = county.box.at(place.uniform(0.12, 0.88), place.uniform(0.12, 0.88))
    return centre.moved(chance.uniform(-1500, 1500), chance.uniform(-1500, 1500))
