"""What one reader has heard over all its connections; refuses anything told twice."""

from tests.api.support.sse import Event


class Tally:
    """``newest``: the number shown by each document; ``alerts``: the subject of each transition, as they came."""

    def __init__(self, last_id: str = "") -> None:
        self.last_id = last_id
        self.newest: dict[tuple[str, str], int] = {}
        self.alerts: list[str] = []
        self.resyncs = 0

    def take(self, event: Event) -> bool:
        """Note one event; whether it told something."""
        self.last_id = event.last_id
        match event.name:
            case "resync":
                self.resyncs += 1
            case "campus":
                key = event.data["campus_id"], event.data["system"]
                number = event.data["counts"]["n"]
                assert number > self.newest.get(key, -1), f"{key} was told {number} after {self.newest[key]}"
                self.newest[key] = number
            case "alert":
                assert event.data["subject"] not in self.alerts, f"{event.data['subject']} was told twice"
                self.alerts.append(event.data["subject"])
        return event.name in ("campus", "alert")
