"""Who is let in to the control of a gateway, and who is not."""

import pytest
import requests

from mock_gateway import Gateway

from .own import Own


def test_pages_from_elsewhere_are_not_let_in(own: Own) -> None:
    """A browser says where a page is from; those of this machine may."""
    answer = own.answer("POST", "/reset", origin="https://evil.example")
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        403,
        "A page from https://evil.example asks for this. Only programs and pages of this machine may.",
    )
    assert own.answer("POST", "/reset", origin="http://localhost:3000").status_code == 200
    assert own.complaint("POST", "/reset", status=403, origin="http://[") == (
        "A page from http://[ asks for this. Only programs and pages of this machine may."
    )


def test_a_name_that_somebody_leads_to_this_machine_is_not_let_in(own: Own) -> None:
    """A page of theirs could read what is said here, where no key is asked for."""
    refused = requests.get(f"{own.control}/calls", headers={"Host": "rebound.example:8765"}, timeout=5)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "foreign_host")
    assert requests.get(f"{own.control}/calls", headers={"Host": "localhost:8765"}, timeout=5).status_code == 200


def test_python_too_lets_others_in_with_a_key_only() -> None:
    """The same rule as on the command line."""
    with (
        pytest.raises(ValueError, match=r"^0\.0\.0\.0 is reached from other machines, and without a key anybody"),
        Gateway().serve(host="0.0.0.0", control=True),
    ):
        pass
