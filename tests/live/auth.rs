//! Who is let in, and how: nobody without a name, and nobody for longer than they may.

use std::time::Duration;

use harness::person::{PASSWORD, set_cookie, users};
use harness::scene::Scene;
use harness::stream::try_open_with;
use harness::zookeeper::{PrivateZooKeeper, options};
use harness::{Console, Person};
use serde_json::{Value, json};
use zooscope_protocol::api::{LoginOffer, SessionBody, SignIn};
use zooscope_protocol::codec::Codec;
use zooscope_protocol::{AuthMode, RefusalCode, Role, View};

/// A ZooKeeper and a console in which four people have an account.
pub(crate) async fn staffed(more: &str) -> Option<Scene> {
    let zookeeper = match PrivateZooKeeper::start(options()).await {
        Ok(zookeeper) => zookeeper,
        Err(error) => {
            harness::presence::Missing::new(
                error.to_string(),
                "ZooKeeper and Java are what is tested against",
            )
            .skip();
            return None;
        }
    };
    let people = [
        ("vic", Role::Viewer, false),
        ("ann", Role::Operator, false),
        ("bob", Role::Admin, false),
        ("eve", Role::Operator, true),
    ];
    let console = Console::configured(&zookeeper.connect(), &format!("{}{more}", users(&people)), &[]).await;
    let scene = Scene { console, zookeeper };
    live(&scene).await;
    Some(scene)
}

/// Waits until the mirror is live.
async fn live(scene: &Scene) {
    let bob = Person::sign_in(&scene.console, "bob").await;
    harness::eventually("the mirror is live", Duration::from_secs(20), async || {
        let clusters: Value = bob.read("/clusters").await;
        if clusters[0]["status"] == "live" { Ok(()) } else { Err(clusters) }
    })
    .await;
}

#[tokio::test]
async fn a_password_lets_in_and_signing_out_ends_it_everywhere() {
    let Some(scene) = staffed("").await else { return };
    let console = &scene.console;
    let offer: LoginOffer = console.read("/login").await;
    assert_eq!((offer.mode, offer.start), (AuthMode::Static, None));
    assert_eq!(console.get("/session").await.problem().code, RefusalCode::NotSignedIn);

    // A wrong password, and the name of nobody, are answered alike.
    let wrong = Person::try_in(console, "ann", "wrong").await.unwrap_err();
    let nobody = Person::try_in(console, "nobody", "wrong").await.unwrap_err();
    assert_eq!((wrong.status, wrong.problem().code), (401, RefusalCode::BadLogin));
    assert_eq!((wrong.text, wrong.status), (nobody.text, nobody.status));
    assert!(set_cookie(&Person::try_in(console, "ann", "").await.unwrap_err()).is_none());

    let (ann, reply) = Person::try_in(console, "ann", PASSWORD).await.unwrap();
    let cookie = reply.headers["set-cookie"].to_str().unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain") && cookie.starts_with("zooscope="), "{cookie}");
    let session: SessionBody = reply.json();
    assert_eq!((session.name.as_str(), session.subject.as_str()), ("ann", "local:ann"));
    assert_eq!((session.role, session.mode, session.approver), (Role::Operator, AuthMode::Static, false));
    assert!(ann.read::<SessionBody>("/session").await.proved_ms.is_some());

    // An id that was there before is not taken over, and what was there before ends.
    let again = ann.post("/login", &json!({"user": "ann", "password": PASSWORD})).await;
    let fresh = set_cookie(&again).unwrap().to_owned();
    assert_ne!(Some(fresh.as_str()), ann.cookie());
    assert_eq!(ann.get("/session").await.status, 401);
    let ann = Person::bearing(console, &[("cookie", &fresh)]);

    // The session ends for the stream too, within five seconds.
    let mut stream = ann.stream(Codec::Json).await;
    let id = stream.subscribe(View::Overview).await;
    stream.until(id, crate::agreement::LIMIT, "the stream streams", |_| true).await;
    assert_eq!(ann.post("/logout", &json!({})).await.status, 204);
    let (said, _) = stream.until_closed(Duration::from_secs(5)).await;
    assert!(said.unwrap_or_default().contains("sign in again"));
    assert_eq!(ann.get("/session").await.problem().code, RefusalCode::NotSignedIn, "a replay is refused");
    let origin = console.url("");
    assert!(try_open_with(console, "zooscope.v1.json", Some(&origin), ann.headers()).await.is_err());
    assert!(
        !console.log().contains(PASSWORD) && !console.log().contains(&fresh[10..]),
        "nothing secret is logged"
    );
}

