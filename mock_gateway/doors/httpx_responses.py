"""Responses of the httpx libraries that are all there: read at once, where the library would put them together from pieces.

That takes it as long as it takes the gateway to answer. No answer of ours is packed, so there is nothing to unpack.
"""

from functools import cache
from typing import Any, ClassVar


class Whole:
    """What is added to the library's class. As soon as somebody begins to read the response, it is as any other."""

    library: ClassVar[Any]
    handed: tuple[Any, bytes]
    """The stream it was made with, and what is in it."""
    stream: Any
    is_closed: bool
    is_stream_consumed: bool
    _content: bytes
    _num_bytes_downloaded: int

    def read(self) -> bytes:
        plain: Any = self
        if self._is_there(self.library.SyncByteStream):
            plain.close()
        content: bytes = plain.read()
        return content

    async def aread(self) -> bytes:
        plain: Any = self
        if self._is_there(self.library.AsyncByteStream):
            await plain.aclose()
        content: bytes = await plain.aread()
        return content

    def iter_raw(self, chunk_size: int | None = None) -> Any:
        self._become_plain()
        return self.iter_raw(chunk_size)

    def aiter_raw(self, chunk_size: int | None = None) -> Any:
        self._become_plain()
        return self.aiter_raw(chunk_size)

    def __reduce_ex__(self, protocol: Any) -> Any:
        self._become_plain()
        return self.__reduce_ex__(protocol)

    def _become_plain(self) -> tuple[Any, bytes]:
        handed = self.handed
        del self.handed
        self.__class__ = self.library.Response
        return handed

    def _is_there(self, kind: type) -> bool:
        """Whether the content is: not of a stream that is closed or begun, nor if somebody has put his own around it."""
        library = self.library
        stream, body = self._become_plain()
        around = self.stream
        if around is not stream and type(around).__module__.startswith(f"{library.__name__}."):
            around = getattr(around, "_stream", None)  # a client's own, which takes the time
        if around is not stream or not isinstance(self.stream, kind) or self.is_closed or self.is_stream_consumed:
            return False
        self._content, self._num_bytes_downloaded, self.is_stream_consumed = body, len(body), True
        return True


@cache
def whole_class(library: Any) -> Any:
    """The class of such responses; the library's own, where what is private to it is not as known."""
    known = vars(library.Response(200, content=b"x"))
    if known.get("_content") != b"x" or "_num_bytes_downloaded" not in known:
        return library.Response
    return type("Whole", (Whole, library.Response), {"library": library})
