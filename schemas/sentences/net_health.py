"""Campus networks, told."""

from typing import Final

SENTENCES: Final = {
    "net_health.link.minute_digest.v1": (
        "{subject} 丢包 {loss_pct}%，下行 {down_mbps} Mbps",
        "{subject} loses {loss_pct} %, {down_mbps} Mbps down",
    ),
    "net_health.link.down.v1": ("{subject} 中断[，原因：{cause}]", "{subject} went down[: {cause}]"),
    "net_health.link.up.v1": ("{subject} 恢复，中断 {outage_s} 秒", "{subject} is up again after {outage_s} s"),
    "net_health.ap.down.v1": ("接入点 {subject} 离线[，原因：{cause}]", "Access point {subject} went down[: {cause}]"),
    "net_health.ap.up.v1": ("接入点 {subject} 恢复", "Access point {subject} is up again"),
    "net_health.probe.failed.v1": (
        "{subject} 无法访问 {target}（{layer}）",
        "{subject} cannot reach {target} ({layer})",
    ),
    "net_health.bandwidth.tested.v1": (
        "{subject} 测速：下行 {down_mbps}，上行 {up_mbps} Mbps",
        "{subject} measured: {down_mbps} down, {up_mbps} up, Mbps",
    ),
}
