use std::collections::BTreeMap;

use super::*;
use crate::auth::password::Phc;
use crate::config::auth::{Token, User};

fn gate(mode: Mode) -> Gate {
    let user =
        |password, role| User { password: Phc::of(password).unwrap(), role, approver: false, idle: None };
    let users = BTreeMap::from([("ann".to_owned(), user("correct horse", Role::Operator))]);
    let expires = zooscope_protocol::Timestamp(clock::now().0 + 60_000);
    let token = |name: &str, expires| Token { name: name.into(), role: Role::Viewer, expires };
    let tokens = BTreeMap::from([
        (hash(b"t0ken"), token("ci", expires)),
        (hash(b"old"), token("old", zooscope_protocol::Timestamp(1))),
    ]);
    let auth = Auth {
        mode,
        loopback_role: Role::Admin,
        users: if mode == Mode::Static { users } else { BTreeMap::new() },
        tokens,
        proxy: None,
        oidc: None,
        idle: Duration::from_secs(60),
        absolute: Duration::from_secs(60),
    };
    let folder = tempfile::tempdir().unwrap();
    Gate::new(auth, false, vec!["10.0.0.0/8".parse().unwrap()], folder.path()).unwrap()
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    let mut map = HeaderMap::new();
    pairs.iter().map(pair).for_each(|(name, value)| {
        map.append(name, value);
    });
    map
}

const HERE: &str = "127.0.0.1";

#[tokio::test]
async fn a_password_opens_a_session_and_its_cookie_is_known() {
    let gate = gate(Mode::Static);
    let here = HERE.parse().unwrap();
    let try_in = async |name: &str, password: &str| {
        gate.sign_in(name, Zeroizing::new(password.to_owned()), here).await
    };
    let (wrong, nobody) =
        (try_in("ann", "wrong").await.unwrap_err(), try_in("bob", "wrong").await.unwrap_err());
    assert_eq!(wrong, nobody, "nothing says whether there is such a name");
    let ann = try_in("ann", "correct horse").await.unwrap();
    assert_eq!((ann.subject.as_str(), ann.role), ("local:ann", Role::Operator));
    let id = gate.begin(ann, "a browser").unwrap();
    let known = |cookies: &[(&str, &str)]| gate.identify(&headers(cookies), here);
    let line = format!("other=1; zooscope={id}");
    let ann = known(&[("cookie", &line)]).unwrap().unwrap();
    assert!(gate.still(&ann));
    for nobody in
        [format!("zooscope={id}0"), format!("__Host-zooscope={id}"), format!("zooscope={id}; zooscope=x")]
    {
        assert_eq!(known(&[("cookie", &nobody)]), Ok(None), "{nobody}");
    }
    assert_eq!(known(&[]), Ok(None));
    assert!(known(&[("cookie", &line), ("authorization", "Bearer t0ken")]).is_err(), "never both");
    gate.sessions().end(&ann.session.unwrap());
    assert!(!gate.still(&ann));
}

#[tokio::test]
async fn how_long_it_takes_does_not_say_whether_there_is_such_a_name() {
    const TRIALS: usize = 15;
    let mut auth = Auth::clone(&gate(Mode::Static).auth());
    let ann = auth.users["ann"].clone();
    auth.users.extend((0..TRIALS).map(|number| (format!("known{number}"), ann.clone())));
    let folder = tempfile::tempdir().unwrap();
    let gate = Gate::new(auth, false, Vec::new(), folder.path()).unwrap();
    let here = HERE.parse().unwrap();
    let mut took = [Vec::new(), Vec::new()];
    // One after the other, so that whatever else the machine does takes from both alike.
    for number in 0..TRIALS {
        for (which, kind) in ["known", "nobody"].into_iter().enumerate() {
            let start = Instant::now();
            let wrong = Zeroizing::new("wrong wrong".to_owned());
            assert!(gate.sign_in(&format!("{kind}{number}"), wrong, here).await.is_err());
            took[which].push(start.elapsed().as_secs_f64());
        }
    }
    let [known, nobody] = took.map(|mut took| {
        took.sort_by(f64::total_cmp);
        took[TRIALS / 2]
    });
    let ratio = known / nobody;
    assert!((0.6..1.67).contains(&ratio), "{known} s for those who are known, {nobody} s for others");
}

