"""Tracks of buses as GPX 1.1 and KML 2.2: one track for each bus, cut where positions are missing."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, Literal
from xml.sax.saxutils import escape

from api.history.track import Fix, segments

TrackFormat = Literal["gpx", "kml"]
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


def gpx_head() -> bytes:
    """What a GPX file begins with."""
    return f'{_HEAD}<gpx version="1.1" creator="Campanile" xmlns="http://www.topografix.com/GPX/1/1">\n'.encode()


def gpx_track(name: str, fixes: Iterable[Fix]) -> Iterator[bytes]:
    """One bus; a gap ends a segment."""
    yield f"<trk><name>{escape(name)}</name>\n".encode()
    for part in segments(fixes):
        yield b"<trkseg>\n"
        yield "".join(map(_gpx_point, part)).encode()
        yield b"</trkseg>\n"
    yield b"</trk>\n"


def gpx_tail() -> bytes:
    """What a GPX file ends with."""
    return b"</gpx>\n"


def kml_head() -> bytes:
    """What a KML file begins with."""
    return f'{_HEAD}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n'.encode()


def kml_track(name: str, fixes: Iterable[Fix]) -> Iterator[bytes]:
    """One bus: a line for each part without a gap."""
    for part in segments(fixes):
        places = " ".join(f"{fix.longitude_deg:.6f},{fix.latitude_deg:.6f}" for fix in part)
        yield (
            f"<Placemark><name>{escape(name)}</name>"
            f"<TimeSpan><begin>{_iso(part[0].at_ms)}</begin><end>{_iso(part[-1].at_ms)}</end></TimeSpan>"
            f"<LineString><coordinates>{places}</coordinates></LineString></Placemark>\n"
        ).encode()


def kml_tail() -> bytes:
    """What a KML file ends with."""
    return b"</Document></kml>\n"


def _gpx_point(fix: Fix) -> str:
    return f'<trkpt lat="{fix.latitude_deg:.6f}" lon="{fix.longitude_deg:.6f}"><time>{_iso(fix.at_ms)}</time></trkpt>\n'


def _iso(instant_ms: int) -> str:
    return datetime.fromtimestamp(instant_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
