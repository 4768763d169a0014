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
mod tests;
