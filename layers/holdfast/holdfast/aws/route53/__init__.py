"""Kinds of Amazon Route 53."""
