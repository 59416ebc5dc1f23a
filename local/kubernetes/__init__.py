"""A Kubernetes API server for the laptop: no pods, no controllers, but the objects as a 1.36 server keeps them.

It is honest about being one: `/version` says so, nothing here ever runs, and no status is made up. Where a real server
was seen to answer in some way, the tests of `tests/kubernetes/` hold both to it. What it speaks of is the published
OpenAPI document; what it leaves out it refuses.
"""
