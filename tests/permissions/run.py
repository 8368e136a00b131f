"""What all tests together have used of the policies: a whole run fails for what is left over."""

from typing import Any

import pytest

from infra.permissions import enforcing, policies
from infra.permissions.minimal import Used, given_too_much
from infra.permissions.policies import Grant

USED = "permissions"


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker of xdist has ended: what it used is added."""
    for function, grant, own in getattr(node, "workeroutput", {}).get(USED, ()):
        enforcing.used.add(Used(function, Grant(*grant), own))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    told = getattr(session.config, "workeroutput", None)
    if told is not None:
        told[USED] = [(one.function, list(one.grant), one.own) for one in enforcing.used]
    elif _is_whole(session.config) and exitstatus == pytest.ExitCode.OK:
        _compare(session)


def _is_whole(config: pytest.Config) -> bool:
    chosen = ("keyword", "markexpr", "deselect", "lf")
    by_default = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return by_default and not any(config.getoption(name) for name in chosen)


def _compare(session: pytest.Session) -> None:
    left = [
        one
        for function, statements in policies.of_functions().items()
        for one in given_too_much(function, statements, enforcing.used)
    ]
    if left:
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        reporter.section("policies give what no test uses", red=True)
        for one in left:
            reporter.write_line(one)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
