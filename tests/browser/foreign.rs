//! A page of somebody else, open in the operator's browser: it reaches nothing, whatever name it has.

use harness::browser::{Browser, Setup};
use harness::hostile::Hostile;
use harness::{Console, Peer, Person, zookeeper};
use serde_json::{Value, json};
use zooscope_protocol::{Action, Target};

use crate::SCENE;
use crate::desk::{a_while, live, there};
use crate::people::{sign_in, staffed_under};

/// What a page tries at the console of `BASE`, and what came of it.
const ATTACK: &str = r#"<!doctype html><title>cats</title><body><script>
async function attack(base, digest) {
    const api = base + "/api/v1", said = {};
    const act = { reason: "a forged release", idempotency_key: "forged", confirm: "CONFIRM" };
    const freeze = { on: true, reason: "a forged freeze" };
    const ask = async (name, url, options) => {
        try {
            const answer = await fetch(url, { credentials: "include", ...options });
            said[name] = answer.type === "opaque" ? "opaque" : `${answer.status} ${await answer.text()}`;
        } catch (error) { said[name] = "no answer"; }
    };
    await ask("read", api + "/session", {});
    await ask("read blindly", api + "/session", { mode: "no-cors" });
    for (const [what, url, body] of [
        ["release", `${api}/clusters/test/plans/${digest}/execute`, act], ["freeze", api + "/freeze", freeze],
        ["sign out", api + "/logout", {}], ["end sessions", api + "/sign-ins/end-others", {}],
    ]) {
        const text = JSON.stringify(body);
        await ask(what + " simply", url, { method: "POST", mode: "no-cors", body: text });
        await ask(what + " with headers", url, {
            method: "POST", body: text, headers: { "content-type": "application/json", "x-zooscope": "1" },
        });
        navigator.sendBeacon(url, new Blob([text], { type: "text/plain" }));
        const frame = document.createElement("iframe");
        frame.name = what;
        const form = document.createElement("form");
        Object.assign(form, { method: "post", enctype: "text/plain", action: url, target: what });
        const field = document.createElement("input");
        field.name = text.slice(0, -1) + ',"x":"';
        field.value = '"}';
        form.append(field);
        document.body.append(frame, form);
        form.submit();
    }
    for (const protocol of ["zooscope.v1.json", "zooscope.v1"]) {
        said["stream " + protocol] = await new Promise((done) => {
            const stream = new WebSocket(api.replace("http", "ws") + "/clusters/test/stream", protocol);
            stream.onopen = () => done("open");
            stream.onerror = () => done("refused");
        });
    }
    const script = document.createElement("script");
    script.src = api + "/clusters";
    said.script = await new Promise((done) => {
        script.onload = () => done("loaded");
        script.onerror = () => done("refused");
        document.body.append(script);
    });
    const opened = window.open(base + "/c/test/locks");
    await new Promise((done) => setTimeout(done, 1500));
    try { said.window = opened ? String(opened.closed || opened.document.title) : "none"; }
    catch (error) { said.window = "shut"; }
    return said;
}
</script>"#;

#[tokio::test]
async fn a_name_that_resolves_to_this_machine_opens_nothing() {
    let Some(scene) = SCENE.get().await else { return };
    let names = ["evil.test", "127.0.0.1.evil.test", "localhost.evil.test"];
    let Some(browser) = Browser::start_as(Setup { names: &names, ..Setup::default() }).await else { return };
    let port = scene.console.address().rsplit_once(':').unwrap().1;
    for name in names {
        for path in ["/", "/c/test/locks", "/login", "/api/v1/clusters", "/healthz", "/metrics", "/nowhere"] {
            browser.open(&format!("http://{name}:{port}{path}")).await;
            let status =
                browser.script("return performance.getEntriesByType('navigation')[0].responseStatus").await;
            assert_eq!(status, json!(421), "{name}{path}");
            let shown = browser.script("return document.documentElement.outerHTML").await;
            let shown = shown.as_str().unwrap();
            assert!(shown.contains("foreign_host") && !shown.contains(name), "nothing is served: {shown}");
        }
        // What the page of such a name, once it has one, would ask for: the same origin by the browser's reckoning.
        let asked = browser
            .client()
            .execute_async(
                "const done = arguments[0];
                 const post = {method: 'POST', headers: {'x-zooscope': '1', 'content-type': 'application/json'}, body: '{}'};
                 const stream = new Promise(told => {
                     const one = new WebSocket(`ws://${location.host}/api/v1/clusters/test/stream`, 'zooscope.v1.json');
                     one.onopen = () => told('open'); one.onerror = () => told('refused');
                 });
                 Promise.all([fetch('/api/v1/clusters').then(a => a.status), fetch('/api/v1/freeze', post).then(a => a.status), stream])
                     .then(done, error => done(String(error)));",
                Vec::new(),
            )
            .await
            .unwrap();
        assert_eq!(asked, json!([421, 421, "refused"]), "{name}");
    }
    // That the browser reaches it by the name that it has is no accident of this test.
    browser.forgive().await;
    browser.open(&scene.console.url("/c/test/locks")).await;
    live(&browser).await;
    browser.close().await;
}

