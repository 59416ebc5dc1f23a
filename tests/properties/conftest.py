"""How hard Hypothesis looks. ``HYPOTHESIS_PROFILE=thorough`` takes minutes and is worth them before a release."""

import os

from hypothesis import HealthCheck, settings

# The same examples each time, so that a red build is red for whoever looks; no database, so that nothing stays behind.
_QUIET = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("bounded", _QUIET, max_examples=60, derandomize=True)
settings.register_profile("thorough", _QUIET, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "bounded"))
