"""The pytest plugin: the fixture ``daric``.

One server for each test session, and under pytest-xdist one for each worker. It is reset before each test that uses it.
When such a test fails, its report has the last requests of the test with their replies, and what the server printed
during the test.
"""

from __future__ import annotations

from typing import Any, Callable, Generator, Iterator

import pytest

from .api import DaricError
from .sandbox import Daric

#: Lines of the server's output in a report.
LINES = 200


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("daric")
    group.addoption("--daric-url", help="use a Daric sandbox that runs already, as http://127.0.0.1:7070")
    parser.addini("daric_args", "further arguments of `daric serve`, as --strict", type="args", default=[])


@pytest.fixture(scope="session")
def daric_server(pytestconfig: pytest.Config) -> Iterator[Daric]:
    """The server of this session, as the last test has left it."""
    url = pytestconfig.getoption("--daric-url")
    if url:
        workers = getattr(pytestconfig, "workerinput", {}).get("workercount", 1)
        if workers > 1:
            raise pytest.UsageError("--daric-url: parallel workers cannot share one server")
        yield Daric.attach(url)
        return
    try:
        server = Daric.start(*pytestconfig.getini("daric_args"))
    except DaricError as error:
        pytest.fail(str(error), pytrace=False)
    yield server
    server.stop()


@pytest.fixture
def daric(daric_server: Daric) -> Daric:
    """A sandbox with a fresh demo world."""
    daric_server.reset()
    return daric_server


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    server = getattr(item, "funcargs", {}).get("daric")
    if report.failed and isinstance(server, Daric):
        # In this order, so that the log does not have the plugin's own request.
        printed = "\n".join(_read(server.log).splitlines()[-LINES:])
        sections = (("what daric replied", _read(server.requests.summary)), ("what daric printed", printed))
        report.sections.extend(section for section in sections if section[1])


def _read(source: Callable[[], str]) -> str:
    try:
        return source()
    except Exception as error:  # The test may have ended the server; that must not hide why the test failed.
        return f"it cannot be read: {error}"
