"""钟楼证据核验 / verifies what Campanile proves, offline, with nothing but Python's standard library (3.10 or newer).

    python3 verify.py bundle.zip [--key FINGERPRINT]
    python3 verify.py proof.json [--key FINGERPRINT]
    python3 verify.py consistency.json [--key FINGERPRINT]     an old head and a new one
    python3 verify.py 2026-11-24.json [--key FINGERPRINT]      a daily checkpoint file

It prints "true / 属实" and ends with 0, or names the first bad position and ends with 1. The fingerprint of the first
signing key is what has to come from elsewhere: a printed page, the bureau, a paper file. Read this file before you
trust it; it is meant to be read. Ed25519 is RFC 8032, trees are RFC 6962.
"""

import hashlib
import json
import sys
import zipfile
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

Point = tuple[int, int, int, int]
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


class Bad(Exception):  # noqa: N818 — it is printed as a finding
    """The first thing that is not true."""


def add(a: Point, b: Point) -> Point:
    """The sum of two points of edwards25519 in extended coordinates (RFC 8032 5.1.4)."""
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar: int, point: Point) -> Point:
    """A multiple of a point; nothing here is secret, so it need not take constant time."""
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


def decode_point(data: bytes) -> Point | None:
    """A point from its 32 bytes (RFC 8032 5.1.3); None if they are none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_M1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def encode_point(point: Point) -> bytes:
    """The 32 bytes of a point."""
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _base_point() -> Point:
    found = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    if found is None:
        raise ArithmeticError
    return found


BASE = _base_point()


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature holds (RFC 8032 5.1.7)."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key, scalar = decode_point(public_key), int.from_bytes(signature[32:], "little")
    if key is None or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % ORDER
    minus_key: Point = (P - key[0], key[1], key[2], P - key[3])
    return encode_point(add(multiply(scalar, BASE), multiply(challenge, minus_key))) == signature[:32]


def sha256(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def leaf(data: bytes) -> bytes:
    """A leaf of a tree."""
    return sha256(b"\x00" + data)


def node(left: bytes, right: bytes) -> bytes:
    """A node of a tree."""
    return sha256(b"\x01" + left + right)


def split(count: int) -> int:
    """The greatest power of two below the count."""
    return 1 << ((count - 1).bit_length() - 1)


def root_of_path(start: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a leaf and its path lead to."""
    sides: list[bool] = []
    low, high = 0, size
    if not 0 <= index < size:
        raise Bad("a leaf that is not in its tree")
    while high - low > 1:
        middle = low + split(high - low)
        sides.append(index >= middle)
        low, high = (middle, high) if index >= middle else (low, middle)
    if len(sides) != len(path):
        raise Bad("a path of the wrong length")
    for is_right, sibling in zip(reversed(sides), path, strict=True):
        start = node(sibling, start) if is_right else node(start, sibling)
    return start


def root_of_shown(shown: dict[int, bytes], hidden: list[bytes], low: int, high: int) -> bytes:
    """The root over shown leaves and the roots of the hidden parts, which are used up in order."""
    if not any(low <= index < high for index in shown):
        if not hidden:
            raise Bad("a hidden part is missing")
        return hidden.pop(0)
    if high - low == 1:
        return shown[low]
    middle = low + split(high - low)
    left = root_of_shown({at: it for at, it in shown.items() if at < middle}, hidden, low, middle)
    return node(left, root_of_shown({at: it for at, it in shown.items() if at >= middle}, hidden, middle, high))


def extended(old: int, new: int, old_root: bytes | None, path: list[bytes]) -> tuple[bytes, bytes]:
    """The roots of a tree and of a longer one that begins with it (RFC 6962 2.1.2); the path is used up in order.

    The old root is None where it is only a part of the old tree; then the path tells it.
    """
    if old == new:
        root = old_root or next_of(path)
        return root, root
    middle = split(new)
    if old <= middle:
        left_old, left_new = extended(old, middle, old_root, path)
        return left_old, node(left_new, next_of(path))
    right_old, right_new = extended(old - middle, new - middle, None, path)
    left = next_of(path)
    return node(left, right_old), node(left, right_new)


def next_of(path: list[bytes]) -> bytes:
    """The next hash of a path."""
    if not path:
        raise Bad("a path of the wrong length")
    return path.pop(0)


def unhex(values: Sequence[str]) -> list[bytes]:
    """Bytes from hex."""
    return [bytes.fromhex(value) for value in values]


def fields_of(body: str, kind: str) -> dict[str, str]:
    """The fields of a statement."""
    first, *lines = body.split("\n")
    if first != kind:
        raise Bad(f"not a statement of the kind {kind}")
    return {line.partition(" ")[0]: line.partition(" ")[2] for line in lines if line}


