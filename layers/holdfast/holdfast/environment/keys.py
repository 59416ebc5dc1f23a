"""Keys: one for data, one for the cluster's secrets, one for logs; each rotates, each lets in only who must use it.

All three let the account's own IAM policies speak ("Default key policy", KMS developer guide), by which EKS, RDS, EFS
and S3 are given theirs by whoever calls them. What IAM cannot give is named in the policy:

- data: Auto Scaling, which launches nodes on encrypted volumes ("Required AWS KMS key policy for use with encrypted
  volumes", EC2 Auto Scaling user guide);
- cluster: the cluster's role ("Amazon EKS cluster IAM role": kms:DescribeKey). Grants are the CreateCluster caller's to
  make, and must not be bound to kms:GrantIsForAWSResource ("Encrypt Kubernetes secrets with KMS on existing clusters");
- logs: CloudWatch Logs, for this environment's log groups by their full names ("Encrypt log data in CloudWatch Logs
  using AWS Key Management Service").
"""

from collections.abc import Iterator

from holdfast.aws.clients import Clients
from holdfast.aws.kms.alias import AliasState
from holdfast.aws.kms.key import KeyState
from holdfast.aws.policy import Document, Statement, document, read, sentences
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.resource import TAG_ENVIRONMENT, TAG_NAME
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.environment import names

USE = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
AUTO_SCALING, CLUSTER = "${identity/autoscaling_service_role.Arn}", "${identity/cluster.Arn}"


def resources(spec: Spec, site: Site) -> Iterator[Declared]:
    for name, (description, policy) in _keys(spec, site).items():
        yield Declared("AWS::KMS::Key", name, KeyState(description=f"{spec.name}: {description}", key_policy=policy))
        alias = AliasState(alias_name=names.key_alias(spec.name, name), target_key_id=f"${{keys/{name}}}")
        yield Declared("AWS::KMS::Alias", f"{name}_alias", alias)


def _keys(spec: Spec, site: Site) -> dict[str, tuple[str, Document]]:
    account = _allow({"AWS": site.arn("iam", "root", region="")}, ["kms:*"])
    groups = [site.arn("logs", f"log-group:{name}") for name in names.log_groups(spec.name).values()]
    return {
        "data": (
            "volumes, database, file system, buckets",
            document(
                account,
                _allow({"AWS": AUTO_SCALING}, USE),
                _allow({"AWS": AUTO_SCALING}, ["kms:CreateGrant"], {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
            ),
        ),
        "cluster": ("the cluster's API data", document(account, _allow({"AWS": CLUSTER}, ["kms:DescribeKey"]))),
        "logs": (
            "log groups",
            document(
                account,
                _allow(
                    {"Service": f"logs.{site.region}.amazonaws.com"},
                    USE,
                    {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": groups}},
                ),
            ),
        ),
    }


def _allow(principal: Statement, actions: list[str], condition: Statement | None = None) -> Statement:
    """In a key's policy the resource ``*`` is the key itself."""
    allow: Statement = {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"}
    return {**allow, "Condition": condition} if condition else allow


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    """Come from the aliases, as who uses a key does, to the keys and to what their policies say."""
    mine = names.key_alias(spec.name, "")
    pages = clients.kms.get_paginator("list_aliases").paginate()
    aliases = [one for page in pages for one in page["Aliases"] if one["AliasName"].startswith(mine)]
    targets = {one["AliasName"].removeprefix(mine): one["TargetKeyId"] for one in aliases if "TargetKeyId" in one}
    expected = _expected(spec, site)
    yield Finding.of(
        "Which keys do the environment's aliases point at?",
        saw={name: _tagged_as(clients, key) for name, key in sorted(targets.items())},
        expected={name: f"{spec.name} {name}" for name in sorted(expected)},
    )
    yield Finding.of(
        "In what state are they?",
        saw={name: _state(clients, key) for name, key in sorted(targets.items())},
        expected=dict.fromkeys(sorted(expected), "Enabled, rotates"),
    )
    for name in sorted(targets.keys() & expected.keys()):
        policy = clients.kms.get_key_policy(KeyId=targets[name], PolicyName="default")["Policy"]
        yield Finding.of(f"Who may use the key {name}?", saw=sentences(read(policy)), expected=expected[name])


def _expected(spec: Spec, site: Site) -> dict[str, list[str]]:
    """For each key what its policy must say, in plain words."""
    account = f"Allow {site.arn('iam', 'root', region='')} to kms:* on *"
    use = "kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey*, kms:ReEncrypt*"
    scaling = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    launcher = site.arn("iam", scaling, region="")
    cluster = site.arn("iam", f"role/holdfast/{spec.name}/{spec.name}-cluster", region="")
    groups = sorted(site.arn("logs", f"log-group:{name}") for name in names.log_groups(spec.name).values())
    context = f"if ArnEquals kms:EncryptionContext:aws:logs:arn {', '.join(groups)}"
    return {
        "data": sorted(
            [
                account,
                f"Allow {launcher} to {use} on *",
                f"Allow {launcher} to kms:CreateGrant on * if Bool kms:GrantIsForAWSResource true",
            ]
        ),
        "cluster": sorted([account, f"Allow {cluster} to kms:DescribeKey on *"]),
        "logs": sorted([account, f"Allow logs.{site.region}.amazonaws.com to {use} on * {context}"]),
    }


def _tagged_as(clients: Clients, key: str) -> str:
    found = clients.kms.list_resource_tags(KeyId=key)["Tags"]
    tags = {tag["TagKey"]: tag["TagValue"] for tag in found}
    return f"{tags.get(TAG_ENVIRONMENT, 'nobody')} {tags.get(TAG_NAME, 'nothing')}"


def _state(clients: Clients, key: str) -> str:
    state = clients.kms.describe_key(KeyId=key)["KeyMetadata"].get("KeyState", "unknown")
    rotates = clients.kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    return f"{state}, {'rotates' if rotates else 'does not rotate'}"
