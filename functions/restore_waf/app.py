"""Restores the web ACL, its association and its logging."""

from holdfast.aws.restoring import Restoring
from holdfast.aws.wafv2.logging_configuration import LoggingConfiguration
from holdfast.aws.wafv2.web_acl import WebAcl
from holdfast.aws.wafv2.web_acl_association import WebAclAssociation
from holdfast.core.concerns.waf import WAF

handler = Restoring(WAF, WebAcl, WebAclAssociation, LoggingConfiguration)
