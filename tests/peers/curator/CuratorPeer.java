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
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;

/** Curator's recipes, driven line by line. harness/peers.rs says what the commands are. */
public final class CuratorPeer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, CuratorFramework> CLIENTS = new ConcurrentHashMap<>();
    private static final Map<String, Recipe> RECIPES = new ConcurrentHashMap<>();
    private static final Map<String, Work> QUEUES = new ConcurrentHashMap<>();
    private static String connect;

    public static void main(String[] arguments) throws Exception {
        connect = arguments[0];
        ExecutorService commands = Executors.newCachedThreadPool(Recipe::daemon);
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
                CuratorFrameworkFactory.Builder builder = CuratorFrameworkFactory.builder()
                        .connectString(connect)
                        .sessionTimeoutMs(command.path("timeout_ms").asInt(4000))
                        .connectionTimeoutMs(15000)
                        .retryPolicy(new RetryOneTime(200));
                // What a znode carries that is created without data; Curator's own default is the client's address.
                if (command.hasNonNull("default_data")) {
                    builder.defaultData(command.get("default_data").asText().getBytes(StandardCharsets.UTF_8));
                }
                CuratorFramework curator = builder.build();
                curator.start();
                if (!curator.blockUntilConnected(15, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("not connected");
                }
                CLIENTS.put(command.get("client").asText(), curator);
                reply.put("session", Recipe.session(curator));
            }
            case "end" -> {
                CuratorFramework curator = CLIENTS.remove(command.get("client").asText());
                RECIPES.values().removeIf(recipe -> recipe.curator == curator);
                QUEUES.values().removeIf(queue -> queue.curator == curator);
                curator.close();
            }
            case "make" -> make(command);
            case "settle" -> Recipe.settled = true;
            case "report" -> {
                ObjectNode objects = reply.putObject("objects");
                for (Map.Entry<String, Recipe> entry : RECIPES.entrySet()) {
                    entry.getValue().report(entry.getKey(), objects);
                }
            }
            case "put" -> queue(command).put.accept(command.get("data").asText(), command);
            case "take" ->
                reply.put("data", queue(command).take.accept(command.path("timeout").asInt(5)));
            case "finish" -> {
                queue(command).verdicts.put("finish");
                reply.put("finished", true);
            }
            case "give_back" -> queue(command).verdicts.put("fail");
            case "shards" -> queue(command).shards.get().forEach(reply.putArray("shards")::add);
            default -> recipe(command).obey(deed, command, reply);
        }
    }

    private static void make(JsonNode command) throws Exception {
        String client = command.get("client").asText();
        String kind = command.get("kind").asText();
        String object = command.get("object").asText();
        CuratorFramework curator = CLIENTS.get(client);
        if (kind.contains("Queue")) {
            QUEUES.put(object, new Work(curator, kind, command));
            return;
        }
        Recipe recipe = new Recipe(curator, client, command);
        if (!Locks.build(recipe, command) && !Elections.build(recipe) && !Gatherings.build(recipe, command)) {
            throw new IllegalArgumentException("no such kind: " + kind);
        }
        RECIPES.put(object, recipe);
    }

    private static Recipe recipe(JsonNode command) {
        return RECIPES.get(command.get("object").asText());
    }

    private static Work queue(JsonNode command) {
        return QUEUES.get(command.get("object").asText());
    }
}
