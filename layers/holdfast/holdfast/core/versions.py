"""Every version that Holdfast chooses, in one place, each with the day it was looked up and the page it is from."""

from typing import Final

KUBERNETES: Final = "1.36"
"""The newest minor version in EKS standard support."""
