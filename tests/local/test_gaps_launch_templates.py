"""A launch template keeps and shows what it was told; mended in local/gaps/ec2_launch_templates.py.

Pages: ResponseLaunchTemplateData, DeleteTags (AWSEC2/latest/APIReference/API_ResponseLaunchTemplateData.html).
"""

from typing import Any, Final

import pytest

from tests.local.accounts import Account

DATA: Final[dict[str, Any]] = {
    "ImageId": "ami-0123456789abcdef0",
    "InstanceType": "m7g.large",
    "BlockDeviceMappings": [
        {
            "DeviceName": "/dev/xvda",
            "Ebs": {
                "DeleteOnTermination": True,
                "Encrypted": True,
                "Iops": 3000,
                "KmsKeyId": "arn:aws:kms:eu-west-1:1:key/a",
                "Throughput": 125,
                "VolumeSize": 40,
                "VolumeType": "gp3",
            },
        },
        {"DeviceName": "/dev/xvdb", "Ebs": {"VolumeSize": 8}},
    ],
    "NetworkInterfaces": [
        {"DeviceIndex": 0, "DeleteOnTermination": False, "Groups": ["sg-0123456789abcdef0"]},
        {"DeviceIndex": 1, "DeleteOnTermination": True},
    ],
    "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2, "HttpEndpoint": "enabled"},
    "Monitoring": {"Enabled": True},
    "TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "a & b"}]}],
    "UserData": "PHNjcmlwdD4=",
}


@pytest.fixture(scope="module")
def shown() -> Any:
    ec2 = Account().ec2
    made = ec2.create_launch_template(LaunchTemplateName="nodes", LaunchTemplateData=DATA)["LaunchTemplate"]
    ec2.create_launch_template_version(
        LaunchTemplateId=made["LaunchTemplateId"], LaunchTemplateData={"InstanceType": "m7g.xlarge"}
    )
    found = ec2.describe_launch_template_versions(LaunchTemplateId=made["LaunchTemplateId"], Versions=["1", "2"])
    return {one["VersionNumber"]: one["LaunchTemplateData"] for one in found["LaunchTemplateVersions"]}


@pytest.mark.parametrize("member", DATA)
def test_a_version_shows_what_it_was_told(shown: Any, member: str) -> None:
    assert shown[1][member] == DATA[member]


def test_a_template_shows_the_tags_that_it_has_now() -> None:
    ec2, tags = Account().ec2, [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    made = ec2.create_launch_template(
        LaunchTemplateName="tagged",
        LaunchTemplateData=DATA,
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": tags}],
    )["LaunchTemplate"]["LaunchTemplateId"]
    assert ec2.describe_launch_templates(LaunchTemplateIds=[made])["LaunchTemplates"][0]["Tags"] == tags
    ec2.delete_tags(Resources=[made], Tags=[{"Key": "a"}])
    assert ec2.describe_launch_templates(LaunchTemplateIds=[made])["LaunchTemplates"][0]["Tags"] == tags[1:]


def test_a_version_shows_nothing_else(shown: Any) -> None:
    assert shown[1].keys() == DATA.keys()
    assert shown[2] == {"InstanceType": "m7g.xlarge"}
