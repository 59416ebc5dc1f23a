"""Every version that Holdfast chooses, in one place, each with the day it was looked up and the page it is from."""

from typing import Final

KUBERNETES: Final = "1.36"
"""The newest minor version in EKS standard support: 2026-11-26, "Manage CoreDNS for DNS in Amazon EKS clusters"
(eks/latest/userguide/managing-coredns.html), whose table of add-on versions begins with it.
"""
