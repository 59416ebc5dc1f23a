"""Holdfast: builds a production AWS environment from one file, and holds it fast.

``core`` decides and never calls AWS; ``aws`` knows one AWS resource a module; ``environment`` says, one file a layer,
what is built and how it is proven.
"""
