"""What Holdfast decides, without AWS: no boto3, no clock, no environment variables. All it needs comes in."""
