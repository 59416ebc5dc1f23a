"""Traffic sources, suspended processes and warm pools, and who may change them: as their pages say."""

from typing import Any, Final

from tests.local.accounts import Account, refused

NAME: Final = "eks-atlas"
SOURCE: Final[list[Any]] = [{"Identifier": "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/a/1", "Type": "elbv2"}]


def _group(account: Account, *, cluster: str = "") -> Any:
    client = account.root("autoscaling")
    tags = [{"ResourceId": NAME, "ResourceType": "auto-scaling-group", "Key": "eks:cluster-name", "Value": cluster}]
    client.create_auto_scaling_group(
        AutoScalingGroupName=NAME, MinSize=0, MaxSize=3, AvailabilityZones=["eu-west-1a"], Tags=tags if cluster else []
    )
    return client


def _sources(client: Any) -> list[str]:
    found = client.describe_traffic_sources(AutoScalingGroupName=NAME)["TrafficSources"]
    return [one["Identifier"] for one in found]


def test_a_source_is_attached_once_and_detached() -> None:
    client = _group(Account())
    for _ in range(2):
        client.attach_traffic_sources(AutoScalingGroupName=NAME, TrafficSources=SOURCE)
    assert _sources(client) == [SOURCE[0]["Identifier"]]
    client.detach_traffic_sources(AutoScalingGroupName=NAME, TrafficSources=SOURCE)
    assert _sources(client) == []


def test_what_is_suspended_is_shown_until_it_is_resumed() -> None:
    client = _group(Account())
    client.suspend_processes(AutoScalingGroupName=NAME, ScalingProcesses=["Launch"])
    (group,) = client.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert [one["ProcessName"] for one in group["SuspendedProcesses"]] == ["Launch"]
    client.resume_processes(AutoScalingGroupName=NAME)
    (group,) = client.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert group.get("SuspendedProcesses", []) == []


def test_a_warm_pool_is_shown_until_it_is_deleted() -> None:
    client = _group(Account())
    client.put_warm_pool(AutoScalingGroupName=NAME, PoolState="Running")
    (group,) = client.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert group["WarmPoolConfiguration"]["PoolState"] == "Running"
    client.delete_warm_pool(AutoScalingGroupName=NAME)
    (group,) = client.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert "WarmPoolConfiguration" not in group


def test_the_tag_of_the_group_decides_who_may_attach() -> None:
    may = {
        "Action": "autoscaling:AttachTrafficSources",
        "Resource": "*",
        "Condition": {"Null": {"aws:ResourceTag/eks:cluster-name": "false"}},
    }
    theirs, ours = Account(), Account()
    _group(theirs)
    _group(ours, cluster="atlas")
    attach = {"AutoScalingGroupName": NAME, "TrafficSources": SOURCE}
    assert "AttachTrafficSources" in refused(theirs.user(may)("autoscaling").attach_traffic_sources, **attach)
    ours.user(may)("autoscaling").attach_traffic_sources(**attach)
