"""Classroom devices and the commands to them, told."""

from typing import Final

SENTENCES: Final = {
    "device_control.device.power_on.v1": ("{subject} 开机（{actor}）", "{subject} was switched on by {actor}"),
    "device_control.device.power_off.v1": ("{subject} 关机（{actor}）", "{subject} was switched off by {actor}"),
    "device_control.device.fault.v1": ("{subject} 故障：{code}", "{subject} is faulty: {code}"),
    "device_control.device.repaired.v1": ("{subject} 已修复[：{code}]", "{subject} was repaired[: {code}]"),
    "device_control.device.online.v1": ("{subject} 上线", "{subject} came online"),
    "device_control.device.offline.v1": ("{subject} 离线[：{reason}]", "{subject} went offline[: {reason}]"),
    "device_control.devices.heartbeat_digest.v1": ("{subject} 汇报心跳", "{subject} reported heartbeats"),
    "device_control.usage.hourly_digest.v1": (
        "{subject} 本小时开机 {on_min} 分钟",
        "{subject} was on for {on_min} min",
    ),
    "device_control.command.requested.v1": ("请求对 {subject} 执行 {verb}", "{verb} of {subject} was requested"),
    "device_control.command.authorised.v1": ("已批准对 {subject} 执行 {verb}", "{verb} of {subject} was authorised"),
    "device_control.command.acked.v1": ("{subject} 已执行指令 {command_id}", "{subject} carried out {command_id}"),
    "device_control.command.failed.v1": (
        "{subject} 未执行指令 {command_id}：{reason}",
        "{subject} did not carry out {command_id}: {reason}",
    ),
}
