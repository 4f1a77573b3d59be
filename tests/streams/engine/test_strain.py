"""How busy a worker is decides how long visible changes may wait."""

from streams.core.system import Effect
from streams.engine.pacing import Pacing
from streams.engine.strain import BUSY, CALM, MOST, Strain


def _at(share: float) -> Strain:
    return Strain(share=share)


def test_nothing_waits_longer_while_the_process_is_calm() -> None:
    assert [_at(share).stretch() for share in (0.0, CALM)] == [1.0, 1.0]


def test_the_wait_rises_evenly_to_its_limit() -> None:
    assert abs(_at((CALM + BUSY) / 2).stretch() - (1.0 + MOST) / 2) < 1e-9
    assert [_at(share).stretch() for share in (BUSY, 2.0)] == [MOST, MOST]


def test_the_share_is_cpu_time_over_wall_time_smoothed_over_two_notes() -> None:
    strain = Strain()
    strain.note(cpu_s=5.0, wall_s=100.0)
    assert strain.share == 0.0
    strain.note(cpu_s=5.8, wall_s=101.0)
    strain.note(cpu_s=6.6, wall_s=102.0)
    assert abs(strain.share - 0.6) < 1e-9


def test_a_strained_partition_is_flushed_later_but_freshness_keeps_its_time() -> None:
    pacing = Pacing(visible_s=0.15, alive_s=5.0, stretch=_at(BUSY).stretch)
    pacing.flushed(10.0, 10.001, whole=True)
    assert pacing.due_s(Effect.VISIBLE) == 10.0 + 0.15 * MOST
    assert pacing.due_s(Effect.ALIVE) == 15.0
