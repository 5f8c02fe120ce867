"""A server that answers every request and costs next to nothing: nginx, on loopback."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.servers import free_port

#: Where Debian's package of the echo module leaves it.
ECHO_MODULE = Path("/usr/lib/nginx/modules/ngx_http_echo_module.so")

#: What JoinChat would answer, and Resend, which django-anymail wants an id of.
ANSWER = '{"success":true,"id":"00000000-0000-0000-0000-000000000000"}'

_CONFIGURATION = """
{module}
daemon off;
worker_processes 1;
error_log stderr crit;
pid {folder}/pid;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 3600s;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    default_type application/json;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        location / {{ return 200 '{answer}'; }}
        {late}
    }}
}}
"""

# The very answer that others get: one of echo's own would come in chunks.
_LATE = "location /late {{ echo_read_request_body; echo_sleep {seconds}; echo_exec /now; }}"


class SinkMissing(Exception):
    """The machine lacks what the sink is made of; the text says what to install."""


@contextlib.contextmanager
def sink(*, late: float = 0.0) -> Iterator[str]:
    """Run a sink and yield its URL, without a slash at its end.

    Every POST to it is answered with 200 and a small JSON object, at once; below ``/late`` after
    ``late`` seconds. Raises ``SinkMissing`` if there is no nginx, or no echo module to be late.
    """
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        raise SinkMissing("The benchmarks need nginx: apt-get install nginx-light")
    if late and not ECHO_MODULE.is_file():
        raise SinkMissing("Latency needs apt-get install libnginx-mod-http-echo")
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        configuration = Path(folder, "nginx.conf")
        configuration.write_text(
            _CONFIGURATION.format(
                module=f"load_module {ECHO_MODULE};" if late else "",
                folder=folder,
                port=port,
                answer=ANSWER,
                late=_LATE.format(seconds=late) if late else "",
            )
        )
        server = subprocess.Popen([program, "-p", folder, "-c", str(configuration)])
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def _wait_for(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SinkMissing(f"nginx does not answer on port {port}.")
