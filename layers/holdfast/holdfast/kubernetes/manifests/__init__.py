"""What runs in a cluster, as pure functions from what is asked for to Kubernetes objects. Nothing here asks anybody."""
