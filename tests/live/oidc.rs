//! Signing in with an OpenID provider: the right way lets in, and no wrong one does.

use harness::console::Reply;
use harness::idp::{Asked, CLIENT, Idp, SECRET, Signed};
use harness::{Console, Person};
use serde_json::{Value, json};
use zooscope_protocol::access::NotIn;
use zooscope_protocol::api::{LoginOffer, SessionBody};
use zooscope_protocol::{AuthMode, RefusalCode, Role};

struct Scene {
    idp: Idp,
    console: Console,
    _folder: tempfile::TempDir,
}

impl Scene {
    /// A console that believes a provider. It needs no ZooKeeper: to sign in nothing is asked of it.
    async fn start() -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let idp = Idp::start().await;
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, SECRET).unwrap();
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
        let toml = format!(
            "[auth]\nmode = 'oidc'\n[auth.oidc]\nissuer = '{}'\nclient_id = '{CLIENT}'\nclient_secret_file = '{}'\n\
             redirect_url = 'http://127.0.0.1:9180/oidc/callback'\nroles = {{ admin = ['zk'], viewer = ['staff', 'user:sub-7'] }}\n\
             approvers = ['zk']\n",
            idp.issuer,
            secret.display()
        );
        let console = Console::configured("127.0.0.1:1", &toml, &[]).await;
        Self { idp, console, _folder: folder }
    }

    async fn page(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let request = client.get(self.console.url(path));
        self.console
            .send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)))
            .await
    }

    /// Begins: what the provider is asked, and what the browser keeps.
    async fn begin(&self, query: &str, headers: &[(&str, &str)]) -> (Asked, String) {
        let reply = self.page(&format!("/oidc/start{query}"), headers).await;
        assert_eq!(reply.status, 303, "{}", reply.text);
        let kept = reply.headers["set-cookie"].to_str().unwrap();
        assert!(kept.contains("SameSite=Lax") && kept.contains("HttpOnly"), "{kept}");
        let location = reply.headers["location"].to_str().unwrap();
        assert!(location.starts_with(&format!("{}/authorize?", self.idp.issuer)), "{location}");
        (Asked::read(location), kept.split(';').next().unwrap().to_owned())
    }

    async fn finish(&self, asked: &Asked, kept: &str, code: &str) -> Reply {
        let state = asked.get("state");
        self.page(&format!("/oidc/callback?code={code}&state={state}"), &[("cookie", kept)]).await
    }

    /// Goes all the way with these claims.
    async fn sign_in(&self, signed: Signed, change: impl Fn(&mut Value)) -> Reply {
        let (asked, kept) = self.begin("", &[]).await;
        let mut claims = self.idp.claims(&asked, "sub-1", &["staff", "zk"]);
        change(&mut claims);
        let code = self.idp.grant(&asked, Some(&claims), signed);
        self.finish(&asked, &kept, &code).await
    }

    fn session(reply: &Reply) -> Option<String> {
        let cookies = reply.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
        cookies
            .filter(|cookie| cookie.starts_with("zooscope="))
            .map(|cookie| cookie.split(';').next().unwrap().to_owned())
            .next()
    }

    /// Somebody is not let in, and led to the page that says why.
    #[track_caller]
    fn refused(reply: &Reply, what: &str) -> NotIn {
        assert_eq!(Self::session(reply), None, "{what}");
        Self::led(reply).unwrap_or_else(|| panic!("{what}: {} {:?}", reply.status, reply.headers))
    }

    /// Why somebody is led to the page where one signs in.
    fn led(reply: &Reply) -> Option<NotIn> {
        let location = reply.headers.get("location")?.to_str().ok()?;
        let why = location.strip_prefix("/login?why=")?;
        NotIn::of(why).filter(|_| reply.status == 303)
    }
}

