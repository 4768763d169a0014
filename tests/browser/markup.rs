//! What strangers wrote is text on every screen: nothing of it runs, becomes a part of the page, hides or looks like something else.

use std::time::Duration;

use harness::browser::Browser;
use harness::console::encode;
use harness::corpus::corpus;
use harness::scene::Scene;
use harness::{Console, Person, zookeeper};
use serde_json::{Value, json};
use zookeeper_client::{Acl, Acls, AuthId, Client, CreateMode, Permission};
use zooscope_protocol::ZnodePath;

use crate::desk::{EXECUTE, SHEET, live, open, there};
use crate::people::{sign_in, staffed};

/// What is wrong with the page as it is: what ran, what became a part of it, what hides in it.
const WRONG: &str = r#"
    const wrong = [];
    if (window.harmed) wrong.push("a script ran");
    if (({}).polluted !== undefined || Object.keys(Object.prototype).length) wrong.push("every object was changed");
    for (const line of window.forbidden) wrong.push(`forbidden: ${line}`);
    const foreign = "[data-evil], x-evil, img, iframe, object, embed, base, math, details[ontoggle], plaintext, xmp, frame, meta[http-equiv], form[action*=evil]";
    for (const element of document.querySelectorAll(foreign)) wrong.push(`an element of theirs: ${element.outerHTML.slice(0, 200)}`);
    // The browser's own tables, not those of the site.
    const hidden = /(?![\n\r\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
    const look = (where, text) => { if (hidden.test(text)) wrong.push(`it hides in ${where}: ${JSON.stringify(text.slice(0, 200))}`); };
    look("the title", document.title);
    const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) look(`<${texts.currentNode.parentElement?.localName} class="${texts.currentNode.parentElement?.className}">`, texts.currentNode.data);
    for (const element of document.querySelectorAll("*")) {
        for (const {name, value} of element.attributes) {
            if (name.startsWith("on")) wrong.push(`an attribute of theirs: ${name}`);
            if (name === "title" || name === "placeholder" || name === "alt" || name.startsWith("aria-")) look(`${name} of <${element.localName}>`, value);
            if (["href", "src", "action"].includes(name) && !/^(\/|#|https?:)/.test(value)) wrong.push(`an address of theirs: ${value.slice(0, 200)}`);
        }
    }
    return wrong.slice(0, 20);"#;

/// Goes to a screen as a link does, without loading the page.
const GO: &str = "history.pushState({}, '', arguments[0]); dispatchEvent(new PopStateEvent('popstate'));";

/// The page as it is has nothing wrong with it.
async fn right(browser: &Browser, what: &str) {
    assert_eq!(browser.script(WRONG).await, json!([]), "{what}");
}

async fn go(browser: &Browser, address: &str) {
    browser.client().execute(GO, vec![json!(address)]).await.unwrap();
}

/// The number of a page that has been drawn: what is asked for is on it then.
async fn drawn(browser: &Browser) {
    let frames =
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(true)))";
    browser.client().execute_async(frames, Vec::new()).await.unwrap();
}

/// Looks at everything in a list that scrolls, from its top to its end.
async fn scroll(browser: &Browser, what: &str) -> usize {
    let mut seen = std::collections::BTreeSet::new();
    loop {
        drawn(browser).await;
        right(browser, what).await;
        let rows = browser
            .script("return [...document.querySelectorAll('[data-path]')].map(row => row.dataset.path)")
            .await;
        seen.extend(rows.as_array().unwrap().iter().filter_map(|row| row.as_str().map(str::to_owned)));
        let more = "const list = [...document.querySelectorAll('main *')].filter(element =>
                element.scrollHeight > element.clientHeight + 2 && ['auto', 'scroll'].includes(getComputedStyle(element).overflowY))
                .sort((a, b) => b.scrollHeight - a.scrollHeight)[0];
            if (!list) return false;
            const before = list.scrollTop;
            list.scrollTop += list.clientHeight * 0.8;
            return list.scrollTop > before;";
        if browser.script(more).await != json!(true) {
            return seen.len();
        }
    }
}

