"""A server process in a directory of its own, on a port that the system chooses."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Optional, Sequence

from .api import DaricError

#: The longest a start may take, in seconds.
START_TIMEOUT = 60
#: The time between two looks for the ready line, in seconds.
_STEP = 0.01
_READY = re.compile(r"daric is ready on (https?://\S+)\s")


def find_binary() -> str:
    """The program: ``DARIC_BINARY``, else the one that the wheel has installed, else the one on ``PATH``."""
    named = os.environ.get("DARIC_BINARY")
    if named:
        if not os.access(named, os.X_OK):
            raise DaricError(f"DARIC_BINARY names {named!r}, which is no program")
        return named
    for folder in (sysconfig.get_path("scripts"), None):
        found = shutil.which("daric", path=folder)
        if found:
            return found
    raise DaricError("no program `daric`: install the wheel, or name the program in DARIC_BINARY")


class Process:
    """A running server. Its output is in one file, which ends with the directory."""

    def __init__(self, arguments: Sequence[str] = (), binary: Optional[str] = None) -> None:
        program = binary or find_binary()
        self._folder = Path(tempfile.mkdtemp(prefix="daric-"))
        self._log = self._folder / "daric.log"
        command = [program, "serve", "--demo", "--listen", "127.0.0.1:0", "--data", str(self._folder / "data")]
        # Settings of the environment are for other servers.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DARIC_")}
        with open(self._log, "wb") as log:
            self._child = subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        try:
            #: The address of the server.
            self.url = self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def _wait_until_ready(self) -> str:
        end = time.monotonic() + START_TIMEOUT
        while True:
            ended = self._child.poll()
            printed = self.log()
            ready = _READY.search(printed)
            if ready and ended is None:
                return ready.group(1)
            if ended is not None:
                raise DaricError(f"the server ended with {ended}:\n{printed}")
            if time.monotonic() > end:
                raise DaricError(f"the server is not ready after {START_TIMEOUT} seconds:\n{printed}")
            time.sleep(_STEP)

    def log_size(self) -> int:
        """How many bytes the server has printed."""
        return self._log.stat().st_size

    def log(self, since: int = 0, number: Optional[str] = None) -> str:
        """What the server has printed after so many bytes and, if that contains it, after the line of this request."""
        with open(self._log, "rb") as log:
            log.seek(since)
            printed = log.read().decode(errors="replace")
        # With `--log json` it is the second form.
        line = re.search(rf'^.*\brequest(?: id={number} |","id":"{number}").*\n', printed, re.MULTILINE)
        return printed[line.end() :] if line else printed

    def stop(self) -> None:
        """Ends the server, and removes its directory. There is nothing to keep, so it is killed."""
        self._child.kill()
        self._child.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
