//! Every screen on a desk and on a telephone, dark and light: nothing sticks out, everything that can be pressed has a
//! name, and a picture is kept.

use harness::browser::{Browser, Scheme, WIDTHS};
use harness::scene::Scene;
use harness::{Peer, zookeeper};
use serde_json::{Value, json};

use crate::desk::{SHEET, open, row, there};

/// What can be pressed or filled and says to nobody what it is, or is too small for a finger.
const UNNAMED: &str = "
    const seen = element => element.checkVisibility() && element.getClientRects().length > 0;
    const words = element => {
        if (element.matches('[aria-hidden=true]')) return '';
        const own = element.getAttribute('aria-label') ?? element.getAttribute('title') ?? '';
        const inside = [...element.childNodes].map(node =>
            node.nodeType === 3 ? node.data : node.nodeType === 1 ? words(node) : '');
        return (own + inside.join('')).trim();
    };
    const name = element => words(element) || [...(element.labels ?? [])].map(words).join('');
    return [...document.querySelectorAll('button, a[href], input, select, textarea, [role=treeitem], dialog, nav')]
        .filter(element => seen(element) && name(element) === '')
        .map(element => element.outerHTML.slice(0, 200));";

/// What is cut off without saying so: a text wider than its box that has neither an ellipsis nor a scroll bar.
const CUT: &str = "
    return [...document.querySelectorAll('main *, dialog *, .bar *, .rail *')].filter(element => {
        const style = getComputedStyle(element);
        return element.checkVisibility() && element.childElementCount === 0 && element.clientWidth > 1
            && element.scrollWidth > element.clientWidth + 1 && style.overflowX === 'hidden'
            && style.textOverflow !== 'ellipsis';
    }).map(element => element.outerHTML.slice(0, 200));";

#[tokio::test]
async fn every_screen_fits_and_is_named_in_both_widths_and_colours() {
    // Of its own: the pictures are to be the same each time.
    let Some(scene) = Scene::start().await else { return };
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    for (screen, name) in [
        ("overview", "empty-overview"),
        ("locks", "empty-locks"),
        ("queues", "empty-queues"),
        ("tree", "empty-tree"),
        ("waits", "empty-waits"),
        ("sessions", "empty-sessions"),
        ("findings", "empty-findings"),
        ("recipes", "recipes"),
        ("approvals", "empty-approvals"),
    ] {
        open(&browser, &scene.console, screen).await;
        browser.until_gone("main .bone").await;
        look(&browser, name).await;
    }

    let (item, session) = furnish(&connect, &kazoo).await;
    let at = harness::console::encode;
    let node = "/config/services/mail/limits";
    for (screen, name, shows) in [
        ("overview".to_owned(), "overview", "1 deadlock"),
        ("locks".to_owned(), "locks", "billing"),
        ("locks?q=nothing".to_owned(), "locks-nothing-found", "Nothing found"),
        (format!("lock?path={}", at("/app/locks/billing")), "lock", "worker-1"),
        (format!("lock?path={}", at("/app/locks/none")), "lock-none", "No lock here"),
        ("queues".to_owned(), "queues", "thumbs"),
        (format!("queue?path={}", at("/jobs/mail")), "queue", "receipt"),
        (format!("queue?path={}&item={item}", at("/jobs/mail")), "item", "Looking at an item"),
        ("tree".to_owned(), "tree", "config"),
        (format!("tree?path={}", at(node)), "node", "per_minute"),
        ("events".to_owned(), "events", "created"),
        ("waits".to_owned(), "waits", "Who waits for whom"),
        (format!("waits?session={session}"), "waits-session", "What it holds"),
        ("sessions".to_owned(), "sessions", "worker-6"),
        ("sessions?q=nothing".to_owned(), "sessions-nothing-found", "Nothing found"),
        (format!("session?id={session}"), "session", "Its ephemeral znodes"),
        ("session?id=0x1".to_owned(), "session-none", "No such session"),
        ("findings".to_owned(), "findings", "deadlock"),
        ("findings?code=herd".to_owned(), "findings-none", "Nothing of this kind"),
    ] {
        open(&browser, &scene.console, &screen).await;
        browser.until_text("main", shows, |text| text.contains(shows)).await;
        look(&browser, name).await;
    }

    open(&browser, &scene.console, "locks").await;
    browser.press("keys-button").await;
    browser.until_text("[data-testid=keys-sheet]", "the keys", |text| text.contains("Queues")).await;
    look(&browser, "keys").await;
    browser.press_on("[data-testid=keys-sheet] button").await;
    browser.press_on(&format!("{} [data-testid=release-button]", row("lock", "/app/locks/billing"))).await;
    browser.until_text(SHEET, "a plan", |text| text.contains("What happens next")).await;
    look(&browser, "review").await;
    browser.close().await;
}

