"""Several records, one waking of the producer's thread: so they leave in one request.

``KafkaProducer.send`` wakes the sending thread for every record that begins a batch. Woken by the first of eight, it
takes the interpreter from the event loop, sends one record, is woken again by the next: eight requests and some
sixteen changes of thread, where one request would do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka.net.compat import KafkaNetClient


class OneWakeupClient(KafkaNetClient):  # type: ignore[misc]  # kafka-python has no types
    """The producer's network client (its setting ``kafka_client``), whose waking can be put off."""

    def __init__(self, **configs: Any) -> None:  # noqa: ANN401 — kafka-python's own arguments
        super().__init__(**configs)
        self._is_put_off = False
        self._was_asked = False

    def wakeup(self) -> None:
        """Wake the sending thread, now or when the block of :meth:`one_wakeup` ends."""
        if self._is_put_off:
            self._was_asked = True
        else:
            super().wakeup()

    @contextmanager
    def one_wakeup(self) -> Iterator[None]:
        """Within the block nobody is woken; at its end once, if anybody asked. For one thread, not to be nested."""
        self._is_put_off = True
        try:
            yield
        finally:
            self._is_put_off = False
            if self._was_asked:
                self._was_asked = False
                super().wakeup()
