"""Who may act by what: roles, who is let into the cluster and what it may do there, and the function that speaks to it.

CloudTrail tells of IAM in us-east-1 alone; the stack of that Region hands its events on. Its names for Lambda's calls
carry the API's date ("Logging AWS Lambda API calls using AWS CloudTrail", lambda/latest/dg/logging-using-cloudtrail);
whether those of function URLs do, no page says, and so both are listened to. What happens to objects inside a cluster
no call tells: its audit log does.
"""

from typing import Final

from holdfast.core.concern import NAME, Concern, Watched, ids, objects_of
from holdfast.core.resource import STANDS, Drift

_ROLE: Final = frozenset(
    {
        "AttachRolePolicy",
        "DeleteRole",
        "DeleteRolePermissionsBoundary",
        "DeleteRolePolicy",
        "DetachRolePolicy",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
        "TagRole",
        "UntagRole",
        "UpdateAssumeRolePolicy",
        "UpdateRole",
        "UpdateRoleDescription",
    }
)
_ISSUER: Final = frozenset(
    {
        "AddClientIDToOpenIDConnectProvider",
        "DeleteOpenIDConnectProvider",
        "RemoveClientIDFromOpenIDConnectProvider",
        "TagOpenIDConnectProvider",
        "UntagOpenIDConnectProvider",
    }
)
_ENTRIES: Final = frozenset(
    {
        "AssociateAccessPolicy",
        "AssociateIdentityProviderConfig",
        "CreateAccessEntry",
        "CreatePodIdentityAssociation",
        "DeleteAccessEntry",
        "DisassociateAccessPolicy",
        "TagResource",
        "UntagResource",
        "UpdateAccessEntry",
        "UpdatePodIdentityAssociation",
    }
)
_FUNCTION: Final = frozenset(
    {
        "AddPermission20150331v2",
        "CreateFunctionUrlConfig",
        "CreateFunctionUrlConfig20211031",
        "DeleteFunction20150331",
        "PutFunctionConcurrency20171031",
        "TagResource20170331v2",
        "UntagResource20170331v2",
        "UpdateFunctionCode20150331v2",
        "UpdateFunctionConfiguration20150331v2",
        "UpdateFunctionUrlConfig",
        "UpdateFunctionUrlConfig20211031",
    }
)
_CLOSES_AT_MOST: Final = frozenset(
    {"Description", "MaxSessionDuration", "MemorySize", "ReservedConcurrentExecutions", "Tags", "Timeout", STANDS}
)


def _lets_in(drift: Drift) -> bool:
    """Whatever is there instead of what was promised may let somebody in; what is only missing keeps somebody out."""
    return any(change.found is not None and change.path.partition(".")[0] not in _CLOSES_AT_MOST for change in drift)


IDENTITY: Final = Concern(
    "identity",
    (
        Watched("AWS::IAM::Role", "AWS::IAM::Role", "iam.amazonaws.com", _ROLE, ids(NAME)),
        Watched(
            "AWS::IAM::OIDCProvider",
            "AWS::IAM::OIDCProvider",
            "iam.amazonaws.com",
            _ISSUER,
            ids(r"arn:[\w-]+:iam::\d{12}:oidc-provider/.*"),
        ),
        Watched(
            "AWS::IAM::ServiceLinkedRole",
            "AWS::IAM::Role",
            "iam.amazonaws.com",
            frozenset({"DeleteServiceLinkedRole"}),
            ids(r"AWSServiceRoleFor\w+"),
        ),
        Watched(
            "AWS::EKS::AccessEntry", "", "eks.amazonaws.com", _ENTRIES, ids(NAME, r"arn:[\w-]+:iam::\d{12}:role/.*")
        ),
        Watched("AWS::Lambda::Function", "AWS::Lambda::Function", "lambda.amazonaws.com", _FUNCTION, ids(NAME)),
        *objects_of("identity"),
    ),
    _lets_in,
)
