//! What a trusted reverse proxy says of who asks. Whatever looks as if it had passed by the proxy is refused.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Instant;

use axum::http::HeaderMap;
use zooscope_protocol::access::Mode;
use zooscope_protocol::{Refusal, RefusalCode};

use super::gate::only;
use super::principal::Principal;
use crate::config::auth::{Proxy, within};

/// The longest name of a user, in bytes.
const LONGEST: usize = 200;

/// Who asks, as the proxy says. Errors: the request did not come from it, or is not as it would have written it.
pub(super) fn identify(
    config: &Proxy,
    headers: &HeaderMap,
    peer: IpAddr,
    address: IpAddr,
) -> Result<Option<Principal>, Refusal> {
    let own = [Some(&config.user_header), config.groups_header.as_ref(), Some(&config.secret_header)];
    let own: Vec<&String> = own.into_iter().flatten().collect();
    let refused = |detail: &str| Err(Refusal::new(RefusalCode::NotSignedIn, detail));
    if !within(&config.from, peer) {
        return refused("this console is reached through its proxy only");
    }
    // Some servers take `X_User` and `X-User` for the same: one that the proxy did not strip would speak for somebody else.
    let twin = |name: &str| own.iter().any(|own| name != own.as_str() && name.replace('_', "-") == **own);
    if headers.keys().any(|name| twin(name.as_str())) {
        return refused("the request has a header that is almost the proxy's; let the proxy remove it");
    }
    let read = |name: &String| {
        name.parse::<axum::http::HeaderName>().ok().and_then(|name| only(headers, &name)).map(str::trim)
    };
    if !read(&config.secret_header).is_some_and(|secret| config.secret.is(secret)) {
        return refused("the request does not bear the proxy's secret");
    }
    let Some(user) = read(&config.user_header).filter(|user| !user.is_empty()) else {
        return refused("the proxy does not say, or says twice, who asks");
    };
    if user.len() > LONGEST || user.contains(',') || user.chars().any(char::is_control) {
        return refused("the name of who asks is not one name");
    }
    let groups: BTreeSet<String> = match &config.groups_header {
        Some(name) if headers.contains_key(name.as_str()) => {
            let Some(line) = read(name) else { return refused("the proxy names the groups twice") };
            line.split(',').map(|group| group.trim().to_owned()).filter(|group| !group.is_empty()).collect()
        }
        _ => BTreeSet::new(),
    };
    let Some((role, approver)) = config.roles.of(user, &groups) else {
        let detail = "you have no role here; see `auth.proxy.roles` in the configuration";
        return Err(Refusal::new(RefusalCode::Forbidden, detail));
    };
    Ok(Some(Principal {
        subject: format!("proxy:{user}"),
        name: user.to_owned(),
        role,
        address,
        mode: Mode::Proxy,
        approver,
        proved: None,
        known: Instant::now(),
        session: None,
        token: None,
    }))
}

#[cfg(test)]
pub(super) mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use axum::http::HeaderName;
    use zooscope_protocol::Role;

    use super::*;
    use crate::config::auth::tests::check;

    pub(in crate::auth) fn config() -> Proxy {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "0123456789abcdef").unwrap();
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
        let toml = format!(
            "mode = 'proxy'\n[proxy]\nfrom = ['10.0.0.0/8', '2001:db8::1/128']\nuser_header = 'X-Forwarded-User'\n\
             groups_header = 'X-Forwarded-Groups'\nsecret_header = 'X-Proxy-Secret'\nsecret_file = '{}'\n\
             roles = {{ admin = ['zk'], viewer = ['user:bob'] }}",
            secret.display()
        );
        check(&toml).unwrap().proxy.unwrap()
    }

    /// Who connects, with which headers, and as what they are let in.
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], Option<Role>);

    #[test]
    fn only_the_proxy_is_believed_and_only_where_it_is_clear() {
        let config = config();
        let secret = ("x-proxy-secret", "0123456789abcdef");
        let (ann, bob, zk) =
            (("x-forwarded-user", "ann"), ("x-forwarded-user", "bob"), ("x-forwarded-groups", "a, zk"));
        let proxy = "10.0.0.1";
        let cases: &[Case] = &[
            (proxy, &[secret, ann, zk], Some(Role::Admin)),
            (proxy, &[secret, bob], Some(Role::Viewer)),
            ("::ffff:10.0.0.1", &[secret, bob], Some(Role::Viewer)),
            ("2001:db8::1", &[secret, bob], Some(Role::Viewer)),
            ("2001:db8::2", &[secret, bob], None),
            ("11.0.0.1", &[secret, ann, zk], None),
            ("127.0.0.1", &[secret, ann, zk], None),
            ("::1", &[secret, ann, zk], None),
            (proxy, &[ann, zk], None),
            (proxy, &[("x-proxy-secret", "0123456789abcdeg"), ann, zk], None),
            (proxy, &[("x-proxy-secret", ""), ann, zk], None),
            (proxy, &[secret, secret, ann, zk], None),
            (proxy, &[secret, ann], None),
            (proxy, &[secret, zk], None),
            (proxy, &[secret, ann, bob, zk], None),
            (proxy, &[secret, ann, zk, zk], None),
            (proxy, &[secret, ("x-forwarded-user", "ann, bob"), zk], None),
            (proxy, &[secret, ("x-forwarded-user", ""), zk], None),
            (proxy, &[secret, ann, zk, ("x_forwarded_user", "root")], None),
            (proxy, &[secret, ann, zk, ("x-forwarded_user", "root")], None),
            (proxy, &[secret, ann, zk, ("x_forwarded_groups", "zk")], None),
            (proxy, &[secret, ann, ("x-forwarded-groups", "ZK")], None),
            (proxy, &[secret, ann, ("x-forwarded-groups", "zk2")], None),
            (proxy, &[secret, ("x-forwarded-user", "user:bob")], None),
            (proxy, &[secret, ("x-remote-user", "ann"), zk], None),
            (proxy, &[("user-agent", "GoogleHC/1.0"), ann, zk], None),
        ];
        for (peer, pairs, role) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in *pairs {
                headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
            }
            let peer: IpAddr = peer.parse().unwrap();
            let found = identify(&config, &headers, peer, peer).ok().flatten().map(|who| who.role);
            assert_eq!(found, *role, "{peer} {pairs:?}");
        }
    }
}
