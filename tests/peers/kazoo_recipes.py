"""kazoo's recipes as objects that a test drives: what each can be told to do, and what it says of itself."""

import datetime
import threading

from kazoo.exceptions import CancelledError
from kazoo.recipe.barrier import Barrier, DoubleBarrier
from kazoo.recipe.counter import Counter
from kazoo.recipe.election import Election
from kazoo.recipe.lease import MultiNonBlockingLease, NonBlockingLease
from kazoo.recipe.lock import Lock, ReadLock, Semaphore, WriteLock
from kazoo.recipe.partitioner import SetPartitioner
from kazoo.recipe.party import Party, ShallowParty
from kazoo.recipe.queue import LockingQueue, Queue

# Set when everybody shall stay as they are.
SETTLED = threading.Event()


class Recipe:
    """One object of a client."""

    # Whether a report tells of it.
    reported = True

    def __init__(self, zk, client, command):
        self.zk, self.client, self.kind, self.path = zk, client, command["kind"], command["path"]
        self.identifier = command.get("identifier", client)
        self.state, self.error = "idle", None
        self.build(command)

    def build(self, command):
        raise NotImplementedError

    def says(self):
        """What the library answers when it is asked whether it holds."""
        return None

    def tell(self):
        """What the library says of the whole of it."""
        return {}

    def acquire(self):
        raise NotImplementedError

    def release(self):
        raise NotImplementedError

    def begin(self, state, work):
        # Said before the thread starts, so that a report right after the command does not find the old state.
        self.state = state
        threading.Thread(target=self.guard, args=(work,), daemon=True).start()

    def guard(self, work):
        try:
            work()
        except Exception as error:
            self.error = "%s: %s" % (type(error).__name__, error)
            self.state = "idle"


class Contender(Recipe):
    """A lock or a semaphore, with the thread that acquires it."""

    LOCKS = {"Lock": Lock, "ReadLock": ReadLock, "WriteLock": WriteLock}

    def build(self, command):
        self.options = {}
        if self.kind == "Semaphore":
            self.it = Semaphore(self.zk, self.path, self.identifier, max_leases=command.get("leases", 1))
        else:
            self.it = self.LOCKS[self.kind](self.zk, self.path, self.identifier)
            self.options = {"ephemeral": command.get("ephemeral", True)}

    def says(self):
        return bool(self.it.is_acquired)

    def tell(self):
        if self.kind == "Semaphore":
            return {"holders": self.it.lease_holders(), "waiters": self.it.client.Lock(self.it.lock_path).contenders()}
        return {"contenders": self.it.contenders()}

    def acquire(self):
        def work():
            self.it.acquire(**self.options)
            self.state = "holding"

        self.begin("waiting", work)

    def release(self):
        answer = self.it.release()
        self.state = "idle"
        return answer

    def turns(self, hold, rest):
        def work():
            while not SETTLED.is_set():
                self.state = "waiting"
                self.it.acquire(**self.options)
                self.state = "holding"
                SETTLED.wait(hold)
                # Told to settle while it holds: it keeps holding.
                if SETTLED.is_set():
                    return
                self.it.release()
                self.state = "idle"
                SETTLED.wait(rest)

        self.begin("waiting", work)


class Candidate(Recipe):
    """An election: the leader leads until it is told to stop."""

    def build(self, command):
        self.it = Election(self.zk, self.path, self.identifier)
        self.done, self.stopped = threading.Event(), threading.Event()

    def says(self):
        return bool(self.it.lock.is_acquired)

    def tell(self):
        return {"contenders": self.it.contenders()}

    def acquire(self):
        def leader():
            self.state = "holding"
            self.done.wait()

        def work():
            try:
                self.it.run(leader)
            except CancelledError:
                pass
            self.state = "idle"
            self.stopped.set()

        self.done.clear()
        self.stopped.clear()
        self.begin("waiting", work)

    def release(self):
        self.done.set()
        return self.stopped.wait(10)


