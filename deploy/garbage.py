"""Python's cycle collector, set for processes that hold many long-lived objects and make many short-lived ones.

By default it looks for cycles after every 700 new objects; a frame of events makes thousands, nearly all of which die
by reference count. Looking seldom costs some memory and saves a fifth of a stream worker's time.
"""

import gc

NEW_OBJECTS = 100_000


def look_for_cycles_seldom() -> None:
    """To be called once a process has imported what it needs: that much is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 50)
