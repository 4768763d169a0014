//! Who asks: from a request's headers and its peer to a [`Principal`], or to nobody.

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE, HeaderName};
use ipnet::IpNet;
use zeroize::Zeroizing;
use zooscope_protocol::access::{Mode, Role};
use zooscope_protocol::{Refusal, RefusalCode};

use super::oidc::Provider;
use super::password::{LONGEST, Verifier};
use super::principal::Principal;
use super::proxy;
use super::secret::hash;
use super::sessions::Sessions;
use super::throttle::Throttle;
use crate::clock;
use crate::config::auth::{Auth, Oidc, Proxy, within};

/// Who lets people and programs in.
#[derive(Debug)]
pub struct Gate {
    mode: Mode,
    told: RwLock<Told>,
    /// Whether browsers reach the console by TLS, its own or a trusted proxy's.
    secure: bool,
    trusted: Vec<IpNet>,
    sessions: Sessions,
    throttle: Throttle,
    verifier: Option<Verifier>,
    provider: Option<Provider>,
}

/// What the configuration says of people, which can change while the console runs.
#[derive(Debug, Clone)]
struct Told {
    auth: Arc<Auth>,
    /// Since when it is what it is.
    taken: Instant,
    /// Since when the roles of those whom a proxy or a provider vouches for are what they are.
    vouched: Instant,
}

/// Why the gate cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("auth: {0}")]
pub struct Error(String);

impl Gate {
    /// How long a stream lasts for somebody whom only a proxy vouches for, until the proxy is asked again.
    const VOUCHED: Duration = Duration::from_secs(900);

    /// The gate of this configuration, with what wrong passwords left behind in this folder.
    pub fn new(auth: Auth, secure: bool, trusted: Vec<IpNet>, data_dir: &Path) -> Result<Self, Error> {
        let verifier = match auth.mode {
            Mode::Static => {
                Some(Verifier::new(auth.users.values().map(|user| &user.password)).map_err(Error)?)
            }
            _ => None,
        };
        let provider = auth.oidc.clone().map(Provider::new).transpose().map_err(Error)?;
        let now = Instant::now();
        Ok(Self {
            sessions: Sessions::new(auth.idle, auth.absolute),
            throttle: Throttle::open(auth.users.keys(), data_dir),
            verifier,
            provider,
            mode: auth.mode,
            told: RwLock::new(Told { auth: Arc::new(auth), taken: now, vouched: now }),
            secure,
            trusted,
        })
    }

