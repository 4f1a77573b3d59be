"""One question for each account: what the role is there for, asked of the running API."""

from typing import Final

from deploy.demo.accounts import ADMINISTRATOR
from deploy.demo.first_sight import watched_consortium
from deploy.demo.people import holders, kitchen_campus, second_consortium
from deploy.demo.plan import County
from schemas.registry import Role

SPAN: Final = "$SPAN"
"""The morning so far and a purpose, as parameters; a variable of the shell file."""


def tries(county: County) -> dict[str, str]:
    """By login a command that works as pasted after the demonstration's shell file was read."""
    paths = {holder.login: _path(holder.role, county) for holder in holders(county)} | {ADMINISTRATOR: "/v1/users"}
    return {
        login: f'ask {login} "{path}"' if set(path) & set("?&") else f"ask {login} {path}"
        for login, path in paths.items()
    }


def _path(role: Role, county: County) -> str:
    first, second, campus = watched_consortium(county), second_consortium(county), kitchen_campus(county)
    buses = next(holder for holder in holders(county) if holder.role is Role.BUS_OPERATOR)
    paths = {
        Role.SUPERVISOR: f"/v1/consortia/{first.consortium_id}/live",
        Role.HEAD: "/v1/alerts",
        Role.PRINCIPAL: f"/v1/campuses/{campus.campus_id}",
        Role.STAFF: f"/v1/campuses/{campus.campus_id}/systems/{'canteen' if campus.has_canteen else 'net_health'}",
        Role.AREA_LEAD: f"/v1/consortia/{second.consortium_id}/live",
        Role.BUREAU: "/v1/alerts?severity=1&severity=2",
        Role.TOWNSHIP: "/v1/organisation",
        Role.CITY: "/v1/consortia",
        Role.PROVINCE: "/v1/consortia",
        Role.PARTNER: f"/v1/campuses/{first.core.campus_id}",
        Role.BUS_OPERATOR: f"/v1/history/trips?scope={min(buses.scope)}&{SPAN}",
        Role.INSPECTOR: f"/v1/logbook?scope=campus:{campus.campus_id}&system=net_health&{SPAN}",
        Role.AUDITOR: f"/v1/access?campus={campus.campus_id}",
        Role.INVESTIGATOR: "/v1/session",
        Role.OPERATOR: "/v1/rules",
    }
    return paths[role]
