//! Releasing everything that one session holds, in one transaction: what a client that hangs keeps from others goes to them,
//! and the session lives on.

use std::collections::{BTreeMap, BTreeSet};

use zooscope_protocol::action::{Confirm, Excluded, Owner};
use zooscope_protocol::{Clause, Member, Refusal, RefusalCode, SessionId, Step, ZnodePath};

use super::aftermath;
use super::holding::{Holding, lock_of};
use super::release::{steps, warnings};
use super::{Draft, identity};
use crate::recipe::Site;
use crate::revision::Revision;

/// So many of a session's znodes are looked at.
const LOOK: usize = 10_000;
/// So many holdings are released at once: more than that nobody reads.
const MOST: usize = 1_000;
/// So many bytes one transaction may have, with room for what frames it: ZooKeeper takes 1 MiB.
const MAX_BYTES: usize = 1024 * 1024 - 16 * 1024;
/// What one write of a transaction takes besides its path, in bytes.
const OVERHEAD: usize = 32;
/// So many locks are told of one by one.
const TOLD: usize = 50;

pub(super) fn evict(now: &Revision, owner: &Owner) -> Result<Draft, Refusal> {
    let session = owner.session;
    let mut held = Held::default();
    for (_, path) in now.catalog.sessions.owned_by(session).take(LOOK) {
        // A waiter, a member of a group or a znode of something else is not held, so nothing is left out with it.
        if !holds(now, path) {
            continue;
        }
        let holding = Holding::at(now, path).and_then(|holding| {
            holding.may_be_deleted(now)?;
            Ok((steps(now, &holding)?, holding))
        });
        match holding {
            Ok(found) => held.may.push(found),
            Err(Refusal { code, detail }) => held.left.push(Excluded { path: path.clone(), code, detail }),
        }
    }
    held.check(session)?;
    Ok(held.draft(now, session))
}

/// Whether a znode holds something, whatever may be done about it.
fn holds(now: &Revision, path: &ZnodePath) -> bool {
    use zooscope_protocol::MemberState::Holding;
    let Some((lock, fact)) = lock_of(now, path) else { return false };
    let site = Site::at(&now.tree, &now.catalog.censuses, &lock);
    let member = site.and_then(|site| fact.line.member(&site, path));
    member.is_some_and(|member| member.state == Holding)
}

/// What a session holds.
#[derive(Default)]
struct Held<'a> {
    may: Vec<(Vec<Step>, Holding<'a>)>,
    left: Vec<Excluded>,
}

impl Held<'_> {
    fn check(&self, session: SessionId) -> Result<(), Refusal> {
        let Some(first) = self.may.first() else {
            return Err(match self.left.as_slice() {
                [] => Refusal::new(
                    RefusalCode::NotHolder,
                    format!(
                        "session {session} holds nothing that was recognised; there is nothing to release"
                    ),
                ),
                [only] => Refusal::new(only.code, format!("`{}`: {}", only.path, only.detail)),
                [one, rest @ ..] => Refusal::new(
                    one.code,
                    format!(
                        "nothing that session {session} holds may be released. `{}`: {}; and {} more",
                        one.path,
                        one.detail,
                        rest.len()
                    ),
                ),
            });
        };
        let bytes: usize = self.may.iter().flat_map(|(steps, _)| steps).map(bytes).sum();
        if self.may.len() > MOST || bytes > MAX_BYTES {
            let detail = format!(
                "session {session} holds {} locks and leases that may be released, more than one transaction carries. Stop its client, which \
                 releases them all, or release them one by one, `{}` first",
                self.may.len(),
                first.1.member.path,
            );
            return Err(Refusal::new(RefusalCode::DataTooLarge, detail));
        }
        Ok(())
    }

    fn draft(self, now: &Revision, session: SessionId) -> Draft {
        let mut by_lock: BTreeMap<&ZnodePath, Vec<&Holding<'_>>> = BTreeMap::new();
        for (_, holding) in &self.may {
            by_lock.entry(&holding.lock).or_default().push(holding);
        }
        let subject = by_lock.keys().next().map_or_else(ZnodePath::root, |lock| (*lock).clone());
        let mut effects = Vec::new();
        for (lock, holdings) in by_lock.iter().take(TOLD) {
            let gone: Vec<Member> = holdings.iter().map(|holding| holding.member.clone()).collect();
            let Some(fact) = holdings.first().map(|holding| holding.fact) else { continue };
            let told = aftermath::of(now, lock, fact, &gone);
            let told = told.into_iter().filter(|clause| clause.code != "session_lives");
            effects.extend(
                told.map(|clause| Clause::new(&clause.code, format!("At `{lock}`: {}", clause.sentence))),
            );
        }
        if by_lock.len() > TOLD {
            let sentence = format!("At {} more locks the next in line goes on.", by_lock.len() - TOLD);
            effects.push(Clause::new("more_locks", sentence));
        }
        effects.push(Clause::new(
            "session_lives",
            "The session lives on, with its other znodes; what it waits for it goes on waiting for.",
        ));
        let mut warned = BTreeSet::new();
        let warnings = self.may.iter().flat_map(|(_, holding)| warnings(holding));
        let mut warnings: Vec<Clause> =
            warnings.filter(|clause| warned.insert(clause.sentence.clone())).collect();
        if !self.left.is_empty() {
            let sentence = format!("{} of what it holds is left alone; each says why.", self.left.len());
            warnings.push(Clause::new("left_alone", sentence));
        }
        let identities = self.may.iter().map(|(_, holding)| {
            identity(&holding.member.path, holding.znode, holding.member.identity.clone())
        });
        Draft {
            identities: identities.collect(),
            steps: once(self.may.iter().flat_map(|(steps, _)| steps)),
            guards: vec![
                Clause::new(
                    "same_znodes",
                    format!(
                        "Each znode has the czxid and the version that are told, and its owner is session {session}."
                    ),
                ),
                Clause::new("still_holder", "The session holds with each of them."),
                Clause::new(
                    "all_or_none",
                    "All are released in one transaction; if one is not what was seen, none is.",
                ),
            ],
            warnings,
            effects,
            confirm: Confirm {
                what: "the last 8 digits of the session".to_owned(),
                expected: session.last8(),
            },
            excluded: self.left,
            subject,
        }
    }
}

/// What is done before the transaction first, and a parent pinned once.
fn once<'a>(steps: impl Iterator<Item = &'a Step>) -> Vec<Step> {
    let (mut before, mut within) = (Vec::new(), Vec::new());
    let mut pinned = BTreeSet::new();
    for step in steps {
        match step {
            Step::Pin { path, .. } if !pinned.insert(path) => {}
            Step::Pin { .. } | Step::Touch { .. } => before.push(step.clone()),
            _ => within.push(step.clone()),
        }
    }
    before.append(&mut within);
    before
}

/// What a step takes of its transaction, in bytes.
fn bytes(step: &Step) -> usize {
    match step {
        Step::Pin { path, .. } | Step::Delete { path, .. } => path.as_str().len() + OVERHEAD,
        _ => 0,
    }
}
