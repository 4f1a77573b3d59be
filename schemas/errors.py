"""The root of every error that the product raises on purpose.

``CampanileError`` carries what a person needs: what happened, why, what to do next, and a stable code with a page in
``docs/errors.md``. Each room derives its own tree from it and states the HTTP status or the exit code it maps to.
"""

from http import HTTPStatus


class CampanileError(Exception):
    """What happened (the message), its likely ``cause`` and the ``remedy``; ``code`` is ``CAMP-nnn``."""

    code = "CAMP-000"
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    exit_code = 1

    def __init__(self, message: str, *, cause: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause
        self.remedy = remedy


class ConfigurationError(CampanileError):
    """A setting is missing, unknown or contradicts another one."""

    code = "CAMP-300"
    exit_code = 3


class UnreachableError(CampanileError):
    """Kafka, the store or another service does not answer."""

    code = "CAMP-400"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    exit_code = 4


class DataFaultError(CampanileError):
    """Stored data contradicts itself or what this version understands."""

    code = "CAMP-500"
    exit_code = 5
