"""One laptop AWS: where it listens, where it keeps what it writes, how it starts and how it ends.

Promises: it listens on the loopback address only; whatever it or its functions write is in `.laptop/<port>/` of this
project and goes when it stops; it sees nothing of the environment of whoever started it. `start` returns when calls are
answered, and raises `StartError`, with a sentence for the user, when that cannot be.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

PROJECT: Final = Path(__file__).resolve().parent.parent
TOOLS: Final = Path(sys.executable).parent
ADDRESS: Final = "127.0.0.1"
REGION: Final = "eu-west-1"
ACCOUNT: Final = "000000000000"
HEALTH: Final = "/_laptop/health"

# A second of a Wait state, between two retries, or of AWS's work on a slow resource lasts this long: a database that
# takes twelve minutes is there in seven seconds, and a watcher still sees each state that waits.
WAIT_SCALE: Final = 1 / 100

_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.02


class StartError(Exception):
    """The laptop AWS does not run, and the sentence says why."""


@dataclass(frozen=True)
class Laptop:
    port: int = 4566

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self.port}"

    @property
    def folder(self) -> Path:
        return PROJECT / ".laptop" / str(self.port)

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def credentials(self) -> dict[str, str]:
        """What a client's environment needs to speak to this laptop AWS as root."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    def client_environment(self) -> dict[str, str]:
        """Return the caller's own environment, with this laptop AWS as the only AWS that can be reached from it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        tools = os.pathsep.join([str(TOOLS), kept.get("PATH", os.defpath)])
        quiet = {"AWS_PAGER": "", "SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.2"}
        return kept | {"PATH": tools} | quiet | self.credentials

    def pid(self) -> int | None:
        """Return the host's process, if it lives: a pid file outlives a reboot, so it must look like ours."""
        try:
            pid = int((self.folder / "pid").read_text())
            command = psutil.Process(pid).cmdline()
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
            return None
        return pid if "local.host" in command and str(self.port) in command else None

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + HEALTH, timeout=1) as answer:
                return bool(json.load(answer)["pid"] == self.pid())
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def stays(self) -> bool:
        """Tell whether it runs, and was started to run on: what follows its starter may end under another's feet."""
        return (self.folder / "stays").exists() and self.is_ready()

    def start(self, *, follows_starter: bool) -> subprocess.Popen[bytes]:
        """Start the host and wait until it answers.

        A host that follows its starter stops when that process ends, however it ends: its standard input is a pipe
        from there, and the host leaves at its end.
        """
        if self.pid() is not None:
            raise StartError(f"another run has its laptop AWS on port {self.port}: wait until it ends, or stop it")
        if not _is_free(self.port):
            raise StartError(f"port {self.port} is taken by another program: stop that one first")
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "tmp").mkdir(parents=True)
        with self.log.open("wb") as log:
            host = subprocess.Popen(
                [sys.executable, "-m", "local.host", "--port", str(self.port)],
                cwd=PROJECT,
                env=self._host_environment(),
                stdin=subprocess.PIPE if follows_starter else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        (self.folder / "pid").write_text(str(host.pid))
        if not follows_starter:
            (self.folder / "stays").touch()
        self._await_ready(host)
        return host

    def _await_ready(self, host: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self.is_ready():
            if host.poll() is not None or time.monotonic() > deadline:
                tail = "".join(self.log.read_text(errors="replace").splitlines(keepends=True)[-15:])
                self.stop()
                raise StartError(f"the laptop AWS did not start; the end of its log:\n{tail}")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> bool:
        """End the host with everything it started, and remove what it wrote. False if none ran."""
        pid = self.pid()
        if pid is not None:
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + _STOP_SECONDS
            # A process that has ended is no longer found by its command, also where nobody has collected it yet.
            while self.pid() is not None:
                if time.monotonic() > deadline:
                    os.killpg(pid, signal.SIGKILL)
                time.sleep(_POLL_SECONDS)
        forget(self.folder)
        return pid is not None

    def _host_environment(self) -> dict[str, str]:
        return {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(self.folder / "tmp"),
            "HOME": str(self.folder / "tmp"),
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": ADDRESS,
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AUTH": "true",
            "LAMBDA_WARM_TTL_SECONDS": "120",
            "SFN_WAIT_SCALE": str(WAIT_SCALE),
            "STATE_DIR": str(self.folder / "tmp" / "state"),
            "S3_DATA_DIR": str(self.folder / "tmp" / "s3"),
            "PERSIST_STATE": "0",
            "S3_PERSIST": "0",
            # Emulator's listeners that nothing here speaks to.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": f"unix://{self.folder}/no-docker",
        }


def forget(folder: Path) -> None:
    """Remove a laptop's folder, and the folder of all laptops once it is empty."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.parent.rmdir()
    except OSError:
        return


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
    return True