#[tokio::test]
async fn who_proves_anew_who_they_are_gets_a_new_session() {
    let Some(scene) = staffed("").await else { return };
    let ann = Person::sign_in(&scene.console, "ann").await;
    let wrong = ann.post("/session/step-up", &json!({"password": "wrong"})).await;
    assert_eq!((wrong.status, wrong.problem().code), (401, RefusalCode::BadLogin));
    let proved = ann.post("/session/step-up", &json!({"password": PASSWORD})).await;
    assert_eq!(proved.status, 200, "{}", proved.text);
    let fresh = set_cookie(&proved).unwrap();
    assert_ne!(Some(fresh), ann.cookie());
    assert_eq!(ann.get("/session").await.status, 401, "the id from before is worth nothing");
    let session: SessionBody = Person::bearing(&scene.console, &[("cookie", fresh)]).read("/session").await;
    assert!(session.proved_ms.unwrap() < 5_000 && session.subject == "local:ann");
}

#[tokio::test]
async fn wrong_passwords_are_throttled_alike_for_known_and_unknown_names() {
    let Some(scene) = staffed("").await else { return };
    let console = &scene.console;
    let mut answers = Vec::new();
    for name in ["vic", "nobody"] {
        let mut statuses = Vec::new();
        for _ in 0..8 {
            statuses.push(Person::try_in(console, name, "wrong").await.unwrap_err().status);
        }
        // The right password does not get through either while it waits.
        statuses.push(Person::try_in(console, name, PASSWORD).await.unwrap_err().status);
        answers.push(statuses);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0][..5], [401; 5]);
    assert_eq!(answers[0][7..], [429; 2]);
    // Others are not locked out by it.
    Person::sign_in(console, "ann").await;
}

#[tokio::test]
async fn a_program_bears_a_token_and_never_a_cookie_too() {
    use sha2::Digest as _;
    let token = "zst-0123456789abcdef0123456789abcdef";
    let hash: String = sha2::Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect();
    let day = 86_400_000;
    let expires = |days: i64| zooscope_protocol::Timestamp(zooscope::clock::now().0 + days * day);
    let table = format!(
        "[[auth.token]]\nname = 'ci'\nsha256 = '{hash}'\nrole = 'viewer'\nexpires = '{}'\n",
        expires(30)
    );
    let Some(scene) = staffed(&table).await else { return };
    let console = &scene.console;
    let bearer = format!("Bearer {token}");
    let ci = Person::bearing(console, &[("authorization", &bearer)]);
    let session: SessionBody = ci.read("/session").await;
    assert_eq!(
        (session.subject.as_str(), session.role, session.mode),
        ("token:ci", Role::Viewer, AuthMode::Token)
    );
    assert_eq!(ci.get("/clusters").await.status, 200);
    let ann = Person::sign_in(console, "ann").await;
    let both = Person::bearing(console, &[("authorization", &bearer), ("cookie", ann.cookie().unwrap())]);
    assert_eq!(both.get("/session").await.status, 401);
    for wrong in ["Bearer ", "Bearer zst-0123456789abcdef0123456789abcdeg", "Basic YW5uOng=", token] {
        let wrong = Person::bearing(console, &[("authorization", wrong)]);
        assert_eq!(wrong.get("/session").await.status, 401);
    }
    // A program opens a stream without an Origin; it cannot act beyond its role.
    let opened = try_open_with(console, "zooscope.v1.json", None, ci.headers()).await;
    assert!(opened.is_ok());
    let frozen = ci.post("/freeze", &json!({"on": true, "reason": "a test"})).await;
    assert_eq!((frozen.status, frozen.problem().code), (403, RefusalCode::Forbidden));
    assert!(!console.log().contains(token), "nothing secret is logged");
}

