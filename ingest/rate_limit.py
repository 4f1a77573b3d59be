"""A token bucket per source: what one source may send in a second, and at once."""

import math
from dataclasses import dataclass

from ingest.errors import TooManyError
from schemas.ids import TokenId


@dataclass
class _Bucket:
    level: float
    filled_s: float


class RateLimit:
    """``rate_per_s`` events flow into each source's bucket, which holds at most ``burst``.

    There are never more buckets than sources that have authenticated themselves. Times are monotonic seconds.
    """

    def __init__(self, rate_per_s: float, burst: int) -> None:
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._buckets: dict[TokenId, _Bucket] = {}

    def take(self, token_id: TokenId, events: int, now_s: float) -> None:
        """Take ``events`` from the source's bucket; it may then lack up to what one request took too much.

        Raises:
            TooManyError: the bucket is empty; nothing was taken.
        """
        bucket = self._buckets.get(token_id)
        if bucket is None:
            bucket = self._buckets[token_id] = _Bucket(self._burst, now_s)
        bucket.level = min(self._burst, bucket.level + (now_s - bucket.filled_s) * self._rate_per_s)
        bucket.filled_s = now_s
        if bucket.level < min(1, events):
            raise TooManyError(max(1, math.ceil((1 - bucket.level) / self._rate_per_s)))
        bucket.level -= events

    def give_back(self, token_id: TokenId, events: int) -> None:
        """Undo a :meth:`take` of which nothing came."""
        self._buckets[token_id].level += events