    /// Takes users, tokens and roles of a new configuration. Who was signed in and is not what they were signs in again; a stream of
    /// theirs ends within a second. The answer is how many sessions ended. Errors: something else changed that takes a restart.
    pub fn take(&self, auth: &Auth) -> Result<usize, &'static str> {
        let before = self.auth();
        let same = before.mode == auth.mode
            && before.loopback_role == auth.loopback_role
            && (before.idle, before.absolute) == (auth.idle, auth.absolute)
            && before.oidc.as_ref().map(Oidc::unchanging) == auth.oidc.as_ref().map(Oidc::unchanging)
            && before.proxy.as_ref().map(Proxy::unchanging) == auth.proxy.as_ref().map(Proxy::unchanging);
        if !same {
            return Err("`auth` but for users, tokens and roles");
        }
        if let (Some(provider), Some(oidc)) = (&self.provider, &auth.oidc) {
            provider.set_roles(oidc.roles.clone());
        }
        self.throttle.know(auth.users.keys());
        let reroled =
            before.oidc.as_ref().map(|oidc| &oidc.roles) != auth.oidc.as_ref().map(|oidc| &oidc.roles);
        let proxied =
            before.proxy.as_ref().map(|proxy| &proxy.roles) != auth.proxy.as_ref().map(|proxy| &proxy.roles);
        {
            let mut told = self.told.write().unwrap_or_else(PoisonError::into_inner);
            told.auth = Arc::new(auth.clone());
            told.taken = Instant::now();
            if proxied || reroled {
                told.vouched = told.taken;
            }
        }
        let stays = |who: &Principal| match who.mode {
            Mode::Static => auth.users.get(&who.name) == before.users.get(&who.name),
            // Which groups they are in the provider tells when they sign in, and it is not kept.
            Mode::Oidc => !reroled,
            _ => true,
        };
        Ok(self.sessions.end_all(|who| !stays(who)))
    }

    /// Keeps what wrong passwords left behind, where a crash does not forget it, until told to stop.
    pub async fn keep(self: Arc<Self>, stop: tokio_util::sync::CancellationToken) {
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        loop {
            let stopped = stop.run_until_cancelled(seconds.tick()).await.is_none();
            if self.throttle.is_due() {
                let own = self.clone();
                tokio::task::spawn_blocking(move || own.throttle.save()).await.ok();
            }
            if stopped {
                return;
            }
        }
    }

    fn auth(&self) -> Arc<Auth> {
        self.told.read().unwrap_or_else(PoisonError::into_inner).auth.clone()
    }

    /// How people come to be known.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether browsers reach the console by TLS.
    pub fn secure(&self) -> bool {
        self.secure
    }

    /// The OpenID provider, where there is one.
    pub fn provider(&self) -> Option<&Provider> {
        self.provider.as_ref()
    }

    /// The sessions.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Begins a session for somebody who just proved who they are, in a browser that says it is `agent`. The answer is its id;
    /// `None` where the configuration was taken anew since it was looked up what they may, so that they prove it once more.
    pub fn begin(&self, who: Principal, agent: &str) -> Option<String> {
        let known = who.known;
        let idle =
            self.auth().users.get(&who.name).filter(|_| who.mode == Mode::Static).and_then(|user| user.idle);
        let id = self.sessions.begin(who, agent, idle);
        // After it is there: whatever is taken later finds it and ends it.
        let taken = self.told.read().unwrap_or_else(PoisonError::into_inner).taken;
        if taken <= known {
            return Some(id);
        }
        self.sessions.end(&hash(id.as_bytes()));
        None
    }

    /// The name of the cookie with the session's id.
    pub fn cookie(&self) -> &'static str {
        if self.secure { "__Host-zooscope" } else { "zooscope" }
    }

    /// Whether a peer is one of the proxies that are trusted.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        within(&self.trusted, peer)
    }

    /// Where a request came from: the peer, or what trusted proxies say of it, who each add the one that they heard from.
    pub fn address(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        let lines = headers.get_all("x-forwarded-for").iter();
        let hops: Vec<_> =
            lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(',')).collect();
        let mut address = peer;
        for hop in hops.into_iter().rev() {
            let Ok(told) = hop.trim().parse::<IpAddr>() else { return address };
            address = told.to_canonical();
            if !self.trusts(address) {
                return address;
            }
        }
        address
    }

    /// Who asks. Errors: what they bear contradicts itself, or is worth nothing any more.
    pub fn identify(&self, headers: &HeaderMap, peer: IpAddr) -> Result<Option<Principal>, Refusal> {
        let address = self.address(headers, peer);
        let cookie = cookie(headers, self.cookie());
        if self.mode != Mode::None && headers.contains_key(AUTHORIZATION) {
            if cookie.is_some() {
                let detail = "a request bears a token or a session's cookie, never both";
                return Err(Refusal::new(RefusalCode::NotSignedIn, detail));
            }
            return self.by_token(headers, address).map(Some);
        }
        let known = Instant::now();
        let auth = self.auth();
        match self.mode {
            Mode::None => Ok(Some(Principal::loopback(address, auth.loopback_role))),
            Mode::Static | Mode::Oidc => Ok(cookie.and_then(|id| self.sessions.find(id, address))),
            Mode::Proxy => match &auth.proxy {
                Some(config) => {
                    let who = proxy::identify(config, headers, peer, address)?;
                    Ok(who.map(|who| Principal { known, ..who }))
                }
                None => Ok(None),
            },
            Mode::Token => Ok(None),
        }
    }

    fn by_token(&self, headers: &HeaderMap, address: IpAddr) -> Result<Principal, Refusal> {
        let text = only(headers, &AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let known = Instant::now();
        let auth = self.auth();
        let key = text.map(|text| hash(text.as_bytes()));
        let found = key.and_then(|key| auth.tokens.get(&key));
        let token = found.filter(|token| token.expires > clock::now()).ok_or_else(|| {
            Refusal::new(RefusalCode::NotSignedIn, "the token is none of this console's, or has ended")
        })?;
        Ok(Principal {
            subject: format!("token:{}", token.name),
            name: token.name.clone(),
            role: token.role,
            address,
            mode: Mode::Token,
            approver: false,
            proved: None,
            known,
            session: None,
            token: key,
        })
    }

    /// Whether somebody who was let in a while ago still would be.
    pub fn still(&self, who: &Principal) -> bool {
        match (who.mode, &who.session) {
            (_, Some(key)) => self.sessions.lives(key),
            (Mode::Proxy, None) => who.known.elapsed() < Self::VOUCHED && self.keeps_role(who),
            (_, None) => self.keeps_role(who),
        }
    }

    /// Whether the configuration still gives somebody the role that they have, whether or not they are still signed in: what they
    /// began goes on without them, but not against what they may.
    pub fn keeps_role(&self, who: &Principal) -> bool {
        let told = self.told.read().unwrap_or_else(PoisonError::into_inner);
        match who.mode {
            Mode::None => told.auth.loopback_role == who.role,
            Mode::Static => told.auth.users.get(&who.name).is_some_and(|user| user.role == who.role),
            Mode::Token => {
                let own = who.token.and_then(|key| told.auth.tokens.get(&key));
                own.is_some_and(|token| token.expires > clock::now() && token.role == who.role)
            }
            Mode::Proxy | Mode::Oidc => told.vouched <= who.known,
        }
    }

    /// Checks a password. Errors: it is wrong, or it is tried too often.
    pub async fn sign_in(
        &self,
        name: &str,
        password: Zeroizing<String>,
        address: IpAddr,
    ) -> Result<Principal, Refusal> {
        let Some(verifier) = &self.verifier else {
            let detail = format!("nobody signs in with a password here; `auth.mode` is {}", self.mode);
            return Err(Refusal::new(RefusalCode::BadRequest, detail));
        };
        // The same for all, whether or not there is somebody of that name.
        let wrong = || Refusal::new(RefusalCode::BadLogin, "the name or the password is wrong");
        if name.is_empty() || name.len() > 128 || password.is_empty() || password.len() > LONGEST {
            return Err(wrong());
        }
        self.throttle.admit(name, address).map_err(|wait| {
            let detail = format!("too many wrong passwords; try again in {} s", wait.as_secs() + 1);
            Refusal::new(RefusalCode::TooMany, detail)
        })?;
        let known = Instant::now();
        let auth = self.auth();
        let user = auth.users.get(name);
        // Counted before it is known to be wrong: those that are tried at the same time count too.
        self.throttle.failed(name, address);
        let verified = verifier.verify(user.map(|user| &user.password), password).await.map_err(|_| {
            Refusal::new(RefusalCode::Busy, "too many sign in at once; try again in a moment")
        })?;
        match user {
            Some(user) if verified => {
                self.throttle.passed(name, address);
                Ok(Principal {
                    subject: format!("local:{name}"),
                    name: name.to_owned(),
                    role: user.role,
                    address,
                    mode: Mode::Static,
                    approver: user.approver,
                    proved: Some(Instant::now()),
                    known,
                    session: None,
                    token: None,
                })
            }
            _ => Err(wrong()),
        }
    }

    /// The role of whoever reaches loopback, where nobody is known.
    pub fn loopback_role(&self) -> Option<Role> {
        (self.mode == Mode::None).then(|| self.auth().loopback_role)
    }
}

/// The value of a cookie that is there once.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut values = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) if !value.is_empty() && value.len() <= 128 => Some(value),
        _ => None,
    }
}

/// The value of a header that is there once.
pub(super) fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
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
        let pair =
            |(name, value): &(&str, &str)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
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
            assert_eq!(
                gate.address(&headers, peer.parse().unwrap()).to_string(),
                address,
                "{peer} {forwarded}"
            );
        }
    }
}