#[tokio::test]
async fn who_is_not_what_they_were_signs_in_again() {
    let gate = gate(Mode::Static);
    let here = HERE.parse().unwrap();
    let ann = gate.sign_in("ann", Zeroizing::new("correct horse".to_owned()), here).await.unwrap();
    let id = gate.begin(ann, "a browser").unwrap();
    let ann = gate.sessions().find(&id, here).unwrap();
    let bearer = headers(&[("authorization", "Bearer t0ken")]);
    let program = gate.identify(&bearer, here).unwrap().unwrap();
    let mut auth = Auth::clone(&gate.auth());
    assert_eq!(gate.take(&auth), Ok(0));
    assert!(gate.still(&ann) && gate.still(&program), "nothing changed");
    auth.users.get_mut("ann").unwrap().role = Role::Viewer;
    auth.tokens.values_mut().for_each(|token| token.role = Role::Operator);
    assert!(gate.keeps_role(&ann) && gate.keeps_role(&program));
    assert_eq!(gate.take(&auth), Ok(1));
    assert!(!gate.still(&ann) && !gate.still(&program));
    assert!(!gate.keeps_role(&ann) && !gate.keeps_role(&program));
    let again = gate.sign_in("ann", Zeroizing::new("correct horse".to_owned()), here).await.unwrap();
    assert_eq!(again.role, Role::Viewer);
    auth.users.clear();
    gate.take(&auth).unwrap();
    assert!(gate.sign_in("ann", Zeroizing::new("correct horse".to_owned()), here).await.is_err());
    auth.mode = Mode::None;
    assert!(gate.take(&auth).is_err(), "how people come to be known takes a restart");
}

#[tokio::test]
async fn who_signs_in_while_the_configuration_is_read_again_does_so_once_more() {
    let gate = gate(Mode::Static);
    let here = HERE.parse().unwrap();
    let ann = gate.sign_in("ann", Zeroizing::new("correct horse".to_owned()), here).await.unwrap();
    let mut auth = Auth::clone(&gate.auth());
    auth.users.get_mut("ann").unwrap().role = Role::Viewer;
    assert_eq!(gate.take(&auth), Ok(0), "her session is not there yet");
    assert_eq!(gate.begin(ann, "a browser"), None);
    assert_eq!(gate.sessions().of("local:ann"), []);
    let ann = gate.sign_in("ann", Zeroizing::new("correct horse".to_owned()), here).await.unwrap();
    assert!(gate.begin(ann, "a browser").is_some());
}

#[test]
fn another_token_of_the_same_name_is_another() {
    let gate = gate(Mode::Static);
    let bearer = |text: &str| headers(&[("authorization", &format!("Bearer {text}"))]);
    let identify = |text: &str| gate.identify(&bearer(text), HERE.parse().unwrap()).unwrap().unwrap();
    let mut auth = Auth::clone(&gate.auth());
    let token = auth.tokens[&hash(b"t0ken")].clone();
    auth.tokens.insert(hash(b"n3w"), Token { role: Role::Operator, ..token.clone() });
    gate.take(&auth).unwrap();
    let (old, new) = (identify("t0ken"), identify("n3w"));
    assert_eq!((old.role, new.role), (Role::Viewer, Role::Operator));
    assert!(gate.still(&old) && gate.still(&new));
    auth.tokens.remove(&hash(b"t0ken"));
    auth.tokens.insert(hash(b"n3wer"), token);
    gate.take(&auth).unwrap();
    assert!(!gate.still(&old) && gate.still(&new), "who has it may have stolen it");
}

#[test]
fn a_proxy_is_asked_again_after_a_while_and_under_other_roles() {
    let folder = tempfile::tempdir().unwrap();
    let mut auth = Auth::clone(&gate(Mode::None).auth());
    (auth.mode, auth.proxy) = (Mode::Proxy, Some(proxy::tests::config()));
    let gate = Gate::new(auth.clone(), false, Vec::new(), folder.path()).unwrap();
    let ann = Principal { mode: Mode::Proxy, ..Principal::loopback(HERE.parse().unwrap(), Role::Admin) };
    let long_ago = Instant::now().checked_sub(Gate::VOUCHED).unwrap();
    gate.told.write().unwrap().vouched = long_ago;
    assert!(gate.still(&ann) && !gate.still(&Principal { known: long_ago, ..ann.clone() }));
    auth.proxy.as_mut().unwrap().roles = Default::default();
    assert_eq!(gate.take(&auth), Ok(0), "there is no session that could end");
    assert!(!gate.still(&ann) && gate.still(&Principal { known: Instant::now(), ..ann.clone() }));
}

#[test]
fn a_token_is_known_until_it_ends() {
    let gate = gate(Mode::Static);
    let ask = |value: &str| gate.identify(&headers(&[("authorization", value)]), HERE.parse().unwrap());
    assert_eq!(ask("Bearer t0ken").unwrap().unwrap().subject, "token:ci");
    for wrong in ["Bearer old", "Bearer t0ken2", "t0ken", "Basic dDBrZW4=", "Bearer "] {
        assert_eq!(ask(wrong).unwrap_err().code, RefusalCode::NotSignedIn, "{wrong}");
    }
}

#[test]
fn only_trusted_proxies_say_where_a_request_came_from() {
    let gate = gate(Mode::Static);
    for (peer, forwarded, address) in [
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
    ] {
        let headers = headers(&[("x-forwarded-for", forwarded)]);
        assert_eq!(gate.address(&headers, peer.parse().unwrap()).to_string(), address, "{peer} {forwarded}");
    }
}
