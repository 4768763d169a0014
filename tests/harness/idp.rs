//! An OpenID provider of one's own: it says of itself what a provider says, gives out codes, and tokens for them, right ones or
//! wrong ones as the test wants.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The console's name at the provider, and its secret.
pub const CLIENT: &str = "zooscope";
/// The secret.
pub const SECRET: &str = "the-console's-own-secret";

/// A running provider. It ends with the runtime that started it.
#[derive(Debug, Clone)]
pub struct Idp {
    /// Its issuer.
    pub issuer: String,
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    keys: Keys,
    grants: Mutex<HashMap<String, Grant>>,
    asked_for_keys: Mutex<u32>,
}

struct Keys {
    rsa: RsaKeyPair,
    ed25519: Ed25519KeyPair,
    foreign: RsaKeyPair,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Keys")
    }
}

#[derive(Debug, Clone)]
struct Grant {
    challenge: String,
    token: Option<String>,
}

/// What the console asked the browser to carry to the provider.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// All parameters.
    pub parameters: HashMap<String, String>,
}

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// As most providers do.
    Rsa,
    /// With an Ed25519 key.
    Ed25519,
    /// With a key that is not the provider's, under the name of one that is.
    Foreign,
    /// With a key of a name that nobody knows.
    Unknown,
    /// With HS256 and the bytes of the provider's public key.
    Confused,
    /// With HS256 and the console's secret.
    Shared,
    /// Not at all, with `alg` none.
    Nothing,
    /// Rightly, and changed afterwards.
    Tampered,
}

impl Asked {
    /// Reads where the console sends the browser.
    ///
    /// # Panics
    /// When it is no address of a provider.
    pub fn read(location: &str) -> Self {
        let query = location.split_once('?').expect("parameters").1;
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        };
        Self { parameters: query.split('&').map(pair).collect() }
    }

    /// A parameter.
    ///
    /// # Panics
    /// When it is missing.
    pub fn get(&self, name: &str) -> &str {
        self.parameters.get(name).unwrap_or_else(|| panic!("`{name}` is missing in {:?}", self.parameters))
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let digits = std::str::from_utf8(&digits).expect("two digits");
                bytes.push(u8::from_str_radix(digits, 16).expect("two digits"));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).expect("text")
}

impl Idp {
    /// Starts a provider on a port of loopback.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("its address"));
        let keys = Keys {
            rsa: RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"),
            ed25519: Ed25519KeyPair::generate().expect("a key"),
            foreign: RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"),
        };
        let inner = Inner { keys, grants: Mutex::default(), asked_for_keys: Mutex::default() };
        let idp = Self { issuer, inner: Arc::new(inner) };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/keys", get(keys_of))
            .route("/token", post(token))
            .with_state(idp.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        idp
    }

    /// The claims of a right token for this person.
    pub fn claims(&self, asked: &Asked, subject: &str, groups: &[&str]) -> Value {
        let now = zooscope::clock::now().0 / 1_000;
        json!({
            "iss": self.issuer, "aud": CLIENT, "sub": subject, "nonce": asked.get("nonce"), "iat": now, "exp": now + 300,
            "auth_time": now, "groups": groups, "preferred_username": subject,
        })
    }

    /// Gives out a code for a token with these claims, signed so; for `None` the answer has no token.
    pub fn grant(&self, asked: &Asked, claims: Option<&Value>, signed: Signed) -> String {
        let token = claims.map(|claims| self.sign(claims, signed));
        let mut grants = self.inner.grants.lock().unwrap_or_else(PoisonError::into_inner);
        let code = format!("code-{}", grants.len());
        grants.insert(code.clone(), Grant { challenge: asked.get("code_challenge").to_owned(), token });
        code
    }

    /// An order to sign a person out, or anything else that is signed so.
    pub fn order(&self, claims: &Value, signed: Signed) -> String {
        self.sign(claims, signed)
    }

