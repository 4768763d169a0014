//! Signing in with an OpenID provider: the code flow with PKCE, and nothing else.

mod logout;

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthenticationFlow, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, HttpRequest, HttpResponse, IdTokenFields, IssuerUrl, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, StandardErrorResponse, StandardTokenResponse, TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zooscope_protocol::access::Mode;

use super::principal::Principal;
use super::secret::{hash, id};
use crate::clock;
use crate::config::auth::{Oidc, Roles};

/// The signatures that are accepted: with a key pair only.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 6] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// The longest answer of the provider, in bytes.
const LONGEST: usize = 1024 * 1024;

/// All claims that the library does not know.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl AdditionalClaims for Claims {}

type Tokens = StandardTokenResponse<
    IdTokenFields<
        Claims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;
type Known<Auth, Token> = Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    Auth,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    Token,
    Token,
>;
type Console = Known<openidconnect::EndpointSet, openidconnect::EndpointMaybeSet>;

/// The provider.
#[derive(Debug)]
pub struct Provider {
    config: Oidc,
    roles: RwLock<Roles>,
    /// The orders to sign somebody out that were followed, until they are too old to be given again.
    ordered: Mutex<logout::Ordered>,
    http: reqwest::Client,
    found: tokio::sync::Mutex<Option<Found>>,
    begun: Mutex<HashMap<[u8; 32], Begun>>,
}

#[derive(Debug, Clone)]
struct Found {
    metadata: Arc<CoreProviderMetadata>,
    at: Instant,
}

/// A signing in that has begun.
#[derive(Debug)]
struct Begun {
    nonce: Nonce,
    verifier: PkceCodeVerifier,
    /// The hash of what the browser that began it keeps.
    browser: [u8; 32],
    back: String,
    /// Who must prove who they are again, where it is about that.
    again: Option<String>,
    address: IpAddr,
    at: Instant,
}

/// Where to send the browser, and what it keeps until it comes back.
#[derive(Debug)]
pub struct Start {
    /// The address.
    pub url: String,
    /// What it keeps.
    pub cookie: String,
}

/// What the provider sends back with the browser.
#[derive(Debug, Deserialize)]
pub struct Callback {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// Why somebody is not let in. The text is for the log; a person is told less.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The provider cannot be reached, or does not say what it must.
    #[error("the provider does not answer as it must: {0}")]
    Provider(String),
    /// Too many have begun and not finished.
    #[error("too many sign in at once")]
    Busy,
    /// What came back was not begun here, by this browser, a short while ago.
    #[error("the answer belongs to nothing that this browser began: {0}")]
    Foreign(&'static str),
    /// The provider says no.
    #[error("the provider says no: {0}")]
    Refused(String),
    /// The token is not to be believed.
    #[error("the token is not to be believed: {0}")]
    Token(String),
    /// They are known and have no role.
    #[error("`{0}` has no role here")]
    NoRole(String),
}

impl Provider {
    /// How long a person may take to sign in.
    const LIFE: Duration = Duration::from_secs(600);
    /// How many may be at it at once.
    const LIMIT: usize = 10_000;
    /// How many of them from one address.
    const OF_ONE: usize = 100;
    /// How long the provider's keys are kept, and how soon they may be asked for again.
    const FRESH: Duration = Duration::from_secs(3_600);
    const SOON: Duration = Duration::from_secs(60);
    /// How far clocks may differ, in seconds, and how old a new proof may be.
    const SKEW: i64 = 60;

    /// The provider of this configuration. It is asked when somebody signs in.
    pub fn new(config: Oidc) -> Result<Self, String> {
        let http = reqwest::Client::builder()
            // A redirect would lead to where the configuration does not.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(10))
            .build()
            .map_err(|error| format!("no client of the provider: {}", crate::telemetry::chain(&error)))?;
        Ok(Self {
            roles: RwLock::new(config.roles.clone()),
            ordered: Mutex::default(),
            config,
            http,
            found: tokio::sync::Mutex::default(),
            begun: Mutex::default(),
        })
    }

    /// Takes other roles, for those who sign in from now on.
    pub(super) fn set_roles(&self, roles: Roles) {
        *self.roles.write().unwrap_or_else(PoisonError::into_inner) = roles;
    }

