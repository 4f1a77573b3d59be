"""Asks a process how it is."""

import json
import urllib.error
import urllib.request
from typing import Any

from deploy.kafka.probe import kafka_answers
from deploy.supervisor.process import ProcessSpec

TIMEOUT_S = 1.0


def answers(base: str, path: str) -> bool:
    """Whether a health address answers 200."""
    return ask(base, path)[0] == 200


def ask(base: str, path: str) -> tuple[int, dict[str, Any]]:
    """Status and JSON body of a health address; status 0 when nobody answers there."""
    try:
        with urllib.request.urlopen(base + path, timeout=TIMEOUT_S) as response:  # noqa: S310 — our own http address
            return int(response.status), json.loads(response.read())
    except urllib.error.HTTPError as error:
        with error:
            body = error.read()
        return error.code, json.loads(body) if body.startswith(b"{") else {}
    except (OSError, ValueError):
        return 0, {}


def is_ready(spec: ProcessSpec, bootstrap: str) -> bool:
    """Whether a process does its work: its own word for it, or, for Kafka, an answer to a client's first question."""
    return answers(spec.ops, "/readyz") if spec.ops else kafka_answers(bootstrap, TIMEOUT_S)


def is_live(spec: ProcessSpec, bootstrap: str) -> bool:
    """Whether a process still reacts, ready or not."""
    return answers(spec.ops, "/livez") if spec.ops else kafka_answers(bootstrap, TIMEOUT_S)
