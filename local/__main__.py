"""The laptop AWS from the command line.

python -m local up                        start it with the application deployed, and leave it running
python -m local status                    say whether it runs, and where
python -m local run -- pytest tests/local run a command against it; one that was not running is stopped afterwards
python -m local run -- aws ec2 describe-vpcs
python -m local down                      stop it
"""

import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console

from local import command
from local.deploy import DeployError, deploy, is_deployed
from local.laptop import Laptop, StartError

cli = typer.Typer(help=f"\b\n{__doc__}", add_completion=False, rich_markup_mode=None)
console = Console(stderr=True, highlight=False, soft_wrap=True)

Port = Annotated[int, typer.Option(help="Where it listens, on the loopback address.")]
Empty = Annotated[bool, typer.Option("--empty", help="Without the application.")]


@cli.command()
def up(*, port: Port = 4566, empty: Empty = False) -> None:
    """Start the laptop AWS with the application deployed; it stays up."""
    laptop = Laptop(port)
    with _failures_in_a_line():
        if not laptop.stays():
            _start(laptop, follows_starter=False)
        if not empty:
            _deploy(laptop)
    console.print(f"the laptop AWS answers on {laptop.url}; `make down` stops it")


@cli.command()
def down(port: Port = 4566) -> None:
    """Stop the laptop AWS."""
    laptop = Laptop(port)
    console.print("stopped" if laptop.stop() else f"no laptop AWS runs on port {port}")


@cli.command()
def status(port: Port = 4566) -> None:
    """Say whether the laptop AWS runs; exit 1 if it does not."""
    laptop = Laptop(port)
    if not laptop.is_ready():
        console.print(f"no laptop AWS runs on port {port}")
        raise typer.Exit(1)
    console.print(f"running on {laptop.url}, process {laptop.pid()}, log in {laptop.log}")


@cli.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(
    words: Annotated[list[str], typer.Argument(metavar="COMMAND...")], *, port: Port = 4566, empty: Empty = False
) -> None:
    """Run a command against the laptop AWS: the one that runs, or one of its own."""
    # Python's own way of ending at this signal would leave no time to stop the laptop AWS.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    laptop = Laptop(port)
    with _failures_in_a_line():
        host = None if laptop.stays() else _start(laptop, follows_starter=True)
        try:
            if not empty:
                _deploy(laptop)
            code = command.run(words, laptop.client_environment())
        finally:
            if host:
                with host:
                    laptop.stop()
    raise typer.Exit(code)


def _start(laptop: Laptop, *, follows_starter: bool) -> subprocess.Popen[bytes]:
    with _step("starting the laptop AWS"):
        return laptop.start(follows_starter=follows_starter)


def _deploy(laptop: Laptop) -> None:
    if not is_deployed(laptop):
        with _step("deploying the application (sam build, sam deploy)"):
            deploy(laptop)


@contextmanager
def _step(words: str) -> Generator[None]:
    began = time.monotonic()
    with console.status(words):
        yield
    console.print(f"{words}: {time.monotonic() - began:.1f} s")


@contextmanager
def _failures_in_a_line() -> Generator[None]:
    try:
        yield
    except (StartError, DeployError) as failure:
        console.print(str(failure), markup=False)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    cli()
