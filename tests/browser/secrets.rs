//! What is secret is nowhere where it could be read later: in no address, no storage, no line of the console, no Referer.

use harness::browser::{Browser, Setup};
use harness::idp::{CLIENT, Idp, SECRET, Signed};
use harness::person::PASSWORD;
use harness::{Console, Peer, zookeeper};
use serde_json::{Value, json};

use crate::desk::{SHEET, last8, live, there};
use crate::people::{DOOR, sign_in, staffed};

/// A secret that was planted, and what it is.
type Canary = (&'static str, String);

/// Looks for the secrets in everything that the browser kept or sent on, but for where they must be: a password in the body of the
/// request that signs in, a session's id in its cookie.
async fn scan(browser: &Browser, events: &mut Vec<Value>, said: &mut String, secrets: &[Canary], what: &str) {
    events.extend(browser.network().await);
    for line in browser.console_lines().await {
        said.push_str(&line.message);
        said.push('\n');
    }
    let kept = browser.kept().await;
    for (name, secret) in secrets {
        assert!(!kept.contains(secret.as_str()), "{what}: {name} is kept: {kept}");
        assert!(!said.contains(secret.as_str()), "{what}: {name} is on the console: {said}");
        for event in events.iter() {
            let (method, params) = (event["method"].as_str().unwrap_or_default(), &event["params"]);
            let mut places = vec![("an address", params["request"]["url"].to_string())];
            for key in ["url", "documentURL"] {
                places.push((key, params[key].to_string()));
            }
            for headers in [&params["headers"], &params["request"]["headers"]] {
                let referer = headers.as_object().into_iter().flatten();
                let referer = referer.filter(|(header, _)| header.eq_ignore_ascii_case("referer"));
                places.extend(referer.map(|(_, value)| ("a Referer", value.to_string())));
            }
            let sent = &params["request"]["postData"];
            let signs_in = params["request"]["url"].as_str().is_some_and(|url| {
                ["/api/v1/login", "/api/v1/session/step-up"].iter().any(|path| url.ends_with(path))
            });
            if !(signs_in && *name == "the password") {
                places.push(("a body", sent.to_string()));
            }
            if method == "Network.webSocketFrameSent" || method == "Network.webSocketFrameReceived" {
                places.push(("a frame", params["response"]["payloadData"].to_string()));
            }
            for (place, text) in places {
                assert!(!text.contains(secret.as_str()), "{what}: {name} is in {place}: {method} {text}");
            }
        }
    }
}

/// The session's id, which only the browser and not its pages know.
async fn session_id(browser: &Browser) -> Canary {
    let cookie = browser.client().get_named_cookie("zooscope").await.expect("a session");
    assert_eq!(cookie.http_only(), Some(true));
    ("the session's id", cookie.value().to_owned())
}

#[tokio::test]
async fn no_secret_stays_behind_in_the_browser() {
    let rules = "[[policy]]\npath = '/pay/**'\nrequire = { step_up = '10s' }\n";
    let Some(scene) = staffed(rules).await else { return };
    let Some(kazoo) = there(Peer::kazoo(&scene.zookeeper.connect()).await) else { return };
    let Some(browser) = Browser::start_as(Setup { network: true, ..Setup::default() }).await else { return };
    let observer = zookeeper::client(&scene.zookeeper.connect()).await;
    let session = kazoo.client("w").await;
    kazoo.make("w", "w", "Lock", "/pay/lock", json!({})).await;
    kazoo.hold("w").await;
    zookeeper::members(&observer, "/pay/lock", 1).await;
    let (mut events, mut said) = (Vec::new(), String::new());
    let wrong = "wr0ng-pa55word-canary";
    let mut secrets: Vec<Canary> =
        vec![("the password", PASSWORD.to_owned()), ("the password", wrong.to_owned())];

    browser.open(&scene.console.url("/c/test/lock?path=/pay/lock")).await;
    browser.fill("sign-in-user", "ann").await;
    browser.fill("sign-in-password", wrong).await;
    browser.press("sign-in-button").await;
    browser.until_text("[data-testid=sign-in-said]", "why not", |text| text.len() > 10).await;
    scan(&browser, &mut events, &mut said, &secrets, "a wrong password").await;
    browser.reload().await;
    sign_in(&browser, "ann").await;
    live(&browser).await;
    secrets.push(session_id(&browser).await);
    scan(&browser, &mut events, &mut said, &secrets, "signed in").await;

    // An action for which the password is asked again: another session's id.
    tokio::time::sleep(std::time::Duration::from_secs(11)).await;
    browser.press_on("[data-testid=lock-page] [data-testid=release-button]").await;
    browser.fill("plan-reason", "it hangs").await;
    browser.fill("plan-confirm", last8(&session)).await;
    browser.press("plan-execute").await;
    browser.fill("prove-password", PASSWORD).await;
    browser.press("prove-execute").await;
    browser.until_attribute("[data-testid=plan-outcome]", "data-outcome", "done").await;
    secrets.push(session_id(&browser).await);
    assert_ne!(secrets[2], secrets[3], "who proved it again has another session");
    browser.press("plan-close").await;
    browser.until_gone(SHEET).await;
    browser.press("person").await;
    browser.press("sign-ins-button").await;
    browser.find("[data-testid=sign-in-row]").await;
    browser.keys("\u{e00c}").await;
    browser.until_gone("[data-testid=sign-ins-dialog]").await;
    for screen in ["audit", "events", "approvals", "overview"] {
        browser.open(&scene.console.url(&format!("/c/test/{screen}"))).await;
        live(&browser).await;
        scan(&browser, &mut events, &mut said, &secrets, screen).await;
    }

    browser.press("person").await;
    browser.press("sign-out").await;
    browser.find(DOOR).await;
    scan(&browser, &mut events, &mut said, &secrets, "signed out").await;
    assert!(browser.client().get_all_cookies().await.unwrap().is_empty(), "nothing is left of the session");
    // What was shown does not come back with the button that goes back.
    browser.script("history.back()").await;
    browser.find(DOOR).await;
    scan(&browser, &mut events, &mut said, &secrets, "gone back").await;
    sees(&events);
    browser.forgive().await;
    browser.close().await;
}

/// What was looked at is what there was: the password was sent, and its session's cookie set, before the eyes of this test.
fn sees(events: &[Value]) {
    let sent =
        events.iter().any(|event| event["params"]["request"]["postData"].to_string().contains(PASSWORD));
    assert!(sent, "the request that signs in was seen, with its body");
    let answered = events.iter().any(|event| {
        event["method"] == "Network.responseReceivedExtraInfo"
            && event["params"]["headers"].to_string().contains("zooscope=")
    });
    assert!(answered, "the answer that sets the cookie was seen");
    assert!(
        events.iter().any(|event| event["method"] == "Network.webSocketFrameReceived"),
        "the stream was seen"
    );
}

#[tokio::test]
async fn whom_the_provider_sends_back_keeps_no_code_and_learns_why_not() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(browser) = Browser::start_as(Setup { network: true, ..Setup::default() }).await else { return };
    let idp = Idp::start().await;
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, SECRET).unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    let port = free_port();
    let toml = format!(
        "[auth]\nmode = 'oidc'\n[auth.oidc]\nissuer = '{}'\nclient_id = '{CLIENT}'\nclient_secret_file = '{}'\n\
         redirect_url = 'http://127.0.0.1:{port}/oidc/callback'\nroles = {{ admin = ['zk'] }}\n",
        idp.issuer,
        secret.display()
    );
    let console = Console::configured("127.0.0.1:1", &toml, &[]).await;
    let base = console.url("");

    // Somebody without a role, somebody whom the provider does not know, an answer that belongs to nobody.
    let go = async |groups: &[&str], signed: Signed| {
        browser.open(&format!("{base}/login?back=/c/test/locks")).await;
        let href = browser.find("[data-testid=sign-in-provider]").await.attr("href").await.unwrap().unwrap();
        // The provider of the test has no page of its own: where the console sends the browser is read, and the way back is taken by hand.
        let start = format!(
            "const done = arguments[0]; fetch({href:?}, {{redirect: 'manual'}}).then(answer => done(answer.type))"
        );
        assert_eq!(
            browser.client().execute_async(&start, Vec::new()).await.unwrap(),
            json!("opaqueredirect")
        );
        let begun = begun(&browser).await;
        let asked = harness::idp::Asked::read(&begun);
        let code = idp.grant(&asked, Some(&idp.claims(&asked, "sub-1", groups)), signed);
        let state = asked.get("state").to_owned();
        browser.open(&format!("{base}/oidc/callback?code={code}&state={state}")).await;
        vec![("the code", code), ("the state", state), ("the nonce", asked.get("nonce").to_owned())]
    };
    for (groups, signed, why, says) in [
        (vec!["nobody"], Signed::Rsa, "no_role", "no role here"),
        (vec!["zk"], Signed::Foreign, "refused", "did not vouch for you"),
    ] {
        go(&groups, signed).await;
        let said =
            browser.until_text("[data-testid=sign-in-why]", "why not", |text| text.contains(says)).await;
        assert!(said.ends_with('.'), "a sentence: {said}");
        assert_eq!(browser.place().await, format!("/login?why={why}"));
        browser.find("[data-testid=sign-in-provider]").await;
    }
    browser.open(&format!("{base}/oidc/callback?code=x&state=y")).await;
    browser.until_text("[data-testid=sign-in-why]", "why not", |text| text.contains("Sign in again")).await;
    browser.open(&format!("{base}/login?why=%3Cb%3Ecall+0800%3C/b%3E")).await;
    browser.find("[data-testid=sign-in-provider]").await;
    assert_eq!(browser.count("[data-testid=sign-in-why]").await, 0, "only words of its own");

    browser.network().await;
    browser.forgive().await;
    let mut secrets = go(&["zk"], Signed::Rsa).await;
    assert_eq!(browser.place().await, "/c/test/locks");
    secrets.push(session_id(&browser).await);
    let (kept, lines) = (browser.kept().await, browser.console_lines().await);
    for (name, secret) in &secrets {
        assert!(secret.len() < 8 || !kept.contains(secret.as_str()), "{name} is kept: {kept}");
        assert!(
            secret.len() < 8 || lines.iter().all(|line| !line.message.contains(secret.as_str())),
            "{name}"
        );
    }
    let events = browser.network().await;
    let headers =
        events.iter().flat_map(|event| [&event["params"]["headers"], &event["params"]["request"]["headers"]]);
    let referers: Vec<_> = headers
        .filter_map(|headers| {
            headers.as_object()?.iter().find(|(name, _)| name.eq_ignore_ascii_case("referer"))
        })
        .filter(|(_, value)| *value != &json!(""))
        .collect();
    assert!(referers.is_empty(), "no page tells the next where it was: {referers:?}");
    browser.forgive().await;
    browser.close().await;
}

/// Where the console sent the browser last, by what the browser saw.
async fn begun(browser: &Browser) -> String {
    let mut seen = Vec::new();
    for _ in 0..100 {
        // What the browser saw may be told a moment after the page had its answer.
        seen.extend(browser.network().await);
        let location = seen.iter().rev().find_map(|event| {
            let headers = event["params"]["headers"].as_object()?;
            let (_, location) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"))?;
            location.as_str().map(str::to_owned)
        });
        if let Some(location) = location {
            return location;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("a redirect to the provider: {seen:?}")
}

/// A port for an address that is only named.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
