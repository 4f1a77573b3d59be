"""The replays that this process runs: one control for each, a bounded number of them and of their streams."""

from collections import Counter, OrderedDict
from typing import Final

from api.errors import TooManyStreamsError
from api.replay.control import Control
from api.replay.recipe import Recipe

MOST_CONTROLS: Final = 10_000
MOST_STREAMS: Final = 64
MOST_STREAMS_OF_ONE: Final = 4


class Desk:
    """Finds the control of a replay; makes it anew from the recipe when this process has not seen it."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        """Seals the ids of replays; 32 bytes."""
        self._controls: OrderedDict[str, Control] = OrderedDict()
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._streams: Counter[str] = Counter()

    def control(self, replay_id: str, recipe: Recipe) -> Control | None:
        """The control of a replay; None when it was ended."""
        if replay_id in self._ended:
            return None
        found = self._controls.get(replay_id)
        if found is None:
            found = Control(recipe.speed, recipe.paused, recipe.from_ms)
            self._controls[replay_id] = found
            self._forget_oldest()
        self._controls.move_to_end(replay_id)
        return found

    def end(self, replay_id: str) -> None:
        """End a replay and its stream."""
        control = self._controls.pop(replay_id, None)
        if control is not None:
            control.end("ended")
        self._ended[replay_id] = None
        while len(self._ended) > MOST_CONTROLS:
            self._ended.popitem(last=False)

    def open(self, owner: str, control: Control) -> None:
        """Count a stream; the one that the replay may still have gives way to it.

        Raises:
            TooManyStreamsError: the reader, or the process, has as many as it may.
        """
        if not control.streams and self._is_full(owner):
            raise TooManyStreamsError(MOST_STREAMS_OF_ONE)
        control.run += 1
        control.touch()
        self._streams[owner] += 1
        control.streams += 1

    def close(self, owner: str, control: Control) -> None:
        """Give a stream back."""
        control.streams -= 1
        self._streams[owner] -= 1
        if not self._streams[owner]:
            del self._streams[owner]

    def stop(self) -> None:
        """End every stream: the process is about to leave."""
        for control in self._controls.values():
            control.end("shutdown")

    def _is_full(self, owner: str) -> bool:
        return self._streams[owner] >= MOST_STREAMS_OF_ONE or self._streams.total() >= MOST_STREAMS

    def _forget_oldest(self) -> None:
        """Drop the controls that were not asked for longest, but none whose stream runs."""
        excess = len(self._controls) - MOST_CONTROLS
        idle = [replay_id for replay_id, control in self._controls.items() if not control.streams]
        for replay_id in idle[: max(0, excess)]:
            del self._controls[replay_id]
