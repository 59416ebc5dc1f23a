"""AWS WAF: web ACLs and their logging. API reference: docs.aws.amazon.com/waf/latest/APIReference."""
