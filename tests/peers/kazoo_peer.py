"""kazoo's locks and queues, driven line by line. harness/peers.rs says what the commands are."""

import json
import logging
import os
import sys
import threading
import time

from kazoo.client import KazooClient
from kazoo.exceptions import CancelledError
from kazoo.recipe.election import Election
from kazoo.recipe.lock import Lock, ReadLock, Semaphore, WriteLock
from kazoo.recipe.queue import LockingQueue, Queue

logging.disable(logging.CRITICAL)
CONNECT = sys.argv[1]
OUTPUT = threading.Lock()
SETTLED = threading.Event()
CLIENTS = {}
OBJECTS = {}


class Contender:
    """A lock object with the thread that uses it."""

    def __init__(self, client, kind, command):
        zk = CLIENTS[client]
        self.client, self.kind, self.path = client, kind, command["path"]
        self.identifier = command.get("identifier", client)
        self.state, self.error = "idle", None
        self.done, self.released = threading.Event(), threading.Event()
        self.says = lambda: None
        if kind in ("Lock", "ReadLock", "WriteLock"):
            self.it = {"Lock": Lock, "ReadLock": ReadLock, "WriteLock": WriteLock}[kind](zk, self.path, self.identifier)
            self.says = lambda: bool(self.it.is_acquired)
        elif kind == "Semaphore":
            self.it = Semaphore(zk, self.path, self.identifier, max_leases=command.get("leases", 1))
            self.says = lambda: bool(self.it.is_acquired)
        elif kind == "Election":
            self.it = Election(zk, self.path, self.identifier)
            self.says = lambda: bool(self.it.lock.is_acquired)
        elif kind == "Queue":
            self.it = Queue(zk, self.path)
        elif kind == "LockingQueue":
            self.it = LockingQueue(zk, self.path)
            self.says = lambda: self.it.processing_element is not None
        else:
            raise ValueError("no such kind: " + kind)

    def start(self, work):
        threading.Thread(target=self.guard, args=(work,), daemon=True).start()

    def guard(self, work):
        try:
            work()
        except Exception as error:
            self.error = "%s: %s" % (type(error).__name__, error)
            self.state = "idle"

    def acquire(self):
        # Said before the thread starts, so that a report right after the command does not find it idle.
        self.state = "waiting"
        self.done.clear()
        self.released.clear()
        self.start(self.lead if self.kind == "Election" else self.hold)

    def hold(self):
        self.it.acquire()
        self.state = "holding"

    def lead(self):
        def leader():
            self.state = "holding"
            self.done.wait()

        try:
            self.it.run(leader)
        except CancelledError:
            pass
        self.state = "idle"
        self.released.set()

    def release(self):
        if self.kind == "Election":
            self.done.set()
            self.released.wait(10)
            return True
        answer = self.it.release()
        self.state = "idle"
        return answer

    def turns(self, hold, rest):
        def work():
            while not SETTLED.is_set():
                self.state = "waiting"
                self.it.acquire()
                self.state = "holding"
                SETTLED.wait(hold)
                # Told to settle while it holds: it keeps holding.
                if SETTLED.is_set():
                    return
                self.it.release()
                self.state = "idle"
                SETTLED.wait(rest)

        self.start(work)

    def report(self):
        return {
            "client": self.client,
            "session": session(CLIENTS[self.client]),
            "kind": self.kind,
            "path": self.path,
            "state": self.state,
            "says": self.says(),
            "error": self.error,
        }


def session(zk):
    number = zk.client_id[0] if zk.client_id else 0
    return "0x%016x" % (number & (2**64 - 1))


def obey(command):
    do = command["do"]
    if do == "hello":
        return {}
    if do == "client":
        zk = KazooClient(hosts=CONNECT, timeout=command.get("timeout", 4.0))
        zk.start(timeout=15)
        CLIENTS[command["client"]] = zk
        return {"session": session(zk)}
    if do == "socket":
        # The client's own socket: where it comes from and which server it talks to.
        sock = CLIENTS[command["client"]]._connection._socket
        return {"own": list(sock.getsockname()[:2]), "server": list(sock.getpeername()[:2])}
    if do == "end":
        for name in [name for name, one in OBJECTS.items() if one.client == command["client"]]:
            del OBJECTS[name]
        zk = CLIENTS.pop(command["client"])
        zk.stop()
        zk.close()
        return {}
    if do == "make":
        OBJECTS[command["object"]] = Contender(command["client"], command["kind"], command)
        return {}
    if do == "settle":
        SETTLED.set()
        return {}
    if do == "report":
        lockers = {name: one for name, one in OBJECTS.items() if one.kind not in ("Queue", "LockingQueue")}
        return {"objects": {name: one.report() for name, one in lockers.items()}}
    one = OBJECTS[command["object"]]
    if do == "acquire":
        one.acquire()
        return {}
    if do == "turns":
        SETTLED.clear()
        one.turns(command["hold_ms"] / 1000, command["rest_ms"] / 1000)
        return {}
    if do == "release":
        return {"released": one.release()}
    if do == "contenders":
        return {"contenders": one.it.contenders()}
    if do == "lease_holders":
        return {"holders": one.it.lease_holders()}
    if do == "put":
        one.it.put(command["data"].encode(), command.get("priority", 100))
        return {}
    if do == "take":
        data = one.it.get() if one.kind == "Queue" else one.it.get(timeout=command.get("timeout", 5))
        return {"data": None if data is None else data.decode()}
    if do == "finish":
        return {"finished": one.it.consume()}
    if do == "give_back":
        return {"given_back": one.it.release()}
    if do == "holds":
        return {"holds": one.it.holds_lock()}
    if do == "length":
        return {"length": len(one.it)}
    raise ValueError("no such command: " + do)


def answer(command):
    try:
        reply = obey(command)
    except Exception as error:
        reply = {"error": "%s: %s" % (type(error).__name__, error)}
    reply["id"] = command["id"]
    with OUTPUT:
        print(json.dumps(reply), flush=True)


# Each command has a thread of its own: a `take` that waits must not keep a `report` waiting.
for line in sys.stdin:
    threading.Thread(target=answer, args=(json.loads(line),), daemon=True).start()
for zk in list(CLIENTS.values()):
    threading.Thread(target=zk.stop, daemon=True).start()
time.sleep(0.3)
os._exit(0)