    /// Begins. With `again` it is somebody known who must prove who they are anew.
    pub async fn begin(&self, back: String, again: Option<String>, address: IpAddr) -> Result<Start, Error> {
        let found = self.found(Self::FRESH).await?;
        let client = self.client(&found)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                || CsrfToken::new(id()),
                || Nonce::new(id()),
            )
            .set_pkce_challenge(challenge)
            .add_scopes(self.config.scopes.iter().cloned().map(Scope::new));
        if again.is_some() {
            request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
        }
        let (url, state, nonce) = request.url();
        let cookie = id();
        let browser = hash(cookie.as_bytes());
        let begun = Begun { nonce, verifier, browser, back, again, address, at: Instant::now() };
        let mut all = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, begun| begun.at.elapsed() < Self::LIFE);
        // Who begins again and again gives up what they began first, not what others did.
        let own = all.iter().filter(|(_, begun)| begun.address == address);
        if own.clone().count() >= Self::OF_ONE {
            let oldest = own.min_by_key(|(_, begun)| begun.at).map(|(state, _)| *state);
            oldest.and_then(|state| all.remove(&state));
        }
        if all.len() >= Self::LIMIT {
            return Err(Error::Busy);
        }
        all.insert(hash(state.secret().as_bytes()), begun);
        Ok(Start { url: url.to_string(), cookie })
    }

    /// Ends it: who signed in, and where their browser wants to go on.
    pub async fn finish(
        &self,
        callback: Callback,
        cookie: Option<&str>,
        address: IpAddr,
    ) -> Result<(Principal, String), Error> {
        let state = callback.state.as_deref().ok_or(Error::Foreign("no state"))?;
        let begun = {
            let mut all = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
            all.remove(&hash(state.as_bytes()))
        };
        let begun =
            begun.filter(|begun| begun.at.elapsed() < Self::LIFE).ok_or(Error::Foreign("unknown state"))?;
        // Another's browser that is led here with somebody's code would be signed in as that somebody.
        if cookie.map(|cookie| hash(cookie.as_bytes())) != Some(begun.browser) {
            return Err(Error::Foreign("another browser began it"));
        }
        if callback.iss.as_ref().is_some_and(|iss| *iss != self.config.issuer) {
            return Err(Error::Foreign("another provider answers"));
        }
        if let Some(error) = callback.error {
            return Err(Error::Refused(error.chars().take(100).collect()));
        }
        let code = callback.code.ok_or(Error::Foreign("no code"))?;
        let found = self.found(Self::FRESH).await?;
        let client = self.client(&found)?;
        let http = self.http.clone();
        let http = move |request| ask(http.clone(), request);
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| Error::Provider(error.to_string()))?
            .set_pkce_verifier(begun.verifier)
            .request_async(&http)
            .await
            .map_err(|error| Error::Provider(crate::telemetry::chain(&error)))?;
        let claims = match self.claims(&client, &tokens, &begun.nonce) {
            Err(Error::Token(first)) => {
                // The provider may have new keys; it is asked for them once a minute at most.
                let fresh = self.found(Self::SOON).await?;
                if fresh.at == found.at {
                    return Err(Error::Token(first));
                }
                self.claims(&self.client(&fresh)?, &tokens, &begun.nonce)?
            }
            other => other?,
        };
        let who = self.principal(claims, address, begun.again.is_some())?;
        if begun.again.is_some_and(|again| again != who.subject) {
            return Err(Error::Foreign("somebody else proved who they are"));
        }
        Ok((who, begun.back))
    }

    fn claims(&self, client: &Console, tokens: &Tokens, nonce: &Nonce) -> Result<Signed, Error> {
        let token = tokens.id_token().ok_or_else(|| Error::Token("there is none".to_owned()))?;
        let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS);
        let claims =
            token.claims(&verifier, nonce).map_err(|error| Error::Token(crate::telemetry::chain(&error)))?;
        let named = claims.preferred_username().map(|name| name.to_string());
        Ok(Signed {
            subject: claims.subject().to_string(),
            name: named,
            proved: claims.auth_time().map(|time| time.timestamp()),
            all: claims.additional_claims().all.clone(),
        })
    }

    fn principal(&self, signed: Signed, address: IpAddr, again: bool) -> Result<Principal, Error> {
        let now = clock::now().0 / 1_000;
        let seconds = |claim: &str| signed.all.get(claim).and_then(Value::as_i64);
        if signed.all.contains_key("nbf") && seconds("nbf").is_none_or(|nbf| nbf > now + Self::SKEW) {
            return Err(Error::Token("it is not valid yet".to_owned()));
        }
        if again && signed.proved.is_none_or(|proved| (now - proved).abs() > Self::SKEW) {
            return Err(Error::Token("it does not say that the person just proved who they are".to_owned()));
        }
        // Who comes back from a provider that still knew them has proved nothing now.
        let ago = signed.proved.map(|proved| Duration::from_secs(u64::try_from(now - proved).unwrap_or(0)));
        let proved = ago.and_then(|ago| Instant::now().checked_sub(ago));
        if signed.subject.is_empty() || signed.subject.len() > 255 {
            return Err(Error::Token("its subject is none".to_owned()));
        }
        let groups: BTreeSet<String> = match signed.all.get(&self.config.groups_claim) {
            Some(Value::Array(groups)) => {
                groups.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Some(Value::String(group)) => BTreeSet::from([group.clone()]),
            _ => BTreeSet::new(),
        };
        let subject = format!("oidc:{}#{}", self.config.issuer, signed.subject);
        let known = Instant::now();
        let roles = self.roles.read().unwrap_or_else(PoisonError::into_inner);
        let (role, approver) =
            roles.of(&signed.subject, &groups).ok_or_else(|| Error::NoRole(subject.clone()))?;
        let shown = |name: &String| !name.is_empty() && name.len() <= 200 && !name.contains(char::is_control);
        Ok(Principal {
            name: signed.name.filter(shown).unwrap_or(signed.subject),
            subject,
            role,
            address,
            mode: Mode::Oidc,
            approver,
            proved,
            known,
            session: None,
            token: None,
        })
    }

    fn client(&self, found: &Found) -> Result<Console, Error> {
        let redirect = RedirectUrl::new(self.config.redirect_url.clone())
            .map_err(|error| Error::Provider(error.to_string()))?;
        let secret =
            self.config.client_secret.as_ref().map(|secret| ClientSecret::new(secret.expose().to_owned()));
        let id = ClientId::new(self.config.client_id.clone());
        Ok(Client::from_provider_metadata(CoreProviderMetadata::clone(&found.metadata), id, secret)
            .set_redirect_uri(redirect))
    }

    /// What the provider says of itself, not older than so.
    async fn found(&self, age: Duration) -> Result<Found, Error> {
        let mut found = self.found.lock().await;
        if let Some(found) = found.as_ref().filter(|found| found.at.elapsed() < age) {
            return Ok(found.clone());
        }
        let issuer =
            IssuerUrl::new(self.config.issuer.clone()).map_err(|error| Error::Provider(error.to_string()))?;
        let http = self.http.clone();
        let http = move |request| ask(http.clone(), request);
        let metadata = CoreProviderMetadata::discover_async(issuer, &http)
            .await
            .map_err(|error| Error::Provider(crate::telemetry::chain(&error)))?;
        let new = Found { metadata: Arc::new(metadata), at: Instant::now() };
        *found = Some(new.clone());
        Ok(new)
    }
}

/// Asks the provider. The client is owned, so that the request's future borrows nothing.
async fn ask(client: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
    let request = reqwest::Request::try_from(request)?;
    let mut response = client.execute(request).await?;
    let mut answer = axum::http::Response::builder().status(response.status());
    for (name, value) in response.headers() {
        answer = answer.header(name, value);
    }
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await? {
        if body.len() + piece.len() > LONGEST {
            return Err(Unanswered::TooLong);
        }
        body.extend_from_slice(&piece);
    }
    answer.body(body).map_err(Unanswered::Http)
}

/// What a token says, once it is believed.
struct Signed {
    subject: String,
    name: Option<String>,
    proved: Option<i64>,
    all: Map<String, Value>,
}

/// Why the provider gave no answer.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    /// It cannot be reached.
    #[error("it cannot be reached")]
    Unreachable(#[from] reqwest::Error),
    /// It goes on for too long.
    #[error("its answer is too long")]
    TooLong,
    /// It is none.
    #[error("its answer is none")]
    Http(#[source] axum::http::Error),
}

#[cfg(test)]
mod tests;
