"""Every version that Holdfast chooses, in one place, each with the day it was looked up and the page it is from."""

from typing import Final

KUBERNETES: Final = "1.36"
"""The newest minor version in EKS standard support."""
TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""TLS 1.3 and 1.2, forward secrecy and AEAD ciphers only, post-quantum key exchange for clients that know it.

What AWS recommends. Looked up 2026-11-26: "Security policies for your Application Load Balancer"
(elasticloadbalancing/latest/application/describe-ssl-policies.html).
"""
