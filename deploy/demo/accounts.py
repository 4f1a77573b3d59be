"""An account for everybody in the demonstration, made through the API as an administrator would make it.

Passwords are drawn anew for each demonstration; one that is kept keeps them. They lie in one file of mode 600, a line
for each account, and as argon2 encodings in the log, like everybody's.
"""

import json
import os
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from deploy.demo.people import Holder
from deploy.evidence.api_client import RefusedError, get_json, post_for_bytes

ADMINISTRATOR: Final = "administrator"
FILE_NAME: Final = "accounts.ndjson"
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what looks alike on a screen: 0 and o, 1, i and l."""
_GROUPS: Final = (5, 5, 5)
PATIENCE_S: Final = 20.0
_AGAIN_S: Final = 0.1


class Account(NamedTuple):
    """How one person signs in."""

    login: str
    password: str
    title: str
    person_id: str | None
    """Whose appointments the account holds; None: the administrator, who sees no content."""


def draw_accounts(people: Iterable[Holder]) -> list[Account]:
    """An account with a fresh password for everybody, and one for the administrator."""
    accounts = [Account(holder.login, _password(), holder.title, holder.person_id) for holder in people]
    return [*accounts, Account(ADMINISTRATOR, _password(), "管理员，只管账号 / administrator of accounts", None)]


def keep_accounts(directory: Path, drawn: list[Account]) -> list[Account]:
    """The accounts that a kept demonstration has here already, or those that were drawn, now on file."""
    path = directory / FILE_NAME
    if path.exists():
        lines = path.read_text(encoding="utf-8").splitlines()
        return [Account(**json.loads(line)) for line in lines]
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        for account in drawn:
            file.write(json.dumps(account._asdict(), ensure_ascii=False, separators=(",", ":")) + "\n")
    part.replace(path)
    return drawn


def open_accounts(api: str, accounts: list[Account], setup_code: Path) -> Iterator[Account]:
    """Let everybody sign in; yields each account once its password is set. What was made before stays as it is.

    Args:
        api: base address of the API.
        accounts: the administrator's among them.
        setup_code: the file with the code of the first start; it is gone once there is an administrator.

    Raises:
        RefusedError: the API refuses for good.
        UnreachableError: it does not answer.
    """
    administrator = next(account for account in accounts if account.login == ADMINISTRATOR)
    proof = {"login": administrator.login, "password": administrator.password}
    if setup_code.exists():
        _post(api, "", "/v1/setup", proof | {"code": setup_code.read_text(encoding="utf-8").strip()})
    yield administrator
    token = _post(api, "", "/v1/session", proof)["token"]
    known = {user["login"]: user for user in get_json(api, token, "/v1/users", {})["users"]}
    for account in accounts:
        user = known.get(account.login)
        if user is None or not user["has_password"]:
            code = _code_for(api, token, account, user)
            _post(api, "", "/v1/activation", {"code": code, "password": account.password})
            yield account


def _code_for(api: str, token: str, account: Account, user: dict[str, Any] | None) -> str:
    """The code with which a new user, or one who never set a password, sets one."""
    if user is not None:
        return str(_post(api, token, f"/v1/users/{user['user_id']}/reset", {})["code"])
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            wanted = {"login": account.login, "person_id": account.person_id}
            return str(_post(api, token, "/v1/users", wanted)["code"])
        except RefusedError as error:
            # The API has not read yet that there is such a person: it was registered a moment ago.
            if "CAMP-138" not in error.message or time.monotonic() > deadline_s:
                raise
            time.sleep(_AGAIN_S)


def _post(api: str, token: str, path: str, body: Mapping[str, object]) -> dict[str, Any]:
    """The JSON of the answer; empty where there is none."""
    found: dict[str, Any] = json.loads(b"".join(post_for_bytes(api, token, path, body)) or b"{}")
    return found


def _password() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(length)) for length in _GROUPS)
