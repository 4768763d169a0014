use std::net::Ipv4Addr;

use super::*;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A provider that nobody answers for.
fn provider() -> Provider {
    let toml = "mode = 'oidc'\n[oidc]\nissuer = 'http://127.0.0.1:1'\nclient_id = 'zooscope'\n\
                redirect_url = 'http://127.0.0.1:9180/oidc/callback'\nroles = { admin = ['zk'] }";
    Provider::new(crate::config::auth::tests::check(toml).unwrap().oidc.unwrap()).unwrap()
}

#[tokio::test]
async fn who_takes_too_long_begins_again() {
    let provider = provider();
    for (ago, known) in [(Duration::ZERO, true), (Provider::LIFE, false)] {
        let begun = Begun {
            nonce: Nonce::new("nonce".into()),
            verifier: PkceCodeVerifier::new("v".repeat(43)),
            browser: hash(b"browser"),
            back: "/".into(),
            again: None,
            address: HERE,
            at: Instant::now().checked_sub(ago).unwrap(),
        };
        provider.begun.lock().unwrap().insert(hash(b"state"), begun);
        let callback =
            Callback { code: Some("code".into()), state: Some("state".into()), iss: None, error: None };
        let error = provider.finish(callback, Some("browser"), HERE).await.unwrap_err();
        match error {
            // What is known goes on to the provider.
            Error::Provider(_) => assert!(known, "{error}"),
            error => assert!(!known && matches!(error, Error::Foreign("unknown state")), "{error}"),
        }
    }
}
