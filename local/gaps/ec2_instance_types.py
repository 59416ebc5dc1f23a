"""EC2's instance types: which are of Arm, and which have GPUs of NVIDIA; the emulator shows all types alike.

Page: "DescribeInstanceTypes" (AWSEC2/latest/APIReference/API_DescribeInstanceTypes.html); the families by "Amazon EC2
instance type naming conventions" (ec2/latest/instancetypes/instance-type-names.html), whose `g` after the generation is
Graviton, and "Accelerated computing" (ec2/latest/instancetypes/ac.html).
"""

import re
from typing import Any, Final

from ministack.services import ec2

from local.gaps.ec2 import Answer, xml

_ARM: Final = re.compile(r"^([a-z]+\d+g[a-z]*|a1)\.")
_NVIDIA: Final = re.compile(r"^(g4dn|g5g?|g6e?|gr6|p3|p3dn|p4d|p4de|p5|p5en?)\.")
_COUNTS: Final = {
    "g4dn.12xlarge": 4,
    "g4dn.metal": 8,
    "g5.12xlarge": 4,
    "g5.24xlarge": 4,
    "g5.48xlarge": 8,
    "g6.12xlarge": 4,
    "g6.24xlarge": 4,
    "g6.48xlarge": 8,
    "g6e.12xlarge": 4,
    "g6e.24xlarge": 4,
    "g6e.48xlarge": 8,
    "p3dn.24xlarge": 8,
    "p4d.24xlarge": 8,
    "p4de.24xlarge": 8,
    "p5.48xlarge": 8,
    "p5e.48xlarge": 8,
    "p5en.48xlarge": 8,
}
"""GPUs of the types that have more than one."""
_INTEL: Final = "<supportedArchitectures><item>x86_64</item></supportedArchitectures>"
_ITEM: Final = re.compile(
    r"(<instanceType>([^<]+)</instanceType>)(.*?)(?=<instanceType>|</instanceTypeSet>)", re.DOTALL
)


def close() -> None:
    handler = ec2._ACTION_MAP["DescribeInstanceTypes"]

    def described(parameters: dict[str, Any]) -> Answer:
        status, headers, body = handler(parameters)
        return status, headers, _ITEM.sub(_as_it_is, body.decode()).encode()

    ec2._ACTION_MAP["DescribeInstanceTypes"] = described


def _as_it_is(item: re.Match[str]) -> str:
    head, name, rest = item.groups()
    if _ARM.match(name):
        rest = rest.replace(_INTEL, _INTEL.replace("x86_64", "arm64"))
    if _NVIDIA.match(name):
        gpu = {"count": _COUNTS.get(name, 1), "manufacturer": "NVIDIA"}
        head += xml("gpuInfo", {"gpus": [gpu]})
    return f"{head}{rest}"
