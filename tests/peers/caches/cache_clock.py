"""How long kazoo's TreeCache takes until it is initialised: cache_clock.py CONNECT ROOT writes milliseconds and the count of znodes."""

import sys
import threading
import time

from kazoo.client import KazooClient
from kazoo.recipe.cache import TreeCache, TreeEvent


def size(cache, path):
    """The count of the znodes at and below a path."""
    children = cache.get_children(path, default=())
    return 1 + sum(size(cache, f"{path}/{child}") for child in children)


def main(connect, root):
    client = KazooClient(hosts=connect)
    client.start()
    initialised = threading.Event()

    def listen(event):
        if event.event_type == TreeEvent.INITIALIZED:
            initialised.set()

    cache = TreeCache(client, root)
    cache.listen(listen)
    start = time.monotonic()
    cache.start()
    initialised.wait()
    took = (time.monotonic() - start) * 1000
    print(took, size(cache, root), flush=True)
    # Closing a cache of so many znodes takes as long again, and the session ends with the process.


main(*sys.argv[1:])
