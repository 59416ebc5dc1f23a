"""Kinds of AWS Certificate Manager."""
