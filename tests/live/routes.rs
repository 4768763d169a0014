//! Every address of the console, as its router lists them, asked for by everybody: nobody, a viewer, an operator, an
//! administrator. An address that is not in the table here fails the test, so that none is added without a thought.

use std::collections::BTreeMap;

use harness::{Console, Person};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use zooscope_protocol::{RefusalCode, Role};

use crate::auth::staffed;

/// The router, as it is built.
const ROUTER: &str = include_str!("../../server/src/http.rs");

/// The methods and addresses that the router lists.
fn listed() -> Vec<(String, String)> {
    let api: Vec<&str> =
        ROUTER.split("let api = Router::new()").nth(1).unwrap().splitn(2, ".fallback(").collect();
    let read = |text: &str, base: &str| -> Vec<(String, String)> {
        let routes = text.split(".route(\"").skip(1).map(|rest| {
            let (path, rest) = rest.split_once("\", ").unwrap();
            let handlers = rest.split_once("\n").map_or(rest, |(line, _)| line);
            (path.to_owned(), handlers.to_owned())
        });
        let methods = routes.flat_map(|(path, handlers)| {
            let own = move |method: &&str| {
                [format!(".{method}("), format!("{method}(")].iter().any(|call| {
                    handlers.starts_with(call.as_str()) || handlers.contains(&format!(").{method}("))
                })
            };
            let found: Vec<_> =
                ["get", "post", "delete", "put", "patch", "any"].into_iter().filter(|m| own(m)).collect();
            assert!(!found.is_empty(), "no method is read of {path}");
            found.into_iter().map(move |method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
        });
        methods.map(|(method, path)| (method, format!("{base}{path}"))).collect()
    };
    [read(api[0], "/api/v1"), read(api[1], "")].concat()
}

/// Who may ask for what. `Nobody` needs no name at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Least {
    Nobody,
    Role(Role),
}

