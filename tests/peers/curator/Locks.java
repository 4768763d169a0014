import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.locks.InterProcessLock;
import org.apache.curator.framework.recipes.locks.InterProcessMultiLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.locks.Revoker;
import org.apache.curator.framework.recipes.shared.SharedCount;

/** Curator's locks and semaphores. */
final class Locks {
    private Locks() {}

    static boolean build(Recipe recipe, JsonNode command) throws Exception {
        CuratorFramework curator = recipe.curator;
        String path = recipe.path;
        switch (recipe.kind) {
            case "InterProcessMutex" -> mutex(recipe, command);
            case "InterProcessSemaphoreMutex" -> lock(recipe, new InterProcessSemaphoreMutex(curator, path));
            case "InterProcessMultiLock" -> {
                List<String> paths = new ArrayList<>();
                command.get("paths").forEach(one -> paths.add(one.asText()));
                recipe.paths = paths;
                lock(recipe, new InterProcessMultiLock(curator, paths));
            }
            case "ReadLock" -> lock(recipe, new InterProcessReadWriteLock(curator, path, recipe.data).readLock());
            case "WriteLock" -> writeLock(recipe);
            case "InterProcessSemaphoreV2" -> semaphore(recipe, command);
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void lock(Recipe recipe, InterProcessLock lock) {
        recipe.acquire = lock::acquire;
        recipe.release = lock::release;
        recipe.says = lock::isAcquiredInThisProcess;
    }

    /** A mutex; one that is revocable may let go by itself when it is asked to. */
    private static void mutex(Recipe recipe, JsonNode options) {
        boolean revocable = options.path("revocable").asBoolean(false);
        boolean letsGo = options.path("lets_go").asBoolean(false);
        InterProcessMutex mutex = new InterProcessMutex(recipe.curator, recipe.path);
        AtomicInteger revocations = new AtomicInteger();
        if (revocable) {
            mutex.makeRevocable(asked -> {
                revocations.incrementAndGet();
                if (letsGo) {
                    recipe.begin("leaving", "idle", recipe.release);
                }
            });
        }
        lock(recipe, mutex);
        recipe.tell = reply -> {
            mutex.getParticipantNodes().forEach(reply.putArray("participants")::add);
            reply.put("revocations", revocations.get());
        };
        recipe.deeds.put("revoke", command ->
                Revoker.attemptRevoke(recipe.curator, command.get("path").asText()));
    }

    /** A writer, which may read before it lets go of the lock. */
    private static void writeLock(Recipe recipe) {
        InterProcessReadWriteLock both = new InterProcessReadWriteLock(recipe.curator, recipe.path, recipe.data);
        InterProcessMutex read = both.readLock();
        InterProcessMutex write = both.writeLock();
        recipe.acquire = write::acquire;
        recipe.release = () -> (write.isAcquiredInThisProcess() ? write : read).release();
        recipe.says = () -> write.isAcquiredInThisProcess() || read.isAcquiredInThisProcess();
        recipe.deeds.put("downgrade", command -> recipe.owning(read::acquire));
    }

    private static void semaphore(Recipe recipe, JsonNode command) throws Exception {
        int leases = command.get("leases").asInt();
        InterProcessSemaphoreV2 semaphore;
        if (command.hasNonNull("count_path")) {
            SharedCount count = new SharedCount(recipe.curator, command.get("count_path").asText(), leases);
            count.start();
            recipe.deeds.put("resize", resize -> count.setCount(resize.get("leases").asInt()));
            semaphore = new InterProcessSemaphoreV2(recipe.curator, recipe.path, count);
        } else {
            semaphore = new InterProcessSemaphoreV2(recipe.curator, recipe.path, leases);
        }
        semaphore.setNodeData(recipe.data);
        Lease[] lease = new Lease[1];
        recipe.acquire = () -> lease[0] = semaphore.acquire();
        recipe.release = () -> {
            semaphore.returnLease(lease[0]);
            lease[0] = null;
        };
        recipe.says = () -> lease[0] != null;
        recipe.tell = reply -> semaphore.getParticipantNodes().forEach(reply.putArray("participants")::add);
    }
}
