"""What a consortium's line says about a campus's network."""

from streams.core.spell import begun_ms
from streams.core.system import Summary
from streams.systems.net_health.state import SILENT_AFTER_MS, Link, NetHealth


def summarise(state: NetHealth, now_ms: int) -> Summary:
    """Links and access points up, and what the links carried in their last minute."""
    links = list(state.links.values())
    carrying = [link for link in links if _is_carrying(link, now_ms)]
    points_up = sum(begun_ms(point.down) is None for point in state.access_points.values())
    counts = {
        "links": len(links),
        "links_down": sum(begun_ms(link.down) is not None for link in links),
        "access_points": len(state.access_points),
        "access_points_up": points_up,
        "wifi_clients": sum(link.wifi_clients for link in carrying),
        "down_mbps": round(sum(link.down_mbps for link in carrying)),
        "up_mbps": round(sum(link.up_mbps for link in carrying)),
    }
    known = len(links) + len(state.access_points)
    heard = len(carrying) + points_up
    return Summary(counts, heard, known - heard)


def _is_carrying(link: Link, now_ms: int) -> bool:
    return begun_ms(link.down) is None and now_ms - link.heard_ms() < SILENT_AFTER_MS
