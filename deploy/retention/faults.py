"""What a command on retention may be refused for."""

from schemas.errors import ConfigurationError


class HoldRefusedError(ConfigurationError):
    """The legal hold asked for makes no sense, or is not there."""

    code = "CAMP-350"


def no_such_hold(hold_id: str) -> HoldRefusedError:
    """The hold is unknown, or was released."""
    return HoldRefusedError(
        f"没有在生效的保全 {hold_id} / no hold {hold_id} is in force",
        cause="编号有误，或已解除 / the id is wrong, or it was released",
        remedy="campanile retention holds",
    )


def empty_hold() -> HoldRefusedError:
    """The hold covers nothing."""
    return HoldRefusedError(
        "保全范围为空 / the hold covers nothing",
        cause="没有校区，或结束不晚于开始 / no campus, or its end is not after its start",
        remedy="campanile retention hold --help",
    )
