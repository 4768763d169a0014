//! A forced release beside what was foretold: who acquires, who goes on waiting, and what the old holder goes on to believe.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use harness::{State, confirmed, eventually};
use serde_json::{Value, json};
use zooscope_protocol::action::{Executed, Owner};
use zooscope_protocol::api::LockBody;
use zooscope_protocol::{Action, Member, Outcome, Plan, SessionId, Target};

use crate::agreement::agree;
use crate::stage::Stage;

/// How long whoever was foretold may take to acquire.
const SOON: Duration = Duration::from_secs(10);

/// A contender as it is told, to act on.
pub(crate) fn target(member: &Member) -> Target {
    let Member { path, czxid, version, session, .. } = member;
    Target { path: path.clone(), czxid: *czxid, version: *version, session: *session }
}

/// The codes of a plan's warnings and effects.
pub(crate) fn codes(plan: &Plan) -> Vec<&str> {
    plan.warnings.iter().chain(&plan.effects).map(|clause| clause.code.as_str()).collect()
}

impl Stage {
    /// Plans an action and executes it, as an operator does who confirms.
    pub(crate) async fn act(&self, action: &Action) -> (Plan, Executed) {
        let plan = self.console().plan(action).await.unwrap();
        let key = plan.digest[..32].to_owned();
        let executed =
            self.console().execute(&plan.digest, &confirmed(&plan.confirm.expected, &key)).await.unwrap();
        (plan, executed)
    }

    /// Releases the holder in this place by force, and asserts that what was foretold happens and nothing else. Returns the plan.
    pub(crate) async fn freed(&self, path: &str, holder: usize) -> Plan {
        let lock = agree(self.console(), &self.peer, path).await;
        let seen = lock.lock.holders[holder].member.clone();
        self.foretold(&[path], &Action::Release(target(&seen)), &[seen.session.unwrap()]).await
    }

    /// Releases everything that the session of an object holds, with the same assertions.
    pub(crate) async fn evicted(&self, paths: &[&str], object: &str) -> Plan {
        for path in paths {
            agree(self.console(), &self.peer, path).await;
        }
        let session: SessionId = serde_json::from_value(Value::String(self.session(object).await)).unwrap();
        self.foretold(paths, &Action::Evict(Owner { session }), &[session]).await
    }

    async fn foretold(&self, paths: &[&str], action: &Action, freed: &[SessionId]) -> Plan {
        let before = self.states(paths).await;
        let (plan, executed) = self.act(action).await;
        assert_eq!(executed.outcome, Outcome::Done, "{paths:?}: {:?}", executed.refusal);
        // The answer came when the mirror showed it.
        for path in paths {
            let told = self.console().lock(path).await;
            let gone = |body: &LockBody| {
                body.lock
                    .holders
                    .iter()
                    .all(|holder| plan.deleted().all(|znode| znode.czxid != holder.member.czxid))
            };
            assert!(told.as_ref().is_none_or(gone), "{path}");
        }
        let named = plan.effects.iter().filter(|clause| clause.code == "next_holder");
        let named: BTreeSet<String> = named.map(|clause| session_in(&clause.sentence)).collect();
        let acquired = eventually(&format!("{named:?} acquire at {paths:?}"), SOON, async || {
            let now = self.states(paths).await;
            let fresh = |(object, (session, state)): (&String, &(String, State))| {
                let held = before.get(object).is_some_and(|(_, state)| *state == State::Holding);
                (*state == State::Holding && !held).then(|| session.clone())
            };
            let acquired: BTreeSet<String> = now.iter().filter_map(fresh).collect();
            if named.is_subset(&acquired) { Ok(acquired) } else { Err(now) }
        })
        .await;
        assert_eq!(acquired, named, "{paths:?}: those who were foretold acquire, and nobody else");
        // Whoever held goes on to say so, as was foretold.
        assert!(codes(&plan).contains(&"old_holder_not_told"), "{:?}", plan.warnings);
        let report = self.peer.report().await;
        let old = freed.iter().map(ToString::to_string).collect::<Vec<_>>();
        for object in report.0.values().filter(|object| paths.contains(&object.path.as_str())) {
            if old.contains(&object.session) {
                assert_eq!((object.state, object.says), (State::Holding, Some(true)), "{object:?}");
            }
        }
        plan
    }

