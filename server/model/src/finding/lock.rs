//! What is wrong with a lock as far as its directory alone tells.

use zooscope_protocol::{About, Finding, Mode, Severity, ZnodePath};

use crate::census::{Cohort, Family, Place};
use crate::line::Line;
use crate::recipe::{Site, finding};

/// What is wrong with a lock.
pub(crate) fn of_lock(site: &Site<'_>, line: &Line) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(family) = line.family() {
        found.extend(foreign_contender(site, family));
        if let Some(cohort) = site.cohort(family).filter(|_| *line != Line::KazooSemaphore) {
            found.extend(self_wait(site, line, cohort));
            found.extend(persistent_contender(site, cohort));
        }
    }
    found
}

/// A child that is no contender, and what each library makes of one.
fn foreign_contender(site: &Site<'_>, family: Family) -> Option<Finding> {
    let (count, name) = site.foreign(family)?;
    let named = name.unwrap_or("one of them");
    let children = if count == 1 { "one child" } else { "children" };
    let (severity, what) = match family {
        Family::CuratorLock | Family::CuratorReadWrite | Family::CuratorLatch => {
            match first_of_all(site, family) {
                Some(first) => {
                    let sentence = format!(
                        "{first} is no contender but sorts before all of them, and Curator takes the first child for the \
                         holder: nobody acquires this lock until that znode is deleted."
                    );
                    let members = site.path.child(first).into_iter().collect();
                    return Some(finding(
                        "foreign_child",
                        Severity::Critical,
                        sentence,
                        About::Lock(site.path.clone()),
                        members,
                    ));
                }
                None => (Severity::Info, "It sorts after the contenders, so Curator's locks work on."),
            }
        }
        Family::GoLock => (
            Severity::Critical,
            "go-zookeeper reads a number at the end of every child: its Lock() fails where there is none, and leaves its \
             znode behind. Delete the child.",
        ),
        Family::ApacheCandidate => (
            Severity::Critical,
            "LeaderElectionSupport cuts a number out of every name and fails on this one. Delete the child.",
        ),
        Family::KazooLease => (
            Severity::Warn,
            "kazoo counts every child as a lease, so fewer may hold than the limit says. Delete the child.",
        ),
        family if family.is_declared() => (
            Severity::Info,
            "The `members` of the declared recipe does not match its name, or its number is none.",
        ),
        _ => (Severity::Info, "This library passes over such children."),
    };
    let sentence = format!("This directory has {children} that no contender made, as {named}. {what}");
    let members = name.and_then(|name| site.path.child(name).ok()).into_iter().collect();
    Some(finding("foreign_child", severity, sentence, About::Lock(site.path.clone()), members))
}

/// The first child in Curator's order, if it is no contender: Curator sorts all children by what follows `lock-` or the
/// like, else by the whole name, so that a name below the digits comes first.
fn first_of_all<'a>(site: &Site<'a>, family: Family) -> Option<&'a str> {
    let (name, child) = site.znode.child_map().get_min()?;
    let contends = site.classify(name, child.znode()).is_some_and(|seen| seen.family == family);
    let holder = site.cohort(family)?.first()?;
    let number = holder.name.rsplit(['-', '_']).next().unwrap_or_default();
    (!contends && **name < *number).then_some(&**name)
}

/// A holder whose session waits for the same lock: threads of one process, one that waits for itself, or a place that its
/// client does not know of.
fn self_wait(site: &Site<'_>, line: &Line, cohort: &Cohort) -> Option<Finding> {
    const LOOK: usize = 16;
    line.holders(site, LOOK).into_iter().find_map(|holder| {
        let waits = |place: &&Place| {
            let path = site.path.child(&place.name).ok();
            path.and_then(|path| line.member(site, &path)).is_some_and(|member| member.waits_for.is_some())
        };
        let session = holder.session?;
        let waiter = cohort.owned_by(session).take(LOOK).find(waits)?;
        let members = [Some(holder.path.clone()), site.path.child(&waiter.name).ok()].into_iter().flatten().collect();
        let about = About::Lock(site.path.clone());
        // kazoo's lock (`kazoo/recipe/lock.py`, all versions to 2.11) makes one uuid an object, and an object contends once.
        // Where the answer to its create is lost it may create again (kazoo#732), and the first place is nobody's.
        if let (Some(Family::KazooLock), Some(object)) = (line.family(), holder.name.get(..32))
            && waiter.name.get(..32) == Some(object)
        {
            let sentence = format!(
                "{} and {} were made by one lock object of session {session}, which knows of one of them: the other was left \
                 behind when an answer was lost, and nobody lets go of it before the session ends. Restart that client, or \
                 release the holder if it does no work.",
                holder.name, waiter.name
            );
            return Some(finding("leaked_contender", Severity::Critical, sentence, about, members));
        }
        if line.family() == Some(Family::CuratorReadWrite) && waiter.mode == Mode::Read && holder.mode == Mode::Write {
            let sentence = format!(
                "Session {session} holds this lock to write, and has {} here to read: with Curator before 5.5 the thread that writes may \
                 hold that too; from 5.5 on, and in any other thread, it waits. Which of them it is is not known.",
                waiter.name
            );
            return Some(finding("self_wait", Severity::Info, sentence, about, members));
        }
        // One that stands between the two waits for the holder, and the session waits for it: other threads alone get them out.
        let member = |path: &ZnodePath| line.member(site, path);
        let between = site.path.child(&waiter.name).ok().and_then(|path| member(&member(&path)?.waits_for?));
        let between = between.and_then(|member| Some((member.session.filter(|other| *other != session)?, member.name)));
        let sentence = match between {
            Some((other, name)) => format!(
                "Session {session} holds this lock and waits for it too, as {}, behind {name} of session {other}, which waits for what it \
                 holds: unless another thread of it lets go, neither goes on. End one of the two processes.",
                waiter.name
            ),
            None => format!(
                "Session {session} holds this lock and waits for it too, as {}: two threads of one process, or one that waits \
                 for itself for ever.",
                waiter.name
            ),
        };
        Some(finding("self_wait", Severity::Warn, sentence, about, members))
    })
}

/// A contender that no end of a session takes away.
fn persistent_contender(site: &Site<'_>, cohort: &Cohort) -> Option<Finding> {
    const LOOK: usize = 64;
    let declared = site.declared().is_some_and(|declared| declared.declaration().persistent);
    if cohort.persistent == 0 || declared {
        return None;
    }
    let owner =
        |place: &&Place| site.znode.child(&place.name).is_some_and(|znode| znode.stat().owner().is_none());
    let first = cohort.line.iter().take(LOOK).find(owner)?;
    let sentence = format!(
        "{} is persistent: it stays when its client dies, and who made it can only be told from its data. Release it when \
         nobody works under it any more.",
        first.name
    );
    let members = site.path.child(&first.name).into_iter().collect();
    Some(finding("persistent_contender", Severity::Warn, sentence, About::Lock(site.path.clone()), members))
}
