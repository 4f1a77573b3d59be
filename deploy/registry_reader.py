"""Reads ``campus.registry`` from its beginning to its present end, for commands that need the facts once."""

from deploy.fact_reader import read_facts
from schemas.organisation import Organisation
from schemas.topics import REGISTRY


def read_organisation(bootstrap: str, prefix: str) -> Organisation:
    """The organisation as the log has it now.

    Raises:
        UnreachableError: Kafka does not answer.
        DataFaultError: the topic is not there, or a record is no fact.
    """
    organisation = Organisation()
    remedy = "write the right fact under the same key: campanile org apply"
    read_facts(bootstrap, prefix, REGISTRY, organisation, remedy)
    return organisation
