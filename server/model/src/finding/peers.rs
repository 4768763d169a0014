//! A holder whose client has no connection any more.

use zooscope_protocol::{About, Finding, Severity};

use super::Check;
use crate::recipe::{Site, finding};
use crate::revision::Revision;

/// So many holders of a lock are looked at.
const LOOK: usize = 8;

/// Holders without a connection, of locks that somebody waits for.
pub(super) struct Disconnected;

impl Check for Disconnected {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        if now.roster.peers.is_empty() {
            return;
        }
        for (path, lock) in now.catalog.locks.iter().filter(|(_, lock)| lock.standing.blocked > 0) {
            let Some(site) = Site::at(&now.tree, &now.catalog.censuses, path) else { continue };
            for holder in lock.line.holders(&site, LOOK) {
                let Some(peer) = holder.session.and_then(|session| now.roster.peer(session)) else {
                    continue;
                };
                if peer.connected != Some(false) {
                    continue;
                }
                let when = match peer.expires {
                    Some(expires) => format!("It ends at about {expires:#} unless its client comes back"),
                    None => "It ends when its time-out is over unless its client comes back".to_owned(),
                };
                let sentence = format!(
                    "{} holds this lock and has no connection to any server. {when}, and the lock goes on then: waiting is safer than \
                     releasing.",
                    super::who(&holder)
                );
                let about = About::Lock(path.clone());
                found.push(finding(
                    "holder_disconnected",
                    Severity::Info,
                    sentence,
                    about,
                    vec![holder.path],
                ));
            }
        }
    }
}
