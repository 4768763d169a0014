//! What the console tells of a lock beside what the libraries say of themselves.

use std::collections::BTreeSet;
use std::time::Duration;

use harness::{Console, Peer, eventually};
use zooscope_protocol::api::{LockBody, MemberBody};

/// How long the console may take to agree once the clients have settled.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// Waits until the console names the holders and the waiters of a lock that the library names.
pub(crate) async fn agree(console: &Console, peer: &Peer, path: &str) -> LockBody {
    eventually(&format!("{path} is told as {} says", peer.library), LIMIT, async || {
        let report = peer.report().await;
        let lock = console.lock(path).await;
        let told = lock.as_ref().map(|lock| (sessions(&lock.lock.holders), sessions(&lock.lock.waiters)));
        let said = (report.holders(path), report.waiters(path));
        match (lock, told) {
            (Some(lock), Some(told)) if told == said => Ok(lock),
            (_, told) => Err(format!("the console tells {told:?}, the library says {said:?}")),
        }
    })
    .await
}

/// The sessions of members.
pub(crate) fn sessions(members: &[MemberBody]) -> BTreeSet<String> {
    members.iter().filter_map(|body| body.member.session).map(|session| session.to_string()).collect()
}

/// A library that the machine lacks is said loudly, and fails the run under `CI=true`.
pub(crate) fn there<T>(found: Result<T, harness::presence::Missing>) -> Option<T> {
    found.map_err(|missing| missing.skip()).ok()
}
