"""Every version that Holdfast chooses, in one place, each with the day it was looked up and the page it is from."""

from typing import Final

KUBERNETES: Final = "1.36"
"""The newest minor version in EKS standard support: 2026-11-26, "Manage CoreDNS for DNS in Amazon EKS clusters"
POSTGRESQL: Final = "17"
"""Major version of the database's engine; RDS takes minor ones by itself. In RDS standard support until 2030.

Looked up 2026-11-26, "Release calendars for Amazon RDS for PostgreSQL" (AmazonRDS/latest/PostgreSQLReleaseNotes). A
higher one here is asked of every standing database, and refused: it is upgraded by a person (docs/decisions.md).
"""
RDS_CERTIFICATE_AUTHORITY: Final = "rds-ca-rsa2048-g1"
"""RDS's default, valid until 2061, and renewed on the server by itself.

Looked up 2026-11-26, "Using SSL/TLS to encrypt a connection to a DB instance or cluster" (AmazonRDS user guide).
"""
(eks/latest/userguide/managing-coredns.html), whose table of add-on versions begins with it.
"""
