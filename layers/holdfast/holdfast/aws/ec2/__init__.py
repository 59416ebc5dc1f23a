"""Amazon EC2: the network and its security groups. API reference: docs.aws.amazon.com/AWSEC2/latest/APIReference."""
