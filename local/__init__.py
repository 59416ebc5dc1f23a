"""The laptop AWS: an emulator hosted in a process of ours, so that demo and tests are real without an account.

Nothing in here is shipped, and nothing that is shipped knows of it. Where the emulator differs from AWS, AWS is right:
`local.gaps` closes the difference.
"""