#[tokio::test]
async fn a_trusted_proxy_says_who_asks_and_nobody_else_does() {
    use std::os::unix::fs::PermissionsExt as _;
    let zookeeper = match PrivateZooKeeper::start(options()).await {
        Ok(zookeeper) => zookeeper,
        Err(error) => {
            return harness::presence::Missing::new(error.to_string(), "ZooKeeper and Java").skip();
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "0123456789abcdef").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    let toml = format!(
        "trusted_proxies = ['127.0.0.1/32']\n[auth]\nmode = 'proxy'\n[auth.proxy]\nfrom = ['127.0.0.1/32']\n\
         user_header = 'X-Forwarded-User'\ngroups_header = 'X-Forwarded-Groups'\nsecret_header = 'X-Proxy-Secret'\n\
         secret_file = '{}'\nroles = {{ operator = ['sre'] }}\napprovers = ['sre']\n",
        secret.display()
    );
    let console = Console::configured(&zookeeper.connect(), &toml, &[]).await;
    let bear = |headers: &[(&str, &str)]| Person::bearing(&console, headers);
    let secret = ("x-proxy-secret", "0123456789abcdef");
    let (user, groups) = (("x-forwarded-user", "ann"), ("x-forwarded-groups", "staff, sre"));
    let ann = bear(&[secret, user, groups, ("x-forwarded-for", "203.0.113.7")]);
    let session: SessionBody = ann.read("/session").await;
    assert_eq!((session.subject.as_str(), session.role), ("proxy:ann", Role::Operator));
    assert!(session.approver && session.mode == AuthMode::Proxy);
    for wrong in [
        vec![],
        vec![user, groups],
        vec![("x-proxy-secret", "wrong"), user, groups],
        vec![secret, groups],
        vec![secret, user, groups, ("x_forwarded_user", "root")],
    ] {
        assert_eq!(bear(&wrong).get("/session").await.problem().code, RefusalCode::NotSignedIn, "{wrong:?}");
    }
    let nobody = bear(&[secret, user, ("x-forwarded-groups", "staff")]).get("/session").await;
    assert_eq!((nobody.status, nobody.problem().code), (403, RefusalCode::Forbidden));
    let offer: LoginOffer = console.read("/login").await;
    assert_eq!(offer.mode, AuthMode::Proxy);
}

#[tokio::test]
async fn after_a_restart_nobody_is_signed_in() {
    let Some(mut scene) = staffed("").await else { return };
    let ann = Person::sign_in(&scene.console, "ann").await;
    assert_eq!(ann.get("/session").await.status, 200);
    let cookie = ann.cookie().unwrap().to_owned();
    scene.console.kill9();
    scene.console.restart().await;
    let replayed = Person::bearing(&scene.console, &[("cookie", &cookie)]).get("/session").await;
    assert_eq!(replayed.status, 401);
}

#[tokio::test]
async fn one_sees_where_one_is_signed_in_and_ends_it_from_afar() {
    let Some(scene) = staffed("").await else { return };
    let console = &scene.console;
    let (desk, lost, third) = (
        Person::sign_in(console, "ann").await,
        Person::sign_in(console, "ann").await,
        Person::sign_in(console, "ann").await,
    );
    let bob = Person::sign_in(console, "bob").await;
    let own: Vec<SignIn> = desk.read("/sign-ins").await;
    assert_eq!(own.len(), 3, "one's own, and nobody else's: {own:?}");
    assert_eq!(own.iter().filter(|one| one.current).count(), 1);
    assert!(own[0].current, "the one that was used last is the first");
    for one in &own {
        assert!(one.address.is_loopback() && one.age_ms < 60_000 && one.unused_ms <= one.age_ms, "{one:?}");
        assert!((14 * 60_000..=15 * 60_000).contains(&one.left_ms), "{one:?}");
        for person in [&desk, &lost, &third] {
            let cookie = person.cookie().unwrap();
            assert!(!cookie.contains(&one.id), "its name is not what signs in");
        }
        let replay = Person::bearing(console, &[("cookie", &format!("zooscope={}", one.id))]);
        assert_eq!(replay.get("/session").await.status, 401);
    }

    // Another's cannot be ended, not even by an administrator who guessed its name, and is not told to be there.
    let there = bob.post(&format!("/sign-ins/{}/end", own[1].id), &json!({})).await;
    let nowhere = bob.post("/sign-ins/nowhere/end", &json!({})).await;
    assert_eq!((there.status, &there.text), (404, &nowhere.text));
    assert_eq!((lost.get("/session").await.status, third.get("/session").await.status), (200, 200));

    // One of them ends, with its stream; the others go on.
    let id = lost.read::<Vec<SignIn>>("/sign-ins").await.into_iter().find(|one| one.current).unwrap().id;
    let mut stream = lost.stream(Codec::Json).await;
    let overview = stream.subscribe(View::Overview).await;
    stream.until(overview, crate::agreement::LIMIT, "the stream streams", |_| true).await;
    let end = format!("/sign-ins/{id}/end");
    let forged = desk.request("POST", &end).header("origin", "http://evil.example").header("x-zooscope", "1");
    assert_eq!(console.send(forged).await.status, 403, "not from another's page");
    assert_eq!(desk.post(&end, &json!({})).await.status, 204);
    stream.until_closed(Duration::from_secs(5)).await;
    assert_eq!(lost.get("/session").await.status, 401);
    assert_eq!(desk.post(&end, &json!({})).await.status, 404, "it is ended already");

    assert_eq!(desk.post("/sign-ins/end-others", &json!({})).await.status, 204);
    assert_eq!(third.get("/session").await.status, 401);
    assert_eq!((desk.get("/session").await.status, bob.get("/session").await.status), (200, 200));
    assert_eq!(desk.read::<Vec<SignIn>>("/sign-ins").await.len(), 1);
    let audit = bob.get("/audit?kind=sign_out").await.text;
    assert_eq!(audit.matches("ended 1 of their own sessions").count(), 2, "{audit}");
}

#[tokio::test]
async fn a_display_on_a_wall_has_a_time_of_its_own() {
    let wall = users(&[("wall", Role::Viewer, false)]).replace("[auth]\nmode = 'static'\n", "");
    let Some(scene) = staffed(&format!("{wall}idle = '7h'\n")).await else { return };
    let left = async |who: &str| {
        let person = Person::sign_in(&scene.console, who).await;
        person.read::<Vec<SignIn>>("/sign-ins").await[0].left_ms / 60_000
    };
    assert!((6 * 60..7 * 60).contains(&left("wall").await));
    assert!((13..15).contains(&left("vic").await), "nobody else's");
}
