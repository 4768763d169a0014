//! Secrets that are planted everywhere, and looked for everywhere else; also where something panics.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use harness::person::{PASSWORD, set_cookie};
use harness::{Person, confirmed, eventually};
use serde_json::{Value, json};
use zooscope_protocol::api::{ItemBody, Page};

use crate::agreement::LIMIT;
use crate::auth::staffed;
use crate::shelf::{dead_letter, stock, target};

#[tokio::test]
async fn what_is_secret_is_found_nowhere_also_where_something_panics() {
    use sha2::Digest as _;
    let token = "zst-canary-token-0123456789abcdef012345";
    let hash: String = sha2::Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect();
    let expires = zooscope_protocol::Timestamp(zooscope::clock::now().0 + 86_400_000);
    let table =
        format!("[[auth.token]]\nname = 'ci'\nsha256 = '{hash}'\nrole = 'viewer'\nexpires = '{expires}'\n");
    let Some(mut scene) = staffed(&table).await else { return };
    let client = harness::zookeeper::client(&scene.zookeeper.connect()).await;
    stock(&client, "/canaries/queue", "item", 4).await;
    let mut answers = Vec::new();
    let mut cookies = Vec::new();
    {
        let console = &scene.console;
        // Typed where it does not belong, as people do.
        answers.push(Person::try_in(console, "typed-canary-as-name", "x").await.unwrap_err().text);
        answers.push(Person::try_in(console, "bob", "typed-canary-as-password").await.unwrap_err().text);
        let (bob, reply) = Person::try_in(console, "bob", PASSWORD).await.unwrap();
        cookies.push(set_cookie(&reply).unwrap().split_once('=').unwrap().1.to_owned());
        answers.push(reply.text);
        let ci = Person::bearing(console, &[("authorization", &format!("Bearer {token}"))]);
        answers.push(ci.get("/session").await.text);
        let wrong = Person::bearing(console, &[("authorization", "Bearer wrong-canary-token")]);
        answers.push(wrong.get("/session").await.text);
        let stale = Person::bearing(console, &[("cookie", "zooscope=stale-canary-cookie")]);
        answers.push(stale.get("/session").await.text);
        answers.push(bob.post("/session/step-up", &json!({"password": "step-canary-password"})).await.text);
        let items = eventually("the items are told", LIMIT, async || {
            let reply = bob.get("/clusters/test/queues/items?path=/canaries/queue").await;
            if reply.status != 200 {
                return Err(reply.text);
            }
            let page: Page<ItemBody> = reply.json();
            if page.items.len() == 4 { Ok(page.items) } else { Err(reply.text) }
        })
        .await;
        // Panics in the middle of what somebody who is known does.
        for (number, point) in ["reviewed", "intent", "prepared"].into_iter().enumerate() {
            let plan = bob.plan(&dead_letter(target(&items[number].item))).await.unwrap().plan;
            console.arm_panic(point);
            let reply =
                bob.execute(&plan.digest, &confirmed(&plan.confirm.expected, &format!("p-{number}"))).await;
            assert_eq!(reply.status, 500, "{point}: {}", reply.text);
            answers.push(reply.text);
        }
        assert_eq!(
            console.log().matches("an execution ended without an answer").count(),
            3,
            "{}",
            console.log()
        );
        let plan = bob.plan(&dead_letter(target(&items[3].item))).await.unwrap().plan;
        let done = bob.execute(&plan.digest, &confirmed(&plan.confirm.expected, "p-9")).await;
        assert_eq!(done.status, 200, "it goes on: {}", done.text);
        for address in [
            "/clusters",
            "/audit?limit=1000",
            "/session",
            "/clusters/test/events",
            "/audit/export?format=csv",
        ] {
            answers.push(bob.get(address).await.text);
        }
        let metrics =
            reqwest::Client::new().get(console.url("/metrics")).header("cookie", bob.cookie().unwrap());
        answers.push(metrics.send().await.unwrap().text().await.unwrap());
    }
    let phc = scene.console.configuration();
    let phc = phc
        .lines()
        .find_map(|line| line.strip_prefix("password = '$argon2id$v=19$m=19456,t=2,p=1$"))
        .unwrap();
    let mut secrets = vec![
        PASSWORD.to_owned(),
        token.to_owned(),
        "typed-canary-as-name".to_owned(),
        "typed-canary-as-password".to_owned(),
        "wrong-canary-token".to_owned(),
        "stale-canary-cookie".to_owned(),
        "step-canary-password".to_owned(),
        phc.trim_end_matches('\'').to_owned(),
    ];
    secrets.extend(cookies);
    // A hash that is asked for would let anybody in who can look for its like.
    secrets.push(hash);
    let process = format!("/proc/{}", scene.console.pid());
    let read = |path: String| String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
    let mut places = vec![
        ("log".to_owned(), scene.console.log()),
        ("environment".to_owned(), read(format!("{process}/environ"))),
        ("command line".to_owned(), read(format!("{process}/cmdline"))),
    ];
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    for entry in std::fs::read_dir(scene.console.data_dir()).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} is nobody else's");
        places.push((name, read(entry.path().display().to_string())));
    }
    assert!(
        places.iter().any(|(name, text)| name == "audit.db" && !text.is_empty()),
        "the log is looked into"
    );
    places.extend(answers.into_iter().enumerate().map(|(number, text)| (format!("answer {number}"), text)));
    for (place, text) in &places {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{place} tells {secret}");
        }
    }
    // Nor would a crash write them to a disk.
    let limits = read(format!("{process}/limits"));
    let core =
        limits.lines().find(|line| line.starts_with("Max core file size")).unwrap_or_default().to_owned();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{limits}");

    // What the panics left open is decided at the next start.
    scene.console.kill9();
    scene.console.restart().await;
    let bob = Person::sign_in(&scene.console, "bob").await;
    eventually("nothing is open", Duration::from_secs(20), async || {
        let open: Value = bob.read("/audit?each=action&outcome=open&limit=100").await;
        let entries = open["items"].as_array().unwrap().clone();
        if entries.is_empty() { Ok(()) } else { Err(entries) }
    })
    .await;
}

#[tokio::test]
async fn a_crash_in_the_middle_of_an_attack_gives_no_new_tries() {
    let Some(mut scene) = staffed("").await else { return };
    // Five are free; then it takes 5, 10 and 20 seconds, of which the last is long enough to be met after a restart.
    for pause in [0, 0, 0, 0, 6, 11, 0] {
        assert_eq!(Person::try_in(&scene.console, "ann", "wrong").await.unwrap_err().status, 401);
        tokio::time::sleep(Duration::from_secs(pause)).await;
    }
    assert_eq!(Person::try_in(&scene.console, "ann", PASSWORD).await.unwrap_err().status, 429);
    let file = scene.console.data_dir().join("throttle.json");
    eventually("it is kept", LIMIT, async || {
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        if kept.contains("[\"ann\",7,") { Ok(()) } else { Err(kept) }
    })
    .await;
    scene.console.kill9();
    scene.console.restart().await;
    assert_eq!(Person::try_in(&scene.console, "ann", PASSWORD).await.unwrap_err().status, 429);
    Person::sign_in(&scene.console, "bob").await;
}
