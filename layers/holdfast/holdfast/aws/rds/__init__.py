"""Kinds of Amazon RDS."""
