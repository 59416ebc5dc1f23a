"""One specimen of every kind of resource that a layer may own."""

from typing import Final

from tests.unit.aws.specimens import ec2, security
from tests.unit.aws.specimens.specimen import ADDRESS, TAGS, Deed, Specimen, policy

SPECIMENS: Final[dict[str, Specimen]] = {**ec2.SPECIMENS, **security.SPECIMENS}

__all__ = ["ADDRESS", "SPECIMENS", "TAGS", "Deed", "Specimen", "policy"]