/// What is in ZooKeeper: everything of the corpus as a name, as data, in an ACL, as who holds a lock.
async fn furnish(client: &Client) -> Vec<String> {
    let corpus = corpus();
    let root = ZnodePath::parse("/hostile").unwrap();
    let names: Vec<String> = corpus
        .iter()
        // ZooKeeper takes no character beyond the first plane, which a `ZnodePath` does not know.
        .filter(|text| text.len() < 1_000 && text.chars().all(|c| c < '\u{10000}'))
        .filter(|text| !text.contains('/') && root.child(text).is_ok())
        .cloned()
        .collect();
    let open = CreateMode::Persistent.with_acls(Acls::anyone_all());
    for directory in ["/hostile", "/hostile/tree", "/hostile/data", "/hostile/locks"] {
        client.mkdir(directory, &open).await.unwrap();
    }
    for (place, text) in corpus.iter().enumerate() {
        let id = AuthId::new("digest", &format!("x:{}", text.replace([':', '\0'], "_")));
        let acls = [Acl::new(Permission::ALL, AuthId::anyone()), Acl::new(Permission::READ, id)];
        let mode = CreateMode::Persistent.with_acls(Acls::new(&acls));
        client.create(&format!("/hostile/data/n{place:03}"), text.as_bytes(), &mode).await.unwrap();
    }
    for (place, name) in names.iter().enumerate() {
        client.create(&format!("/hostile/tree/{name}"), name.as_bytes(), &open).await.unwrap();
        let lock = format!("/hostile/locks/{name}");
        client.create(&lock, b"", &open).await.unwrap();
        let identity = &corpus[place % corpus.len()];
        let contender = format!("{lock}/{place:032x}__lock__0000000000");
        let mode = CreateMode::Ephemeral.with_acls(Acls::anyone_all());
        client.create(&contender, identity.as_bytes(), &mode).await.unwrap();
    }
    names
}

#[tokio::test]
async fn what_strangers_wrote_is_text_on_every_screen() {
    let Some(scene) = staffed("").await else { return };
    let Some(browser) = Browser::start().await else { return };
    let client = zookeeper::client(&scene.zookeeper.connect()).await;
    let names = furnish(&client).await;
    assert!(names.len() > 120, "{} of them are names", names.len());
    reasons(&scene.console).await;

    browser.witness().await;
    browser.open(&scene.console.url("/c/test/tree?path=/hostile/tree")).await;
    sign_in(&browser, "bob").await;
    live(&browser).await;
    twist(&browser, "/hostile").await;
    twist(&browser, "/hostile/tree").await;
    browser.find("[data-testid=tree-row][data-path^='/hostile/tree/']").await;
    let seen = scroll(&browser, "the tree").await;
    assert!(seen > names.len(), "all of them were looked at: {seen} of {}", names.len());

    // Each znode, each lock: its page, its title, its data, its ACL.
    for place in 0..corpus().len() {
        let path = format!("/hostile/data/n{place:03}");
        go(&browser, &format!("/c/test/tree?path={}", encode(&path))).await;
        let name = format!("n{place:03}");
        browser.until_text(".crumbs", &name, |text| text.contains(&name)).await;
        browser.until_text("[data-testid=node-panel]", "its ACL", |text| text.contains("Access")).await;
        right(&browser, &format!("{path}: {:?}", corpus()[place])).await;
    }
    for name in &names {
        go(&browser, &format!("/c/test/tree?path={}", encode(&format!("/hostile/tree/{name}")))).await;
        drawn(&browser).await;
        right(&browser, &format!("the znode {name:?}")).await;
    }
    for (place, name) in names.iter().enumerate() {
        go(&browser, &format!("/c/test/lock?path={}", encode(&format!("/hostile/locks/{name}")))).await;
        browser.find(&format!("[data-testid=holder][data-path*='{place:032x}__lock__']")).await;
        right(&browser, &format!("the lock {name:?}")).await;
    }
    for screen in [
        "locks",
        "overview",
        "events",
        "sessions",
        "waits",
        "findings",
        "queues",
        "recipes",
        "approvals",
        "audit",
    ] {
        open(&browser, &scene.console, screen).await;
        browser.until_gone("main .bone").await;
        let seen = scroll(&browser, screen).await;
        assert!(screen != "locks" || seen >= names.len(), "{seen} locks were looked at");
    }
    sheets(&browser, &scene, &names).await;
    the_keys(&browser).await;
    browser.close().await;
}

/// Opens the children of a znode in the tree.
async fn twist(browser: &Browser, path: &str) {
    let selector = format!("{} .twist", crate::desk::row("tree", path));
    let open = format!(
        "const row = document.querySelector({:?}); return row?.getAttribute('aria-expanded')",
        crate::desk::row("tree", path)
    );
    browser.find(&crate::desk::row("tree", path)).await;
    if browser.script(&open).await != json!("true") {
        browser.press_on(&selector).await;
    }
}

