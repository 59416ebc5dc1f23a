"""CloudWatch: alarms, dashboards. API reference: docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference."""