/// The table: the least that an address takes, and a body for those that take one.
fn table() -> BTreeMap<(&'static str, &'static str), (Least, Value)> {
    use Least::{Nobody, Role as Of};
    let target = json!({"type": "release", "path": "/nowhere/x", "czxid": "1", "version": 0});
    let declaration =
        json!({"name": "n", "path": "/declared/*", "kind": "mutex", "members": "n-(?<sequence>\\d+)"});
    let execute = json!({"reason": "a test", "idempotency_key": "k", "confirm": "x"});
    let bulk = json!({"action": {"type": "requeue"}, "select": {"queue": "/nowhere"}});
    let decide = json!({"digest": "x", "reason": ""});
    let (viewer, operator, admin) = (Of(Role::Viewer), Of(Role::Operator), Of(Role::Admin));
    let look = |path: &'static str| (("GET", path), (viewer, Value::Null));
    BTreeMap::from([
        look("/api/v1/clusters"),
        look("/api/v1/clusters/{cluster}/locks"),
        look("/api/v1/clusters/{cluster}/locks/at"),
        look("/api/v1/clusters/{cluster}/queues"),
        look("/api/v1/clusters/{cluster}/queues/at"),
        look("/api/v1/clusters/{cluster}/queues/items"),
        look("/api/v1/clusters/{cluster}/deadlocks"),
        look("/api/v1/clusters/{cluster}/sessions"),
        look("/api/v1/clusters/{cluster}/sessions/at"),
        look("/api/v1/clusters/{cluster}/sources"),
        look("/api/v1/clusters/{cluster}/waits"),
        look("/api/v1/clusters/{cluster}/findings"),
        look("/api/v1/clusters/{cluster}/node"),
        look("/api/v1/clusters/{cluster}/children"),
        look("/api/v1/clusters/{cluster}/events"),
        look("/api/v1/clusters/{cluster}/stream"),
        look("/api/v1/clusters/{cluster}/may"),
        look("/api/v1/clusters/{cluster}/bulk"),
        look("/api/v1/clusters/{cluster}/bulk/{digest}"),
        look("/api/v1/recipes"),
        look("/api/v1/audit"),
        look("/api/v1/audit/export"),
        look("/api/v1/audit/{id}"),
        look("/api/v1/session"),
        look("/api/v1/approvals"),
        look("/api/v1/sign-ins"),
        look("/metrics"),
        (("POST", "/api/v1/clusters/{cluster}/plans"), (operator, target)),
        // Whose plan there is none of, is told so before anything else.
        (("POST", "/api/v1/clusters/{cluster}/plans/{digest}/execute"), (viewer, execute.clone())),
        (("POST", "/api/v1/clusters/{cluster}/bulk"), (operator, bulk)),
        (("POST", "/api/v1/clusters/{cluster}/bulk/{digest}/execute"), (viewer, execute.clone())),
        (("POST", "/api/v1/clusters/{cluster}/bulk/{digest}/stop"), (operator, json!({}))),
        (("POST", "/api/v1/clusters/{cluster}/recipes/try"), (operator, declaration.clone())),
        (("POST", "/api/v1/recipes"), (admin, declaration.clone())),
        (("PUT", "/api/v1/recipes/{name}"), (admin, declaration)),
        (("DELETE", "/api/v1/recipes/{name}"), (admin, Value::Null)),
        (("POST", "/api/v1/freeze"), (operator, json!({"on": true, "reason": "a test"}))),
        (("POST", "/api/v1/approvals/{id}/approve"), (admin, decide.clone())),
        (("POST", "/api/v1/approvals/{id}/reject"), (admin, decide)),
        (("POST", "/api/v1/session/step-up"), (viewer, json!({"password": "wrong password"}))),
        (("POST", "/api/v1/sign-ins/end-others"), (viewer, json!({}))),
        (("POST", "/api/v1/sign-ins/{id}/end"), (viewer, json!({}))),
        (("GET", "/api/v1/login"), (Nobody, Value::Null)),
        (("POST", "/api/v1/login"), (Nobody, json!({"user": "nobody-at-all", "password": "wrong"}))),
        // Last of all, for it ends the session.
        (("POST", "/api/v1/logout"), (Nobody, json!({}))),
        (("GET", "/oidc/start"), (Nobody, Value::Null)),
        (("GET", "/oidc/callback"), (Nobody, Value::Null)),
        // What it bears speaks for it.
        (("POST", "/oidc/backchannel"), (Nobody, json!({}))),
        (("GET", "/healthz"), (Nobody, Value::Null)),
        (("GET", "/readyz"), (Nobody, Value::Null)),
    ])
}

/// Every address that changes something, with a body that it takes.
pub(crate) fn changes() -> Vec<(String, String, Value)> {
    let rows = table().into_iter().filter(|((method, _), _)| *method != "GET");
    rows.map(|((method, path), (_, body))| (method.to_owned(), path.to_owned(), body)).collect()
}

/// An address with something in the places of what it names.
pub(crate) fn address(path: &str) -> String {
    let path = path.replace("{cluster}", "test").replace("{digest}", "no-such-digest");
    let path = path.replace("{id}", "no-such-id").replace("{name}", "no-such-name");
    let query = match path.rsplit('/').next() {
        Some("at") if path.contains("sessions") => "?session=0x1",
        Some("export") => "?format=json",
        Some("at" | "items" | "node" | "children" | "may") => "?path=/",
        _ => "",
    };
    format!("{path}{query}")
}

async fn ask(
    console: &Console,
    who: &Person<'_>,
    method: &str,
    path: &str,
    body: &Value,
) -> (u16, Option<RefusalCode>) {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let headers: HeaderMap =
        if method == "GET" || method == "HEAD" { HeaderMap::new() } else { console.site_headers() };
    let request = client.request(method.parse().unwrap(), console.url(&address(path))).headers(headers);
    let request = who.headers().iter().fold(request, |request, (name, value)| request.header(name, value));
    let request = if body.is_null() { request } else { request.json(body) };
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap_or_default();
    let code = serde_json::from_str::<Value>(&text).ok();
    (status, code.and_then(|value| serde_json::from_value(value["code"].clone()).ok()))
}

