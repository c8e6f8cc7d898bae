"""The viewer of a package over HTTP, for this machine alone: the files that the manifest lists and nothing else."""

from __future__ import annotations

import mimetypes
import socket
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from rackwright.flow.manifest import Manifest, PackageError, load, read_file
from rackwright.render.viewer import files
from rackwright.render.viewer.pack import call

HOST = "127.0.0.1"
_TYPES = {".js": "text/javascript", ".html": "text/html", ".css": "text/css", ".svg": "image/svg+xml", ".csv": "text/csv"}


class Server(ThreadingHTTPServer):
    """A package and what is shown of it that no file holds."""

    daemon_threads = True

    def __init__(self, folder: Path, manifest: Manifest, live: Mapping[str, Any], port: int) -> None:
        self.folder, self.manifest, self.live = folder, manifest, live
        super().__init__((HOST, port), _Handler)

    @property
    def url(self) -> str:
        """Where the viewer is."""
        return f"http://{HOST}:{self.server_address[1]}/{files.PAGE}"

    def server_bind(self) -> None:
        """As its parent, but without asking the network for the name of this machine."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HOST, self.server_address[1]


def open_server(folder: Path, port: int = 0, against: Mapping[str, Any] | None = None) -> Server:
    """A server of a package, bound but not yet serving; port 0 takes a free one. `against` is what `changes` tells.

    Raises:
        PackageError: no package, damaged, newer, without a viewer, or the port is taken.
    """
    manifest = load(folder)
    if manifest.entry(files.PAGE) is None:
        by = manifest.versions.get("rackwright", "?")
        raise PackageError(f"`{folder}` was written by rackwright {by} and has no viewer; build it again, with pictures")
    for entry in manifest.files:
        if entry.path.startswith(f"{files.FOLDER}/") and not entry.path.startswith(f"{files.FOLDER}/data/cables-"):
            read_file(folder, manifest, entry.path)
    try:
        return Server(folder, manifest, {"served": True, "against": against}, port)
    except (OSError, OverflowError) as fault:
        said = getattr(fault, "strerror", None) or fault
        raise PackageError(f"cannot serve on port {port}: {said}; leave out --port to take a free one") from None


class _Handler(BaseHTTPRequestHandler):
    server_version, sys_version, protocol_version = "rackwright", "", "HTTP/1.1"

    def do_GET(self) -> None:
        """A file of the package."""
        self._answer(is_whole=True)

    def do_HEAD(self) -> None:
        """Its head."""
        self._answer(is_whole=False)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the terminal is the user's."""

    def _answer(self, is_whole: bool) -> None:
        server = cast(Server, self.server)
        name = (self.headers.get("Host") or "").rpartition(":")[0] or self.headers.get("Host")
        if name not in (HOST, "localhost"):  # a page of somebody else's that had its name point here
            self._send(HTTPStatus.FORBIDDEN, b"this server answers to 127.0.0.1 alone\n", "text/plain", is_whole)
            return
        path = unquote(urlsplit(self.path).path).lstrip("/")
        if path in ("", files.FOLDER, f"{files.FOLDER}/"):
            self.send_response(HTTPStatus.FOUND)
            self.send_header("Location", f"/{files.PAGE}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if path == files.data_path("live"):
            self._send(HTTPStatus.OK, call("live", server.live), "text/javascript", is_whole)
            return
        if server.manifest.entry(path) is None:
            self._send(HTTPStatus.NOT_FOUND, f"the package has no `{path}`\n".encode("utf-8", "replace"), "text/plain", is_whole)
            return
        try:
            data = read_file(server.folder, server.manifest, path)
        except PackageError as fault:
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, f"{fault}\n".encode(), "text/plain", is_whole)
            return
        self._send(HTTPStatus.OK, data, _TYPES.get(Path(path).suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream", is_whole)

    def _send(self, status: HTTPStatus, data: bytes, kind: str, is_whole: bool) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.end_headers()
        if is_whole:
            self.wfile.write(data)
