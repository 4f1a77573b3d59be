"""Asks a process how it is."""

import json
import urllib.error
import urllib.request
from typing import Any

TIMEOUT_S = 2.0


def answers(base: str, path: str) -> bool:
    """Whether a health address answers 200."""
    return ask(base, path)[0] == 200


def ask(base: str, path: str) -> tuple[int, dict[str, Any]]:
    """Status and JSON body of a health address; status 0 when nobody answers there."""
    try:
        with urllib.request.urlopen(base + path, timeout=TIMEOUT_S) as response:  # noqa: S310 — our own http address
            return int(response.status), json.loads(response.read())
    except urllib.error.HTTPError as error:
        body = error.read()
        return error.code, json.loads(body) if body.startswith(b"{") else {}
    except (OSError, ValueError):
        return 0, {}
