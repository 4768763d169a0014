//! What is wrong with a lock or a queue, as far as the tree of one moment tells. What takes time to see comes elsewhere.

use zooscope_protocol::{About, Finding, Severity, ZnodePath};

use crate::census::{Cohort, Family, Place};
use crate::line::Line;
use crate::recipe::{QueueFact, Site, finding};

/// From here on a directory's numbers should be made anew. ZooKeeper stops numbering at 2,147,483,647.
const SEQUENCE_WARNING: u32 = 2_000_000_000;

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
    found.extend(sequence_end(site, About::Lock(site.path.clone())));
    found
}

/// What is wrong with a queue.
pub(crate) fn of_queue(site: &Site<'_>, queue: &QueueFact, orphans: Vec<ZnodePath>) -> Vec<Finding> {
    let mut found = Vec::new();
    let about = About::Queue(site.path.clone());
    let items = Site::at(site.tree, site.censuses, &queue.items);
    found.extend(items.as_ref().and_then(|items| foreign_item(items, queue.family, about.clone())));
    if let Some(first) = orphans.first() {
        let sentence = format!(
            "{} of this queue's items {} marked as taken but {} not there any more, the first is {}: its consumer worked on an item that was deleted meanwhile, \
             or has not cleared up; the mark goes when its session ends.",
            orphans.len(),
            if orphans.len() == 1 { "is" } else { "are" },
            if orphans.len() == 1 { "is" } else { "are" },
            first.name(),
        );
        found.push(finding("taken_orphan", Severity::Warn, sentence, about.clone(), orphans));
    }
    found.extend(items.as_ref().and_then(|items| sequence_end(items, about)));
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

/// A child among a queue's items that is none, and what each library makes of one.
fn foreign_item(items: &Site<'_>, family: Family, about: About) -> Option<Finding> {
    let (count, name) = items.foreign(family)?;
    let named = name.unwrap_or("one of them");
    let children = if count == 1 { "one child" } else { "children" };
    let (severity, what) = match family {
        Family::KazooEntry => {
            (Severity::Warn, "kazoo's consumers take it as if it were an item. Delete the child.")
        }
        family if family.is_declared() => (
            Severity::Info,
            "The `members` of the declared recipe does not match its name, or its number is none.",
        ),
        _ => (Severity::Info, "The consumers leave it where it is."),
    };
    let sentence = format!("This directory has {children} that no producer made, as {named}. {what}");
    let members = name.and_then(|name| items.path.child(name).ok()).into_iter().collect();
    Some(finding("foreign_child", severity, sentence, about, members))
}

/// A holder whose session waits for the same lock: threads of one process, or one that waits for itself.
fn self_wait(site: &Site<'_>, line: &Line, cohort: &Cohort) -> Option<Finding> {
    const LOOK: usize = 16;
    line.holders(site, LOOK).into_iter().find_map(|holder| {
        let waits = |place: &&Place| {
            let path = site.path.child(&place.name).ok();
            path.and_then(|path| line.member(site, &path)).is_some_and(|member| member.waits_for.is_some())
        };
        let session = holder.session?;
        let waiter = cohort.owned_by(session).take(LOOK).find(waits)?;
        let sentence = format!(
            "Session {session} holds this lock and waits for it too, as {}: two threads of one process, or one that waits \
             for itself for ever.",
            waiter.name
        );
        let members = [Some(holder.path), site.path.child(&waiter.name).ok()].into_iter().flatten().collect();
        Some(finding("self_wait", Severity::Warn, sentence, About::Lock(site.path.clone()), members))
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

/// The number that ZooKeeper gives to the next child comes near its end.
fn sequence_end(site: &Site<'_>, about: About) -> Option<Finding> {
    let next = site.znode.stat().children_created();
    let sentence = format!(
        "The next child here gets the number {next}; at 2147483647 ZooKeeper cannot number any further and every creation \
         fails. Delete and make this directory again while nobody uses it."
    );
    (next > SEQUENCE_WARNING)
        .then(|| finding("sequence_end", Severity::Warn, sentence, about, vec![site.path.clone()]))
}
