import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.leader.Participant;

/** Curator's elections. A latch and a selector are used once, so each turn makes a new one. */
final class Elections {
    private Elections() {}

    static boolean build(Recipe recipe) {
        switch (recipe.kind) {
            case "LeaderLatch" -> latch(recipe);
            case "LeaderSelector" -> selector(recipe);
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void latch(Recipe recipe) {
        LeaderLatch[] latch = new LeaderLatch[1];
        recipe.acquire = () -> {
            latch[0] = new LeaderLatch(recipe.curator, recipe.path, recipe.id());
            latch[0].start();
            latch[0].await();
        };
        recipe.release = () -> latch[0].close();
        recipe.says = () -> latch[0] != null && latch[0].hasLeadership();
        recipe.tell = reply -> tell(reply, latch[0].getLeader(), latch[0].getParticipants());
    }

    private static void selector(Recipe recipe) {
        final class Turn extends LeaderSelectorListenerAdapter {
            final CountDownLatch leads = new CountDownLatch(1);
            final CountDownLatch done = new CountDownLatch(1);
            final CountDownLatch ended = new CountDownLatch(1);

            @Override
            public void takeLeadership(CuratorFramework curator) throws Exception {
                leads.countDown();
                done.await();
                ended.countDown();
            }
        }
        LeaderSelector[] selector = new LeaderSelector[1];
        Turn[] turn = new Turn[1];
        recipe.acquire = () -> {
            turn[0] = new Turn();
            selector[0] = new LeaderSelector(recipe.curator, recipe.path, turn[0]);
            selector[0].setId(recipe.id());
            selector[0].start();
            turn[0].leads.await();
        };
        recipe.release = () -> {
            turn[0].done.countDown();
            turn[0].ended.await(10, TimeUnit.SECONDS);
            // The selector's own thread gives the leadership back a moment after its listener has returned.
            for (int look = 0; selector[0].hasLeadership() && look < 1_000; look++) {
                Thread.sleep(10);
            }
            selector[0].close();
        };
        recipe.says = () -> selector[0] != null && selector[0].hasLeadership();
        recipe.tell = reply -> tell(reply, selector[0].getLeader(), selector[0].getParticipants());
    }

    private static void tell(ObjectNode reply, Participant leader, Collection<Participant> participants) {
        reply.put("leader", leader.getId());
        ArrayNode ids = reply.putArray("participants");
        participants.forEach(participant -> ids.add(participant.getId()));
    }
}
