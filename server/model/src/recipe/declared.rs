//! What a configuration declares: the layouts of an organisation's own, as `Declaration` tells them.
//!
//! The members are the children whose whole name matches; the rest of the rules is the kind's. A directory that is declared
//! and empty is there all the same. One that has children and no member is looked at as any other directory.

use std::borrow::Cow;
use std::sync::Arc;

use zooscope_protocol::recipe::DeclaredKind;
use zooscope_protocol::{Confidence, LockKind, Mode, QueueKind};

use super::{Ask, Belief, Fact, LockFact, QueueFact, Release, Site, Way};
use crate::declared::Declared;
use crate::line::{Line, Reading, Together};

const HOLDER: &str = "Whether the old holder notices is its own program's affair: most go on believing that they hold, and ZooKeeper \
                      cannot stop them. Stop its process first if two holders would do harm.";

const RELEASE: Release = Release {
    ask: Ask::Never("How a program of an organisation's own is asked to let go is not declared."),
    waiter: "What a declared recipe's program does when its waiting znode goes is not known.",
    ..Release::UNKNOWN
};

const NAMELESS: &str = "The declared recipe says neither that a name is never given twice (`unique_names`) nor where its number is (the \
                        group `sequence` in `members`), so the next holder's znode could be taken for this one's. Add one of them to the \
                        recipe, if it is true.";

const NUMBERLESS: &str = "The declared recipe does not say where an item's number is (the group `sequence` in `members`), so the item cannot \
                          be given another. Add the group to the recipe, if ZooKeeper numbers the items.";

/// What is declared at this site, if it is.
pub(super) fn recognise(site: &Site<'_>) -> Option<Fact> {
    let declared = site.declared()?;
    let idle = site.znode.child_count() == 0 && site.znode.stat().owner().is_none() && site.znode.readable();
    if site.cohort(declared.family()).is_none() && !idle {
        return None;
    }
    Some(match what(declared) {
        What::Lock(kind, line, capacity) => Fact::Lock(lock(site, declared, kind, line, capacity)),
        What::Queue(kind) => Fact::Queue(queue(site, declared, kind)),
    })
}

enum What {
    Lock(LockKind, Line, Option<u32>),
    Queue(QueueKind),
}

fn what(declared: &Declared) -> What {
    let family = declared.family();
    let exclusive = |kind, mode| What::Lock(kind, Line::Exclusive { family, mode }, Some(1));
    match declared.declaration().kind {
        DeclaredKind::Mutex => exclusive(LockKind::Mutex, Mode::Exclusive),
        DeclaredKind::Election => exclusive(LockKind::Election, Mode::Candidate),
        DeclaredKind::ReadWrite => {
            What::Lock(LockKind::ReadWrite, Line::ReadWrite { family, reading: Reading::Nearest }, None)
        }
        DeclaredKind::Semaphore => {
            let places = declared.declaration().capacity.unwrap_or(1);
            What::Lock(LockKind::Semaphore, Line::FirstFew { family, places }, Some(places))
        }
        DeclaredKind::Group => {
            let line = Line::Together { family, mode: Mode::Lease, as_one: Together::Present };
            What::Lock(LockKind::Group, line, None)
        }
        DeclaredKind::Queue => What::Queue(QueueKind::Fifo),
        DeclaredKind::PriorityQueue => What::Queue(QueueKind::Priority),
    }
}

fn lock(
    site: &Site<'_>,
    declared: &Arc<Declared>,
    kind: LockKind,
    line: Line,
    capacity: Option<u32>,
) -> LockFact {
    let way = if declared.declaration().unique_names { Way::Name } else { Way::Parent };
    let fact =
        LockFact::lined(site, &[], kind, line, Release { way, belief: Belief::Unknown(HOLDER), ..RELEASE });
    let because = because(declared);
    LockFact {
        declared: Some(declared.clone()),
        confidence: Confidence::Declared,
        capacity,
        because,
        hands_off: (kind != LockKind::Group && !declared.is_nameable()).then_some(NAMELESS),
        ..fact
    }
}

fn queue(site: &Site<'_>, declared: &Arc<Declared>, kind: QueueKind) -> QueueFact {
    let family = declared.family();
    let fact = QueueFact::new(site, (&[], kind, family), site.path.clone(), site.cohort(family), None);
    let because = because(declared);
    QueueFact {
        declared: Some(declared.clone()),
        confidence: Confidence::Declared,
        because,
        hands_off: (!declared.is_numbered()).then_some(NUMBERLESS),
        ..fact
    }
}

/// How it was recognised.
fn because(declared: &Declared) -> Cow<'static, str> {
    let declaration = declared.declaration();
    Cow::Owned(format!(
        "The configuration declares it as `{}`: the path is one of `{}`, and its members are named `{}`.",
        declaration.name, declaration.path, declaration.members
    ))
}
