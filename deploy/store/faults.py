"""What can go wrong in the store.

``ProtocolFault`` and ``RefusedStatement`` are told to the client as ClickHouse errors; the others end a start.

::

    Exception
    ├── ProtocolFault         the connection cannot go on
    │   └── LoginRefused
    ├── RefusedStatement      this statement is refused, the connection goes on
    └── CampanileError
        ├── StorePasswordError
        ├── StoreDirectoryError
        └── StoreEngineMissingError
"""

from enum import IntEnum

from schemas.errors import ConfigurationError, DataFaultError


class Code(IntEnum):
    """The ClickHouse error codes that this server raises by itself."""

    CANNOT_READ_ALL_DATA = 33
    NOT_IMPLEMENTED = 48
    UNKNOWN_TYPE = 50
    UNKNOWN_PACKET_FROM_CLIENT = 99
    UNEXPECTED_PACKET_FROM_CLIENT = 101
    UNKNOWN_SETTING = 115
    UNKNOWN_DATABASE = 81
    TOO_LARGE_ARRAY_SIZE = 128
    TOO_MANY_SIMULTANEOUS_QUERIES = 202
    ABORTED = 236
    ACCESS_DENIED = 497
    AUTHENTICATION_FAILED = 516
    UNKNOWN_EXCEPTION = 1002


class ProtocolFault(Exception):  # noqa: N818 — a fault of the peer, told to it by its code
    """What the client sent cannot be followed any further: tell it and hang up."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


class LoginRefused(ProtocolFault):
    """The client may not come in."""


class RefusedStatement(Exception):  # noqa: N818 — told to the client by its code
    """A statement that would reach outside of the store."""

    code = Code.ACCESS_DENIED


class StorePasswordError(ConfigurationError):
    """The store has no password, and does not start without one."""

    code = "CAMP-330"


class StoreDirectoryError(DataFaultError):
    """The data directory was written by a newer engine, or its path cannot be used."""

    code = "CAMP-530"


class StoreEngineMissingError(ConfigurationError):
    """The engine's package is not installed."""

    code = "CAMP-331"
