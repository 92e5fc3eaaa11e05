"""Forms with files in them (``multipart/form-data``), read byte for byte."""

from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import HeaderParser
from email.policy import HTTP
from typing import NamedTuple

_END_OF_HEAD = b"\r\n\r\n"


class Part(NamedTuple):
    """One field of a form."""

    content: bytes
    filename: str | None

    @property
    def text(self) -> str:
        """The value of a field that is no file."""
        return self.content.decode("utf-8", "replace")


def parts(content_type: str, body: bytes) -> dict[str, Part]:
    """The fields by their names. Nothing, where the body is no form."""
    boundary = _boundary(content_type)
    return {} if boundary is None else dict(_parts(boundary.encode("latin-1", "replace"), body))


def _boundary(content_type: str) -> str | None:
    head = EmailMessage(policy=HTTP)
    try:
        head["content-type"] = content_type
    except ValueError:  # there is a line break in it
        return None
    return head.get_boundary() if head.get_content_type() == "multipart/form-data" else None


def _parts(boundary: bytes, body: bytes) -> Iterator[tuple[str, Part]]:
    """What stands between two boundaries is a head, an empty line and the content; the contents stay as they are."""
    border = b"\r\n--" + boundary
    at = 0 if body.startswith(border[2:]) else body.find(border)
    while at >= 0:
        begin = body.find(b"\r\n", at + (len(border) if at else len(border) - 2))
        end = body.find(border, begin) if begin >= 0 else -1
        if end < 0:
            return
        head, gap, content = body[begin + 2 : end].partition(_END_OF_HEAD)
        name, filename = _named(head)
        if gap and name is not None:
            yield name, Part(content, filename)
        at = end


def _named(head: bytes) -> tuple[str | None, str | None]:
    """The name of the field, and that of the file in it."""
    found = HeaderParser(policy=HTTP).parsestr(head.decode("utf-8", "replace"))
    name = found.get_param("name", header="content-disposition")
    return name if isinstance(name, str) else None, found.get_filename()
