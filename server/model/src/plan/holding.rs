//! Who holds: the one contender that may be released, and of everything else at a lock why it is left alone.
//!
//! Waiters are never deleted: go-zookeeper would make a phantom holder of them, Apache's WriteLock would hang for ever, and
//! it breaks no deadlock. A semaphore's inner lock is never touched: Curator's wedges, kazoo's over-subscribes.

use zooscope_protocol::{Confidence, LockKind, Member, MemberState, Refusal, RefusalCode, Target, ZnodePath};

use crate::census::Family;
use crate::finding::in_the_way;
use crate::line::Line;
use crate::recipe::{INNER_LOCK, LockFact, Site, Way};
use crate::revision::Revision;
use crate::tree::Znode;

/// A contender that holds, with its lock.
pub(crate) struct Holding<'a> {
    pub(crate) lock: ZnodePath,
    pub(crate) fact: &'a LockFact,
    pub(crate) member: Member,
    pub(crate) znode: &'a Znode,
}

impl<'a> Holding<'a> {
    /// The holder with this znode. Errors: it holds nothing, or its lock is left alone.
    pub(crate) fn at(now: &'a Revision, path: &ZnodePath) -> Result<Self, Refusal> {
        let (lock, fact) = lock_of(now, path).ok_or_else(|| no_contender(now, path))?;
        let site = Site::at(&now.tree, &now.catalog.censuses, &lock).ok_or_else(|| no_lock(path))?;
        if fact.line.family().and_then(Family::companion) == Some(path.name()) {
            return Err(not_allowed(
                "this znode tells everybody in the double barrier that it is open: without it some would wait to enter and others to \
                 leave, for ever. End a participant's process instead",
            ));
        }
        if let Some(why) = fact.hands_off {
            return Err(not_allowed(why));
        }
        if is_inner(fact, &lock, path) {
            return Err(not_allowed(
                "this is a place in the inner lock of a semaphore: deleting it wedges a Curator semaphore for good, and lets more hold \
                 a kazoo semaphore than may. Release one of the holders instead",
            ));
        }
        let member = fact.line.member(&site, path).ok_or_else(|| no_contender(now, path))?;
        let znode = now.tree.get(path).ok_or_else(|| no_lock(path))?;
        match member.state {
            MemberState::Holding => Ok(Self { lock, fact, member, znode }),
            MemberState::Pending => Err(Refusal::new(
                RefusalCode::NotHolder,
                format!(
                    "this lease is pending: its contender waits for a place and holds nothing. {} Release a holder instead",
                    fact.release.waiter
                ),
            )),
            MemberState::Present => Err(not_allowed(&format!(
                "this is a member of a group: it holds nothing that anybody waits for. {}",
                fact.release.waiter
            ))),
            MemberState::Waiting => Err(Refusal::new(
                RefusalCode::NotHolder,
                format!(
                    "this contender waits and holds nothing; deleting its znode frees nobody. {} Release the holder instead",
                    fact.release.waiter
                ),
            )),
        }
    }

    /// Whether the holder's znode may be deleted. Errors: why not.
    pub(crate) fn may_be_deleted(&self, now: &Revision) -> Result<(), Refusal> {
        if self.znode.child_count() > 0 {
            return Err(not_allowed(
                "the znode has children, which no contender of this recipe has; look at them first",
            ));
        }
        self.is_certain()?;
        if self.fact.release.way == Way::Never {
            return Err(not_allowed(&format!(
                "what a holder of this recipe makes of it is not known, nor who goes on after it. {}",
                self.fact.release.waiter
            )));
        }
        let Some(site) = Site::at(&now.tree, &now.catalog.censuses, &self.lock) else {
            return Err(no_lock(&self.member.path));
        };
        if let Some(end) = self.fact.line.ended(&site, now.at) {
            return Err(not_allowed(&format!(
                "the lease ended at {end:#} by its holder's clock: the next client that asks gets it, and there is nothing to release"
            )));
        }
        // What stands before the contenders, or makes their library fail, keeps the next from acquiring.
        match in_the_way(&site, &self.fact.line) {
            None => Ok(()),
            Some(name) => Err(not_allowed(&format!(
                "`{name}` is in this lock's directory and is none of its contenders: while it is there, who acquires next is not known, or \
                 nobody does. Find out what it is for, and remove it first"
            ))),
        }
    }

    /// Whether the lock is surely one. Errors: what was only guessed must not be acted on.
    pub(crate) fn is_certain(&self) -> Result<(), Refusal> {
        is_certain(&self.lock, self.fact)
    }

    /// Its znode as it is now.
    pub(crate) fn target(&self) -> Target {
        let Member { path, czxid, version, session, .. } = &self.member;
        Target { path: path.clone(), czxid: *czxid, version: *version, session: *session }
    }
}

/// Whether a lock is surely one. Errors: what was only guessed must not be acted on.
pub(super) fn is_certain(lock: &ZnodePath, fact: &LockFact) -> Result<(), Refusal> {
    if fact.confidence != Confidence::Likely {
        return Ok(());
    }
    Err(not_allowed(&format!(
        "`{lock}` only looks like a lock: other programs lay out znodes in the same way, and what they do when one is deleted is not \
         known. Declare the layout in the configuration if you know it"
    )))
}

pub(super) fn not_allowed(detail: &str) -> Refusal {
    Refusal::new(RefusalCode::NotAllowed, detail)
}

/// The lock that a znode is a contender of, by where it is.
pub(super) fn lock_of<'a>(now: &'a Revision, path: &ZnodePath) -> Option<(ZnodePath, &'a LockFact)> {
    let lock = |path: ZnodePath| now.catalog.locks.get(&path).map(|fact| (path, fact.as_ref()));
    // A znode that is a lock by itself is its own holder.
    let alone = lock(path.clone()).filter(|(_, fact)| matches!(fact.line, Line::Single { .. }));
    alone.or_else(|| now.lock_around(path))
}

fn no_lock(path: &ZnodePath) -> Refusal {
    Refusal::new(RefusalCode::NoLock, format!("`{path}` is no contender of a lock that was recognised"))
}

/// Why a znode that is no contender is left alone.
fn no_contender(now: &Revision, path: &ZnodePath) -> Refusal {
    let recognised = |path: &ZnodePath| now.lock(path).is_some() || now.queue(path).is_some();
    let part = || {
        let outer = match path.name() {
            "leases" | "locks" | "entries" | "taken" => path.parent(),
            name => name.strip_suffix(INNER_LOCK).and_then(|name| path.parent()?.child(name).ok()),
        };
        outer.is_some_and(|outer| recognised(&outer))
    };
    if recognised(path) || part() {
        return not_allowed(
            "this is the directory of a lock or of a queue: whoever waits there would be woken without an order, some would hold at once, \
             and the numbers would begin anew. Release a holder instead",
        );
    }
    let taken = path.parent().filter(|parent| parent.name() == "taken").and_then(|taken| taken.parent());
    if taken.is_some_and(|queue| now.queue(&queue).is_some()) {
        let detail =
            "this is the mark of a queue's item that is taken: give the item back on the queue's page";
        return Refusal::new(RefusalCode::NoLock, detail);
    }
    no_lock(path)
}

/// Whether a znode is in the queue beside a semaphore's leases.
fn is_inner(fact: &LockFact, lock: &ZnodePath, path: &ZnodePath) -> bool {
    fact.kind == LockKind::Semaphore
        && path.parent().is_some_and(|parent| {
            parent != *lock && (parent.name() == "locks" || parent.name().ends_with(INNER_LOCK))
        })
}
