"""Whoever may take tags away may be bound to some keys; mended in the questions of local/gaps/authorization_*.py.

Page: "AWS global condition context keys", aws:TagKeys (IAM/latest/UserGuide/reference_policies_condition-keys.html).
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import pytest

from tests.local.accounts import TAG, Account, refused
from tests.local.clusters import Clusters
from tests.local.conftest import zipped

THEIRS: Final = "team"
TAGS: Final = [{"Key": TAG, "Value": "atlas"}, {"Key": THEIRS, "Value": "a"}]
MAP: Final = {TAG: "atlas", THEIRS: "a"}


class Tagged(NamedTuple):
    """What carries both tags, and the call of a service that takes tags from it."""

    service: str
    action: str
    named: dict[str, Any]
    call: str = "untag_resource"
    keys: str = "TagKeys"


def file_system(account: Account) -> Tagged:
    made = account.root("efs").create_file_system(CreationToken="a", Tags=TAGS)
    return Tagged("efs", "elasticfilesystem:UntagResource", {"ResourceId": made["FileSystemId"]})


def vault(account: Account) -> Tagged:
    made = account.root("backup").create_backup_vault(BackupVaultName="a", BackupVaultTags=MAP)
    return Tagged("backup", "backup:UntagResource", {"ResourceArn": made["BackupVaultArn"]}, keys="TagKeyList")


def function(account: Account) -> Tagged:
    source, role = zipped({"app.py": "def handler(event, context): ..."}), account.role()
    asked: Any = {"Runtime": "python3.13", "Handler": "app.handler", "Code": {"ZipFile": source}}
    made = account.root("lambda").create_function(FunctionName="a", Role=role, Tags=MAP, **asked)
    return Tagged("lambda", "lambda:UntagResource", {"Resource": made["FunctionArn"]})


def target_group(account: Account) -> Tagged:
    asked: Any = {"Name": "a", "Protocol": "HTTP", "Port": 80, "VpcId": account.vpc(), "Tags": TAGS}
    made = account.root("elbv2").create_target_group(**asked)["TargetGroups"][0]["TargetGroupArn"]
    return Tagged("elbv2", "elasticloadbalancing:RemoveTags", {"ResourceArns": [made]}, "remove_tags")


def parameter_group(account: Account) -> Tagged:
    asked: Any = {"DBParameterGroupName": "a", "DBParameterGroupFamily": "postgres17", "Description": "-"}
    made = account.root("rds").create_db_parameter_group(**asked, Tags=TAGS)["DBParameterGroup"]
    named = {"ResourceName": made["DBParameterGroupArn"]}
    return Tagged("rds", "rds:RemoveTagsFromResource", named, "remove_tags_from_resource")


def issuer(account: Account) -> Tagged:
    made = account.root("iam").create_open_id_connect_provider(Url="https://a.example", Tags=TAGS)
    named = {"OpenIDConnectProviderArn": made["OpenIDConnectProviderArn"]}
    return Tagged("iam", "iam:UntagOpenIDConnectProvider", named, "untag_open_id_connect_provider")


@pytest.mark.parametrize("make", [file_system, vault, function, target_group, parameter_group, issuer])
def test_a_key_that_is_denied_stays(make: Callable[[Account], Tagged]) -> None:
    account = Account()
    _only_theirs(account, make(account))


def test_a_key_of_a_cluster_that_is_denied_stays(clusters: Clusters) -> None:
    arn = clusters.look(clusters.create())["arn"]
    clusters.eks.tag_resource(resourceArn=arn, tags=MAP)
    _only_theirs(clusters.account, Tagged("eks", "eks:UntagResource", {"resourceArn": arn}, keys="tagKeys"))


def _only_theirs(account: Account, tagged: Tagged) -> None:
    ours = {"ForAnyValue:StringLike": {"aws:TagKeys": ["holdfast:*"]}}
    every = {"Action": tagged.action, "Resource": "*"}
    user = account.user(every, {**every, "Effect": "Deny", "Condition": ours})(tagged.service)
    untag = getattr(user, tagged.call)
    assert tagged.action in refused(untag, **tagged.named, **{tagged.keys: [TAG, THEIRS]})
    untag(**tagged.named, **{tagged.keys: [THEIRS]})
