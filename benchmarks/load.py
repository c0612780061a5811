"""A small closed-loop client: some threads, one kept connection each, as many requests as they can."""

import http.client
import threading
import time
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


def rate(
    address: str, path: str, body: Callable[[], dict[str, str]], cookie: str, seconds: float, threads: int = 8
) -> float:
    """Post forms for some seconds and return how many a second were answered by a redirect."""
    parts = urlsplit(address)
    done = [0] * threads
    wrong: list[int] = []
    until = time.perf_counter() + seconds

    def work(index: int) -> None:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
        headers = {**HEADERS, "Cookie": cookie} if cookie else HEADERS
        while time.perf_counter() < until:
            connection.request("POST", path, urlencode(body()), headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status in (302, 303):
                done[index] += 1
            else:
                wrong.append(answer.status)
        connection.close()

    workers = [threading.Thread(target=work, args=(index,)) for index in range(threads)]
    begun = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if wrong:
        raise SystemExit(f"{path} answered {sorted(set(wrong))}")
    return sum(done) / (time.perf_counter() - begun)
