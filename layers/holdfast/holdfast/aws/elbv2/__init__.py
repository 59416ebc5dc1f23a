"""Kinds of Elastic Load Balancing: Application Load Balancers."""
