"""A web server on loopback that serves what it is given, and counts."""

import http.server
import threading
from types import TracebackType


class FileServer:
    """``files``: path -> bytes, or the URL that it sends on to. ``short`` bytes are missing from every answer."""

    def __init__(self, files: dict[str, bytes | str], short: int = 0):
        self.asked: list[str] = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                found = files.get(self.path.partition("?")[0])
                if found is None:
                    self.send_error(404)
                elif isinstance(found, str):
                    self.send_response(302)
                    self.send_header("Location", found)
                    self.end_headers()
                else:
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(found)))
                    self.end_headers()
                    self.wfile.write(found[: len(found) - short])

            def log_message(self, *_: object) -> None: ...

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> "FileServer":
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()
