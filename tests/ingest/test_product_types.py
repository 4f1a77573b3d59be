"""What the product itself reports, nobody else can: a source may not send it, whatever its credential says."""

from ingest.credentials import Authenticator
from ingest.event_types import EventTypes
from schemas.clock import ManualClock
from schemas.organisation import Organisation
from schemas.systems import PRODUCT_SYSTEMS, SYSTEMS, catalogue
from tests.ingest.ingest_samples import TIME_MS
from tests.ingest.running_gateway import TOKEN, credential


def test_no_credential_lets_a_source_send_the_product_s_own_types() -> None:
    facts, types = Organisation(), EventTypes(catalogue())
    facts.put(credential(systems=(*SYSTEMS, *PRODUCT_SYSTEMS)))

    grant = Authenticator(facts, types.systems, ManualClock(TIME_MS)).authenticate(f"Bearer {TOKEN.text}".encode())

    own = {name for name, declared in catalogue().items() if declared.system in PRODUCT_SYSTEMS}
    assert own
    assert grant.types == set(catalogue()) - own
