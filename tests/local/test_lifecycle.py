"""The laptop AWS starts, stops and leaves nothing behind; failures are mended in local/laptop.py and local/host.py."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import boto3
import psutil
import pytest

from local.laptop import PROJECT, Laptop
from tests.local.conftest import policy, zipped

_LOCAL = [sys.executable, "-m", "local"]
_SLEEP = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"]


@pytest.fixture
def laptop() -> Generator[Laptop]:
    """A laptop AWS that is not started, on a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        laptop = Laptop(probe.getsockname()[1])
    yield laptop
    laptop.stop()


def local(laptop: Laptop, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*_LOCAL, verb, "--port", str(laptop.port), *words]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


@contextmanager
def running(laptop: Laptop) -> Generator["subprocess.Popen[str]"]:
    command = [*_LOCAL, "run", "--port", str(laptop.port), "--empty", "--", *_SLEEP]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "here\n"
        yield process
        process.kill()


def remains(laptop: Laptop) -> list[str]:
    """Processes and files of a laptop AWS that should be gone."""
    marks = (str(laptop.folder), f"local.host --port {laptop.port}")
    commands = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    files = [str(path) for path in Path(tempfile.gettempdir()).glob(f"ministack*{laptop.port}*")]
    return (
        [line for line in commands if any(mark in line for mark in marks)]
        + files
        + [*map(str, laptop.folder.glob("*"))]
    )


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_taken_port_is_one_line_and_nothing_starts(laptop: Laptop) -> None:
    with socket.create_server(("127.0.0.1", laptop.port)):
        for verb, words in (("up", []), ("run", ["--", "true"])):
            done = local(laptop, verb, *words)
            assert (done.returncode, done.stdout) == (1, "")
            assert done.stderr == f"port {laptop.port} is taken by another program: stop that one first\n"

        assert remains(laptop) == []


def test_up_serves_and_down_leaves_nothing(laptop: Laptop) -> None:
    up = local(laptop, "up", "--empty")
    assert up.returncode == 0, up.stderr
    assert local(laptop, "status").returncode == 0
    invoke_a_function(laptop)
    workers = psutil.Process(laptop.pid()).children(recursive=True)
    assert workers, "the function ran in no process of its own"

    again = local(laptop, "up", "--empty")
    assert (again.returncode, len(again.stderr.splitlines())) == (0, 1), "a second `up` did more than say that it runs"
    assert local(laptop, "run", "--empty", "--", "sh", "-c", "exit 7").returncode == 7
    assert laptop.is_ready(), "`run` stopped a laptop AWS that it had not started"

    assert local(laptop, "down").returncode == 0
    assert remains(laptop) == []
    assert not any(worker.is_running() for worker in workers), "a function's process outlives the laptop AWS"
    assert local(laptop, "status").returncode == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_command_and_the_laptop_stops(laptop: Laptop, number: signal.Signals) -> None:
    with running(laptop) as process:
        process.send_signal(number)

        assert process.wait(timeout=10) == 128 + number
        assert remains(laptop) == []


def test_the_laptop_ends_with_a_starter_that_is_killed(laptop: Laptop) -> None:
    with running(laptop) as process:
        started = psutil.Process(process.pid).children(recursive=True)
        process.kill()

        assert eventually(lambda: remains(laptop) == []), remains(laptop)
        for child in started:
            if child.is_running():
                os.kill(child.pid, signal.SIGKILL)


def test_the_commands_environment_knows_no_other_aws(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")

    environment = {name: value for name, value in laptop.client_environment().items() if name.startswith("AWS_")}

    assert environment == {
        "AWS_ENDPOINT_URL": laptop.url,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_PAGER": "",
    }


def invoke_a_function(laptop: Laptop) -> None:
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="eu-west-1")
    iam = session.client("iam", endpoint_url=laptop.url)
    functions = session.client("lambda", endpoint_url=laptop.url)
    trust = policy(Principal={"Service": "lambda.amazonaws.com"}, Action="sts:AssumeRole")
    role = iam.create_role(RoleName="tests", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    code = zipped({"app.py": "def handler(event, context): return event"})
    functions.create_function(
        FunctionName="echo", Runtime="python3.13", Handler="app.handler", Role=role, Code={"ZipFile": code}
    )
    assert json.load(functions.invoke(FunctionName="echo", Payload=b"1")["Payload"]) == 1
