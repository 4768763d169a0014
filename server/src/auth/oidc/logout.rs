//! The provider's order to sign somebody out, which it gives the console itself (OpenID Connect Back-Channel Logout 1.0).
//!
//! <https://openid.net/specs/openid-connect-backchannel-1_0.html>

use std::collections::HashMap;
use std::str::FromStr as _;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use openidconnect::core::{CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm};
use openidconnect::{IdToken, Nonce};
use serde_json::Value;

use super::{ALGORITHMS, Claims, Console, Error, Provider, hash};
use crate::clock;

/// What makes a token such an order.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// The longest token, in bytes.
const LONGEST: usize = 4 * 1024;
/// How old an order may be, in seconds, and for how long it is known that it was followed.
const OLDEST: i64 = 300;
/// So many orders are looked at in a second; who signs nothing is told to wait.
const PER_SECOND: u32 = 20;
/// How many orders are remembered.
const REMEMBERED: usize = 10_000;

type Token = IdToken<Claims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// The orders that were followed, and how many came within this second.
#[derive(Debug)]
pub(super) struct Ordered {
    followed: HashMap<[u8; 32], Instant>,
    second: Instant,
    looked_at: u32,
}

impl Default for Ordered {
    fn default() -> Self {
        Self { followed: HashMap::new(), second: Instant::now(), looked_at: 0 }
    }
}

impl Provider {
    /// The subject whom the provider orders to be signed out, as [`crate::auth::Principal`] names it. Errors: it is no order of the
    /// provider's, was followed before, or too many come.
    pub async fn ordered_out(&self, token: &str) -> Result<String, Error> {
        if token.len() > LONGEST {
            return Err(Error::Token("it is too long".to_owned()));
        }
        self.pace()?;
        let token = Token::from_str(token).map_err(|_| Error::Token("it is none".to_owned()))?;
        let found = self.found(Self::FRESH).await?;
        let claims = match believed(&self.client(&found)?, &token) {
            Err(Error::Token(first)) => {
                // The provider may have new keys; it is asked for them once a minute at most.
                let fresh = self.found(Self::SOON).await?;
                if fresh.at == found.at {
                    return Err(Error::Token(first));
                }
                believed(&self.client(&fresh)?, &token)?
            }
            other => other?,
        };
        let (subject, id) = claims;
        self.once(&id)?;
        Ok(format!("oidc:{}#{subject}", self.config.issuer))
    }

    /// Counts one that is to be looked at.
    fn pace(&self) -> Result<(), Error> {
        let mut ordered = self.ordered.lock().unwrap_or_else(PoisonError::into_inner);
        if ordered.second.elapsed() >= Duration::from_secs(1) {
            (ordered.second, ordered.looked_at) = (Instant::now(), 0);
        }
        ordered.looked_at += 1;
        if ordered.looked_at > PER_SECOND { Err(Error::Busy) } else { Ok(()) }
    }

    /// Notes that an order is followed. Errors: it was before.
    fn once(&self, id: &str) -> Result<(), Error> {
        let mut ordered = self.ordered.lock().unwrap_or_else(PoisonError::into_inner);
        let lasting = Duration::from_secs(OLDEST.unsigned_abs() + 2 * Self::SKEW.unsigned_abs());
        ordered.followed.retain(|_, at| at.elapsed() < lasting);
        if ordered.followed.len() >= REMEMBERED {
            return Err(Error::Busy);
        }
        match ordered.followed.insert(hash(id.as_bytes()), Instant::now()) {
            None => Ok(()),
            Some(_) => Err(Error::Token("it was followed before".to_owned())),
        }
    }
}

/// The subject and the id of an order that is the provider's.
fn believed(console: &Console, token: &Token) -> Result<(String, String), Error> {
    let wrong = |why: &str| Error::Token(why.to_owned());
    let verifier = console.id_token_verifier().set_allowed_algs(ALGORITHMS);
    // An identity token is no order: that has no nonce, and says which event it is about.
    let no_nonce =
        |nonce: Option<&Nonce>| if nonce.is_some() { Err("it has a nonce".to_owned()) } else { Ok(()) };
    let claims =
        token.claims(&verifier, no_nonce).map_err(|error| Error::Token(crate::telemetry::chain(&error)))?;
    let more = &claims.additional_claims().all;
    let event = more.get("events").and_then(|events| events.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err(wrong("it is no order to sign somebody out"));
    }
    let age = clock::now().0 / 1_000 - claims.issue_time().timestamp();
    if !(-Provider::SKEW..=OLDEST).contains(&age) {
        return Err(wrong("it is not of now"));
    }
    let id = more.get("jti").and_then(Value::as_str).filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| wrong("it has no id of its own"))?;
    let subject = claims.subject().as_str();
    if subject.is_empty() || subject.len() > 255 {
        return Err(wrong("its subject is none"));
    }
    Ok((subject.to_owned(), id.to_owned()))
}
