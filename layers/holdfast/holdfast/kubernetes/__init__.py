"""Kubernetes: the client, and the objects that we apply. It knows nothing of our AWS rooms."""