#[tokio::test]
async fn a_provider_lets_in_whom_it_vouches_for() {
    let scene = Scene::start().await;
    let offer: LoginOffer = scene.console.read("/login").await;
    assert_eq!((offer.mode, offer.start.as_deref()), (AuthMode::Oidc, Some("/oidc/start")));
    let (asked, _) = scene.begin("", &[]).await;
    for (name, value) in [("response_type", "code"), ("client_id", CLIENT), ("code_challenge_method", "S256")]
    {
        assert_eq!(asked.get(name), value);
    }
    assert_eq!(asked.get("redirect_uri"), "http://127.0.0.1:9180/oidc/callback");
    assert!(
        asked.get("scope").contains("openid")
            && asked.get("state").len() >= 43
            && asked.get("nonce").len() >= 43
    );

    for signed in [Signed::Rsa, Signed::Ed25519] {
        let (asked, kept) = scene.begin("?back=/c/test/locks", &[]).await;
        let code =
            scene.idp.grant(&asked, Some(&scene.idp.claims(&asked, "sub-1", &["staff", "zk"])), signed);
        let reply = scene.finish(&asked, &kept, &code).await;
        assert_eq!(
            (reply.status, reply.headers["location"].to_str().unwrap()),
            (303, "/c/test/locks"),
            "{}",
            reply.text
        );
        let cookie = Scene::session(&reply).unwrap();
        let person = Person::bearing(&scene.console, &[("cookie", &cookie)]);
        let session: SessionBody = person.read("/session").await;
        assert_eq!(session.subject, format!("oidc:{}#sub-1", scene.idp.issuer));
        assert_eq!((session.role, session.mode, session.approver), (Role::Admin, AuthMode::Oidc, true));
    }
    // Who has the same name is not the same: what counts is the issuer and the subject.
    let other = scene.sign_in(Signed::Rsa, |claims| claims["sub"] = json!("sub-7")).await;
    let cookie = Scene::session(&other).unwrap();
    let session: SessionBody = Person::bearing(&scene.console, &[("cookie", &cookie)]).read("/session").await;
    assert!(session.subject.ends_with("#sub-7"));
}

#[tokio::test]
async fn no_wrong_token_lets_in() {
    let scene = Scene::start().await;
    let now = zooscope::clock::now().0 / 1_000;
    for signed in [Signed::Foreign, Signed::Unknown, Signed::Confused, Signed::Shared, Signed::Nothing] {
        Scene::refused(&scene.sign_in(signed, |_| {}).await, &format!("{signed:?}"));
    }
    let tampered = scene.sign_in(Signed::Tampered, |claims| claims["groups"] = json!(["staff"])).await;
    Scene::refused(&tampered, "tampered");
    let wrong: [(&str, Value); 20] = [
        ("iss", json!("https://evil.example")),
        ("iss", json!(format!("{}/", scene.idp.issuer))),
        ("iss", Value::Null),
        ("aud", json!("another")),
        ("aud", json!([CLIENT, "another"])),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("exp", json!(now - 3_600)),
        ("exp", Value::Null),
        ("exp", json!("tomorrow")),
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("nbf", json!(now + 3_600)),
        ("nbf", json!("never")),
        ("sub", Value::Null),
        ("sub", json!("")),
        ("groups", json!([])),
        ("groups", json!(["ZK", "zk ", "zkk", "admin", "user:sub-7"])),
        ("groups", json!({"zk": true})),
        ("groups", Value::Null),
    ];
    for (claim, value) in wrong {
        let reply = scene
            .sign_in(Signed::Rsa, |claims| {
                if value.is_null() {
                    claims.as_object_mut().unwrap().remove(claim);
                } else {
                    claims[claim] = value.clone();
                }
            })
            .await;
        let why = Scene::refused(&reply, &format!("{claim} = {value}"));
        assert_eq!(why == NotIn::NoRole, claim == "groups", "{claim} = {value}: {why:?}");
    }
    let (asked, kept) = scene.begin("", &[]).await;
    let none = scene.idp.grant(&asked, None, Signed::Rsa);
    Scene::refused(&scene.finish(&asked, &kept, &none).await, "no token");
    assert!(scene.idp.asked_for_keys() <= 3, "a flood of unknown keys does not become a flood of questions");
    assert!(!scene.console.log().contains(SECRET), "nothing secret is logged");
}

