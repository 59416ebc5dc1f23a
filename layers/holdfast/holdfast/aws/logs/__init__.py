"""Amazon CloudWatch Logs. API reference: docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference."""
