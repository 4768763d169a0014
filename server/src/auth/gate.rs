//! Who asks: from a request's headers and its peer to a [`Principal`], or to nobody.

use std::net::IpAddr;
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
use crate::config::auth::{Auth, within};

/// Who lets people and programs in.
#[derive(Debug)]
pub struct Gate {
    auth: Auth,
    /// Whether browsers reach the console by TLS, its own or a trusted proxy's.
    secure: bool,
    trusted: Vec<IpNet>,
    sessions: Sessions,
    throttle: Throttle,
    verifier: Option<Verifier>,
    provider: Option<Provider>,
}

/// Why the gate cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("auth: {0}")]
pub struct Error(String);

impl Gate {
    /// How long a stream lasts for somebody whom only a proxy vouches for, until the proxy is asked again.
    const VOUCHED: Duration = Duration::from_secs(900);

    /// The gate of this configuration.
    pub fn new(auth: Auth, secure: bool, trusted: Vec<IpNet>) -> Result<Self, Error> {
        let verifier = match auth.mode {
            Mode::Static => {
                Some(Verifier::new(auth.users.values().map(|user| &user.password)).map_err(Error)?)
            }
            _ => None,
        };
        let provider = auth.oidc.clone().map(Provider::new).transpose().map_err(Error)?;
        Ok(Self {
            sessions: Sessions::new(auth.idle, auth.absolute),
            throttle: Throttle::new(auth.users.keys()),
            verifier,
            provider,
            auth,
            secure,
            trusted,
        })
    }

    /// How people come to be known.
    pub fn mode(&self) -> Mode {
        self.auth.mode
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

    /// Begins a session for somebody who just proved who they are, in a browser that says it is `agent`. The answer is its id.
    pub fn begin(&self, who: Principal, agent: &str) -> String {
        let idle =
            self.auth.users.get(&who.name).filter(|_| who.mode == Mode::Static).and_then(|user| user.idle);
        self.sessions.begin(who, agent, idle)
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
        if self.auth.mode != Mode::None && headers.contains_key(AUTHORIZATION) {
            if cookie.is_some() {
                let detail = "a request bears a token or a session's cookie, never both";
                return Err(Refusal::new(RefusalCode::NotSignedIn, detail));
            }
            return self.by_token(headers, address).map(Some);
        }
        match self.auth.mode {
            Mode::None => Ok(Some(Principal::loopback(address, self.auth.loopback_role))),
            Mode::Static | Mode::Oidc => Ok(cookie.and_then(|id| self.sessions.find(id, address))),
            Mode::Proxy => match &self.auth.proxy {
                Some(config) => proxy::identify(config, headers, peer, address),
                None => Ok(None),
            },
            Mode::Token => Ok(None),
        }
    }

    fn by_token(&self, headers: &HeaderMap, address: IpAddr) -> Result<Principal, Refusal> {
        let text = only(headers, &AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let found = text.and_then(|text| self.auth.tokens.get(&hash(text.as_bytes())));
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
            session: None,
        })
    }

    /// Whether somebody who was let in a while ago still would be.
    pub fn still(&self, who: &Principal, since: Instant) -> bool {
        match (who.mode, &who.session) {
            (_, Some(key)) => self.sessions.lives(key),
            (Mode::Token, None) => {
                let own = self.auth.tokens.values().find(|token| token.name == who.name);
                own.is_some_and(|token| token.expires > clock::now())
            }
            (Mode::Proxy, None) => since.elapsed() < Self::VOUCHED,
            (_, None) => true,
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
            let detail = format!("nobody signs in with a password here; `auth.mode` is {}", self.auth.mode);
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
        let user = self.auth.users.get(name);
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
                    session: None,
                })
            }
            _ => Err(wrong()),
        }
    }

    /// The role of whoever reaches loopback, where nobody is known.
    pub fn loopback_role(&self) -> Option<Role> {
        (self.auth.mode == Mode::None).then_some(self.auth.loopback_role)
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
        Gate::new(auth, false, vec!["10.0.0.0/8".parse().unwrap()]).unwrap()
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
        let id = gate.begin(ann, "a browser");
        let known = |cookies: &[(&str, &str)]| gate.identify(&headers(cookies), here);
        let line = format!("other=1; zooscope={id}");
        let ann = known(&[("cookie", &line)]).unwrap().unwrap();
        assert!(gate.still(&ann, Instant::now()));
        for nobody in
            [format!("zooscope={id}0"), format!("__Host-zooscope={id}"), format!("zooscope={id}; zooscope=x")]
        {
            assert_eq!(known(&[("cookie", &nobody)]), Ok(None), "{nobody}");
        }
        assert_eq!(known(&[]), Ok(None));
        assert!(known(&[("cookie", &line), ("authorization", "Bearer t0ken")]).is_err(), "never both");
        gate.sessions().end(&ann.session.unwrap());
        assert!(!gate.still(&ann, Instant::now()));
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