    /// The claims of a right order to sign this person out.
    pub fn order_claims(&self, subject: &str, id: &str) -> Value {
        let now = zooscope::clock::now().0 / 1_000;
        json!({
            "iss": self.issuer, "aud": CLIENT, "sub": subject, "iat": now, "exp": now + 120, "jti": id,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        })
    }

    /// How often it was asked for its keys.
    pub fn asked_for_keys(&self) -> u32 {
        *self.inner.asked_for_keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sign(&self, claims: &Value, signed: Signed) -> String {
        let keys = &self.inner.keys;
        let (alg, kid) = match signed {
            Signed::Rsa | Signed::Foreign | Signed::Tampered => ("RS256", "rsa"),
            Signed::Ed25519 => ("EdDSA", "ed25519"),
            Signed::Unknown => ("RS256", "nobody-s"),
            Signed::Confused | Signed::Shared => ("HS256", "rsa"),
            Signed::Nothing => ("none", "rsa"),
        };
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({"alg": alg, "kid": kid, "typ": "JWT", "jku": "http://127.0.0.1:1/keys"});
        let text = format!("{}.{}", part(&header), part(claims));
        let rsa = |pair: &RsaKeyPair| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
                .expect("it signs");
            signature
        };
        let shared = |key: &[u8]| {
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
        };
        let signature = match signed {
            Signed::Rsa | Signed::Tampered => rsa(&keys.rsa),
            Signed::Foreign | Signed::Unknown => rsa(&keys.foreign),
            Signed::Ed25519 => keys.ed25519.sign(text.as_bytes()).as_ref().to_vec(),
            Signed::Confused => shared(keys.rsa.public_key().as_ref()),
            Signed::Shared => shared(SECRET.as_bytes()),
            Signed::Nothing => Vec::new(),
        };
        let text = if signed == Signed::Tampered {
            let mut claims = claims.clone();
            claims["groups"] = json!(["zk"]);
            format!("{}.{}", part(&header), part(&claims))
        } else {
            text
        };
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

async fn configuration(State(idp): State<Idp>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", idp.issuer);
    Json(json!({
        "issuer": idp.issuer, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
        "jwks_uri": at("/keys"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
        // It offers what must not be taken.
        "id_token_signing_alg_values_supported": ["RS256", "EdDSA", "HS256", "none"],
    }))
}

async fn keys_of(State(idp): State<Idp>) -> Json<Value> {
    *idp.inner.asked_for_keys.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    let keys = &idp.inner.keys;
    let public = keys.rsa.public_key();
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let n = number(public.modulus().big_endian_without_leading_zero());
    let e = number(public.exponent().big_endian_without_leading_zero());
    let x = number(keys.ed25519.public_key().as_ref());
    Json(json!({"keys": [
        {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "rsa", "n": n, "e": e},
        {"kty": "OKP", "use": "sig", "alg": "EdDSA", "kid": "ed25519", "crv": "Ed25519", "x": x},
    ]}))
}

/// A code is good for one token, and only with the verifier of its challenge.
async fn token(
    State(idp): State<Idp>,
    Form(form): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let refused = (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"})));
    let grant = form.get("code").and_then(|code| {
        let mut grants = idp.inner.grants.lock().unwrap_or_else(PoisonError::into_inner);
        let grant = grants.get(code).cloned();
        // It stays known, so that no other code gets its name.
        grants.entry(code.clone()).and_modify(|grant| grant.challenge = "used".to_owned());
        grant
    });
    let verifier = form.get("code_verifier").map(String::as_str).unwrap_or_default();
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    match grant {
        Some(grant) if grant.challenge == challenge => {
            let mut answer = json!({"access_token": "access", "token_type": "Bearer", "expires_in": 300});
            if let Some(token) = grant.token {
                answer["id_token"] = json!(token);
            }
            (StatusCode::OK, Json(answer))
        }
        _ => refused,
    }
}