#[tokio::test]
async fn a_page_beside_the_console_does_nothing_with_the_operators_session() {
    let Some(scene) = staffed_under("allowed_hosts = ['console.example.test']\n", "").await else { return };
    let console = &scene.console;
    let connect = scene.zookeeper.connect();
    let Some(kazoo) = there(Peer::kazoo(&connect).await) else { return };
    let names = ["*.example.test", "evil.test"];
    let Some(browser) = Browser::start_as(Setup { names: &names, network: true }).await else { return };
    let observer = zookeeper::client(&connect).await;
    let session = kazoo.client("w").await;
    kazoo.make("w", "w", "Lock", "/app/locks/billing", json!({})).await;
    kazoo.hold("w").await;
    let holder = zookeeper::members(&observer, "/app/locks/billing", 1).await.remove(0);
    let hostile = Hostile::start(&ATTACK.replace("CONFIRM", crate::desk::last8(&session))).await;

    let port = console.address().rsplit_once(':').unwrap().1.to_owned();
    // By a name of its own, where cookies are sent to all its siblings, and by the address, which is a place that browsers trust
    // and where other ports get the same cookies.
    for (host, pages) in [
        ("console.example.test", vec!["a.example.test", "console.example.test", "evil.test"]),
        ("127.0.0.1", vec!["127.0.0.1", "localhost", "evil.test"]),
    ] {
        let base = format!("http://{host}:{port}");
        browser.open(&format!("{base}/login?back=/c/test/locks")).await;
        sign_in(&browser, "ann").await;
        for page in pages {
            let what = format!("{page} against {host}");
            let digest = digest(console, &holder, &observer).await;
            browser.network().await;
            browser.open(&hostile.url(page)).await;
            let attack = "const done = arguments[2]; attack(arguments[0], arguments[1]).then(done, error => done(String(error)));";
            let given = vec![json!(base), json!(digest)];
            let said = browser.client().execute_async(attack, given).await.unwrap();
            a_while().await;
            assert!(said.is_object(), "{what}: {said}");
            for (name, told) in said.as_object().unwrap() {
                let told = told.as_str().unwrap();
                assert!(
                    ["no answer", "opaque", "refused", "shut", "none", "true"].contains(&told),
                    "{what}: {name}: {told}"
                );
            }
            unharmed(&scene.console, &browser, &base, &what).await;
            assert_eq!(
                zookeeper::members(&observer, "/app/locks/billing", 1).await,
                std::slice::from_ref(&holder),
                "{what}"
            );
            assert!(asked(&browser, &base).await > 8, "{what}: the browser did ask");
        }
        browser.forgive().await;
    }
    let heard = hostile.heard().join("\n");
    assert!(
        heard.contains("zooscope="),
        "the browser has the cookie and sends it to other ports of the same name"
    );
    for host in ["console.example.test", "127.0.0.1"] {
        let from_here = format!("referer\": \"http://{host}:{port}");
        assert!(!heard.to_lowercase().contains(&from_here), "{heard}");
    }
    let audit = Person::sign_in(console, "bob").await.get("/audit?limit=1000").await.text;
    assert!(!audit.contains("forged"), "{audit}");
    browser.close().await;
}

/// The digest of a plan that would release the holder, as an operator has it open.
async fn digest(console: &Console, holder: &str, observer: &zookeeper_client::Client) -> String {
    let path = format!("/app/locks/billing/{holder}");
    let stat = observer.check_stat(&path).await.unwrap().unwrap();
    let target = Target {
        path: path.parse().unwrap(),
        czxid: zooscope_protocol::Zxid(stat.czxid),
        version: stat.version,
        session: Some(zooscope_protocol::SessionId(stat.ephemeral_owner)),
    };
    let eve = Person::sign_in(console, "eve").await;
    eve.plan(&Action::Release(target)).await.expect("a plan").plan.digest
}

/// The operator is still signed in, and nothing stands still.
async fn unharmed(console: &Console, browser: &Browser, base: &str, what: &str) {
    let known = Person::sign_in(console, "bob").await.read::<Value>("/session").await;
    assert_eq!(known["frozen"], Value::Null, "{what}");
    // Not until it is live: a browser makes a stream wait for seconds after others to the same place were refused.
    browser.open(&format!("{base}/c/test/locks")).await;
    browser.until_text("[data-testid=person]", "who it is", |text| text.contains("ann")).await;
}

/// How many requests went to the console with the operator's cookie, and were no page's own.
async fn asked(browser: &Browser, base: &str) -> usize {
    let events = browser.network().await;
    let posts = events.iter().filter(|event| {
        event["method"] == "Network.requestWillBeSent"
            && event["params"]["request"]["url"].as_str().is_some_and(|url| url.starts_with(base))
            && event["params"]["request"]["method"] == "POST"
    });
    posts.count()
}
