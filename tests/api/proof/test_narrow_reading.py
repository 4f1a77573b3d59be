"""A proof from the frames around its event is the one from the whole block; a bad index is told and not used."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from clickhouse_driver import Client
from structlog.testing import capture_logs

from api.proof.blocks import ProofDocument
from api.proof.errors import ArchiveAlteredError, NotSignedYetError
from api.proof.inclusion import find_by_position, prove_event
from api.proof.kept import KeptBlocks
from api.proof.stored_events import Position
from api.proof.verify import verify_file
from schemas.clock import ManualClock
from streams.archive.checkpoints import Notary
from streams.archive.reading import archive_reader
from streams.archive.settings import StoreSettings
from streams.archive.signing import SigningKeys
from tests.api.support.history import MORNING_MS, Past
from tests.api.support.world import N2, N3, NOW_MS, S1

pytestmark = pytest.mark.engine
EVENTS = 2400
"""A block of them has several strides."""
POSITIONS = [Position(0, offset, index) for offset, index in ((80, 0), (80, 1), (119, 29), (159, 28), (200, 7))]
INDEX_GONE = "ALTER TABLE archive_leaf_index DELETE WHERE 1"
INDEX_ALTERED = "ALTER TABLE archive_leaf_index UPDATE groups = arrayReverse(groups) WHERE 1"
COUNTS_ALTERED = "ALTER TABLE archive_leaf_index UPDATE counts = arrayMap(n -> n - (n < 300), counts) WHERE 1"
FRAMES_ALTERED = "ALTER TABLE frames UPDATE value = replaceAll(value, '-18.0', '-17.0') WHERE 1"


class Asked:
    """Proofs over a store, and how many queries each takes."""

    def __init__(self, client: Client, keys: SigningKeys) -> None:
        self.client = client
        self.keys = keys
        self.queries = 0

    def proof(self, position: Position, kept: KeptBlocks | None = None) -> ProofDocument:
        before = self.count()
        found = find_by_position(self.client, position)
        assert found is not None
        proof = prove_event(self.client, found, self.keys.keychain(), kept or KeptBlocks())
        self.queries = self.count() - before - 1
        return proof

    def proofs(self) -> list[ProofDocument]:
        return [self.proof(position) for position in POSITIONS]

    def alter(self, sql: str) -> None:
        self.client.execute(sql, settings={"mutations_sync": 2})

    def count(self) -> int:
        """Queries of the store so far; the one that asks is among them."""
        found: list[tuple[Any, ...]] = self.client.execute(
            "SELECT value FROM system.events WHERE event = 'SelectQuery'"
        )
        count: int = found[0][0]
        return count


@pytest.fixture
def asked(database: StoreSettings, tmp_path: Path) -> Iterator[Asked]:
    keys, past = SigningKeys(tmp_path / "signing"), Past(database)
    keys.make_first(1)
    notary = Notary(database, keys, ManualClock(NOW_MS))
    notary.take_up(0, None)
    for _ in range(3):
        past.archive([past.temperature((N2, N3, S1)[n % 3], MORNING_MS + n * 1000) for n in range(EVENTS)])
        notary.sign([0])
    notary.close()
    with archive_reader(database) as client:
        yield Asked(client, keys)


@pytest.mark.parametrize("damage", [INDEX_GONE, INDEX_ALTERED, COUNTS_ALTERED])
def test_a_proof_from_the_frames_around_its_event_is_the_one_from_the_whole_block(asked: Asked, damage: str) -> None:
    narrow = asked.proofs()
    asked.alter(damage)
    assert asked.proofs() == narrow


def test_finding_and_proving_an_event_takes_three_queries_and_no_more(asked: Asked, tmp_path: Path) -> None:
    kept, path = KeptBlocks(), tmp_path / "proof.json"
    for position in POSITIONS:
        proof = asked.proof(position, kept)
        assert asked.queries == 3
        path.write_bytes(msgspec.json.encode(proof))
        assert verify_file(str(path))


def test_a_proof_from_a_kept_block_is_the_one_from_the_store(asked: Asked) -> None:
    kept = KeptBlocks()
    assert [asked.proof(position, kept) for position in POSITIONS] == asked.proofs()


def test_an_altered_index_is_told_and_one_that_is_not_there_is_no_finding(asked: Asked) -> None:
    with capture_logs() as told:
        asked.proof(POSITIONS[0])
        assert told == []
        asked.alter(INDEX_ALTERED)
        asked.proof(POSITIONS[0])
        assert [(one["event"], one["partition"], one["offset"]) for one in told] == [("leaf_index_altered", 0, 80)]
        asked.alter(INDEX_GONE)
        asked.proof(POSITIONS[0])
        assert len(told) == 1


def test_altered_frames_are_named_whether_or_not_their_block_is_kept(asked: Asked) -> None:
    kept = KeptBlocks()
    asked.proof(POSITIONS[0], kept)
    asked.alter(FRAMES_ALTERED)
    for own in (kept, KeptBlocks()):
        with pytest.raises(ArchiveAlteredError, match="partition 0, offsets 80–159"):
            asked.proof(POSITIONS[0], own)


def test_a_missing_row_of_the_tree_is_named(asked: Asked) -> None:
    asked.alter("ALTER TABLE archive_blocks DELETE WHERE block_index = 0")
    with pytest.raises(ArchiveAlteredError, match="offsets 80–159"):
        asked.proof(POSITIONS[0])


def test_an_event_that_no_checkpoint_covers_is_not_proven_yet(asked: Asked) -> None:
    asked.alter("ALTER TABLE archive_checkpoints DELETE WHERE size > 1")
    with pytest.raises(NotSignedYetError):
        asked.proof(POSITIONS[0])
