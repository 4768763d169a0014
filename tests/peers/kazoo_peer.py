"""kazoo's recipes, driven line by line. harness/peers.rs says what the commands are."""

import json
import logging
import os
import sys
import threading
import time

from kazoo.client import KazooClient

from kazoo_recipes import KINDS, SETTLED

logging.disable(logging.CRITICAL)
CONNECT = sys.argv[1]
OUTPUT = threading.Lock()
CLIENTS = {}
OBJECTS = {}


def session(zk):
    number = zk.client_id[0] if zk.client_id else 0
    return "0x%016x" % (number & (2**64 - 1))


def report(one):
    return {
        "client": one.client,
        "session": session(one.zk),
        "kind": one.kind,
        "path": one.path,
        "state": one.state,
        "says": one.says(),
        "error": one.error,
    }


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
        client = command["client"]
        OBJECTS[command["object"]] = KINDS[command["kind"]](CLIENTS[client], client, command)
        return {}
    if do == "settle":
        SETTLED.set()
        return {}
    if do == "report":
        return {"objects": {name: report(one) for name, one in list(OBJECTS.items()) if one.reported}}
    one = OBJECTS[command["object"]]
    if do == "tell":
        return one.tell()
    if do == "acquire":
        one.acquire()
        return {}
    if do == "turns":
        SETTLED.clear()
        one.turns(command["hold_ms"] / 1000, command["rest_ms"] / 1000)
        return {}
    if do == "release":
        return {"released": one.release()}
    if do == "close":
        one.close()
        return {}
    if do == "open":
        return {"opened": one.open()}
    if do == "add":
        one.add(command["amount"])
        return {}
    if do == "put":
        one.put(command["data"].encode(), command.get("priority", 100))
        return {}
    if do == "take":
        data = one.take(command.get("timeout", 5))
        return {"data": None if data is None else data.decode()}
    if do == "finish":
        return {"finished": one.finish()}
    if do == "give_back":
        return {"given_back": one.give_back()}
    if do == "length":
        return {"length": one.tell()["length"]}
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
