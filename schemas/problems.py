"""``application/problem+json`` (RFC 9457): the one shape in which gateway and API say no."""

from typing import Any

from pydantic import BaseModel, ConfigDict

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """An error answer. ``title`` names the kind, ``detail`` this case, ``remedy`` what to do next."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str = "about:blank"
    title: str
    status: int
    code: str
    """``CAMP-nnn``: looked up in ``docs/errors.md``."""
    detail: str = ""
    remedy: str = ""
    errors: list[dict[str, Any]] = []
    """For invalid input: where and what, never the input itself."""
