"""Films decoded on a Ray cluster (Moritz et al. 2018, "Ray: A Distributed Framework for Emerging AI Applications").

``RAY_ADDRESS`` names a running cluster, whose machines must see the films and the store under the same paths; without
it one is started here, on the loopback interface, and stopped at the end.
"""

import contextlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from kineograph.core.errors import UserError

T = TypeVar("T")
MAX_RETRIES = 3  # of a film whose machine is lost


def in_order(submit: Callable[[T], Any], result: Callable[[Any], Any], items: Iterable[T], ahead: int) -> Iterator:
    """The results in the order of the items; never more than ``ahead`` of them wait in memory."""
    waiting: deque = deque()
    for item in items:
        if len(waiting) == ahead:
            yield result(waiting.popleft())
        waiting.append(submit(item))
    while waiting:
        yield result(waiting.popleft())


@contextlib.contextmanager
def ray_pool(num_processes: int) -> Iterator[Callable[[Callable, Iterable], Iterator]]:
    """``map(work, items)`` on the cluster that is running, or on one started here. Raises UserError without Ray."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise UserError("--engine ray needs Ray; install it with: pip install 'kineograph[ray]'") from error
    ours = not ray.is_initialized()
    try:
        if ours and "RAY_ADDRESS" in os.environ:
            ray.init(log_to_driver=False)
        elif ours:
            loopback = {"address": "local", "_node_ip_address": "127.0.0.1", "include_dashboard": False}
            ray.init(num_cpus=max(1, num_processes), log_to_driver=False, **loopback)
    except Exception as error:  # Ray raises no narrower one where a node does not answer in time
        raise UserError(f"--engine ray: no cluster ({' '.join(str(error).split())[:200]})") from error
    try:
        slots = max(1, int(ray.cluster_resources().get("CPU", 1)))

        def mapped(work: Callable, items: Iterable) -> Iterator:
            remote = ray.remote(max_retries=MAX_RETRIES)(lambda item: work(item))
            return in_order(remote.remote, ray.get, items, 4 * slots)

        yield mapped
    finally:
        if ours:
            ray.shutdown()
