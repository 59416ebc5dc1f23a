"""The instance types that differ in what nodes can be made of them; mended in local/gaps/ec2_instance_types.py.

Page: DescribeInstanceTypes (AWSEC2/latest/APIReference/API_DescribeInstanceTypes.html).
"""

import pytest

from tests.local.accounts import Account


@pytest.mark.parametrize(
    ("name", "architecture", "gpus"),
    [
        ("m7i.large", "x86_64", 0),
        ("m7g.large", "arm64", 0),
        ("c7gn.large", "arm64", 0),
        ("g6.xlarge", "x86_64", 1),
        ("g6.12xlarge", "x86_64", 4),
        ("g5g.xlarge", "arm64", 1),
        ("g4ad.xlarge", "x86_64", 0),
        ("p5.48xlarge", "x86_64", 8),
    ],
)
def test_a_type_is_shown_with_its_architecture_and_its_nvidia_gpus(name: str, architecture: str, gpus: int) -> None:
    asked = ["t3.micro", name]
    shown = {
        one["InstanceType"]: one for one in Account().ec2.describe_instance_types(InstanceTypes=asked)["InstanceTypes"]
    }
    assert sorted(shown) == sorted(asked)
    assert shown[name]["ProcessorInfo"]["SupportedArchitectures"] == [architecture]
    found = shown[name].get("GpuInfo", {}).get("Gpus", [])
    assert sum(one["Count"] for one in found if one["Manufacturer"] == "NVIDIA") == gpus
    assert "GpuInfo" not in shown["t3.micro"]
