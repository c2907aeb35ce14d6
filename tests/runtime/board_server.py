"""A server on loopback that plays W&B: well, or badly in one of the ways in which servers are bad."""

import gzip
import http.server
import json
import threading
import time
from types import TracebackType


class BoardServer:
    """``kind``: well, failing (500), refusing (401), silent (never answers), dying (well until the run has begun)."""

    def __init__(self, kind: str):
        self.kind = kind
        self.asked: list[str] = []  # GraphQL operations and paths
        self.names: set[str] = set()  # of runs
        self.streamed: list[dict] = []  # the rows of history that it has, one run's
        self.dead = False
        board = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                board.answer(self)

            def do_GET(self) -> None:
                board.answer(self)

            def do_PUT(self) -> None:
                board.answer(self)

            def log_message(self, *_: object) -> None: ...

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # clients hang up
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> "BoardServer":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if not self.dead:
            self.die()

    def die(self) -> None:
        self.dead = True
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        try:
            asked = json.loads(body or b"{}")
        except ValueError:  # an uploaded file
            asked = {}
        asked = asked if isinstance(asked, dict) else {}
        operation = str(asked.get("operationName") or request.path)
        self.asked.append(operation)
        if self.kind == "silent":
            time.sleep(600)
        code = {"failing": 500, "refusing": 401}.get(self.kind, 200)
        history = asked.get("files", {}).get("wandb-history.jsonl", {"offset": 0, "content": []})
        place, rows = history["offset"], [json.loads(row) for row in history["content"]]
        self.streamed[place : place + len(rows)] = rows  # what is sent to the same lines again takes their place
        answer = json.dumps({"data": self.data(operation, asked.get("variables", {}))} if code == 200 else {}).encode()
        request.send_response(code)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(answer)))
        request.end_headers()
        request.wfile.write(answer)
        if self.kind == "dying" and operation.endswith("file_stream"):
            threading.Thread(target=self.die, daemon=True).start()

    def data(self, operation: str, given: dict) -> dict:
        """What GraphQL answers, as far as the client reads it."""
        if operation == "RunResumeStatus" and given["name"] in self.names:
            entity, tail = {"id": "e", "name": "me"}, json.dumps([json.dumps(row) for row in self.streamed[-1:]])
            lines = {"historyLineCount": len(self.streamed), "eventsLineCount": 0, "logLineCount": 0}
            texts = {"historyTail": tail, "eventsTail": "[]", "summaryMetrics": "{}", "config": "{}"}
            bucket = {"id": "b", "name": given["name"], "displayName": "d", "tags": [], **lines, **texts}
            return {"model": {"id": "p", "name": "tests", "entity": entity, "bucket": bucket}}
        if operation == "UpsertBucket":
            self.names.add(given["name"])
            place = {"id": "p", "name": "tests", "entity": {"id": "e", "name": "me"}}
            bucket = {"id": "b", "name": given.get("name"), "displayName": "d", "config": "{}", "project": place}
            return {"upsertBucket": {"bucket": bucket | {"historyLineCount": 0}, "inserted": True}}
        if operation == "CreateRunFiles":
            files = [{"name": name, "uploadUrl": f"{self.url}/upload/{name}"} for name in given["files"]]
            return {"createRunFiles": {"runID": "b", "uploadHeaders": [], "files": files}}
        return {"viewer": {"id": "u", "entity": "me", "username": "me", "flags": "{}"}, "model": None}
