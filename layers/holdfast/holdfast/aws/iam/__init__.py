"""AWS IAM: roles and service-linked roles. API reference: docs.aws.amazon.com/IAM/latest/APIReference."""