/// Looks at what is shown now, in every width and colour.
pub(crate) async fn look(browser: &Browser, name: &str) {
    for width in WIDTHS {
        browser.width(width).await;
        for (scheme, colours) in [(Scheme::Dark, "dark"), (Scheme::Light, "light")] {
            browser.scheme(scheme).await;
            browser.shot(&format!("{name}-{width}-{colours}")).await;
        }
        assert_eq!(browser.overflow().await, 0, "{name} scrolls sideways at {width}");
        assert_eq!(browser.script(UNNAMED).await, json!([]), "{name} at {width}: these have no name");
        assert_eq!(browser.script(CUT).await, Value::Array(Vec::new()), "{name} at {width}: these are cut");
    }
    browser.width(WIDTHS[0]).await;
}

/// A system at work. Returns the name of an item and the session of one of the deadlocked.
async fn furnish(connect: &str, kazoo: &Peer) -> (String, String) {
    let observer = zookeeper::client(connect).await;
    let lock = |name: &str| format!("/app/locks/{name}");
    let mut sessions = Vec::new();
    for number in 1..=6 {
        let worker = format!("worker-{number}");
        sessions.push(kazoo.client(&worker).await);
        for name in ["billing", "index", "cache-of-thumbnails", "migrations"] {
            let object = format!("{worker} {name}");
            kazoo.make(&worker, &object, "Lock", &lock(name), json!({})).await;
        }
        kazoo.make(&worker, &format!("{worker} pool"), "Semaphore", "/app/pool", json!({"leases": 2})).await;
        kazoo.make(&worker, &format!("{worker} leader"), "Election", "/app/leader", json!({})).await;
    }
    let objects = |name: &str, workers: &[u32]| -> Vec<String> {
        workers.iter().map(|worker| format!("worker-{worker} {name}")).collect()
    };
    for (name, path, workers) in [
        ("billing", lock("billing"), vec![1, 2, 3, 4, 5, 6]),
        ("index", lock("index"), vec![2, 1]),
        ("migrations", lock("migrations"), vec![5]),
        ("leader", "/app/leader".to_owned(), vec![4, 6]),
    ] {
        let objects = objects(name, &workers);
        kazoo.line_up(&observer, &path, &objects.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    for object in objects("pool", &[1, 2]) {
        kazoo.hold(&object).await;
    }
    for (object, kind, path) in [("mail", "LockingQueue", "/jobs/mail"), ("thumbs", "Queue", "/jobs/thumbs")]
    {
        kazoo.make("worker-1", object, kind, path, json!({})).await;
        for number in 1..=12 {
            let data =
                format!("{{\"id\": {number}, \"template\": \"receipt\", \"to\": \"ana@example.com\"}}");
            kazoo.ask(json!({"do": "put", "object": object, "data": data})).await;
        }
    }
    kazoo.ask(json!({"do": "take", "object": "mail"})).await;
    zookeeper::put(&observer, "/config/services/mail/limits", b"{\"per_minute\": 600, \"burst\": 40}").await;
    zookeeper::put(&observer, "/config/\u{90ae}\u{4ef6}", "\u{9650}\u{5236}".as_bytes()).await;
    let mut items = zookeeper::members(&observer, "/jobs/mail/entries", 12).await;
    items.sort();
    (items.swap_remove(3), sessions.swap_remove(0))
}