#[tokio::test]
async fn an_answer_belongs_to_the_browser_that_began_and_is_good_once() {
    let scene = Scene::start().await;
    let ready = async || {
        let (asked, kept) = scene.begin("", &[]).await;
        let code = scene.idp.grant(&asked, Some(&scene.idp.claims(&asked, "sub-1", &["zk"])), Signed::Rsa);
        (asked, kept, code)
    };
    let (asked, kept, code) = ready().await;
    let state = asked.get("state").to_owned();
    let other = scene.begin("", &[]).await.1;
    let why = Scene::refused(&scene.finish(&asked, &other, &code).await, "another browser");
    assert_eq!(why, NotIn::Foreign);
    Scene::refused(&scene.finish(&asked, &kept, &code).await, "a state is good once, also in vain");

    let (asked, kept, code) = ready().await;
    assert_eq!(scene.finish(&asked, &kept, &code).await.status, 303);
    Scene::refused(&scene.finish(&asked, &kept, &code).await, "a replay");
    let (later, kept, _) = ready().await;
    Scene::refused(&scene.finish(&later, &kept, &code).await, "a code that was used");

    for (path, what) in [
        (format!("/oidc/callback?code={code}"), "no state"),
        (format!("/oidc/callback?code={code}&state={state}x"), "another state"),
        (format!("/oidc/callback?code={code}&state="), "an empty state"),
    ] {
        Scene::refused(&scene.page(&path, &[("cookie", &kept)]).await, what);
    }
    let (asked, kept, code) = ready().await;
    let mixed = format!("/oidc/callback?code={code}&state={}&iss=https://evil.example", asked.get("state"));
    Scene::refused(&scene.page(&mixed, &[("cookie", &kept)]).await, "another provider answers");
    let (asked, kept, _) = ready().await;
    let denied = format!("/oidc/callback?error=access_denied&state={}", asked.get("state"));
    let why = Scene::refused(&scene.page(&denied, &[("cookie", &kept)]).await, "the provider says no");
    assert_eq!(why, NotIn::Refused);
    // A code that was stolen is worth nothing without the verifier.
    let (victim, _, code) = ready().await;
    let (asked, kept, _) = ready().await;
    assert_ne!(victim.get("code_challenge"), asked.get("code_challenge"));
    Scene::refused(&scene.finish(&asked, &kept, &code).await, "a code of another");

    for back in ["//evil.example", "https://evil.example", "/%5Cevil.example", "evil"] {
        let reply = scene.page(&format!("/oidc/start?back={back}"), &[]).await;
        assert_eq!(reply.problem().code, RefusalCode::BadRequest, "{back}");
    }
}

#[tokio::test]
async fn to_prove_it_again_takes_a_fresh_proof_by_the_same_person() {
    let scene = Scene::start().await;
    let reply = scene.page("/oidc/start?again=true", &[]).await;
    assert_eq!(Scene::led(&reply), Some(NotIn::Ended), "nobody can prove it again");
    let now = zooscope::clock::now().0 / 1_000;
    let cookie = Scene::session(&scene.sign_in(Signed::Rsa, |_| {}).await).unwrap();
    let again = async |change: &dyn Fn(&mut Value)| {
        let (asked, kept) = scene.begin("?again=true", &[("cookie", &cookie)]).await;
        assert_eq!((asked.get("prompt"), asked.get("max_age")), ("login", "0"));
        let mut claims = scene.idp.claims(&asked, "sub-1", &["zk"]);
        change(&mut claims);
        let code = scene.idp.grant(&asked, Some(&claims), Signed::Rsa);
        scene.finish(&asked, &kept, &code).await
    };
    Scene::refused(&again(&|claims| claims["auth_time"] = json!(now - 3_600)).await, "an old proof");
    let missing = |claims: &mut Value| drop(claims.as_object_mut().unwrap().remove("auth_time"));
    Scene::refused(&again(&missing).await, "no proof");
    Scene::refused(&again(&|claims| claims["sub"] = json!("sub-2")).await, "somebody else");
    assert_eq!(again(&|_| {}).await.status, 303);
}

