import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.retry.RetryOneTime;

/**
 * How long a CuratorCache takes until it says that it is initialised and has so many znodes, which is not always the same:
 * CacheClock CONNECT ROOT COUNT writes milliseconds and the count of znodes.
 */
public final class CacheClock {
    private CacheClock() {}

    public static void main(String[] arguments) throws Exception {
        try (CuratorFramework client = CuratorFrameworkFactory.newClient(arguments[0], new RetryOneTime(1000))) {
            client.start();
            client.blockUntilConnected();
            CountDownLatch initialised = new CountDownLatch(1);
            long start = System.nanoTime();
            try (CuratorCache cache = CuratorCache.build(client, arguments[1])) {
                cache.listenable().addListener(
                        CuratorCacheListener.builder().forInitialized(initialised::countDown).build());
                cache.start();
                initialised.await();
                long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
                while (cache.size() < Integer.parseInt(arguments[2]) && System.nanoTime() < limit) {
                    Thread.sleep(1);
                }
                double took = (System.nanoTime() - start) / 1e6;
                System.out.println(took + " " + cache.size());
            }
        }
    }
}
