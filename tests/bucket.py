"""An S3-compatible store of our own, at the HTTP edge, strict where S3 is: signatures, clocks, checksums, sizes of parts."""

import hashlib
import hmac
import threading
import time
import xml.etree.ElementTree as Xml
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

KEY, SECRET, REGION, BUCKET = "AKIA-TEST", "s3cret/with+signs", "eu-north-1", "foyer"
LEAST_PART = 5 << 20


class Fake:
    """What the store holds, and what was asked of it. `broken` answers that many requests with 503 first; `slow_down` all."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.asked: list[str] = []
        self.refused: list[str] = []
        self.broken = 0
        self.port = 0

    @property
    def url(self) -> str:
        """What FOYER_STORAGE_URL says."""
        return f"s3+http://{KEY}:{quote(SECRET, safe='')}@127.0.0.1:{self.port}/{BUCKET}?region={REGION}"


@contextmanager
def running() -> Iterator[Fake]:
    """The store, on a port of its own."""
    fake = Fake()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": fake}))
    fake.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()


class _Refused(Exception):
    def __init__(self, status: int, code: str) -> None:
        self.status, self.code = status, code


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: Fake

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        try:
            self._signed(parts, body)
            bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
            if bucket != BUCKET:
                raise _Refused(404, "NoSuchBucket")
            self.fake.asked.append(f"{self.command} {key} {sorted(query)}")
            if self.fake.broken > 0:
                self.fake.broken -= 1
                raise _Refused(503, "SlowDown")
            getattr(self, f"_{self.command.lower()}")(key, query, body)
        except _Refused as refused:
            self.fake.refused.append(refused.code)
            self._answer(refused.status, f"<Error><Code>{refused.code}</Code><Message>{refused.code}</Message></Error>".encode())

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _any  # noqa: N815

    def _signed(self, parts: Any, body: bytes) -> None:
        """AWS Signature Version 4, by its book."""
        given = self.headers.get("authorization", "")
        if not given.startswith("AWS4-HMAC-SHA256 "):
            raise _Refused(403, "AccessDenied")
        fields = dict(part.strip().split("=", 1) for part in given.removeprefix("AWS4-HMAC-SHA256 ").split(","))
        key, day, region, service, end = fields["Credential"].split("/")
        stamp, digest = self.headers["x-amz-date"], self.headers["x-amz-content-sha256"]
        moment = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if (key, region, service, end, day) != (KEY, REGION, "s3", "aws4_request", stamp[:8]):
            raise _Refused(403, "InvalidAccessKeyId")
        if abs(time.time() - moment.timestamp()) > 900:
            raise _Refused(403, "RequestTimeTooSkewed")
        if digest not in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
            raise _Refused(400, "XAmzContentSHA256Mismatch")
        names = fields["SignedHeaders"].split(";")
        if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names):
            raise _Refused(403, "AccessDenied")
        pairs = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in parse_qsl(parts.query, keep_blank_values=True))
        request = "\n".join(
            [
                self.command,
                parts.path,
                "&".join(f"{k}={v}" for k, v in pairs),
                *(f"{name}:{' '.join(self.headers[name].split())}" for name in names),
                "",
                ";".join(names),
                digest,
            ]
        )
        scope = f"{day}/{region}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        secret = f"AWS4{SECRET}".encode()
        for part in (day, region, "s3", "aws4_request"):
            secret = hmac.digest(secret, part.encode(), "sha256")
        if not hmac.compare_digest(hmac.new(secret, text.encode(), "sha256").hexdigest(), fields["Signature"]):
            raise _Refused(403, "SignatureDoesNotMatch")

    def _put(self, key: str, query: dict[str, str], body: bytes) -> None:
        if "uploadId" in query:
            if query["uploadId"] not in self.fake.uploads:
                raise _Refused(404, "NoSuchUpload")
            self.fake.uploads[query["uploadId"]][int(query["partNumber"])] = body
        else:
            self.fake.objects[key] = body
        self._answer(200, b"", ETag=_tag(body))

    def _post(self, key: str, query: dict[str, str], body: bytes) -> None:
        if "uploads" in query:
            upload = f"upload-{len(self.fake.uploads)}"
            self.fake.uploads[upload] = {}
            self._answer(
                200, f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>".encode()
            )
        elif "uploadId" in query:
            parts = self.fake.uploads.pop(query["uploadId"])
            told = [
                (int(p.findtext("{*}PartNumber") or 0), p.findtext("{*}ETag"))
                for p in Xml.fromstring(body).iter()
                if p.tag.endswith("Part")
            ]
            if told != [(number, _tag(part)) for number, part in sorted(parts.items())]:
                raise _Refused(400, "InvalidPart")
            if any(len(part) < LEAST_PART for _, part in sorted(parts.items())[:-1]):
                raise _Refused(400, "EntityTooSmall")
            self.fake.objects[key] = b"".join(part for _, part in sorted(parts.items()))
            tag = hashlib.md5(b"".join(hashlib.md5(p).digest() for _, p in sorted(parts.items()))).hexdigest()
            told_tag = escape(f'"{tag}-{len(parts)}"')
            self._answer(200, f"<CompleteMultipartUploadResult><ETag>{told_tag}</ETag></CompleteMultipartUploadResult>".encode())
        elif "delete" in query:
            keys = [k.text or "" for k in Xml.fromstring(body).iter() if k.tag.endswith("Key")]
            for each in keys:
                self.fake.objects.pop(each, None)
            gone = "".join(f"<Deleted><Key>{escape(each)}</Key></Deleted>" for each in keys)
            self._answer(200, f"<DeleteResult>{gone}</DeleteResult>".encode())
        else:
            raise _Refused(405, "MethodNotAllowed")

    def _get(self, key: str, query: dict[str, str], body: bytes) -> None:
        if query.get("list-type") == "2":
            keys = sorted(k for k in self.fake.objects if k.startswith(query.get("prefix", "")))
            shown = [k for k in keys if k > query.get("continuation-token", "")][:3]
            more = bool(shown) and shown[-1] != keys[-1]
            found = "".join(
                f"<Contents><Key>{escape(k)}</Key><LastModified>2026-11-21T18:30:00.000Z</LastModified>"
                f"<ETag>{escape(_tag(self.fake.objects[k]))}</ETag><Size>{len(self.fake.objects[k])}</Size></Contents>"
                for k in shown
            )
            token = f"<NextContinuationToken>{escape(shown[-1])}</NextContinuationToken>" if more else ""
            self._answer(
                200, f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{found}{token}</ListBucketResult>".encode()
            )
        elif key in self.fake.objects:
            content = self.fake.objects[key]
            self._answer(200, content, ETag=_tag(content), **{"Last-Modified": "Sat, 21 Nov 2026 18:30:00 GMT"})
        else:
            raise _Refused(404, "NoSuchKey")

    _head = _get

    def _delete(self, key: str, query: dict[str, str], body: bytes) -> None:
        if "uploadId" in query:
            self.fake.uploads.pop(query["uploadId"], None)
        else:
            self.fake.objects.pop(key, None)
        self._answer(204, b"")

    def _answer(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _tag(content: bytes) -> str:
    return f'"{hashlib.md5(content).hexdigest()}"'
