"""Asks the API, as a supervisor's program would, whether the first bus can be seen."""

import json
import urllib.request
from typing import Any, Final

from deploy.demo.facts import supervisor_token
from deploy.demo.plan import ConsortiumPlan, County
from schemas.registry import Mode

_TIMEOUT_S: Final = 2.0


def watched_consortium(county: County) -> ConsortiumPlan:
    """The consortium that the demonstration talks about: the first fused one with buses, or the first.

    A supervisor sees the buses of a fused consortium; in a looser one their agreement would have to say so.
    """
    with_buses = [item for item in county.consortia if any(campus.bus_ids for campus in item.campuses)]
    fused = (item for item in with_buses if item.mode is Mode.FUSION)
    return next(fused, county.consortia[0])


def is_bus_visible(api: str, county: County) -> bool:
    """Whether the live view of the watched consortium shows a campus that hears a bus (without buses: any device)."""
    consortium = watched_consortium(county)
    wanted = "school_bus" if any(campus.bus_ids for campus in consortium.campuses) else ""
    token = supervisor_token(county.token_seed, consortium.consortium_id).text
    overview = _ask(f"{api}/v1/consortia/{consortium.consortium_id}/live", token)
    lines = (line for campus in overview.get("campuses", ()) for line in campus["systems"])
    return any(line["devices_heard"] > 0 and wanted in line["system"] for line in lines)


def _ask(url: str, token: str) -> dict[str, Any]:
    """The JSON object at an address; empty while it cannot be had."""
    request = urllib.request.Request(url, headers={"authorization": f"Bearer {token}"})  # noqa: S310 — our own http address
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:  # noqa: S310 — as above
            found = json.loads(response.read())
    except (OSError, ValueError):  # refused, not ready, not known yet: asked again
        return {}
    return found if isinstance(found, dict) else {}
