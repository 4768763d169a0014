//! What is wrong with a lock as far as its directory alone tells.

use zooscope_protocol::{About, Finding, Mode, SessionId, Severity, ZnodePath};

use super::foreign::foreign_contender;
use crate::census::{Cohort, Family, Place};
use crate::line::Line;
use crate::recipe::{Site, finding};

/// What is wrong with a lock.
pub(crate) fn of_lock(site: &Site<'_>, line: &Line) -> Vec<Finding> {
    let mut found: Vec<Finding> = foreign_contender(site, line).into_iter().collect();
    // Of a semaphore of kazoo's those who wait are elsewhere.
    let families = if *line == Line::KazooSemaphore { Vec::new() } else { line.families(site) };
    for cohort in families.iter().filter_map(|family| site.cohort(*family)) {
        let own = self_wait(site, line, cohort).or_else(|| leaked_waiter(site, line, cohort));
        found.extend(own);
        found.extend(persistent_contender(site, line, cohort));
    }
    found
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

/// Two waiters of one lock object of kazoo's: it knows of one, and the other is held by nobody when its turn comes.
fn leaked_waiter(site: &Site<'_>, line: &Line, cohort: &Cohort) -> Option<Finding> {
    const LOOK: usize = 64;
    (line.family() == Some(Family::KazooLock)).then_some(())?;

    let waiter = |place: &Place| {
        let path = site.path.child(&place.name).ok()?;
        line.member(site, &path).filter(|member| member.waits_for.is_some())
    };
    // The names are compared first: this is asked at each change, and two of one object are rare.
    let mut own: Vec<(SessionId, &Place)> = Vec::new();
    for (session, place) in cohort.owned().take(LOOK) {
        own.retain(|(before, _)| *before == session);
        let same =
            |before: &Place| before.name.get(..32).is_some_and(|object| place.name.get(..32) == Some(object));
        let twin = own.iter().find(|(_, before)| same(before));
        if let Some((first, second)) = twin.and_then(|(_, twin)| waiter(twin).zip(waiter(place))) {
            let sentence = format!(
                "{} and {} wait here for one lock object of session {session}, which knows of one of them: the other was left behind \
                 when an answer was lost, and holds up those behind it when its turn comes, until the session ends. Restart that client.",
                first.name, second.name
            );
            let members = vec![first.path, second.path];
            let about = About::Lock(site.path.clone());
            return Some(finding("leaked_contender", Severity::Warn, sentence, about, members));
        }
        own.push((session, place));
    }
    None
}

/// A contender that no end of a session takes away.
fn persistent_contender(site: &Site<'_>, line: &Line, cohort: &Cohort) -> Option<Finding> {
    const LOOK: usize = 64;
    let declared = site.declared().is_some_and(|declared| declared.declaration().persistent);
    // Hive makes them so where it keeps them alive, and whatever is done with them is said of the lock.
    let hive = line.family() == Some(Family::HiveLock);
    if cohort.persistent == 0 || declared || hive {
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
