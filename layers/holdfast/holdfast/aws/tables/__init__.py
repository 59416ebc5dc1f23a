"""Holdfast's own tables in DynamoDB: environments and their leases, the manifest, incidents, the guard."""
