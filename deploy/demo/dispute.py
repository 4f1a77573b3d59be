"""A dispute to be settled by proof: a kitchen says that its freezer never got warm, and the log knows better."""

from typing import Final

from deploy.demo.incidents import Kind
from deploy.demo.plan import County
from deploy.demo.school_day import SchoolDay
from deploy.demo.scripting import write_script
from deploy.demo.steps import Step
from deploy.demo.tries import SPAN

FORGE: Final = r"""python3 -c 'import re, sys, zipfile
warm = re.compile(rb"(sensor-freezer-1\".*?\"temp_c\":).*?([,}])")
bundle, forged = zipfile.ZipFile(sys.argv[1]), zipfile.ZipFile(sys.argv[2], "w")
for name in bundle.namelist():
    content = bundle.read(name)
    if name == "events.ndjson":
        content = warm.sub(rb"\1-19.9\2", content, count=1)
    forged.writestr(name, content)' dispute.zip forged.zip"""
"""Makes a copy of the bundle in which one reading of the freezer is another one."""


def dispute_step(county: County, day: SchoolDay) -> Step | None:
    """The commands: what was measured, the bundle, its verification, a forged copy. None where no freezer fails."""
    found = [item for item in write_script(county, day).incidents if item.kind is Kind.FREEZER_FAILURE]
    if not found:
        return None
    incident = found[0]
    bundle = (
        f"CAMPANILE_TOKEN=$(sign_in auditor) campanile evidence make --scope campus:{incident.campus_id} \\\n"
        f'  --system canteen --from-ms "$FROM_MS" --to-ms "$TO_MS" \\\n'
        "  --purpose 冷冻柜争议 --case 2026-1 --to dispute.zip"
    )
    asked = f"scope=campus:{incident.campus_id}&subject={incident.subject}&{SPAN}"
    return Step(
        "争议：厨房说冷冻柜从未升温。审计出具证据包，任何人离线核验；改动一个读数即被指出\n"
        "a dispute: the kitchen says that its freezer was never warm. The auditor makes a bundle,\n"
        "anybody verifies it offline; a single altered reading is named",
        (
            f'ask inspector "/v1/history/events?{asked}" \\\n  | grep temp_c',
            'cd "$(mktemp -d)"; KEY=$(campanile keys list | head -1 | cut -d" " -f1)',
            bundle,
            'campanile evidence verify dispute.zip --key "$KEY"',
            FORGE,
            'campanile evidence verify forged.zip --key "$KEY"',
        ),
    )
