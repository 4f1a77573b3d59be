"""`campanile privacy` as two people at one machine use it, against the real log."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.fact_reader import read_facts
from deploy.registry_writer import write_records
from deploy.retention.holds import place_hold
from ingest.privacy.key_store import Subject
from ingest.privacy.keyring import open_keyring
from schemas.frame import decode_frame
from schemas.guardianship import Guardianship, Invitation, Run
from schemas.identity import identity_key
from schemas.identity_fold import Identity
from schemas.ids import CampusId, GuardianId, GuardianshipId, InvitationId
from schemas.privacy import KeyWeek
from schemas.topics import EVENTS, IDENTITY
from streams.archive.settings import StoreSettings
from streams.archive.store_client import session
from tests.ingest.running_gateway import LogReader

pytestmark = pytest.mark.engine

PUPIL = Subject(CampusId("c-421122-007"), "p_8Zt3kQ1xW0aB", KeyWeek(2968))
WHY = ("--ground", "guardian_request", "--basis", "pipl_47_3")


def campanile(
    bootstrap: str,
    prefix: str,
    directory: Path,
    *arguments: str,
    said: str = "",
    store: StoreSettings | None = None,
) -> tuple[int, str, str]:
    environment = os.environ | (address(store) if store is not None else {})
    environment |= {
        "CAMPANILE_DATA_DIR": str(directory),
        "CAMPANILE_KAFKA__BOOTSTRAP": bootstrap,
        "CAMPANILE_PREFIX": prefix,
        "CAMPANILE_PARTITIONS": "1",
    }
    command = [sys.executable, "-m", "deploy.cli", "privacy", *arguments]
    done = subprocess.run(command, env=environment, input=said, capture_output=True, text=True, timeout=90, check=False)
    return done.returncode, done.stdout, done.stderr


def address(store: StoreSettings) -> dict[str, str]:
    """The store where the legal holds stand."""
    return {
        "CAMPANILE_STORE__HOST": "127.0.0.1",
        "CAMPANILE_STORE__PORT": str(store.port),
        "CAMPANILE_STORE__DATABASE": store.database,
        "CAMPANILE_STORE__PASSWORD": store.password.get_secret_value(),
    }


def test_two_people_erase_a_pupil_and_the_receipt_stands_in_the_log(
    kafka_bootstrap: str, prefix: str, tmp_path: Path, database: StoreSettings
) -> None:
    keyring = open_keyring(tmp_path / "secrets" / "pupil-keys.sqlite", tmp_path / "secrets" / "pupil-keys.master")
    keyring.keys.ensure([PUPIL])
    covered = keyring.letters.cover(b'{"pupil": 1}').decode()
    people = ("--campus", PUPIL.campus_id, "--by", "p-31", "--approver", "p-07", "--yes")

    code, out, error = campanile(
        kafka_bootstrap,
        prefix,
        tmp_path,
        "erase",
        *WHY,
        *people,
        said=f"{PUPIL.pupil_token}\n",
        store=database,
    )
    assert (code, "done" in out) == (0, True), error
    assert keyring.keys.find([PUPIL]) == {}
    keyring.close()

    (record,) = LogReader(kafka_bootstrap, prefix).records(EVENTS.name)
    (receipt,) = decode_frame(record.value)
    assert (receipt.type, receipt.data["keys_destroyed"]) == ("access.subject_keys_destroyed.v1", 1)
    code, out, _ = campanile(kafka_bootstrap, prefix, tmp_path, "receipts", "--json")
    assert (code, json.loads(out)["state"], PUPIL.pupil_token in out) == (0, "done", False)
    code, out, _ = campanile(kafka_bootstrap, prefix, tmp_path, "uncover", said=covered)
    assert (code, out) == (0, '{"pupil": 1}')


def test_whom_guardians_are_bound_to_is_forgotten_with_the_keys(
    kafka_bootstrap: str, prefix: str, tmp_path: Path, database: StoreSettings
) -> None:
    names = (PUPIL.pupil_token, "p_somebody_else")
    facts = [fact for name in names for fact in (invitation(name), guardianship(name))]
    write_records(
        kafka_bootstrap, prefix, [(identity_key(fact), fact.model_dump_json().encode()) for fact in facts], IDENTITY
    )
    people = ("--campus", PUPIL.campus_id, "--by", "p-31", "--approver", "p-07", "--yes")

    code, _, error = campanile(
        kafka_bootstrap, prefix, tmp_path, "erase", *WHY, *people, said=PUPIL.pupil_token, store=database
    )

    assert code == 0, error
    left = Identity()
    read_facts(kafka_bootstrap, prefix, IDENTITY, left, "")
    assert {identity_key(fact) for fact in left.facts()} == {identity_key(fact) for fact in facts[2:]}


RUN = Run(route_id="r1", direction="to_school", stop_id="s-1", pick_up_min=420, drop_off_min=450)


def guardianship(pupil_token: str) -> Guardianship:
    return Guardianship(
        guardianship_id=GuardianshipId(f"ch-{pupil_token[2:].lower()}"),
        guardian_id=GuardianId("gd-1"),
        campus_id=PUPIL.campus_id,
        pupil_token=pupil_token,
        runs=(RUN,),
        from_ms=0,
    )


def invitation(pupil_token: str) -> Invitation:
    return Invitation(
        invitation_id=InvitationId(f"inv-{pupil_token[2:].lower()}"),
        campus_id=PUPIL.campus_id,
        pupil_token=pupil_token,
        runs=(RUN,),
        code_sha256="0" * 64,
        issued_by="p-31",
        issued_ms=0,
        not_after_ms=1,
    )


def test_under_a_legal_hold_the_command_keeps_the_keys_and_says_why(
    kafka_bootstrap: str, prefix: str, tmp_path: Path, database: StoreSettings
) -> None:
    with session(database) as client:
        place_hold(client, [PUPIL.campus_id], [], from_ms=0, to_ms=9, reason="case 17", placed_by="auditor-1", now_ms=1)
    keyring = open_keyring(tmp_path / "secrets" / "pupil-keys.sqlite", tmp_path / "secrets" / "pupil-keys.master")
    keyring.keys.ensure([PUPIL])
    people = ("--campus", PUPIL.campus_id, "--by", "p-31", "--approver", "p-07", "--yes")

    code, out, said = campanile(
        kafka_bootstrap, prefix, tmp_path, "erase", *WHY, *people, said=PUPIL.pupil_token, store=database
    )

    assert (code, "restricted" in out, "证据保全" in said) == (0, True, True), said
    assert len(keyring.keys.restricted_of(PUPIL.campus_id, PUPIL.pupil_token)) == 1
    keyring.close()


def test_one_person_alone_erases_nobody(kafka_bootstrap: str, prefix: str, tmp_path: Path) -> None:
    people = ("--campus", PUPIL.campus_id, "--by", "p-31", "--approver", "p-31", "--yes")

    code, _, error = campanile(kafka_bootstrap, prefix, tmp_path, "erase", *WHY, *people, said=PUPIL.pupil_token)

    assert (code, "CAMP-193" in error) == (1, True)


def test_a_name_is_no_token(kafka_bootstrap: str, prefix: str, tmp_path: Path) -> None:
    people = ("--campus", PUPIL.campus_id, "--by", "p-31", "--approver", "p-07", "--yes")

    code, _, error = campanile(kafka_bootstrap, prefix, tmp_path, "erase", *WHY, *people, said="张三")

    assert (code, "张三" in error) == (2, False)
