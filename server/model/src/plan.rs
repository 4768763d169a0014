//! Planning: what exactly would be done, as a pure function of a revision and an action; or why it is refused.
//!
//! A plan leaves no choice open. Its digest covers what would be done and under which guards; what it merely tells
//! (who is next, how many wait) may change while a person reads it.

mod aftermath;
mod batch;
mod cure;
mod dead_letter;
mod delete;
mod evict;
mod give_back;
mod holding;
mod items;
mod place;
mod put;
mod release;
mod replay;
mod requeue;
mod restore;
mod revoke;

pub(crate) use cure::cures;
use serde::Serialize;
use sha2::{Digest, Sha256};
use zooscope_protocol::action::{Confirm, Excluded, Identity};
use zooscope_protocol::{Action, Clause, Plan, Refusal, RefusalCode, Step, Target, ZnodePath};

pub use restore::Kept;

use crate::revision::Revision;
use crate::tree::Znode;

/// Plans an action on a revision.
pub fn plan(now: &Revision, cluster: &str, action: &Action) -> Result<Plan, Refusal> {
    let draft = match action {
        Action::Release(target) => seen(now, target).and_then(|_| release::release(now, target))?,
        Action::Revoke(target) => seen(now, target).and_then(|_| revoke::revoke(now, target))?,
        Action::Cure(target) => seen(now, target).and_then(|_| cure::cure(now, target))?,
        Action::Evict(owner) => evict::evict(now, owner)?,
        Action::Requeue(action) => requeue::requeue(now, action, seen(now, &action.target)?)?,
        Action::GiveBack(action) => give_back::give_back(now, action, seen(now, &action.target)?)?,
        Action::DeadLetter(action) => dead_letter::dead_letter(now, action, seen(now, &action.target)?)?,
        Action::Replay(target) => replay::replay(now, target, seen(now, target)?)?,
        Action::Delete(target) => delete::delete(now, target, seen(now, target)?)?,
        Action::Put(action) => put::put(now, action)?,
        Action::Restore(_) => return Err(restore_alone()),
        Action::Batch(batch) => batch::batch(now, cluster, &batch.actions)?,
    };
    Ok(draft.finish(cluster, action))
}

/// What a restore needs is not in a revision.
fn restore_alone() -> Refusal {
    Refusal::new(RefusalCode::NothingKept, "nothing was kept of what this action deleted")
}

/// Plans a restore on a revision, from what was kept of what an action deleted.
pub fn plan_restore(now: &Revision, cluster: &str, action: &Action, kept: &[Kept]) -> Result<Plan, Refusal> {
    Ok(restore::restore(now, kept)?.finish(cluster, action))
}

/// A plan without its digest.
struct Draft {
    subject: ZnodePath,
    steps: Vec<Step>,
    guards: Vec<Clause>,
    warnings: Vec<Clause>,
    effects: Vec<Clause>,
    confirm: Confirm,
    /// The znodes that must be there.
    identities: Vec<Identity>,
    /// What is left alone of what was asked for.
    excluded: Vec<Excluded>,
}

/// What the digest covers.
#[derive(Serialize)]
struct Covered<'a> {
    cluster: &'a str,
    action: &'a Action,
    subject: &'a ZnodePath,
    steps: &'a [Step],
    guards: &'a [Clause],
    identities: &'a [Identity],
}

impl Draft {
    fn finish(self, cluster: &str, action: &Action) -> Plan {
        let covered = Covered {
            cluster,
            action,
            subject: &self.subject,
            steps: &self.steps,
            guards: &self.guards,
            identities: &self.identities,
        };
        // Writing these types as JSON cannot fail; if it ever did, the digest of nothing would match no other.
        let bytes = serde_json::to_vec(&covered).unwrap_or_default();
        let digest = hex::encode(Sha256::digest(&bytes));
        Plan {
            digest,
            action: action.clone(),
            subject: self.subject,
            steps: self.steps,
            guards: self.guards,
            warnings: self.warnings,
            effects: self.effects,
            confirm: self.confirm,
            identities: self.identities,
            excluded: self.excluded,
        }
    }
}

/// The znode of a target, if it is still the one that was seen.
fn seen<'a>(now: &'a Revision, target: &Target) -> Result<&'a Znode, Refusal> {
    let znode = now.tree.get(&target.path).ok_or_else(|| {
        let detail = format!("there is no znode `{}` any more; there is nothing left to do", target.path);
        Refusal::new(RefusalCode::Changed, detail)
    })?;
    if !znode.readable() {
        let detail =
            format!("the console may not read `{}`, so it cannot act on it; give it READ there", target.path);
        return Err(Refusal::new(RefusalCode::NoAuth, detail));
    }
    let stat = znode.stat();
    let differs = [
        (stat.czxid != target.czxid, "it was deleted and made again"),
        (stat.owner() != target.session, "another session owns it"),
        (stat.version != target.version, "its data was changed"),
    ];
    match differs.iter().find(|(differs, _)| *differs) {
        None => Ok(znode),
        Some((_, how)) => {
            let detail = format!("`{}` is not the znode that you saw: {how}. Look at it again", target.path);
            Err(Refusal::new(RefusalCode::Changed, detail))
        }
    }
}

/// A znode as it is now, with what its library wrote as its data, decoded.
fn identity(path: &ZnodePath, znode: &Znode, identity: Option<String>) -> Identity {
    let stat = znode.stat();
    Identity {
        path: path.clone(),
        czxid: stat.czxid,
        version: stat.version,
        session: stat.owner(),
        created: stat.ctime,
        identity,
    }
}

/// The guards of every plan.
fn guards(target: &Target) -> Vec<Clause> {
    let owner = match target.session {
        Some(session) => format!("Its owner is session {session}."),
        None => "It is persistent.".to_owned(),
    };
    vec![
        Clause::new("same_czxid", format!("The znode was created in transaction {}.", target.czxid)),
        Clause::new("same_owner", owner),
        Clause::new("same_version", format!("Its data version is {}.", target.version)),
    ]
}
