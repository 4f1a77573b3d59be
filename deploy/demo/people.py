"""Somebody of every role in the demonstration county: who they are and what they are appointed to."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from deploy.demo.facts import MEMBERS_SINCE_MS
from deploy.demo.first_sight import watched_consortium
from deploy.demo.geography import CITY, PROVINCE
from deploy.demo.plan import CampusPlan, ConsortiumPlan, County
from schemas.ids import AppointmentId, PersonId
from schemas.registry import AnyFact, Appointment, Centre, Person, Role


class Holder(NamedTuple):
    """Who holds a role over which scope."""

    role: Role
    title: str
    scope: frozenset[str]
    centres: frozenset[Centre] = frozenset()

    @property
    def login(self) -> str:
        """What the person signs in by: the role."""
        return self.role.value.replace("_", "-")

    @property
    def person_id(self) -> PersonId:
        """One person for each role."""
        return PersonId(f"p-{self.login}")


OPERATOR_SCOPE: Final = frozenset({f"area:{PROVINCE[0]}"})


def holders(county: County) -> Iterator[Holder]:
    """One holder of every role that an appointment can give; a guardian comes in by invitation."""
    first, second = watched_consortium(county), second_consortium(county)
    member = kitchen_campus(county)
    with_buses = frozenset(f"campus:{item.campus_id}" for item in first.campuses if item.bus_ids)
    consortium, area = f"consortium:{first.consortium_id}", f"area:{first.county.code}"
    yield _of(Role.SUPERVISOR, f"{first.name} 督导 / supervisor", consortium)
    yield _of(Role.HEAD, f"{first.name} 总校长 / head", consortium)
    yield _of(Role.PRINCIPAL, f"{member.name} 执行校长 / principal", f"campus:{member.campus_id}")
    cook = _of(Role.STAFF, f"{member.name} 后勤 / logistics staff", f"campus:{member.campus_id}")
    yield cook._replace(centres=frozenset({Centre.LOGISTICS}))
    yield _of(Role.AREA_LEAD, "片区长 / area lead", consortium, f"consortium:{second.consortium_id}")
    yield _of(Role.BUREAU, f"{first.county.name}教育局 / county bureau", area)
    yield _of(Role.TOWNSHIP, "乡镇教辅室 / township office", f"area:{member.area_id}")
    yield _of(Role.CITY, f"{CITY[1]}教育局 / city bureau", f"area:{CITY[0]}")
    yield _of(Role.PROVINCE, f"{PROVINCE[1]}教育厅 / province", f"area:{PROVINCE[0]}")
    yield _of(Role.PARTNER, "跨地区结对校 / cross-region partner", f"campus:{second.core.campus_id}")
    yield Holder(Role.BUS_OPERATOR, "校车公司 / bus operator", with_buses or frozenset({f"campus:{member.campus_id}"}))
    yield _of(Role.INSPECTOR, "督学 / inspector", area)
    yield _of(Role.AUDITOR, "审计 / auditor", area)
    yield _of(Role.INVESTIGATOR, "外部机关 / investigator", area)
    yield Holder(Role.OPERATOR, "平台运维 / platform operator", OPERATOR_SCOPE)


def kitchen_campus(county: County) -> CampusPlan:
    """The member of the watched consortium whose principal and staff have accounts: one with a kitchen, if any has."""
    consortium = watched_consortium(county)
    return next((item for item in consortium.campuses[1:] if item.has_canteen), consortium.core)


def second_consortium(county: County) -> ConsortiumPlan:
    """The first consortium beside the watched one; in a county of one consortium that one."""
    watched = watched_consortium(county)
    return next((item for item in county.consortia if item is not watched), watched)


def _of(role: Role, title: str, *scope: str) -> Holder:
    return Holder(role, title, frozenset(scope))


def people_facts(county: County) -> Iterator[AnyFact]:
    """Person and appointment of every holder."""
    for holder in holders(county):
        yield Person(person_id=holder.person_id, name=holder.title.partition(" /")[0][:80])
        yield Appointment(
            appointment_id=AppointmentId(f"a-{holder.login}"),
            person_id=holder.person_id,
            role=holder.role,
            scope=holder.scope,
            centres=holder.centres,
            valid_from_ms=MEMBERS_SINCE_MS,
        )


def partner_campuses(county: County) -> tuple[CampusPlan, CampusPlan] | None:
    """The two halves of the demonstration's cross-region pair; None in a county with one consortium."""
    if len(county.consortia) < 2:
        return None
    return watched_consortium(county).core, second_consortium(county).core