/// Everything of the corpus that may be a reason, in the audit log, and the last of it in the band on every screen.
async fn reasons(console: &Console) {
    let bob = Person::sign_in(console, "bob").await;
    let fits = |text: &&String| (3..=500).contains(&text.trim().chars().count());
    let corpus = corpus();
    let reasons: Vec<&String> = corpus.iter().filter(fits).collect();
    assert!(reasons.len() > 150);
    for (place, reason) in reasons.iter().enumerate() {
        let reply = bob.post("/freeze", &json!({"on": place % 2 == 0, "reason": reason})).await;
        assert_eq!(reply.status, 200, "{reason:?}: {}", reply.text);
    }
    bob.post("/freeze", &json!({"on": true, "reason": "<b data-evil>x</b>\u{202e}pots"})).await;
}

/// The sheets that ask before something is done.
async fn sheets(browser: &Browser, scene: &Scene, names: &[String]) {
    let bob = Person::sign_in(&scene.console, "bob").await;
    assert_eq!(bob.post("/freeze", &json!({"on": false, "reason": "go on"})).await.status, 200);
    for name in names.iter().step_by(7) {
        open(browser, &scene.console, &format!("lock?path={}", encode(&format!("/hostile/locks/{name}"))))
            .await;
        browser.press_on("[data-testid=lock-page] [data-testid=release-button]").await;
        browser.until_text(SHEET, "a plan", |text| text.contains("What happens next")).await;
        browser.fill("plan-reason", "<b data-evil>x</b>").await;
        right(browser, &format!("the plan for {name:?}")).await;
    }
    // What a program says that it is, in one's list of sessions.
    let other = scene.console.request("POST", "/login").headers(scene.console.site_headers());
    let other = other
        .header("user-agent", "<b data-evil>x</b>")
        .json(&json!({"user": "bob", "password": harness::person::PASSWORD}));
    assert_eq!(scene.console.send(other).await.status, 200);
    open(browser, &scene.console, "locks").await;
    browser.press("person").await;
    browser.press("sign-ins-button").await;
    browser
        .until_text("[data-testid=sign-ins-dialog]", "what it says it is", |text| text.contains("data-evil"))
        .await;
    right(browser, "one's sessions").await;
}

/// What scripts take for parts of every object is a name as any other, and JSON with it is shown as it is.
async fn the_keys(browser: &Browser) {
    for (place, text) in corpus()
        .iter()
        .enumerate()
        .filter(|(_, text)| text.contains("__proto__") || text.contains("constructor"))
    {
        go(browser, &format!("/c/test/tree?path=/hostile/data/n{place:03}")).await;
        let key = if text.contains("__proto__") { "__proto__" } else { "constructor" };
        browser.until_text("[data-testid=node-panel] pre", text, |shown| shown.contains(key)).await;
        right(browser, text).await;
    }
    for name in ["__proto__", "constructor", "toString"] {
        go(browser, &format!("/c/test/tree?path=/hostile/tree/{name}")).await;
        browser.until_text("[data-testid=node-panel]", name, |text| text.contains(name)).await;
    }
}

#[tokio::test]
async fn what_cannot_be_seen_is_the_same_to_the_page_and_to_the_server() {
    let Some(scene) = crate::SCENE.get().await else { return };
    let Some(browser) = Browser::start().await else { return };
    open(&browser, &scene.console, "overview").await;
    let script = "
        const found = [];
        for (let code = 0; code <= 0x10ffff; code++) {
            if (code >= 0xd800 && code <= 0xdfff) continue;
            const c = String.fromCodePoint(code);
            if (document.createTextNode(c).data !== c) found.push(code);
        }
        return found;";
    let page: Vec<u32> = serde_json::from_value(browser.script(script).await).unwrap();
    let server: Vec<u32> =
        ('\0'..=char::MAX).filter(|c| zooscope_protocol::visible::is_hidden(*c)).map(u32::from).collect();
    assert_eq!(page, server);
    // And every way into the page knows it.
    let ways = "
        const text = document.createTextNode(''), box = document.createElement('p'), c = 'a\\u202eb', before = document.title;
        const shown = [document.createTextNode(c).data];
        text.data = c; shown.push(text.data);
        text.nodeValue = c; shown.push(text.data);
        box.textContent = c; shown.push(box.textContent);
        box.title = ''; box.setAttribute('title', c); shown.push(box.title);
        box.setAttribute('aria-label', c); shown.push(box.ariaLabel);
        document.title = c; shown.push(document.title);
        document.title = before;
        box.setAttribute('data-path', c);
        return [new Set(shown).size, shown[0], box.dataset.path === c];";
    assert_eq!(browser.script(ways).await, json!([1, "a\\u{202e}b", true]));
    browser.close().await;
}

