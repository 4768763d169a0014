//! Cures: the one znode whose deletion lets a lock go on that is stuck for a reason that is known, though its owner holds nothing.
//!
//! There are two. A wedged semaphore of Curator's has more pending leases than places: deleting the one that is surely pending
//! lets the others count again (run: the older pending contender acquires, the other tries again at the tail). A reader of kazoo
//! before 2.9 that waits for a writer behind it goes on when that writer's znode goes; the writer stays blocked until it wakes.

use zooscope_protocol::ladder::{Deed, Rung};
use zooscope_protocol::{Clause, Refusal, RefusalCode, Step, Target, ZnodePath};

use super::holding::{is_certain, lock_of, not_allowed};
use super::release::{confirm, pin};
use super::{Draft, guards, identity, plan};
use crate::finding::{later_writers, wedged};
use crate::recipe::{LockFact, Site};
use crate::revision::Revision;

/// What cures a lock.
struct Remedy {
    path: ZnodePath,
    /// The code of the finding that it is for.
    finding: &'static str,
    why: String,
    effects: [(&'static str, String); 2],
}

/// What cures the lock at a path, one znode after the other.
pub(crate) fn cures(now: &Revision, lock: &ZnodePath) -> Vec<Rung> {
    let rung = |remedy: Remedy| {
        let stat = now.tree.get(&remedy.path)?.stat();
        let target =
            Target { path: remedy.path, czxid: stat.czxid, version: stat.version, session: stat.owner() };
        Some(match plan(now, "", &zooscope_protocol::Action::Cure(target.clone())) {
            Ok(_) => Rung::offered(Deed::Cure, remedy.why, Some(target)),
            Err(Refusal { code, detail }) => Rung::refused(Deed::Cure, detail, code),
        })
    };
    remedies(now, lock).into_iter().filter_map(rung).collect()
}

pub(super) fn cure(now: &Revision, target: &Target) -> Result<Draft, Refusal> {
    let nothing = || {
        not_allowed(
            "no finding says that deleting this znode cures anything: only a wedged semaphore of Curator's and a reader of kazoo before 2.9 \
             that waits for a writer behind it are cured so",
        )
    };
    let (lock, fact) = lock_of(now, &target.path).ok_or_else(nothing)?;
    if let Some(why) = fact.hands_off {
        return Err(not_allowed(why));
    }
    let remedy = remedies(now, &lock).into_iter().find(|remedy| remedy.path == target.path);
    let remedy = remedy.ok_or_else(nothing)?;
    is_certain(&lock, fact)?;
    let no_lock = || Refusal::new(RefusalCode::NoLock, format!("`{}` is no contender any more", target.path));
    let site = Site::at(&now.tree, &now.catalog.censuses, &lock).ok_or_else(no_lock)?;
    let member = fact.line.member(&site, &target.path).ok_or_else(no_lock)?;
    let znode = now.tree.get(&target.path).ok_or_else(no_lock)?;
    let mut all = guards(target);
    all.push(Clause::new("still_found", format!("The finding `{}` still stands.", remedy.finding)));
    Ok(Draft {
        steps: steps(now, fact, target)?,
        guards: all,
        warnings: vec![
            Clause::new("cure", remedy.why),
            Clause::new(
                "no_undo",
                "An ephemeral znode cannot be given back to its session: this cannot be undone.",
            ),
        ],
        effects: remedy.effects.map(|(code, sentence)| Clause::new(code, sentence)).into(),
        confirm: confirm(&member),
        identities: vec![identity(&target.path, znode, member.identity)],
        excluded: Vec::new(),
        subject: lock,
    })
}

/// That a lock is stuck for a reason that is known, where it is: its holders may hold nothing then.
pub(super) fn cure_first(now: &Revision, lock: &ZnodePath) -> Option<Clause> {
    let remedy = remedies(now, lock).into_iter().next()?;
    let sentence = format!(
        "This lock is stuck for a reason that is known, so who stands as a holder may hold nothing. Cure it first, with {}.",
        remedy.path.name()
    );
    Some(Clause::new("cure_first", sentence))
}

fn steps(now: &Revision, fact: &LockFact, target: &Target) -> Result<Vec<Step>, Refusal> {
    use crate::recipe::Way;
    let delete = Step::Delete { path: target.path.clone(), version: target.version };
    Ok(match fact.release.way {
        Way::Name => vec![delete],
        Way::Parent => vec![pin(now, target)?, delete],
        Way::Touch | Way::Never => return Err(not_allowed("no cure of this recipe is known")),
    })
}

fn remedies(now: &Revision, lock: &ZnodePath) -> Vec<Remedy> {
    let stalls = wedged(now).filter(|(path, _)| *path == lock).map(|(_, stall)| Remedy {
        path: stall.lease.clone(),
        finding: "wedged_semaphore",
        why: format!(
            "{} is surely pending, and more leases are laid down than the semaphore gives: no one goes on until one of them goes. Delete this \
             one and look again; another may have to go.",
            stall.lease.name()
        ),
        effects: [
            ("counts_again", "The contender of another pending lease acquires, if there is a place.".to_owned()),
            ("queues_again", "The contender of this one notices, and tries again at the tail.".to_owned()),
        ],
    });
    let writers = later_writers(now, lock).into_iter().map(|(reader, writer)| Remedy {
        why: format!(
            "{} watches {}, which stands behind it and waits for it: neither goes on, as with kazoo before 2.9. The layout shows the reader \
             as a holder, and in fact nobody runs.",
            reader.name, writer.name
        ),
        finding: "watches_later",
        effects: [
            ("reader_goes_on", format!("{} acquires.", super::aftermath::told(&reader))),
            (
                "queues_again",
                format!(
                    "{} is not told: it stays blocked until it wakes, and then queues again at the tail.",
                    super::aftermath::told(&writer)
                ),
            ),
        ],
        path: writer.path,
    });
    stalls.chain(writers).collect()
}
