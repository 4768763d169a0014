import java.util.concurrent.CountDownLatch;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.retry.RetryOneTime;

/** How long a CuratorCache takes until it says that it is initialised: CacheClock CONNECT ROOT writes that and its znodes. */
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
                double took = (System.nanoTime() - start) / 1e6;
                System.out.println(took + " " + cache.size());
            }
        }
    }
}
