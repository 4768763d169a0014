//! An election by `zookeeper-client`: its lock under the names of Curator's LeaderLatch.

use std::time::Duration;

use super::locks::{Names, Turns, take_turns};
use super::session::Actors;

/// Starts the candidates. The leader resigns after three minutes.
pub(super) fn start(actors: &Actors) {
    for number in 1..=3 {
        let turns = Turns {
            path: "/app/election/scheduler",
            names: Names::Curator("latch-"),
            hold: Duration::from_secs(180),
            rest: Duration::from_secs(2),
        };
        actors.spawn(format!("scheduler-{number:02}"), move |session| take_turns(session, turns));
    }
}
