"""The kitchen, told."""

from typing import Final

SENTENCES: Final = {
    "canteen.receipt.inspected.v1": (
        "验收 {item} {mass_kg} 公斤，批号 {batch}，{licence_ok?证照齐全|证照不全}[，{temp_c} ℃]",
        "{mass_kg} kg of {item} received, batch {batch}, licences {licence_ok?in order|not in order}[, {temp_c} °C]",
    ),
    "canteen.staff.morning_checked.v1": (
        "晨检 {on_duty} 人，{unfit} 人不宜上岗，手部{hands_ok?合格|不合格}",
        "Morning check of {on_duty} staff: {unfit} unfit, hands {hands_ok?in order|not in order}",
    ),
    "canteen.temp.sampled.v1": ("{subject}（{zone}）{temp_c} ℃", "{subject} ({zone}) reads {temp_c} °C"),
    "canteen.temp.breach.v1": (
        "{subject}（{zone}）超温 {temp_c} ℃，已持续 {duration_min} 分钟",
        "{subject} ({zone}) out of limits at {temp_c} °C for {duration_min} min",
    ),
    "canteen.meal.planned.v1": (
        "{cancelled?取消|计划}{meal}，{starts_ms}–{ends_ms}，{planned_heads} 人用餐",
        "{meal} {cancelled?called off|planned}, {starts_ms}–{ends_ms}, {planned_heads} to eat",
    ),
    "canteen.dish.cooked.v1": ("{name} 出锅，中心温度 {core_temp_c} ℃", "{name} done, core {core_temp_c} °C"),
    "canteen.dish.served.v1": ("{subject} 开始供餐[，{hold_temp_c} ℃]", "{subject} served[ at {hold_temp_c} °C]"),
    "canteen.sample.retained.v1": (
        "{subject} 留样 {mass_g} 克，存 {cabinet_ref}",
        "{mass_g} g of {subject} kept in {cabinet_ref}",
    ),
    "canteen.sample.disposed.v1": ("{subject} 的留样已处理", "The sample of {subject} was disposed of"),
    "canteen.disinfect.done.v1": (
        "餐具消毒 {sets} 套，{method} {duration_min} 分钟[，{temp_c} ℃]",
        "{sets} sets of tableware disinfected by {method} for {duration_min} min[ at {temp_c} °C]",
    ),
    "canteen.accompany.logged.v1": (
        "陪餐记录：评分 {score}，问题 {issues} 项",
        "A school leader ate with the pupils: score {score}, {issues} issues",
    ),
    "canteen.meal.count_digest.v1": (
        "第 {sitting} 批已供餐 {served} 份",
        "Sitting {sitting}: {served} portions so far",
    ),
    "canteen.kitchen.ai_flag.v1": ("后厨识别：{kind}（{subject}）", "Kitchen camera {subject} saw {kind}"),
    "canteen.illness.cluster_suspected.v1": (
        "疑似聚集性病例 {persons} 人：{symptoms}",
        "A suspected cluster of {persons} ill: {symptoms}",
    ),
    "canteen.illness.cluster_closed.v1": ("聚集性病例结案：{outcome}", "The cluster was closed: {outcome}"),
}
