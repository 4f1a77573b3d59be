"""The first start: while nobody may sign in, a code in a file that only the operator can read makes the first user."""

import hmac
import os
from pathlib import Path

from api.identity.one_time import new_code


class SetupCode:
    """The file of the code; ``<data_dir>/secrets/setup-code``, mode 600."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def offer(self) -> str:
        """The code: the one that lies there already, else a new one."""
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part = self.path.with_suffix(".part")
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(new_code())
            part.rename(self.path)
        return self.path.read_text(encoding="utf-8").strip()

    def is_right(self, code: str) -> bool:
        """Whether it is the code, compared in constant time; without a file nothing is right."""
        try:
            kept = self.path.read_text(encoding="utf-8").strip()
        except (FileNotFoundError, NotADirectoryError):
            return False
        return hmac.compare_digest(kept.encode(), code.strip().lower().encode())

    def take_back(self) -> None:
        """It is used, or no longer needed."""
        self.path.unlink(missing_ok=True)
