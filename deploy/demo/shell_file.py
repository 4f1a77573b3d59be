"""A file for a second terminal: addresses, programs' tokens, and how to ask the API as one of the accounts."""

import os
import shlex
import sys
from pathlib import Path
from typing import Final, NamedTuple

from deploy.demo.accounts import FILE_NAME as ACCOUNTS
from deploy.demo.school_day import rfc3339
from schemas.ids import CampusId, ConsortiumId

FILE_NAME: Final = "shell.sh"
_FUNCTIONS: Final = rf"""
# sign_in LOGIN: 登录，打印会话令牌 / signs in by the password on file and prints the session's token
sign_in() {{
  sed -n "s/^{{\(\"login\":\"$1\",\"password\":\"[^\"]*\"\).*/{{\1}}/p" "$CAMPANILE_DATA_DIR/{ACCOUNTS}" |
    curl -sS "$API/v1/session" -H 'content-type: application/json' -d @- |
    sed -n 's/.*"token":"\([^"]*\)".*/\1/p'
}}

# ask LOGIN PATH [curl's options]: 以此账号查询接口 / asks the API as that account
ask() {{
  asker=$1 asked=$2
  shift 2
  curl -sS "$API$asked" -H "Authorization: Bearer $(sign_in "$asker")" "$@" | python3 -m json.tool --no-ensure-ascii
}}
"""


class Place(NamedTuple):
    """Where a running demonstration is, and the tokens of its programs."""

    gateway: str
    api: str
    data_dir: Path
    source: str
    """Token of the campus whose sensor sends the first event."""
    viewer: str
    """Token of a program that looks, with the watched consortium's supervisor's sight."""
    from_ms: int
    to_ms: int
    """The part of the day that questions to the past are about."""
    consortium: ConsortiumId
    campus: CampusId
    """The watched consortium, and the campus in it that the first event comes from."""

    @property
    def shell_file(self) -> Path:
        """The file to be read by a shell."""
        return self.data_dir / FILE_NAME


def shell_text(place: Place) -> str:
    """What the file says, for any POSIX shell."""
    values = {"API": place.api, "GATEWAY": place.gateway, "SOURCE": place.source, "VIEWER": place.viewer}
    values |= {"CONSORTIUM": place.consortium, "CAMPUS": place.campus, "NOW": rfc3339(place.to_ms)}
    lines = [
        f"export CAMPANILE_DATA_DIR={shlex.quote(str(place.data_dir))}",
        f"export FROM_MS={place.from_ms} TO_MS={place.to_ms}",
        'export SPAN="from_ms=$FROM_MS&to_ms=$TO_MS&purpose=demonstration"',
        f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"',
        *(f"export {name}={shlex.quote(value)}" for name, value in values.items()),
    ]
    return "# 用法 / use:  . this-file\n" + "\n".join(lines) + "\n" + _FUNCTIONS


def write_shell_file(place: Place) -> None:
    """Write it, readable by its owner alone."""
    part = place.shell_file.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(shell_text(place))
    part.replace(place.shell_file)