class Keys:
    """The chain of signing keys: each vouched for by the one before, the first pinned from outside."""

    def __init__(self, chain: Sequence[dict[str, str]], pinned: str) -> None:
        self.by_id: dict[str, bytes] = {}
        self.first = newest = ""
        for number, statement in enumerate(chain, 1):
            stated = fields_of(statement["body"], "campanile/key/v1")
            key = bytes.fromhex(stated["public_key"])
            key_id = sha256(key).hex()
            self.first = self.first or key_id
            if pinned and self.first != pinned:
                raise Bad(f"keys: the first key is {self.first}, not {pinned}")
            self.by_id[key_id] = key
            if stated["signed_by"] != (newest or key_id) or statement["key_id"] != stated["signed_by"]:
                raise Bad(f"keys: key {number} is not vouched for by the one before it")
            self.check(statement, f"keys: key {number}")
            newest = key_id

    def check(self, statement: dict[str, str], what: str) -> None:
        """Refuse a statement that none of the keys has signed."""
        key = self.by_id.get(statement["key_id"])
        if key is None:
            raise Bad(f"{what}: signed by a key that is not in the chain")
        if not is_signed(key, statement["body"].encode(), bytes.fromhex(statement["signature"])):
            raise Bad(f"{what}: the signature does not hold (forged or altered)")


class Shown(NamedTuple):
    """An event, by the hash of its bytes and by where it stands."""

    leaf: bytes
    place: dict[str, Any]


def check_proof(proof: dict[str, Any], checkpoint: dict[str, str], events: Sequence[Shown]) -> None:
    """Follow one block from the events of one campus up to a checkpoint whose signature has been checked."""
    name = f"partition {proof['partition']}, offsets {proof['first_offset']}–{proof['last_offset']}"
    try:
        check_places(proof, events)
        check_entry(proof, {event.place["leaf"]: event.leaf for event in events})
        check_block(proof, fields_of(checkpoint["body"], "campanile/checkpoint/v1"))
    except Bad as bad:
        raise Bad(f"{name}, campus {proof['entry']['campus']}: {bad}") from None


def check_entry(proof: dict[str, Any], shown: dict[int, bytes]) -> None:
    """From the events to what the block adds to the campus's chain."""
    entry, hidden = proof["entry"], unhex(proof["hidden"])
    tree = root_of_shown(shown, hidden, 0, entry["leaves"])
    if hidden:
        raise Bad("more hidden parts than there are")
    if sha256(b"\x02" + bytes.fromhex(entry["previous_root"]) + tree).hex() != entry["root"]:
        raise Bad("the events do not lead to the campus's root: one was altered, left out or moved")
    entry_leaf = leaf(entry_text(entry).encode())
    root = root_of_path(entry_leaf, proof["entry_index"], proof["campuses"], unhex(proof["entry_path"]))
    if root.hex() != proof["entries_root"]:
        raise Bad("the campus's entry is not in the block")


def check_block(proof: dict[str, Any], signed: dict[str, str]) -> None:
    """From the block to the signed root."""
    block_leaf = leaf(block_text(proof).encode())
    root = root_of_path(block_leaf, proof["block_index"], int(signed["size"]), unhex(proof["block_path"]))
    if root.hex() != signed["root"] or str(proof["partition"]) != signed["partition"]:
        raise Bad("the block is not under the signed root")


def check_places(proof: dict[str, Any], events: Sequence[Shown]) -> None:
    """Do the events' places fit the block that is to prove them?"""
    for event, wanted in zip(events, proof["shown"], strict=False):
        place = event.place
        inside = proof["first_offset"] <= place["offset"] <= proof["last_offset"]
        if place["leaf"] != wanted or place["campus"] != proof["entry"]["campus"] or not inside:
            raise Bad(f"event {wanted} of the block is missing or out of order")
    if len(events) != len(proof["shown"]):
        raise Bad(f"{len(proof['shown']) - len(events)} events are missing at the end")


def entry_text(entry: dict[str, Any]) -> str:
    """What the leaf of a campus's entry is the hash of."""
    return (
        f"campanile/entry/v1\ncampus {entry['campus']}\nsequence {entry['sequence']}\nleaves {entry['leaves']}\n"
        f"previous_root {entry['previous_root']}\nroot {entry['root']}\n"
    )


