"""The kazoo clients of Zooscope's demo, each with a session of its own.

Started with ZooKeeper's connect string; ends when its standard input does. Reports what the clients do, a line of JSON each.
"""

import json
import logging
import os
import sys
import threading
import time

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, LockTimeout
from kazoo.recipe.election import Election
from kazoo.recipe.lock import Lock, ReadLock, Semaphore, WriteLock
from kazoo.recipe.queue import LockingQueue, Queue

logging.disable(logging.CRITICAL)
CONNECT = sys.argv[1]
PRINTING = threading.Lock()
CLIENTS = []


class Actor:
    """A client with a name and a session."""

    def __init__(self, name):
        self.name = name
        self.zk = KazooClient(hosts=CONNECT, timeout=10)
        CLIENTS.append(self.zk)
        self.zk.start(timeout=30)

    def report(self, event, **about):
        session = self.zk.client_id[0] if self.zk.client_id else 0
        line = {"client": self.name, "event": event, **about, "session": "0x%016x" % (session & (2**64 - 1))}
        with PRINTING:
            print(json.dumps(line), flush=True)

    def lock_node(self, lock):
        return lock.path + "/" + lock.node if getattr(lock, "node", None) else None


def end(zk):
    """Ends a session in order, if there still is one."""
    if zk in CLIENTS:
        CLIENTS.remove(zk)
    try:
        zk.stop()
        zk.close()
    except Exception:  # It is gone in any case.
        pass


def actor(name, life):
    """Runs a client in a thread of its own, and starts it anew when it failed."""

    def run():
        while True:
            one = None
            try:
                one = Actor(name)
                while True:
                    life(one)
            except (KazooException, OSError, RuntimeError):
                pass
            except Exception as error:  # A demo goes on; the reason goes to the log of the demo.
                print(f"{name}: {error!r}", file=sys.stderr, flush=True)
            if one is not None:
                end(one.zk)
            time.sleep(1)

    threading.Thread(target=run, name=name, daemon=True).start()


def turns(make, path, hold, rest):
    """Takes a lock, holds it, gives it back, stays away."""

    def life(one):
        lock = make(one.zk, path, one.name)
        one.report("waits", lock=path)
        lock.acquire()
        node = one.lock_node(lock)
        one.report("acquired", lock=path, node=node)
        time.sleep(hold)
        # Like the library itself, a client does not notice on its own that its znode was deleted.
        lost = node is not None and one.zk.exists(node) is None
        lock.release()
        one.report("lost" if lost else "released", lock=path, node=node)
        time.sleep(rest)

    return life


def lease(path, hold, rest):
    def life(one):
        semaphore = Semaphore(one.zk, path, identifier=one.name, max_leases=2)
        one.report("waits", lock=path)
        semaphore.acquire()
        one.report("acquired", lock=path, node=semaphore.create_path)
        time.sleep(hold)
        semaphore.release()
        one.report("released", lock=path, node=semaphore.create_path)
        time.sleep(rest)

    return life


def candidate(path, term):
    def life(one):
        election = Election(one.zk, path, identifier=one.name)

        def lead():
            one.report("acquired", lock=path, node=one.lock_node(election.lock))
            time.sleep(term)
            one.report("released", lock=path)

        one.report("waits", lock=path)
        election.run(lead)
        time.sleep(1)

    return life


def producer(make, path, pace, priority=lambda number: 100):
    def life(one):
        queue = make(one.zk, path)
        number = 0
        while True:
            number += 1
            if len(queue) < 200:
                data = json.dumps({"number": number, "from": one.name}).encode()
                queue.put(data, priority=priority(number))
                one.report("enqueued", queue=path)
            time.sleep(pace)

    return life


def queue_consumer(path, work):
    def life(one):
        queue = Queue(one.zk, path)
        if queue.get() is None:
            time.sleep(0.5)
            return
        one.report("took", queue=path)
        time.sleep(work)
        one.report("finished", queue=path)

    return life


def locking_consumer(path, work):
    def life(one):
        queue = LockingQueue(one.zk, path)
        if queue.get(timeout=5) is None:
            return
        one.report("took", queue=path)
        time.sleep(work)
        one.report("finished" if queue.consume() else "failed", queue=path)

    return life


def stuck_consumer(path):
    """Takes one item and never finishes it."""

    def life(one):
        queue = LockingQueue(one.zk, path)
        if queue.get(timeout=5) is None:
            return
        one.report("took", queue=path)
        while queue.holds_lock():
            time.sleep(5)
        one.report("lost", queue=path)

    return life


def embrace(first, second, patience, rest):
    """Holds one lock and wants another, which its counterpart holds: they wait until one loses its patience."""

    def life(one):
        mine, other = Lock(one.zk, first, one.name), Lock(one.zk, second, one.name)
        one.report("waits", lock=first)
        with mine:
            one.report("acquired", lock=first, node=one.lock_node(mine))
            time.sleep(2)
            one.report("waits", lock=second)
            try:
                other.acquire(timeout=patience)
                one.report("acquired", lock=second, node=one.lock_node(other))
                time.sleep(3)
                other.release()
                one.report("released", lock=second)
            except LockTimeout:
                one.report("gave_up", lock=second)
        one.report("released", lock=first)
        time.sleep(rest)

    return life


def main():
    lock = lambda zk, path, name: Lock(zk, path, name)
    read = lambda zk, path, name: ReadLock(zk, path, name)
    write = lambda zk, path, name: WriteLock(zk, path, name)
    for number in range(1, 5):
        actor(f"inventory-{number:02}", turns(lock, "/app/locks/inventory", 5, 1))
    for number in range(1, 4):
        actor(f"catalog-reader-{number:02}", turns(read, "/app/rw/catalog", 12 + number, 3))
    actor("catalog-writer-01", turns(write, "/app/rw/catalog", 8, 20))
    for number in range(1, 6):
        actor(f"uploader-{number:02}", lease("/app/semaphores/uploads", 10 + number, 1))
    for number in range(1, 4):
        actor(f"leader-candidate-{number:02}", candidate("/app/election/leader", 120))
    actor("mailer-front", producer(Queue, "/jobs/mail", 1.0, lambda number: 10 if number % 10 == 0 else 100))
    actor("mailer-01", queue_consumer("/jobs/mail", 1.1))
    actor("gallery", producer(LockingQueue, "/jobs/thumbs", 5.0))
    actor("thumb-stuck", stuck_consumer("/jobs/thumbs"))
    for number in range(1, 3):
        actor(f"thumb-maker-{number:02}", locking_consumer("/jobs/thumbs", 8))
    # One has less patience than the other, so the circle opens after a minute and closes again later.
    actor("transfer-01", embrace("/app/locks/account-a", "/app/locks/account-b", 60, 15))
    actor("transfer-02", embrace("/app/locks/account-b", "/app/locks/account-a", 90, 15))
    # The demo closes this pipe when it stops.
    sys.stdin.read()
    endings = [threading.Thread(target=end, args=(zk,), daemon=True) for zk in list(CLIENTS)]
    for ending in endings:
        ending.start()
    limit = time.monotonic() + 2
    for ending in endings:
        ending.join(max(0, limit - time.monotonic()))
    os._exit(0)


main()
