"""How much the gateway holds: every byte is reserved before it is read and given back when its fate is known."""

from ingest.errors import UnavailableError


class HeldBytes:
    """A sum with a limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.total = 0

    def reserve(self, size: int) -> "Reservation":
        """Reserve ``size`` bytes.

        Raises:
            UnavailableError: the limit would be passed.
        """
        if self.total + size > self.limit:
            raise _full()
        self.total += size
        return Reservation(self, size)


class Reservation:
    """Bytes reserved by one request."""

    def __init__(self, held: HeldBytes, size: int) -> None:
        self._held = held
        self._size = size

    def settle(self, size: int) -> None:
        """The real size is known now: with the stamps that were added, and what records cost beside their bytes.

        Raises:
            UnavailableError: it passes the limit. Never when nothing else is held, or it could never be taken.
        """
        others = self._held.total - self._size
        if size > self._size and others and others + size > self._held.limit:
            raise _full()
        self._held.total = others + size
        self._size = size

    def release(self) -> None:
        """Give everything back; a second call does nothing."""
        self.settle(0)


def _full() -> UnavailableError:
    return UnavailableError("网关内存已满 / the gateway holds as much as it may", retry_after_s=1)
