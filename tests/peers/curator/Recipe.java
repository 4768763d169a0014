import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;

/** One object of a client with its thread: Curator's locks belong to the thread that acquired them. */
final class Recipe {
    /** Whether everybody shall stay as they are. */
    static volatile boolean settled;

    interface Action {
        void run() throws Exception;
    }

    interface Says {
        Boolean get();
    }

    interface Tell {
        void tell(ObjectNode reply) throws Exception;
    }

    interface Deed {
        void run(JsonNode command) throws Exception;
    }

    final CuratorFramework curator;
    final String client;
    final String kind;
    final String path;
    /** What its znode carries, where the recipe lets an application choose. */
    final byte[] data;
    final ExecutorService thread = Executors.newSingleThreadExecutor(Recipe::daemon);
    volatile String state = "idle";
    volatile String error;

    /** Whether a report tells of it. */
    boolean reported = true;
    /** The paths of the locks that it acquires together. */
    List<String> paths;
    /** What the state is once `acquire` has returned. */
    String acquired = "holding";
    Action acquire;
    Action release;
    /** Whether `release` waits for others, so that the command must not. */
    boolean leaves;
    /** Whether it holds, as the library answers; null where it is not asked so. */
    Says says = () -> null;
    Tell tell = reply -> { };
    final Map<String, Deed> deeds = new HashMap<>();

    Recipe(CuratorFramework curator, String client, JsonNode command) {
        this.curator = curator;
        this.client = client;
        this.kind = command.get("kind").asText();
        this.path = command.get("path").asText();
        this.paths = new ArrayList<>(List.of(path));
        this.data = command.path("identifier").asText(client).getBytes(StandardCharsets.UTF_8);
    }

    String id() {
        return new String(data, StandardCharsets.UTF_8);
    }

    void obey(String deed, JsonNode command, ObjectNode reply) throws Exception {
        switch (deed) {
            case "acquire" -> begin("waiting", acquired, acquire);
            case "release" -> {
                release();
                reply.put("released", true);
            }
            case "turns" -> {
                settled = false;
                turns(command.get("hold_ms").asLong(), command.get("rest_ms").asLong());
            }
            case "tell" -> tell.tell(reply);
            default -> {
                Deed found = deeds.get(deed);
                if (found == null) {
                    throw new IllegalArgumentException("no such command: " + deed);
                }
                found.run(command);
            }
        }
    }

    void begin(String during, String after, Action action) {
        // Said before the thread starts, so that a report right after the command does not find the old state.
        state = during;
        thread.submit(() -> guard(() -> {
            action.run();
            state = after;
        }));
    }

    private void release() throws Exception {
        if (leaves) {
            begin("leaving", "idle", release);
            return;
        }
        owning(() -> {
            release.run();
            // A lock that was acquired twice is held until it is released twice.
            state = Boolean.TRUE.equals(says.get()) ? "holding" : "idle";
        });
    }

    /** Does something in the thread that owns the locks. */
    void owning(Action action) throws Exception {
        thread.submit(() -> {
            action.run();
            return null;
        }).get(10, TimeUnit.SECONDS);
    }

    private void turns(long hold, long rest) {
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

    /** Tells what it says of itself, of several locks each by itself. */
    void report(String name, ObjectNode objects) throws Exception {
        if (!reported) {
            return;
        }
        for (String one : paths) {
            ObjectNode node = objects.putObject(paths.size() == 1 ? name : name + "@" + one);
            node.put("client", client).put("session", session(curator));
            node.put("kind", kind).put("path", one).put("state", state).put("error", error);
            Boolean answer = says.get();
            if (answer == null) {
                node.putNull("says");
            } else {
                node.put("says", answer);
            }
        }
    }

    static String session(CuratorFramework curator) throws Exception {
        return String.format("0x%016x", curator.getZookeeperClient().getZooKeeper().getSessionId());
    }

    static Thread daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    }

    private static void pause(long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (!settled && System.nanoTime() < end) {
            Thread.sleep(5);
        }
    }
}
