import re
from dataclasses import fields
from pathlib import Path

import pytest

from mock_gateway.core.failures import FAILURES
from pytest_respan.settings import Settings

from .generated import DOCS, TABLES, place, text
from .pages import EXAMPLE, PAGES, ROOT, Block, blocks

OTHERS_WARNINGS = """
    ignore:Using `@model_validator` with mode='after' on a classmethod:DeprecationWarning
    ignore:Use log_types.RespanLogParams instead:DeprecationWarning
"""
"""What the Respan SDK warns of when it is imported."""


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.name)
def test_every_python_block_runs_as_a_suite(block: Block, pytester: pytest.Pytester) -> None:
    """What the documentation shows is a test that passes, word for word."""
    pytester.makepyfile(test_block=block.text)
    pytester.makeini(
        f"[pytest]\npythonpath = {EXAMPLE}\nrespan_cassettes = {ROOT / 'cassettes'}\n"
        f"filterwarnings =\n    error{OTHERS_WARNINGS}"
    )

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")

    assert result.ret == 0
    assert result.parseoutcomes()["passed"] >= 1


def test_the_readme_shows_the_real_output(pytester: pytest.Pytester) -> None:
    """The first output in the README is what its first test prints, but for the time it took."""
    test = blocks("python")[0]
    command, *shown = blocks("console")[0].text.splitlines()
    assert command == "$ pytest -q -rP test_readme.py"
    pytester.makepyfile(test_readme=test.text)
    pytester.makeini(f"[pytest]\npythonpath = {EXAMPLE}\n")

    result = pytester.runpytest_subprocess("-q", "-rP", "-p", "no:cacheprovider", "test_readme.py")

    assert [_timeless(line) for line in result.outlines if line] == [_timeless(line) for line in shown if line]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """A link to another file of the project finds it."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("name", TABLES)
def test_tables_made_from_the_code_are_up_to_date(name: str) -> None:
    """What a page says of the contract, the policy and the merge rules is what the code does: else, ``make docs``."""
    page = (DOCS / TABLES[name][0]).read_text(encoding="utf-8")
    found = place(name).findall(page)
    assert found == [text(name)]


def test_the_scripting_page_lists_every_failure() -> None:
    """The table of failures is the one the script knows."""
    page = (ROOT / "docs" / "scripting.md").read_text(encoding="utf-8")
    for name, failure in FAILURES.items():
        assert f"| `{name}` | {failure.status} | `{failure.code}` |" in page


def test_the_settings_page_lists_every_keyword() -> None:
    """The table of settings has all the keywords of the marker, and no other."""
    page = (ROOT / "docs" / "strictness.md").read_text(encoding="utf-8")
    table = page[page.index("| keyword |") :]
    listed = re.findall(r"^\| `(\w+)` \|", table[: table.index("\n\n")], re.MULTILINE)
    assert listed == [field.name for field in fields(Settings)]


def test_every_option_is_documented() -> None:
    """Options, ini values and the commands of the command line: a page names each of them."""
    from mock_gateway.command import cassettes as command
    from pytest_respan import plugin

    source = Path(str(plugin.__file__)).read_text(encoding="utf-8")
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    options = re.findall(r'"(--respan-[a-z-]+)"', source)
    values = re.findall(r'addini\("(respan_[a-z_]+)"', source)
    assert len(options) >= 5
    assert len(values) >= 6
    for name in (*options, *values):
        assert f"`{name}" in pages, name
    commands = re.findall(r'command\(_\w+, "(\w+)"\)', Path(command.__file__).read_text(encoding="utf-8"))
    table = pages[pages.index("| command | what |") :]
    assert dict.fromkeys(re.findall(r"^\| `(\w+) ", table[: table.index("\n\n")], re.MULTILINE)) == dict.fromkeys(
        commands
    )


def test_everything_about_the_server_is_documented() -> None:
    """The options of ``serve``, and each control endpoint."""
    from mock_gateway.command import serving
    from mock_gateway.control.endpoints import ENDPOINTS

    page = (DOCS / "server.md").read_text(encoding="utf-8")
    options = re.findall(r'"(--[a-z-]+)"', Path(serving.__file__).read_text(encoding="utf-8"))
    assert len(options) >= 20
    for option in options:
        assert f"`{option}" in page, option
    table = page[page.index("| endpoint | what |") :]
    named = set(re.findall(r"`([A-Z]+) (?:/<token>)?/_mock([^`]*)`", table[: table.index("\n\n")]))
    assert named == {(method, path.replace("{number}", "<number>")) for method, path in ENDPOINTS}


def _timeless(line: str) -> str:
    return re.sub(r"in [\d.]+s", "in ...s", line)