#[tokio::test]
async fn every_address_is_for_those_it_is_for_and_nobody_else() {
    let Some(scene) = staffed("").await else { return };
    let console = &scene.console;
    let table = table();
    let routes = listed();
    assert!(routes.len() > 30, "the router is read: {routes:?}");
    for route in &routes {
        assert!(
            table.contains_key(&(route.0.as_str(), route.1.as_str())),
            "{route:?} is in no row of the table"
        );
    }
    for (method, path) in table.keys() {
        let listed = routes.iter().any(|route| (route.0.as_str(), route.1.as_str()) == (*method, *path));
        assert!(listed, "{method} {path} is in the table and not in the router");
    }
    let nobody = Person::bearing(console, &[]);
    let (vic, ann, bob) = (
        Person::sign_in(console, "vic").await,
        Person::sign_in(console, "ann").await,
        Person::sign_in(console, "bob").await,
    );
    let (is_nobody, viewer) = (Least::Nobody, Least::Role(Role::Viewer));
    let everybody = [
        (is_nobody, &nobody),
        (viewer, &vic),
        (Least::Role(Role::Operator), &ann),
        (Least::Role(Role::Admin), &bob),
    ];
    for ((method, path), (least, body)) in &table {
        if *path == "/api/v1/logout" {
            continue;
        }
        for (role, who) in everybody {
            let (status, code) = ask(console, who, method, path, body).await;
            let shut = matches!(
                (role, status, code),
                (Least::Nobody, 401, Some(RefusalCode::NotSignedIn))
                    | (Least::Role(_), 403, Some(RefusalCode::Forbidden))
            );
            assert_eq!(shut, role < *least, "{method} {path} as {role:?}: {status} {code:?}");
            assert!(status != 500, "{method} {path} as {role:?}");
            if *path == "/api/v1/freeze" && !shut {
                let thaw = json!({"on": false, "reason": "a test"});
                assert_eq!(bob.post("/freeze", &thaw).await.status, 200);
            }
        }
        // A method that the address does not know is refused alike for all who are known.
        let (status, _) = ask(console, &bob, "PATCH", path, &json!({})).await;
        assert_eq!(status, 405, "PATCH {path}");
    }
    // An unknown address is the same for all who are not known as one that is there.
    let (status, code) = ask(console, &nobody, "GET", "/api/v1/no/such/address", &Value::Null).await;
    assert_eq!((status, code), (401, Some(RefusalCode::NotSignedIn)));
    let (status, code) = ask(console, &bob, "GET", "/api/v1/no/such/address", &Value::Null).await;
    assert_eq!((status, code), (404, Some(RefusalCode::NotFound)));
}

#[tokio::test]
async fn to_look_changes_nothing() {
    let Some(scene) = staffed("").await else { return };
    let console = &scene.console;
    let client = harness::zookeeper::client(&scene.zookeeper.connect()).await;
    let bob = Person::sign_in(console, "bob").await;
    let before = tree(&client).await;
    let audit: Value = bob.read("/audit?limit=1000").await;
    for (method, path) in listed() {
        for looks in ["GET", "HEAD"] {
            let (status, _) = ask(console, &bob, looks, &path, &Value::Null).await;
            let expected = if method == "GET" {
                status != 405
            } else {
                // These have something to be read too.
                let both =
                    ["/api/v1/recipes", "/api/v1/login"].contains(&path.as_str()) || path.ends_with("/bulk");
                status == 405 || both
            };
            assert!(expected && status != 500, "{looks} {path}: {status}");
        }
    }
    assert_eq!(tree(&client).await, before);
    assert_eq!(bob.read::<Value>("/audit?limit=1000").await, audit);
    assert_eq!(bob.read::<Value>("/recipes").await["kept"], json!([]));
}

/// Every znode with the transaction that last changed it, but for ZooKeeper's own.
async fn tree(client: &zookeeper_client::Client) -> BTreeMap<String, i64> {
    let mut found = BTreeMap::new();
    let mut open = vec!["/".to_owned()];
    while let Some(path) = open.pop() {
        let (children, stat) = client.get_children(&path).await.unwrap();
        found.insert(path.clone(), stat.mzxid.max(stat.pzxid));
        let base = if path == "/" { String::new() } else { path };
        open.extend(
            children.into_iter().map(|name| format!("{base}/{name}")).filter(|path| path != "/zookeeper"),
        );
    }
    found
}
