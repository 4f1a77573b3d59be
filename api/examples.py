"""The examples of the OpenAPI description: one kitchen, one morning. A test holds each against its model."""

from typing import Any, Final

from schemas.clock import MINUTE_MS

AT_MS: Final = 1_795_651_200_000

LINE: Final[dict[str, Any]] = {
    "campus_id": "c-421122-007",
    "system": "canteen",
    "condition": "alert",
    "severity": 2,
    "open_alerts": [0, 1, 0, 0],
    "counts": {"meals_served": 0, "samples_retained": 3},
    "devices_heard": 5,
    "devices_expected": 6,
    "devices_silent": 1,
    "heard_ms": AT_MS - 4_200,
    "age_ms": 4_200,
    "watermark_ms": AT_MS - 2 * MINUTE_MS,
    "position": 90_417,
}

CAMPUS: Final[dict[str, Any]] = {
    "campus_id": "c-421122-007",
    "name": "竹瓦校区",
    "mode": "fusion",
    "severity": 2,
    "systems": [LINE],
    "aggregates": [{"system": "boarding", "counts": {"in_dormitory": 84, "absent": None}, "watermark_ms": AT_MS}],
}

CONSORTIUM: Final[dict[str, Any]] = {
    "consortium_id": "k-421122-01",
    "name": "实验小学教联体",
    "at_ms": AT_MS,
    "severity": 2,
    "conditions": {"alert": 1, "no_data": 0, "stale": 0, "silent": 0, "ok": 0},
    "open_alerts": [0, 1, 0, 0],
    "devices_heard": 5,
    "devices_expected": 6,
    "devices_silent": 1,
    "heard_ms": AT_MS - 4_200,
    "watermark_ms": AT_MS - 2 * MINUTE_MS,
    "campuses": [CAMPUS],
    "aggregates": [],
}

ALERT: Final[dict[str, Any]] = {
    "alert_id": "0d0a4a86-6f0c-5a39-9c55-0f0d3a4f7c11",
    "campus_id": "c-421122-007",
    "campus_name": "竹瓦校区",
    "system": "canteen",
    "rule": "canteen.freezer_warm",
    "rule_version": 1,
    "title_zh": "冷冻柜温度过高",
    "title_en": "Freezer too warm",
    "severity": 2,
    "subject": "freezer-1",
    "state": "open",
    "since_ms": AT_MS - 11 * MINUTE_MS,
    "raised_ms": AT_MS - MINUTE_MS,
    "cleared_ms": None,
    "causes": ["01J9Z0T2"],
    "partition": 3,
    "offset": 90_417,
    "detail": {"temperature_c": -3.5},
}

RULE: Final[dict[str, Any]] = {
    "rule": "canteen.freezer_warm",
    "system": "canteen",
    "version": 1,
    "kind": "threshold",
    "severity": 2,
    "title_zh": "冷冻柜温度过高",
    "title_en": "Freezer too warm",
    "citation": "GB 31654-2021",
    "withdrawable": False,
}

ORGANISATION: Final[dict[str, Any]] = {
    "at_ms": AT_MS,
    "version": 1_204,
    "areas": [
        {
            "area_id": "421122",
            "level": "county",
            "name": "红安县",
            "areas": [],
            "consortia": [
                {
                    "consortium_id": "k-421122-01",
                    "name": "实验小学教联体",
                    "core_campus_id": "c-421122-001",
                    "campuses": [
                        {
                            "campus_id": "c-421122-007",
                            "name": "竹瓦校区",
                            "stage": "primary",
                            "area_id": "421122",
                            "longitude_deg": 114.618,
                            "latitude_deg": 31.288,
                            "expected_devices": {"canteen": 6, "net_health": 9},
                            "mode": "fusion",
                            "member_from_ms": 1_693_526_400_000,
                            "member_to_ms": None,
                        }
                    ],
                }
            ],
            "campuses": [],
        }
    ],
    "consortia": [],
    "campuses": [],
}