#[tokio::test]
async fn the_provider_signs_somebody_out_and_nobody_else_does() {
    use std::time::Duration;

    use zooscope_protocol::View;
    use zooscope_protocol::codec::Codec;

    let scene = Scene::start().await;
    let order = async |token: &str| {
        let form = format!("logout_token={token}");
        let client = reqwest::Client::new();
        let request = client.post(scene.console.url("/oidc/backchannel"));
        scene
            .console
            .send(request.header("content-type", "application/x-www-form-urlencoded").body(form))
            .await
    };
    let signed_in = async || {
        let reply = scene.sign_in(Signed::Rsa, |_| {}).await;
        Scene::session(&reply).unwrap_or_else(|| panic!("{}: {}", reply.status, reply.text))
    };
    let (first, second) = (signed_in().await, signed_in().await);
    let other = scene.sign_in(Signed::Rsa, |claims| claims["sub"] = json!("sub-2")).await;
    let other = Scene::session(&other).unwrap();
    let alive = async |cookie: &str| {
        Person::bearing(&scene.console, &[("cookie", cookie)]).get("/session").await.status == 200
    };
    let right = || scene.idp.order_claims("sub-1", "order-1");
    let now = zooscope::clock::now().0 / 1_000;

    // None of these is an order of the provider's.
    let mut wrong: Vec<(&str, Value, Signed)> = Vec::new();
    for signed in [
        Signed::Foreign,
        Signed::Unknown,
        Signed::Confused,
        Signed::Shared,
        Signed::Nothing,
        Signed::Tampered,
    ] {
        wrong.push(("its signature", right(), signed));
    }
    for (what, change) in [
        ("iss", json!({"iss": "http://127.0.0.1:1"})),
        ("aud", json!({"aud": "another"})),
        ("no aud", json!({"aud": null})),
        ("exp", json!({"exp": now - 120})),
        ("iat long ago", json!({"iat": now - 3_600})),
        ("iat to come", json!({"iat": now + 3_600})),
        ("no iat", json!({"iat": null})),
        ("no sub", json!({"sub": null})),
        ("empty sub", json!({"sub": ""})),
        ("no jti", json!({"jti": null})),
        ("a nonce", json!({"nonce": "n"})),
        ("no events", json!({"events": null})),
        ("other events", json!({"events": {"http://schemas.openid.net/event/other": {}}})),
        ("events as text", json!({"events": "http://schemas.openid.net/event/backchannel-logout"})),
        (
            "event that is no object",
            json!({"events": {"http://schemas.openid.net/event/backchannel-logout": 1}}),
        ),
    ] {
        let mut claims = right();
        for (key, value) in change.as_object().unwrap() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(key);
            } else {
                claims[key] = value.clone();
            }
        }
        wrong.push((what, claims, Signed::Rsa));
    }
    for (number, (what, claims, signed)) in wrong.iter().enumerate() {
        if number % 10 == 9 {
            tokio::time::sleep(Duration::from_millis(1_100)).await;
        }
        let reply = order(&scene.idp.order(claims, *signed)).await;
        assert_eq!(reply.status, 400, "{what} {signed:?}: {}", reply.text);
        assert!(alive(&first).await && alive(&second).await, "{what}");
    }
    for text in ["", "x", "a.b.c", "....", &"a".repeat(3_000)] {
        assert!(order(text).await.status >= 400, "{text}");
    }
    let client = reqwest::Client::new();
    let bare = client.post(scene.console.url("/oidc/backchannel"));
    assert_eq!(scene.console.send(bare).await.status, 400);
    tokio::time::sleep(Duration::from_millis(1_100)).await;

    let person = Person::bearing(&scene.console, &[("cookie", &first)]);
    let mut stream = person.stream(Codec::Json).await;
    let id = stream.subscribe(View::Overview).await;
    stream.until(id, crate::agreement::LIMIT, "the stream streams", |_| true).await;
    let token = scene.idp.order(&right(), Signed::Rsa);
    let reply = order(&token).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.headers["cache-control"], "no-store");
    assert!(!alive(&first).await && !alive(&second).await, "wherever they are signed in");
    assert!(alive(&other).await, "and nobody else is");
    let (said, _) = stream.until_closed(Duration::from_secs(5)).await;
    assert!(said.unwrap_or_default().contains("sign in again"));
    // Given again it is followed no more.
    let third = signed_in().await;
    assert_eq!(order(&token).await.status, 400);
    assert!(alive(&third).await);
    assert!(!scene.console.log().contains(&token), "nothing of it is logged");

    // Of a flood most are not even looked at.
    let flood = (0..100).map(|number| {
        let token =
            scene.idp.order(&scene.idp.order_claims("nobody", &format!("flood-{number}")), Signed::Foreign);
        let order = &order;
        async move { order(&token).await.status }
    });
    let statuses = futures::future::join_all(flood).await;
    assert!(statuses.iter().filter(|status| **status == 503).count() >= 50, "{statuses:?}");
}
