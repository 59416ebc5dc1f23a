"""AWS Lambda: functions inside an environment. API reference: docs.aws.amazon.com/lambda/latest/api."""
