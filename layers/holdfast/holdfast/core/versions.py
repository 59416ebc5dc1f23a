"""Every version that Holdfast chooses, in one place, each with the day it was looked up and the page it is from."""

from typing import Final

KUBERNETES: Final = "1.36"
"""The newest minor version in EKS standard support."""
POSTGRESQL: Final = "17"
"""Major version of the database's engine; RDS takes minor ones by itself.

That RDS offers it was seen on 2026-11-26 in its notice on minor versions of May 2026 (17.7 and later); how long it is
in standard support was not: "Release calendars for Amazon RDS for PostgreSQL" (AmazonRDS/latest/PostgreSQLReleaseNotes)
says so. A higher one here is asked of every standing database, and refused: a person upgrades it (docs/decisions.md).
"""
RDS_CERTIFICATE_AUTHORITY: Final = "rds-ca-rsa2048-g1"
"""The one that AWS names first, seen on 2026-11-26 in "Rotating your SSL/TLS certificate" (AmazonRDS user guide)."""
