"""Brings the application onto a laptop AWS by the README's plain commands, as onto AWS itself.

A deployment is skipped when nothing that it is made of has changed since the last one to the same laptop.
"""

import hashlib
import subprocess
from typing import Final

from local.account import prepare
from local.laptop import PROJECT, Laptop

_TEMPLATE: Final = PROJECT / "template.yaml"
_ABROAD: Final = PROJECT / "template-us-east-1.yaml"
_SETTINGS: Final = PROJECT / "samconfig.toml"
_SOURCES: Final = ("functions", "layers", "state_machines")


class DeployError(Exception):
    """A tool refused; the message is what it said."""


def is_deployed(laptop: Laptop) -> bool:
    stamp = laptop.folder / "deployed"
    return stamp.exists() and stamp.read_text() == _fingerprint()


def deploy(laptop: Laptop) -> None:
    prepare(laptop)
    fingerprint = _fingerprint()
    built = laptop.folder / "build"
    settings = ["--config-file", str(_SETTINGS), "--config-env", "laptop"]
    _sam(laptop, "build", *settings, "--template-file", str(_TEMPLATE), "--build-dir", str(built))
    _sam(laptop, "deploy", *settings, "--template-file", str(built / "template.yaml"))
    home = f"HomeRegion={laptop.credentials['AWS_REGION']}"
    stack = ["--region", "us-east-1", "--stack-name", "holdfast-us-east-1", "--template-file", str(_ABROAD)]
    asked = ["--parameter-overrides", home, "--capabilities", "CAPABILITY_IAM", "--no-fail-on-empty-changeset"]
    _run(laptop, "aws", "cloudformation", "deploy", *stack, *asked)
    (laptop.folder / "deployed").write_text(fingerprint)


def _sam(laptop: Laptop, *arguments: str) -> None:
    _run(laptop, "sam", *arguments)


def _run(laptop: Laptop, *command: str) -> None:
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env=laptop.client_environment()
        | {"TMPDIR": str(laptop.folder / "tmp"), "__SAM_CLI_APP_DIR": str(laptop.folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DeployError(f"`{' '.join(command[:3])}` failed:\n{done.stdout}")


def _fingerprint() -> str:
    """One word for the contents of everything that a deployment is made of."""
    digest = hashlib.sha256()
    folders = [path for folder in _SOURCES for path in sorted((PROJECT / folder).rglob("*"))]
    for path in (_TEMPLATE, _ABROAD, _SETTINGS, *folders):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
