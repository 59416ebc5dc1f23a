"""Amazon EKS."""
