import com.fasterxml.jackson.databind.JsonNode;
import java.util.TreeSet;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.CreateMode;

/** Curator's barriers and groups, and what nobody holds: nodes and numbers. */
final class Gatherings {
    private Gatherings() {}

    static boolean build(Recipe recipe, JsonNode command) throws Exception {
        CuratorFramework curator = recipe.curator;
        switch (recipe.kind) {
            case "DistributedBarrier" -> {
                DistributedBarrier barrier = new DistributedBarrier(curator, recipe.path);
                recipe.acquired = "idle";
                recipe.acquire = barrier::waitOnBarrier;
                recipe.deeds.put("close", none -> barrier.setBarrier());
                recipe.deeds.put("open", none -> barrier.removeBarrier());
            }
            case "DistributedDoubleBarrier" -> {
                DistributedDoubleBarrier barrier =
                        new DistributedDoubleBarrier(curator, recipe.path, command.get("members").asInt());
                recipe.acquire = barrier::enter;
                recipe.release = barrier::leave;
                recipe.leaves = true;
            }
            case "GroupMember" -> {
                GroupMember[] member = new GroupMember[1];
                recipe.acquired = "present";
                recipe.acquire = () -> {
                    member[0] = new GroupMember(curator, recipe.path, recipe.id(), recipe.data);
                    member[0].start();
                };
                recipe.release = () -> member[0].close();
                recipe.tell = reply -> new TreeSet<>(member[0].getCurrentMembers().keySet())
                        .forEach(reply.putArray("members")::add);
            }
            case "PersistentNode" -> {
                PersistentNode[] node = new PersistentNode[1];
                CreateMode mode = CreateMode.valueOf(command.path("mode").asText("EPHEMERAL"));
                boolean protection = command.path("protection").asBoolean(false);
                recipe.reported = false;
                recipe.acquire = () -> {
                    node[0] = new PersistentNode(curator, mode, protection, recipe.path, recipe.data);
                    node[0].start();
                };
                recipe.release = () -> node[0].close();
                recipe.tell = reply -> reply.put("path", node[0] == null ? null : node[0].getActualPath());
            }
            case "SharedCount" -> {
                SharedCount count = new SharedCount(curator, recipe.path, 0);
                count.start();
                recipe.reported = false;
                recipe.deeds.put("add", add -> count.setCount(count.getCount() + add.get("amount").asInt()));
                recipe.tell = reply -> reply.put("value", count.getCount());
            }
            case "DistributedAtomicLong" -> {
                DistributedAtomicLong number =
                        new DistributedAtomicLong(curator, recipe.path, new RetryOneTime(50));
                recipe.reported = false;
                recipe.deeds.put("add", add -> number.add(add.get("amount").asLong()));
                recipe.tell = reply -> reply.put("value", number.get().postValue());
            }
            default -> {
                return false;
            }
        }
        return true;
    }
}