#[tokio::test]
async fn a_script_that_gets_into_the_page_does_not_run() {
    let Some(scene) = crate::SCENE.get().await else { return };
    let Some(browser) = Browser::start().await else { return };
    browser.witness().await;
    open(&browser, &scene.console, "overview").await;
    right(&browser, "the overview").await;
    let attempts: [(&str, &str); 9] = [
        ("markup", "document.body.innerHTML += '<b data-evil>x</b>'"),
        (
            "markup with a handler",
            "document.body.insertAdjacentHTML('beforeend', '<p onclick=\"harmed=1\">x</p>')",
        ),
        ("an image", "document.createElement('div').innerHTML = '<img src=x onerror=harmed=1>'"),
        ("a fragment", "document.createRange().createContextualFragment('<script>harmed=1</' + 'script>')"),
        (
            "a script's text",
            "const s = document.createElement('script'); s.text = 'harmed=1'; document.body.append(s)",
        ),
        (
            "a script from elsewhere",
            "const s = document.createElement('script'); s.src = 'http://evil.test/x.js'; document.body.append(s)",
        ),
        ("an evaluation", "window.setTimeout('harmed=1', 0)"),
        ("another policy", "trustedTypes.createPolicy('other', {createHTML: x => x})"),
        (
            "a frame's markup",
            "document.createElement('iframe').srcdoc = '<script>parent.harmed=1</' + 'script>'",
        ),
    ];
    for (what, attempt) in attempts {
        let tried =
            format!("try {{ {attempt}; return 'nobody minded' }} catch (error) {{ return error.name }}");
        let said = browser.script(&tried).await;
        assert!(["TypeError", "EvalError"].contains(&said.as_str().unwrap()), "{what}: {said}");
    }
    let inline = "
        const script = document.createElement('script');
        script.append('harmed=1');
        document.body.append(script);
        const link = document.createElement('a');
        link.href = 'javascript:harmed=1';
        document.body.append(link);
        link.click();
        const button = document.createElement('button');
        try { button.setAttribute('onclick', 'harmed=1') } catch {}
        document.body.append(button);
        button.click();";
    browser.script(inline).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(browser.script("return window.harmed ?? null").await, Value::Null, "nothing ran");
    let forbidden = browser.forbidden().await.join("\n");
    assert!(
        forbidden.contains("require-trusted-types-for") && forbidden.contains("script-src"),
        "{forbidden}"
    );
    // What the site itself writes as markup passes, and only that.
    let plain =
        "const box = document.createElement('template'); box.innerHTML = '<span class=\"spring\"></span>';
        return box.content.firstChild.className";
    assert_eq!(browser.script(plain).await, json!("spring"));
    browser.forgive().await;
    browser.close().await;
}

#[tokio::test]
async fn a_name_that_only_looks_like_another_is_not_confirmed_by_it() {
    let Some(scene) = staffed("").await else { return };
    let Some(kazoo) = there(harness::Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let Some(browser) = Browser::start().await else { return };
    // It is shown as `payments` where nothing is written out.
    let (queue, name) = ("/spoof/pay\u{202e}stnem\u{202c}", "pay\\u{202e}stnem\\u{202c}");
    kazoo.client("w").await;
    kazoo.make("w", "q", "Queue", queue, json!({})).await;
    kazoo.ask(json!({"do": "put", "object": "q", "data": "one"})).await;
    browser.witness().await;
    browser.open(&scene.console.url(&format!("/c/test/queue?path={}", encode(queue)))).await;
    sign_in(&browser, "bob").await;
    live(&browser).await;
    browser.press("put-button").await;
    browser.fill("put-data", "two").await;
    browser.press("put-review").await;
    browser
        .until_text(SHEET, "a plan", |text| text.contains("What happens next") && text.contains(name))
        .await;
    right(&browser, "the plan").await;
    browser.fill("plan-reason", "a test").await;
    for other in ["payments", "paystnem", queue.rsplit('/').next().unwrap()] {
        browser
            .client()
            .execute("document.querySelector('[data-testid=plan-confirm]').value = ''", Vec::new())
            .await
            .unwrap();
        browser.fill("plan-confirm", other).await;
        browser
            .until_text(SHEET, "that it is not confirmed", |text| {
                text.contains("Type the confirmation first.")
            })
            .await;
        assert!(!browser.is_enabled(EXECUTE).await, "{other:?} does not confirm it");
    }
    browser.fill("plan-confirm", name).await;
    browser.until_enabled(EXECUTE, true).await;
    browser.press_on(EXECUTE).await;
    browser.until_attribute("[data-testid=plan-outcome]", "data-outcome", "done").await;
    browser.close().await;
}
