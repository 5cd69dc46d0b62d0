"""What the plugin does around tests: logs of failures, workers, servers of others, and starts that fail."""

import os

import pytest
from daric_pytest import Daric, DaricError

PLUGIN = ("-p", "daric_pytest.plugin", "-p", "no:cacheprovider")


def test_the_log_of_a_failed_test_is_in_its_report(pytester):
    pytester.makepyfile(
        """
        def test_fails(daric):
            daric.clock.now()
            assert False
        """
    )
    result = pytester.runpytest(*PLUGIN)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*what daric printed*", "*/admin/v1/clock*"])


def test_a_test_that_passes_prints_no_log(pytester):
    pytester.makepyfile("def test_passes(daric): assert daric.log()")
    result = pytester.runpytest(*PLUGIN)
    result.stdout.no_fnmatch_line("*what daric printed*")


def test_each_worker_of_xdist_has_a_server_of_its_own(pytester):
    pytester.makepyfile(
        """
        import pathlib, pytest

        @pytest.mark.parametrize("number", range(4))
        def test_has_a_server(daric, number, worker_id):
            pathlib.Path(f"{worker_id}-{number}").write_text(daric.url)
        """
    )
    result = pytester.runpytest_subprocess(*PLUGIN, "-n", "2")
    result.assert_outcomes(passed=4)
    written = {path.name.split("-")[0]: set() for path in pytester.path.glob("gw*")}
    for path in pytester.path.glob("gw*"):
        written[path.name.split("-")[0]].add(path.read_text())
    assert [len(urls) for urls in written.values()] == [1] * len(written)
    assert len(set.union(*written.values())) == len(written) == 2


def test_a_server_that_runs_already_is_used(pytester, daric):
    pytester.makepyfile(f"def test_is_used(daric): assert daric.url == {daric.url!r}")
    pytester.runpytest(*PLUGIN, "--daric-url", daric.url).assert_outcomes(passed=1)


def test_further_arguments_reach_the_server(pytester):
    pytester.makeini("[pytest]\ndaric_args = --no-such-argument\n")
    pytester.makepyfile("def test_starts(daric): pass")
    result = pytester.runpytest(*PLUGIN)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the server ended with 2*", "*--no-such-argument*"])


@pytest.mark.parametrize("binary", ["/nowhere/daric", os.devnull])
def test_a_binary_that_is_none_is_named(monkeypatch, binary):
    monkeypatch.setenv("DARIC_BINARY", binary)
    with pytest.raises(DaricError, match=binary):
        Daric.start()


def test_settings_of_the_environment_do_not_reach_the_server(monkeypatch):
    monkeypatch.setenv("DARIC_MODE", "production")
    server = Daric.start()
    try:
        assert server.clock.now().mode == "system"
    finally:
        server.stop()
