"""Where the plugin finds the recordings of a test."""

from pathlib import Path

import pytest

from ..cassettes.recordings import record, whole
from .suites import BODY, run


@pytest.mark.parametrize(
    ("folder", "body"),
    [
        ("cassettes/test_it/test_plain", "def test_plain(respan_gateway, respan_openai):"),
        (
            "cassettes/test_it/TestGroup-test_plain",
            "class TestGroup:\n  def test_plain(self, respan_gateway, respan_openai):",
        ),
        (
            "cassettes/test_it/test_plain-a-b-c-33acea",
            '@pytest.mark.parametrize("x", ["a/b c"])\ndef test_plain(respan_gateway, respan_openai, x):',
        ),
        (
            "cassettes/test_it/test_plain-a-b",
            '@pytest.mark.parametrize("x", ["a-b"])\ndef test_plain(respan_gateway, respan_openai, x):',
        ),
        (
            "cassettes/shared",
            '@pytest.mark.respan(cassette="shared")\ndef test_plain(respan_gateway, respan_openai):',
        ),
    ],
)
def test_a_test_finds_its_recordings(pytester: pytest.Pytester, folder: str, body: str) -> None:
    """By its module and its name, or by the name the marker gives; nothing else is needed to replay them."""
    record(pytester.path / folder, whole("Recorded."))
    run(pytester, f'{body}\n    assert ask(respan_openai) == "Recorded."').assert_outcomes(passed=1)


@pytest.mark.parametrize("way", ["option", "ini", "config"])
def test_all_cassettes_may_be_elsewhere(pytester: pytest.Pytester, way: str) -> None:
    """By an option, an ini value, or for one cassette by the config fixture."""
    body = 'def test_plain(respan_gateway, respan_openai):\n    assert ask(respan_openai) == "Recorded."'
    options: list[str] = []
    if way == "config":
        record(pytester.path / "cassettes" / "shared", whole("Recorded."))
        pytester.makeconftest('import pytest\n@pytest.fixture\ndef respan_config():\n    return {"cassette": "shared"}')
    else:
        record(pytester.path / "recordings" / "test_it" / "test_plain", whole("Recorded."))
        if way == "ini":
            pytester.makeini("[pytest]\nrespan_cassettes = recordings")
        else:
            options = ["--respan-cassettes=recordings"]
    run(pytester, body, *options).assert_outcomes(passed=1)


def test_a_miss_names_the_file_as_one_would_type_it(pytester: pytest.Pytester) -> None:
    """With what differs, and how to let it."""
    path = record(pytester.path / "cassettes" / "test_it" / "test_plain")
    result = run(pytester, 'def test_plain(respan_gateway, respan_openai):\n    ask(respan_openai, "Ho")')
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            f"*nearest   {path.relative_to(Path(pytester.path))} differs in",
            "*messages[[]0].content   recorded 'Hi'   asked 'Ho'",
            '*Relax it    @pytest.mark.respan(ignore=[[]"messages[[]0].content"[]])  # whatever is asked',
        ]
    )


def test_what_the_miss_advises_helps(pytester: pytest.Pytester) -> None:
    """The marker it prints lets the test pass."""
    record(pytester.path / "cassettes" / "test_it" / "test_plain", whole("Recorded."))
    marker = '@pytest.mark.respan(ignore=["messages[0].content"])'
    body = 'def test_plain(respan_gateway, respan_openai):\n    assert ask(respan_openai, "Ho") == "Recorded."'
    run(pytester, f"{marker}\n{body}").assert_outcomes(passed=1)


def test_modules_of_one_name_do_not_share_a_place(pytester: pytest.Pytester) -> None:
    """Where all cassettes are in one place, they keep the folders they are in."""
    pytester.makeini("[pytest]\nrespan_cassettes = recordings\naddopts = --import-mode=importlib")
    for name in ("a", "b"):
        folder = pytester.mkdir(name)
        body = f'def test_plain(respan_gateway, respan_openai):\n    assert ask(respan_openai) == "{name}"'
        (folder / "test_it.py").write_text(BODY + body)
        record(pytester.path / "recordings" / name / "test_it" / "test_plain", whole(name))
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


@pytest.mark.parametrize("value", ["http://[::1]:80/v1", "a::b", "../../../evil::y"])
def test_no_parameter_leads_out_of_the_place_of_a_test(pytester: pytest.Pytester, value: str) -> None:
    """Whatever is in it, its cassette is one folder below that of its module."""
    body = f"""
@pytest.mark.parametrize("x", [{value!r}])
def test_plain(respan_gateway, x):
    path = respan_gateway.cassette.folder.path
    assert path.parent.name == "test_it"
    assert path.parent.parent.name == "cassettes"
    assert path.name.startswith("test_plain-")
    assert set("[]:/") & set(path.name) == set()
"""
    run(pytester, body).assert_outcomes(passed=1)