class Participant(Recipe):
    """A double barrier: `acquire` enters, and `release` leaves and does not wait for the others."""

    def build(self, command):
        self.it = DoubleBarrier(self.zk, self.path, command["members"], self.identifier)

    def says(self):
        return bool(self.it.participating)

    def acquire(self):
        def work():
            self.it.enter()
            self.state = "holding"

        self.begin("waiting", work)

    def release(self):
        def work():
            self.it.leave()
            self.state = "idle"

        self.begin("leaving", work)
        return True


class Visitor(Recipe):
    """A barrier: `acquire` waits until it opens."""

    def build(self, command):
        self.it = Barrier(self.zk, self.path)

    def close(self):
        self.it.create()

    def open(self):
        return self.it.remove()

    def acquire(self):
        def work():
            self.it.wait()
            self.state = "idle"

        self.begin("waiting", work)


class Member(Recipe):
    """A party."""

    def build(self, command):
        self.it = {"Party": Party, "ShallowParty": ShallowParty}[self.kind](self.zk, self.path, self.identifier)

    def says(self):
        return bool(self.it.participating)

    def tell(self):
        return {"members": sorted(self.it), "length": len(self.it)}

    def acquire(self):
        self.it.join()
        self.state = "present"

    def release(self):
        answer = self.it.leave()
        self.state = "idle"
        return answer


class Tenant(Recipe):
    """A lease until a time. An object that obtained it says so for ever, so each attempt is an object of its own."""

    def build(self, command):
        self.it, self.count = None, command.get("count")
        self.duration = datetime.timedelta(seconds=command.get("seconds", 600))

    def says(self):
        return bool(self.it)

    def acquire(self):
        if self.kind == "MultiNonBlockingLease":
            self.it = MultiNonBlockingLease(self.zk, self.count, self.path, self.duration, self.identifier)
        else:
            self.it = NonBlockingLease(self.zk, self.path, self.duration, self.identifier)
        self.state = "holding" if self.it else "idle"


class Partner(Recipe):
    """A set that is divided among its partners; `release` leaves it."""

    def build(self, command):
        self.it, self.set = None, command["set"]

    def says(self):
        return self.it is not None and self.it.acquired

    def tell(self):
        return {"partition": sorted(self.it), "state": str(self.it.state)}

    def acquire(self):
        def work():
            # The boundary is how long nobody may come or go before the set is divided.
            self.it = SetPartitioner(self.zk, self.path, self.set, identifier=self.identifier, time_boundary=0.5)
            while not self.it.failed:
                if self.it.release:
                    self.state = "waiting"
                    self.it.release_set()
                elif self.it.acquired:
                    self.state = "holding"
                    self.it.state_change_event.wait(0.05)
                else:
                    self.it.wait_for_acquire(0.05)
            self.state = "idle"

        self.begin("waiting", work)

    def release(self):
        self.it.finish()
        return True


class Total(Recipe):
    """A counter, which nobody holds."""

    reported = False

    def build(self, command):
        self.it = Counter(self.zk, self.path, support_curator=command.get("support_curator", False))

    def add(self, amount):
        self.it += amount

    def tell(self):
        return {"value": self.it.value}


class Work(Recipe):
    """A queue."""

    reported = False

    def build(self, command):
        self.it = {"Queue": Queue, "LockingQueue": LockingQueue}[self.kind](self.zk, self.path)

    def tell(self):
        told = {"length": len(self.it)}
        if self.kind == "LockingQueue":
            told["holds"] = self.it.holds_lock()
        return told

    def put(self, data, priority):
        self.it.put(data, priority)

    def take(self, timeout):
        return self.it.get() if self.kind == "Queue" else self.it.get(timeout=timeout)

    def finish(self):
        return self.it.consume()

    def give_back(self):
        return self.it.release()


KINDS = {
    "Lock": Contender,
    "ReadLock": Contender,
    "WriteLock": Contender,
    "Semaphore": Contender,
    "Election": Candidate,
    "DoubleBarrier": Participant,
    "Barrier": Visitor,
    "Party": Member,
    "ShallowParty": Member,
    "NonBlockingLease": Tenant,
    "MultiNonBlockingLease": Tenant,
    "SetPartitioner": Partner,
    "Counter": Total,
    "Queue": Work,
    "LockingQueue": Work,
}
