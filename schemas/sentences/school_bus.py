"""School buses, told; no rider is told from another."""

from typing import Final

SENTENCES: Final = {
    "school_bus.position.reported.v1": (
        "{subject} 位于 {latitude_deg}, {longitude_deg}，{speed_kmh} km/h",
        "{subject} at {latitude_deg}, {longitude_deg}, {speed_kmh} km/h",
    ),
    "school_bus.trip.planned.v1": (
        "{subject} 计划趟次 {trip_id}（{direction}），{planned_start_ms}–{planned_end_ms}",
        "{subject} is to run {trip_id} ({direction}), {planned_start_ms}–{planned_end_ms}",
    ),
    "school_bus.trip.started.v1": (
        "{subject} 发车，趟次 {trip_id}（{direction}）",
        "{subject} began trip {trip_id} ({direction})",
    ),
    "school_bus.trip.ended.v1": (
        "{subject} 趟次 {trip_id} 结束[：{outcome}]",
        "{subject} ended trip {trip_id}[: {outcome}]",
    ),
    "school_bus.pretrip.checked.v1": (
        "{subject} 出车前检查：制动{brakes_ok?合格|不合格}，车门{doors_ok?合格|不合格}",
        "{subject} examined before its trip: brakes {brakes_ok?good|not good}, doors {doors_ok?good|not good}",
    ),
    "school_bus.stop.arrived.v1": (
        "{subject} 到达 {stop_id}[，偏差 {delta_s} 秒]",
        "{subject} reached {stop_id}[, {delta_s} s off plan]",
    ),
    "school_bus.stop.departed.v1": (
        "{subject} 驶离 {stop_id}，停留 {dwell_s} 秒",
        "{subject} left {stop_id} after {dwell_s} s",
    ),
    "school_bus.pupil.boarded.v1": ("一名学生在 {stop_id} 上车（{subject}）", "A pupil got on {subject} at {stop_id}"),
    "school_bus.pupil.alighted.v1": (
        "一名学生在 {stop_id} 下车（{subject}）",
        "A pupil got off {subject} at {stop_id}",
    ),
    "school_bus.count.reconciled.v1": (
        "{subject} 清点：上车 {boarded}，下车 {alighted}，车上 {onboard}（核载 {seats}）",
        "{subject} counted: {boarded} on, {alighted} off, {onboard} on board of {seats}",
    ),
    "school_bus.childcheck.done.v1": (
        "{subject} 空车巡检{last_row_scanned?完成，末排已刷|未到末排}",
        "{subject} searched{last_row_scanned? to the last row|, but not to the last row}",
    ),
    "school_bus.overspeed.detected.v1": (
        "{subject} 超速：{speed_kmh} km/h（限 {limit_kmh}），{duration_s} 秒",
        "{subject} drove {speed_kmh} km/h where {limit_kmh} hold, for {duration_s} s",
    ),
    "school_bus.route.deviated.v1": ("{subject} 偏离线路 {distance_m} 米", "{subject} is {distance_m} m off its route"),
    "school_bus.alarm.raised.v1": ("{subject} 报警：{kind}", "{subject} raised an alarm: {kind}"),
    "school_bus.inspection.due.v1": ("{subject} 安全检验到期", "{subject} is due for its safety test"),
    "school_bus.permit.expiring.v1": ("{subject} 的{permit}即将到期", "The {permit} of {subject} is about to expire"),
}
