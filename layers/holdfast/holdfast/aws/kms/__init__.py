"""AWS KMS: keys and their aliases. API reference: docs.aws.amazon.com/kms/latest/APIReference."""
