"""The compatibility that matters, each lane in an environment of its own."""

import nox

nox.options.reuse_existing_virtualenvs = True

WIRES = ("test_chat_features", "test_embeddings", "test_relay", "test_responses_sdk", "test_responses_failures")
DOORS = ("test_contract", "test_failures", "test_leaving", "test_gateway_at_work", "test_recording")


@nox.session
def openai2(session: nox.Session) -> None:
    """OpenAI 2, which speaks httpx."""
    session.install("--quiet", "--upgrade", "pip")
    session.install(
        "--quiet", "-e", ".", "openai<3", "httpx", "requests", "respx", "trio", "hypothesis", "pytest-xdist"
    )
    session.run("python", "-c", "import openai; assert openai.DefaultHttpxClient.__mro__[1].__module__ == 'httpx'")
    doors = [f"tests/doors/{name}.py" for name in DOORS]
    wires = [f"tests/wires/{name}.py" for name in WIRES]
    pages = ["tests/seeds/test_openai_sdk_gateway.py", "tests/seeds/test_use_the_gateway.py"]
    tests = [*doors, *wires, *pages, "examples/support_bot/test_support_bot.py"]
    session.run("python", "-m", "pytest", "-q", *tests, *session.posargs)


@nox.session(python=["3.12", "3.13", "3.14"], default=False)
def pythons(session: nox.Session) -> None:
    """The other Pythons, where they are installed: not run unless asked for."""
    session.install("--quiet", "--upgrade", "pip")
    session.install("--quiet", "-e", ".", "--group", "test")
    session.run("python", "-m", "pytest", "-q", "-n", "2", *session.posargs)


@nox.session
def bare(session: nox.Session) -> None:
    """The plain install: no client library at all, only the socket."""
    session.install("--quiet", "--upgrade", "pip")
    session.install("--quiet", "-e", ".")
    session.run("python", "-m", "pytest", "-q", "tests/bare", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """The built wheel, without the sources beside it."""
    session.install("--quiet", "--upgrade", "pip")
    session.install("--quiet", "--no-cache-dir", ".", "openai>=3", "requests")
    here = session.invoked_from
    session.chdir(session.create_tmp())
    session.run(
        "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{here}/examples/support_bot", *session.posargs
    )


@nox.session
def respan_api(session: nox.Session) -> None:
    """Respan's official REST client, which validates every answer. It cannot be where respan-ai is."""
    session.install("--quiet", "--upgrade", "pip")
    session.install("--quiet", "-e", ".", "respan-api==0.1.49")
    session.run("python", "-c", "from respan.client import RespanClient")
    session.run("python", "-m", "pytest", "-q", "tests/platform_client", *session.posargs)
