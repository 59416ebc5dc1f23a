"""Where traffic may go: routes and who uses them, network ACLs, ways out, the flow log, name servers, mount targets."""

from typing import Final

from holdfast.core.concern import NAME, Concern, Watched, ids, objects_of
from holdfast.core.resource import Drift

_EC2: Final = "ec2.amazonaws.com"
_TAGS: Final = frozenset({"CreateTags", "DeleteTags"})
_ROUTES: Final = frozenset({"CreateRoute", "ReplaceRoute", "DeleteRoute"})
_NO_ACCESS: Final = frozenset({"DBSubnetGroupDescription", "EnableDnsHostnames", "EnableDnsSupport", "Tags"})
"""Fields by which nobody gets anywhere, whatever they say."""
_TABLE: Final = r"rtb-[0-9a-f]{8,17}"
_SUBNET: Final = r"subnet-[0-9a-f]{8,17}"
_ACL: Final = r"acl-[0-9a-f]{8,17}"
_GATEWAY: Final = r"igw-[0-9a-f]{8,17}"
_VPC: Final = r"vpc-[0-9a-f]{8,17}"


def _leads_elsewhere(drift: Drift) -> bool:
    """Another way may lead past what was promised, and so may one that is gone: then the main table is in force.

    An entry that is missing from a network ACL only closes something.
    """
    return any(
        change.path.partition(".")[0] not in _NO_ACCESS and not (change.path == "Entries" and change.found is None)
        for change in drift
    )


NETWORK: Final = Concern(
    "network",
    (
        Watched(
            "AWS::EC2::VPC",
            "AWS::EC2::VPC",
            _EC2,
            frozenset({"AssociateDhcpOptions", "DeleteVpc", "ModifyVpcAttribute"}) | _TAGS,
            ids(_VPC),
        ),
        Watched(
            "AWS::EC2::InternetGateway",
            "AWS::EC2::InternetGateway",
            _EC2,
            frozenset({"DeleteInternetGateway"}) | _TAGS,
            ids(_GATEWAY),
        ),
        Watched(
            "AWS::EC2::VPCGatewayAttachment",
            "AWS::EC2::InternetGateway",
            _EC2,
            frozenset({"AttachInternetGateway", "DetachInternetGateway"}),
            ids(_GATEWAY, _VPC),
        ),
        Watched(
            "AWS::EC2::RouteTable",
            "AWS::EC2::RouteTable",
            _EC2,
            frozenset(
                {
                    "AssociateRouteTable",
                    "DeleteRouteTable",
                    "EnableVgwRoutePropagation",
                    "ReplaceRouteTableAssociation",
                }
            )
            | _ROUTES
            | _TAGS,
            ids(_TABLE),
        ),
        Watched(
            "AWS::EC2::Route",
            "AWS::EC2::RouteTable",
            _EC2,
            _ROUTES,
            ids(_TABLE),
        ),
        Watched(
            "AWS::EC2::SubnetRouteTableAssociation",
            "AWS::EC2::RouteTable",
            _EC2,
            frozenset({"AssociateRouteTable", "DisassociateRouteTable", "ReplaceRouteTableAssociation"}),
            ids(r"rtbassoc-[0-9a-f]{8,17}", _TABLE, _SUBNET),
        ),
        Watched(
            "AWS::EC2::NetworkAcl",
            "AWS::EC2::NetworkAcl",
            _EC2,
            frozenset({"CreateNetworkAclEntry", "DeleteNetworkAclEntry", "ReplaceNetworkAclEntry"}) | _TAGS,
            ids(_ACL),
        ),
        Watched(
            "AWS::EC2::SubnetNetworkAclAssociation",
            "AWS::EC2::NetworkAcl",
            _EC2,
            frozenset({"ReplaceNetworkAclAssociation"}),
            ids(r"aclassoc-[0-9a-f]{8,17}", _ACL),
        ),
        Watched(
            "AWS::EC2::EIP",
            "AWS::EC2::EIP",
            _EC2,
            frozenset({"ReleaseAddress"}) | _TAGS,
            ids(r"eipalloc-[0-9a-f]{8,17}"),
        ),
        Watched(
            "AWS::EC2::NatGateway",
            "AWS::EC2::NatGateway",
            _EC2,
            frozenset({"DeleteNatGateway"}) | _TAGS,
            ids(r"nat-[0-9a-f]{8,17}"),
        ),
        Watched(
            "AWS::EC2::FlowLog",
            "AWS::EC2::FlowLog",
            _EC2,
            frozenset({"DeleteFlowLogs"}) | _TAGS,
            ids(r"fl-[0-9a-f]{8,17}"),
        ),
        Watched(
            "AWS::EC2::VPCEndpoint",
            "AWS::EC2::VPCEndpoint",
            _EC2,
            frozenset({"DeleteVpcEndpoints", "ModifyVpcEndpoint"}) | _TAGS,
            ids(r"vpce-[0-9a-f]{8,17}"),
        ),
        Watched(
            "AWS::EFS::MountTarget",
            "",
            "elasticfilesystem.amazonaws.com",
            frozenset({"DeleteMountTarget"}),
            ids(r"fsmt-[0-9a-f]{8,40}"),
        ),
        Watched(
            "AWS::RDS::DBSubnetGroup",
            "AWS::RDS::DBSubnetGroup",
            "rds.amazonaws.com",
            frozenset({"AddTagsToResource", "DeleteDBSubnetGroup", "ModifyDBSubnetGroup", "RemoveTagsFromResource"}),
            ids(NAME),
        ),
        *objects_of("network"),
    ),
    _leads_elsewhere,
)
