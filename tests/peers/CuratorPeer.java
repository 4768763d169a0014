import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.queue.DistributedQueue;
import org.apache.curator.framework.recipes.queue.QueueBuilder;
import org.apache.curator.framework.recipes.queue.QueueConsumer;
import org.apache.curator.framework.recipes.queue.QueueSerializer;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryOneTime;

/** Curator's locks and queues, driven line by line. harness/peers.rs says what the commands are. */
public final class CuratorPeer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, CuratorFramework> CLIENTS = new ConcurrentHashMap<>();
    private static final Map<String, Contender> CONTENDERS = new ConcurrentHashMap<>();
    private static final Map<String, Work> QUEUES = new ConcurrentHashMap<>();
    private static volatile boolean settled;
    private static String connect;

    interface Action {
        void run() throws Exception;
    }

    interface Says {
        Boolean get();
    }

    /** A lock object with its thread: Curator's locks belong to the thread that acquired them. */
    static final class Contender {
        final String client;
        final String kind;
        final String path;
        final ExecutorService thread = Executors.newSingleThreadExecutor(CuratorPeer::daemon);
        volatile String state = "idle";
        volatile String error;
        Action acquire;
        Action release;
        Says says = () -> null;
        private volatile Lease lease;

        Contender(String client, String kind, JsonNode command) throws Exception {
            CuratorFramework curator = CLIENTS.get(client);
            this.client = client;
            this.kind = kind;
            this.path = command.get("path").asText();
            byte[] data = command.path("identifier").asText(client).getBytes(StandardCharsets.UTF_8);
            switch (kind) {
                case "InterProcessMutex" -> {
                    InterProcessMutex mutex = new InterProcessMutex(curator, path);
                    acquire = mutex::acquire;
                    release = mutex::release;
                    says = mutex::isAcquiredInThisProcess;
                }
                case "ReadLock" -> {
                    InterProcessMutex read = new InterProcessReadWriteLock(curator, path, data).readLock();
                    acquire = read::acquire;
                    release = read::release;
                    says = read::isAcquiredInThisProcess;
                }
                case "WriteLock" -> {
                    InterProcessMutex write = new InterProcessReadWriteLock(curator, path, data).writeLock();
                    acquire = write::acquire;
                    release = write::release;
                    says = write::isAcquiredInThisProcess;
                }
                case "InterProcessSemaphoreV2" -> {
                    InterProcessSemaphoreV2 semaphore =
                            new InterProcessSemaphoreV2(curator, path, command.get("leases").asInt());
                    semaphore.setNodeData(data);
                    acquire = () -> lease = semaphore.acquire();
                    release = () -> {
                        semaphore.returnLease(lease);
                        lease = null;
                    };
                    says = () -> lease != null;
                }
                case "LeaderLatch" -> {
                    // A latch is used once, so each turn makes a new one.
                    LeaderLatch[] latch = new LeaderLatch[1];
                    String id = new String(data, StandardCharsets.UTF_8);
                    acquire = () -> {
                        latch[0] = new LeaderLatch(curator, path, id);
                        latch[0].start();
                        latch[0].await();
                    };
                    release = () -> latch[0].close();
                    says = () -> latch[0] != null && latch[0].hasLeadership();
                }
                default -> throw new IllegalArgumentException("no such kind: " + kind);
            }
        }

        void begin() {
            // Said before the thread starts, so that a report right after the command does not find it idle.
            state = "waiting";
            thread.submit(() -> guard(() -> {
                acquire.run();
                state = "holding";
            }));
        }

        void end() throws Exception {
            thread.submit(() -> {
                release.run();
                state = "idle";
                return null;
            }).get(10, TimeUnit.SECONDS);
        }

        void turns(long hold, long rest) {
            thread.submit(() -> guard(() -> {
                while (!settled) {
                    state = "waiting";
                    acquire.run();
                    state = "holding";
                    pause(hold);
                    // Told to settle while it holds: it keeps holding.
                    if (settled) {
                        return;
                    }
                    release.run();
                    state = "idle";
                    pause(rest);
                }
            }));
        }

        private void guard(Action action) {
            try {
                action.run();
            } catch (Exception thrown) {
                error = thrown.toString();
                state = "idle";
            }
        }

        ObjectNode report() throws Exception {
            ObjectNode node = JSON.createObjectNode();
            node.put("client", client).put("session", session(CLIENTS.get(client)));
            node.put("kind", kind).put("path", path).put("state", state).put("error", error);
            Boolean answer = says.get();
            if (answer == null) {
                node.putNull("says");
            } else {
                node.put("says", answer);
            }
            return node;
        }
    }

    /** A queue; its consumer hands each item over, and waits for `finish` where it is told to. */
    static final class Work {
        final DistributedQueue<String> queue;
        final LinkedBlockingQueue<String> taken = new LinkedBlockingQueue<>();
        final LinkedBlockingQueue<String> verdicts = new LinkedBlockingQueue<>();

        Work(CuratorFramework curator, JsonNode command) throws Exception {
            boolean consumes = command.path("consumes").asBoolean(false);
            boolean waits = command.path("waits").asBoolean(false);
            QueueConsumer<String> consumer = !consumes ? null : new QueueConsumer<>() {
                @Override
                public void consumeMessage(String item) throws Exception {
                    taken.put(item);
                    if (waits && !verdicts.take().equals("finish")) {
                        throw new IllegalStateException("the test wants this item to fail");
                    }
                }

                @Override
                public void stateChanged(CuratorFramework client, ConnectionState state) {}
            };
            QueueSerializer<String> text = new QueueSerializer<>() {
                @Override
                public byte[] serialize(String item) {
                    return item.getBytes(StandardCharsets.UTF_8);
                }

                @Override
                public String deserialize(byte[] bytes) {
                    return new String(bytes, StandardCharsets.UTF_8);
                }
            };
            QueueBuilder<String> builder =
                    QueueBuilder.builder(curator, consumer, text, command.get("path").asText());
            if (command.hasNonNull("lock_path")) {
                builder.lockPath(command.get("lock_path").asText());
            }
            queue = builder.buildQueue();
            queue.start();
        }
    }

    public static void main(String[] arguments) throws Exception {
        connect = arguments[0];
        ExecutorService commands = Executors.newCachedThreadPool(CuratorPeer::daemon);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            JsonNode command = JSON.readTree(line);
            // Each command has a thread of its own: a `take` that waits must not keep a `report` waiting.
            commands.submit(() -> answer(command));
        }
        CLIENTS.values().forEach(CuratorFramework::close);
        Runtime.getRuntime().halt(0);
    }

    private static void answer(JsonNode command) {
        ObjectNode reply = JSON.createObjectNode();
        try {
            obey(command, reply);
        } catch (Throwable thrown) {
            Throwable cause = thrown.getCause() != null ? thrown.getCause() : thrown;
            reply.put("error", cause.toString());
        }
        reply.put("id", command.get("id").asLong());
        synchronized (System.out) {
            System.out.println(reply);
            System.out.flush();
        }
    }

    private static void obey(JsonNode command, ObjectNode reply) throws Exception {
        String deed = command.get("do").asText();
        switch (deed) {
            case "hello" -> { }
            case "client" -> {
                CuratorFramework curator = CuratorFrameworkFactory.newClient(
                        connect, command.path("timeout_ms").asInt(4000), 15000, new RetryOneTime(200));
                curator.start();
                if (!curator.blockUntilConnected(15, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("not connected");
                }
                CLIENTS.put(command.get("client").asText(), curator);
                reply.put("session", session(curator));
            }
            case "end" -> {
                String client = command.get("client").asText();
                CONTENDERS.values().removeIf(contender -> contender.client.equals(client));
                CLIENTS.remove(client).close();
            }
            case "make" -> {
                String client = command.get("client").asText();
                String kind = command.get("kind").asText();
                String object = command.get("object").asText();
                if (kind.equals("DistributedQueue")) {
                    QUEUES.put(object, new Work(CLIENTS.get(client), command));
                } else {
                    CONTENDERS.put(object, new Contender(client, kind, command));
                }
            }
            case "settle" -> settled = true;
            case "report" -> {
                ObjectNode objects = reply.putObject("objects");
                for (Map.Entry<String, Contender> entry : CONTENDERS.entrySet()) {
                    objects.set(entry.getKey(), entry.getValue().report());
                }
            }
            case "acquire" -> contender(command).begin();
            case "turns" -> {
                settled = false;
                contender(command).turns(command.get("hold_ms").asLong(), command.get("rest_ms").asLong());
            }
            case "release" -> {
                contender(command).end();
                reply.put("released", true);
            }
            case "put" -> queue(command).queue.put(command.get("data").asText());
            case "take" ->
                reply.put("data", queue(command).taken.poll(command.path("timeout").asInt(5), TimeUnit.SECONDS));
            case "finish" -> {
                queue(command).verdicts.put("finish");
                reply.put("finished", true);
            }
            case "give_back" -> queue(command).verdicts.put("fail");
            default -> throw new IllegalArgumentException("no such command: " + deed);
        }
    }

    private static Contender contender(JsonNode command) {
        return CONTENDERS.get(command.get("object").asText());
    }

    private static Work queue(JsonNode command) {
        return QUEUES.get(command.get("object").asText());
    }

    private static String session(CuratorFramework curator) throws Exception {
        return String.format("0x%016x", curator.getZookeeperClient().getZooKeeper().getSessionId());
    }

    private static void pause(long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (!settled && System.nanoTime() < end) {
            Thread.sleep(5);
        }
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    }
}
