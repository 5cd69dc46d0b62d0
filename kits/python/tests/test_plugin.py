"""What the plugin does around tests: reports of failures, workers, servers of others, and starts that fail."""

import os

import pytest
from daric_pytest import Daric, DaricError, plugin


@pytest.fixture
def options(pytestconfig):
    """The plugin under its name in this run: pytest loads that of an installed kit, and refuses it under a second name."""
    return ("-p", pytestconfig.pluginmanager.get_name(plugin), "-p", "no:cacheprovider")


def test_the_report_of_a_failed_test_has_its_requests_and_its_log(pytester, options):
    pytester.makepyfile(
        """
        import pytest

        def test_passes(daric):
            daric.admin("GET", "/admin/v1/values")

        def test_fails(daric):
            daric.clock.now()
            with pytest.raises(Exception):
                daric.admin("POST", "/admin/v1/clock", {"set": "today"})
            assert False
        """
    )
    result = pytester.runpytest(*options)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*what daric replied*",
            "* GET /admin/v1/clock 200",
            '  < {*"jalali":*',
            "* POST /admin/v1/clock 400",
            '  > {"set":"today"}',
            '  < {*"field":"set"*',
            "*what daric printed*",
            "*/admin/v1/clock*",
        ]
    )
    result.stdout.no_fnmatch_line("*/admin/v1/values*")


def test_a_server_that_has_ended_does_not_hide_why_a_test_fails(pytester, options):
    pytester.makepyfile(
        """
        def test_fails(daric):
            daric.stop()
            assert False, "it has to"
        """
    )
    result = pytester.runpytest(*options)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*it has to*", "*what daric replied*", "it cannot be read: cannot reach *"])


def test_a_test_that_passes_prints_no_report(pytester, options):
    pytester.makepyfile("def test_passes(daric): assert daric.clock.now() and daric.log()")
    result = pytester.runpytest(*options)
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*what daric *")


def test_each_worker_of_xdist_has_a_server_of_its_own(pytester, options):
    pytester.makepyfile(
        """
        import pathlib, pytest

        @pytest.mark.parametrize("number", range(4))
        def test_has_a_server(daric, number, worker_id):
            pathlib.Path(f"{worker_id}-{number}").write_text(daric.url)
        """
    )
    result = pytester.runpytest_subprocess(*options, "-n", "2")
    result.assert_outcomes(passed=4)
    written = {path.name.split("-")[0]: set() for path in pytester.path.glob("gw*")}
    for path in pytester.path.glob("gw*"):
        written[path.name.split("-")[0]].add(path.read_text())
    assert [len(urls) for urls in written.values()] == [1] * len(written)
    assert len(set.union(*written.values())) == len(written) == 2


def test_a_server_that_runs_already_is_used(pytester, daric, options):
    pytester.makepyfile(f"def test_is_used(daric): assert daric.url == {daric.url!r}")
    pytester.runpytest(*options, "--daric-url", daric.url).assert_outcomes(passed=1)


def test_further_arguments_reach_the_server(pytester, options):
    pytester.makeini("[pytest]\ndaric_args = --no-such-argument\n")
    pytester.makepyfile("def test_starts(daric): pass")
    result = pytester.runpytest(*options)
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
