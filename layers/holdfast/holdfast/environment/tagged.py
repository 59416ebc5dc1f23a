"""What carries our tags, as the tagging API finds it: for probes, which ask by other calls than the resources do."""

from holdfast.aws.clients import Clients
from holdfast.core.resource import Address
from holdfast.core.spec import Spec


def arn_of(clients: Clients, address: Address, kind: str) -> str:
    """The ARN of what carries our tags for ``address``, of a resource type of the tagging API."""
    found = clients.tagging.get_resources(
        TagFilters=[{"Key": key, "Values": [value]} for key, value in address.tags.items()],
        ResourceTypeFilters=[kind],
    )["ResourceTagMappingList"]
    return ", ".join(one["ResourceARN"] for one in found)


def data_key(clients: Clients, spec: Spec) -> str:
    """The ARN of the key whose tags say that it is the environment's key for data."""
    return arn_of(clients, Address(spec.name, "keys", "data"), "kms:key")
