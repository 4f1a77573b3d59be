"""Where a safe kitchen ends: the figures that fold and rules of ``canteen`` share. Sources stand in the rule book."""

from typing import Final

from schemas.clock import DAY_MS, HOUR_MS, MINUTE_MS

WARMEST_C: Final = {"freezer": -12.0, "fridge": 8.0, "sample": 8.0}
"""Highest temperature allowed by zone; other zones have no upper limit here."""
WARM_FOR_MS: Final = 10 * MINUTE_MS
"""Shorter spells are door openings."""
SENSOR_SILENT_AFTER_MS: Final = 15 * MINUTE_MS
"""Three readings of five minutes."""
SENSOR_FORGOTTEN_AFTER_MS: Final = 30 * DAY_MS

CORE_C: Final = 70.0
SAMPLE_G: Final = 125.0
SAMPLE_GRACE_MS: Final = 30 * MINUTE_MS
"""From the first portion served until the sample must have been put aside."""
SAMPLE_KEPT_MS: Final = 48 * HOUR_MS

MORNING_CHECK_DUE_MS: Final = 6 * HOUR_MS + 30 * MINUTE_MS
"""Local time of day."""
ACCOMPANY_DUE_MS: Final = 30 * MINUTE_MS
"""After the meal's end."""
SHOWN_FOR_MS: Final = DAY_MS
"""How long a finding that can no longer be put right stays open."""