def block_text(proof: dict[str, Any]) -> str:
    """What the leaf of a block is the hash of."""
    return (
        f"campanile/block/v1\npartition {proof['partition']}\nfirst_offset {proof['first_offset']}\n"
        f"last_offset {proof['last_offset']}\nstate {proof['state']}\nrecords {proof['records']}\n"
        f"campuses {proof['campuses']}\nentries_root {proof['entries_root']}\n"
    )


def verify_proof(document: dict[str, Any], pinned: str) -> list[str]:
    """Verify the proof of one event. Returns what was found true."""
    keys = Keys(document["keys"], pinned)
    keys.check(document["checkpoint"], "checkpoint")
    check_proof(document["proof"], document["checkpoint"], [Shown(leaf(document["event"].encode()), document["place"])])
    return [f"first key / 首把密钥: {keys.first}", *document["checkpoint"]["body"].strip().split("\n")[1:3]]


def verify_consistency(document: dict[str, Any], pinned: str) -> list[str]:
    """Verify that an old signed head leads to a new one. Returns what was found true."""
    keys = Keys(document["keys"], pinned)
    old, new, path = document["old"], document["new"], unhex(document["path"])
    if len(document["checkpoints"]) != 2:
        raise Bad("checkpoints: one of the two trees was never signed")
    for name, tree, checkpoint in zip(("old", "new"), (old, new), document["checkpoints"], strict=True):
        keys.check(checkpoint, f"{name} checkpoint")
        signed = fields_of(checkpoint["body"], "campanile/checkpoint/v1")
        if (signed["size"], signed["root"], signed["partition"]) != (
            str(tree["size"]), tree["root"], str(document["partition"]),
        ):  # fmt: skip
            raise Bad(f"{name} checkpoint: it signs another tree")
    if not 1 <= old["size"] <= new["size"]:
        raise Bad("the new tree is shorter than the old one")
    roots = extended(old["size"], new["size"], bytes.fromhex(old["root"]), path)
    if path or [root.hex() for root in roots] != [old["root"], new["root"]]:
        raise Bad("the new tree does not begin with the old one: blocks were altered, removed or put in")
    heads = [check_head(head, checkpoint) for head, checkpoint in zip(document["heads"], document["checkpoints"])]  # noqa: B905 — none, or two
    if heads and not (len(heads) == 2 and is_later(*heads)):
        raise Bad("heads: they are not an old and a new one of one campus")
    told = [f"campus / 校区: {heads[0]['campus']}, {heads[0]['sequence']} → {heads[1]['sequence']}"] if heads else []
    return [f"first key / 首把密钥: {keys.first}", f"blocks / 块: {old['size']} → {new['size']}", *told]