    /// The old holder gives back what it has no more: it succeeds, and whoever holds by then goes on holding.
    pub(crate) async fn late(&self, path: &str, object: &str) {
        let before = holders(self, path).await;
        self.peer.release(object).await.unwrap_or_else(|error| panic!("{object} lets go late: {error}"));
        let lock = agree(self.console(), &self.peer, path).await;
        assert_eq!(holders(self, path).await, before, "{path}: nothing of the new holder's went");
        assert!(!lock.lock.holders.is_empty() || before.is_empty());
    }

    /// By its name, the session and the state of each object at these paths.
    async fn states(&self, paths: &[&str]) -> BTreeMap<String, (String, State)> {
        let report = self.peer.report().await;
        let here = report.0.into_iter().filter(|(_, object)| paths.contains(&object.path.as_str()));
        here.map(|(name, object)| (name, (object.session, object.state))).collect()
    }
}

/// The znodes that hold, as the console tells.
async fn holders(stage: &Stage, path: &str) -> BTreeSet<String> {
    let lock = stage.console().lock(path).await;
    let holders = lock.into_iter().flat_map(|lock| lock.lock.holders);
    holders.map(|holder| holder.member.path.to_string()).collect()
}

/// The session that a sentence names.
fn session_in(sentence: &str) -> String {
    let at = sentence.find("0x").unwrap_or_else(|| panic!("no session in {sentence}"));
    sentence[at..at + 18].to_owned()
}

impl Stage {
    /// A mutex of this kind goes down its line of three by force, each old holder lets go too late, and nobody hangs.
    pub(crate) async fn down_the_line(&self, path: &str, kind: &str) {
        let names = self.line_up(path, &[kind; 3], json!({})).await;
        let plan = self.freed(path, 0).await;
        assert_eq!(
            codes(&plan),
            [
                "old_holder_not_told",
                "no_undo",
                "next_holder",
                "still_waiting",
                "old_release",
                "session_lives"
            ]
        );
        self.late(path, &names[0]).await;
        let plan = self.freed(path, 0).await;
        assert!(plan.effects[0].sentence.contains(&self.session(&names[2]).await));
        self.late(path, &names[1]).await;
        self.peer.release(&names[2]).await.unwrap();
        for name in &names {
            self.peer.hold(name).await;
            self.peer.release(name).await.unwrap();
        }
    }

    /// A writer waits for the last of the readers that are released before it, and readers behind a writer come together.
    pub(crate) async fn readers_and_writers(&self) {
        let path = "/freed/readers";
        let names = self.line_up(path, &["ReadLock", "ReadLock", "WriteLock"], json!({})).await;
        let first = self.freed(path, 0).await;
        assert!(codes(&first).contains(&"next_still_waits"));
        // The one that was released says so still, and holds no place any more.
        self.peer.release(&names[0]).await.unwrap();
        let second = self.freed(path, 0).await;
        assert!(codes(&second).contains(&"next_holder"));
        self.late(path, &names[1]).await;
        self.peer.release(&names[2]).await.unwrap();

        let path = "/freed/writer";
        let kinds = ["WriteLock", "ReadLock", "ReadLock", "WriteLock"];
        let names = self.line_up(path, &kinds, json!({})).await;
        let plan = self.freed(path, 0).await;
        assert_eq!(codes(&plan).iter().filter(|code| **code == "next_holder").count(), 2, "both readers");
        self.late(path, &names[0]).await;
        for name in &names[1..3] {
            self.peer.release(name).await.unwrap();
        }
        self.peer.until(&names[3], State::Holding).await;
        self.peer.release(&names[3]).await.unwrap();
    }
}
