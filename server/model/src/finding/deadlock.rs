//! Sessions that wait for each other in a circle.

use zooscope_protocol::view::Deadlock;
use zooscope_protocol::{About, Finding, Severity};

use super::Check;
use crate::recipe::finding;
use crate::revision::Revision;

/// The circles that stood for a second at least.
pub(super) struct Circles;

impl Check for Circles {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        let deadlocks = now.waits().circles().iter().map(|circle| &circle.deadlock);
        found.extend(deadlocks.filter(|deadlock| deadlock.confirmed).map(told));
    }
}

fn told(deadlock: &Deadlock) -> Finding {
    const LOOK: usize = 8;
    let mut chain: Vec<String> = deadlock
        .members
        .iter()
        .take(LOOK)
        .map(|member| format!("{} holds {} and waits for {}", member.session, member.holds, member.waits_for))
        .collect();
    if deadlock.members.len() > LOOK {
        chain.push(format!("and so on through {} sessions", deadlock.members.len()));
    }
    let advice = match &deadlock.victim {
        Some(victim) => format!(" {}", victim.sentence),
        None => {
            " Nothing that may be released here frees one of them by itself; end one of the sessions' processes."
                .to_owned()
        }
    };
    let sentence = format!(
        "{} sessions wait for each other since {:#} and none of them can go on: {}.{advice}",
        deadlock.members.len(),
        deadlock.since,
        chain.join("; ")
    );
    let sessions = deadlock.members.iter().map(|member| member.session).collect();
    let members = deadlock.victim.iter().map(|victim| victim.member.clone()).collect();
    finding("deadlock", Severity::Critical, sentence, About::Sessions(sessions), members)
}