def is_later(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether two heads may be an older and a newer one of the same campus."""
    is_same = old["sequence"] == new["sequence"] and old["root"] == new["root"]
    return bool(old["campus"] == new["campus"] and (is_same or old["sequence"] < new["sequence"]))


def check_head(head: dict[str, Any], checkpoint: dict[str, str]) -> dict[str, Any]:
    """A campus's head under a checkpoint whose signature has been checked."""
    signed = fields_of(checkpoint["body"], "campanile/checkpoint/v1")
    text = f"campanile/head/v1\ncampus {head['campus']}\nsequence {head['sequence']}\nroot {head['root']}\n"
    root = root_of_path(leaf(text.encode()), head["index"], int(signed["campuses"]), unhex(head["path"]))
    if root.hex() != signed["heads_root"]:
        raise Bad(f"heads: sequence {head['sequence']} of campus {head['campus']} is not under the signed root")
    return head


def verify_day(document: dict[str, Any], pinned: str) -> list[str]:
    """Verify a daily checkpoint file. Returns what was found true."""
    keys = Keys(document["keys"], pinned)
    body = "".join(f"{line}\n" for line in document["lines"])
    keys.check({"body": body, "key_id": document["key_id"], "signature": document["signature"]}, "lines")
    return [f"first key / 首把密钥: {keys.first}", *document["lines"][1:2]]


def verify_bundle(path: str, pinned: str) -> list[str]:
    """Verify a bundle. Returns what was found true."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = {name: read_part(archive, name) for name in archive.namelist()}
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise Bad(f"the file is cut short or is no bundle: {error}") from None
    for name in ("manifest.json", "manifest.sig.json", "keys.json", "checkpoints.json", "proofs.ndjson",
                 "positions.ndjson", "events.ndjson"):  # fmt: skip
        if name not in parts:
            raise Bad(f"{name} is missing")
    keys = Keys(json.loads(parts["keys.json"]), pinned)
    checkpoints = json.loads(parts["checkpoints.json"])
    for number, checkpoint in enumerate(checkpoints, 1):
        keys.check(checkpoint, f"checkpoints.json: checkpoint {number}")
    count = verify_events(parts, checkpoints)
    manifest = verify_manifest(parts, keys)
    if manifest["events"] != count:
        raise Bad(f"manifest.json: it speaks of {manifest['events']} events, there are {count}")
    return [f"first key / 首把密钥: {keys.first}", f"case / 案号: {manifest['case']}", f"events / 事件: {count}"]


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """One part of a bundle."""
    try:
        return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise Bad(f"{name} is damaged: {error}") from None


def verify_events(parts: dict[str, bytes], checkpoints: Sequence[dict[str, str]]) -> int:
    """Every event against its place, every place against its proof. Returns how many events there are."""
    places = [json.loads(line) for line in parts["positions.ndjson"].splitlines()]
    shown = [check_event(parts["events.ndjson"], place, line) for line, place in enumerate(places, 1)]
    end = places[-1]["start"] + places[-1]["length"] + 1 if places else 0
    if end != len(parts["events.ndjson"]):
        raise Bad(f"events.ndjson: {len(parts['events.ndjson']) - end} bytes more than the positions speak of")
    taken = 0
    for line in parts["proofs.ndjson"].splitlines():
        proof = json.loads(line)
        own = shown[taken : taken + len(proof["shown"])]
        if not 0 <= proof["checkpoint"] < len(checkpoints):
            raise Bad(f"proofs.ndjson: no checkpoint {proof['checkpoint']}")
        check_proof(proof, checkpoints[proof["checkpoint"]], own)
        taken += len(own)
    if taken != len(shown):
        raise Bad(f"{name_of(places[taken])}: nothing proves it")
    return taken


def check_event(events: bytes, place: dict[str, Any], line: int) -> Shown:
    """The event that stands at a place, by its bytes."""
    found = leaf(events[place["start"] : place["start"] + place["length"]])
    if found.hex() != place["leaf_hash"]:
        raise Bad(f"events.ndjson, event {line}: {name_of(place)}: not the bytes that were archived")
    return Shown(found, place)


def name_of(place: dict[str, Any]) -> str:
    """A place, for people."""
    return f"partition {place['partition']}, offset {place['offset']}, event {place['index']} of the frame"


def verify_manifest(parts: dict[str, bytes], keys: Keys) -> dict[str, Any]:
    """The manifest's signature, and that it is the manifest of these parts and of no others."""
    signature = json.loads(parts["manifest.sig.json"])
    signed = {"body": parts["manifest.json"].decode("utf-8", "replace"), **signature}
    keys.check(signed, "manifest.json")
    manifest: dict[str, Any] = json.loads(parts["manifest.json"])
    listed = {part["name"]: part["sha256"] for part in manifest["parts"]}
    for name in sorted(set(parts) - {"manifest.json", "manifest.sig.json"}):
        if name not in listed:
            raise Bad(f"manifest.json: it does not speak of {name}")
        if sha256(parts[name]).hex() != listed[name]:
            raise Bad(f"manifest.json: {name} is not the part that was signed (altered, or another bundle's manifest)")
    for name in sorted(set(listed) - set(parts)):
        raise Bad(f"{name} is missing")
    return manifest


def main(arguments: Sequence[str]) -> int:
    """Verify one file."""
    paths = [argument for argument in arguments if not argument.startswith("--")]
    pinned = ""
    if "--key" in arguments:
        at = list(arguments).index("--key")
        pinned = arguments[at + 1] if at + 1 < len(arguments) else ""
        paths = [path for path in paths if path != pinned]
    if len(paths) != 1 or ("--key" in arguments and not pinned):
        sys.stderr.write(__doc__ or "")
        return 2
    try:
        found = verify_file(paths[0], pinned)
    except Bad as bad:
        sys.stdout.write(f"false / 不实: {bad}\n")
        return 1
    sys.stdout.write("\n".join(["true / 属实", *found]) + "\n")
    return 0


def verify_file(path: str, pinned: str = "") -> list[str]:
    """Verify a bundle or a proof, whichever it is; Bad names the first thing that is not true."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 — one import less
            start = file.read(1)
        if start != b"{":
            return verify_bundle(path, pinned)
        with open(path, encoding="utf-8") as file_of_text:  # noqa: PTH123 — as above
            document = json.load(file_of_text)
        if "old" in document:
            return verify_consistency(document, pinned)
        return verify_day(document, pinned) if "lines" in document else verify_proof(document, pinned)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise Bad(f"it is not made as a proof is: {type(error).__name__} {error}") from None
    except OSError as error:
        raise Bad(f"it cannot be read: {error}") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
