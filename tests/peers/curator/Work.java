import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.queue.DistributedDelayQueue;
import org.apache.curator.framework.recipes.queue.DistributedIdQueue;
import org.apache.curator.framework.recipes.queue.DistributedPriorityQueue;
import org.apache.curator.framework.recipes.queue.DistributedQueue;
import org.apache.curator.framework.recipes.queue.QueueBuilder;
import org.apache.curator.framework.recipes.queue.QueueConsumer;
import org.apache.curator.framework.recipes.queue.QueueSerializer;
import org.apache.curator.framework.recipes.queue.QueueSharder;
import org.apache.curator.framework.recipes.queue.QueueSharderPolicies;
import org.apache.curator.framework.recipes.queue.SimpleDistributedQueue;
import org.apache.curator.framework.state.ConnectionState;

/** A queue; its consumer hands each item over, and waits for `finish` where it is told to. */
final class Work {
    interface Put {
        void accept(String data, JsonNode command) throws Exception;
    }

    interface Take {
        String accept(int seconds) throws Exception;
    }

    final CuratorFramework curator;
    final LinkedBlockingQueue<String> taken = new LinkedBlockingQueue<>();
    final LinkedBlockingQueue<String> verdicts = new LinkedBlockingQueue<>();
    /** Puts an item; the command says its id, its priority or its delay. */
    Put put;
    /** Takes what a consumer was given. */
    Take take = seconds -> taken.poll(seconds, TimeUnit.SECONDS);
    Supplier<Collection<String>> shards = List::of;

    Work(CuratorFramework curator, String kind, JsonNode command) throws Exception {
        this.curator = curator;
        String path = command.get("path").asText();
        QueueConsumer<String> consumer = command.path("consumes").asBoolean(false)
                ? new Consumer(command.path("waits").asBoolean(false))
                : null;
        QueueBuilder<String> builder = QueueBuilder.builder(curator, consumer, new Text(), path);
        if (command.hasNonNull("lock_path")) {
            builder.lockPath(command.get("lock_path").asText());
        }
        switch (kind) {
            case "DistributedQueue" -> {
                DistributedQueue<String> queue = builder.buildQueue();
                queue.start();
                put = (data, none) -> queue.put(data);
            }
            case "DistributedIdQueue" -> {
                DistributedIdQueue<String> queue = builder.buildIdQueue();
                queue.start();
                put = (data, more) -> queue.put(data, more.get("item").asText());
            }
            case "DistributedPriorityQueue" -> {
                DistributedPriorityQueue<String> queue = builder.buildPriorityQueue(0);
                queue.start();
                put = (data, more) -> queue.put(data, more.get("priority").asInt());
            }
            case "DistributedDelayQueue" -> {
                DistributedDelayQueue<String> queue = builder.buildDelayQueue();
                queue.start();
                put = (data, more) -> queue.put(data, more.get("at_ms").asLong());
            }
            case "SimpleDistributedQueue" -> {
                SimpleDistributedQueue queue = new SimpleDistributedQueue(curator, path);
                put = (data, none) -> queue.offer(data.getBytes(StandardCharsets.UTF_8));
                take = seconds -> {
                    byte[] data = queue.poll(seconds, TimeUnit.SECONDS);
                    return data == null ? null : new String(data, StandardCharsets.UTF_8);
                };
            }
            case "QueueSharder" -> {
                QueueSharder<String, DistributedQueue<String>> sharder = new QueueSharder<>(
                        curator,
                        (client, shard) -> QueueBuilder.builder(client, consumer, new Text(), shard).buildQueue(),
                        path,
                        command.get("leader_path").asText(),
                        QueueSharderPolicies.builder().build());
                sharder.start();
                put = (data, none) -> sharder.getQueue().put(data);
                shards = sharder::getQueuePaths;
            }
            default -> throw new IllegalArgumentException("no such kind: " + kind);
        }
    }

    private final class Consumer implements QueueConsumer<String> {
        private final boolean waits;

        Consumer(boolean waits) {
            this.waits = waits;
        }

        @Override
        public void consumeMessage(String item) throws Exception {
            taken.put(item);
            if (waits && !verdicts.take().equals("finish")) {
                throw new IllegalStateException("the test wants this item to fail");
            }
        }

        @Override
        public void stateChanged(CuratorFramework client, ConnectionState state) {}
    }

    private static final class Text implements QueueSerializer<String> {
        @Override
        public byte[] serialize(String item) {
            return item.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String deserialize(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
