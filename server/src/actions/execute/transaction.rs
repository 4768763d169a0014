//! The writes of a transaction, made of a plan's steps. `Pin` and `Touch` are done here, before it.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use zooscope_protocol::{AclEntry, Letter, Plan, Refusal, RefusalCode, Step, Timestamp, ZnodePath, Zxid};

use super::refusals::{about, refused, unseen};
use super::{Failure, PIPELINED, Seen, compare};
use crate::actions::audit::Image;
use crate::ensemble::{Error, Session, Write};

/// What one request to ZooKeeper may carry, in bytes: its own limit of 1 MiB less what frames it.
const MAX_REQUEST: usize = 1024 * 1024 - 4 * 1024;
/// What the mirror keeps of a znode, so that an origin is read whole: in bytes.
const MAX_ORIGIN: usize = 4_000;
/// What a write takes beside its path, its data and its ACL, in bytes, and a little more.
const OVERHEAD: usize = 64;

/// What is told of an action beside its plan.
#[derive(Debug, Clone, Copy)]
pub(in crate::actions) struct Told<'a> {
    /// Who does it.
    pub(in crate::actions) who: &'a str,
    /// Why.
    pub(in crate::actions) reason: &'a str,
    /// Its entry in the audit log.
    pub(in crate::actions) audit_id: &'a str,
    /// When.
    pub(in crate::actions) at: Timestamp,
    /// What was kept of what a restore makes again.
    pub(in crate::actions) kept: &'a [Image],
}

/// The writes, with what they are for.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    /// In their order.
    pub(super) writes: Vec<Write>,
    /// The plan's step behind each.
    steps: Vec<Option<usize>>,
    /// The data versions that were raised before, by `Touch`.
    pub(super) touched: Vec<(ZnodePath, i32)>,
}

impl Transaction {
    pub(super) fn push(&mut self, write: Write, step: Option<usize>) {
        self.writes.push(write);
        self.steps.push(step);
    }

    /// The step behind a write.
    pub(super) fn step_of<'a>(&self, plan: &'a Plan, write: usize) -> Option<&'a Step> {
        plan.steps.get(self.steps.get(write).copied().flatten()?)
    }

    /// Of the paths that the creating writes got, in their order, those that the plan is about, as (old, new).
    pub(super) fn moved(&self, plan: &Plan, created: Vec<ZnodePath>) -> Vec<(ZnodePath, ZnodePath)> {
        let creating = (0..self.writes.len()).filter(|at| matches!(self.writes[*at], Write::Create { .. }));
        creating
            .zip(created)
            .filter_map(|(at, new)| match self.step_of(plan, at)? {
                Step::Move { from, .. } | Step::Rename { from, .. } => Some((from.clone(), new)),
                Step::Create { .. } | Step::Recreate { .. } => Some((new.clone(), new)),
                _ => None,
            })
            .collect()
    }

    /// Refuses what is larger than one request may be.
    fn fits(&self) -> Result<(), Failure> {
        let size: usize = self.writes.iter().map(size).sum();
        if size <= MAX_REQUEST {
            return Ok(());
        }
        let detail =
            format!("this is {size} bytes, and one transaction carries {MAX_REQUEST}; nothing was done");
        Err(Refusal::new(RefusalCode::DataTooLarge, detail).into())
    }
}

/// About how much a write takes in a request.
fn size(write: &Write) -> usize {
    OVERHEAD
        + match write {
            Write::Check(path, _) | Write::Delete(path, _) => path.as_str().len(),
            Write::Data(path, _, data) => path.as_str().len() + data.len(),
            Write::Create { path, data, acl, .. } => {
                let entry = |entry: &AclEntry| entry.scheme.len() + entry.id.len() + 12;
                let acl: usize = acl.iter().flatten().map(entry).sum();
                path.as_str().len() + data.len() + acl
            }
        }
}

/// The transaction of a plan: checks first, then its steps in their order, then what gives back a try-lock.
pub(super) async fn of(
    session: &Session,
    plan: &Plan,
    seen: &[Seen],
    told: &Told<'_>,
) -> Result<Transaction, Failure> {
    let acls = acls(session, plan).await?;
    let acl = |path: &ZnodePath| acls.get(path).cloned().ok_or_else(unseen);
    let read = |path: &ZnodePath| seen.iter().find(|seen| seen.znode.path == *path).ok_or_else(unseen);
    let (mut checks, mut body, mut unlock) = (Vec::new(), Vec::new(), Vec::new());
    let mut touched: Vec<(ZnodePath, i32)> = Vec::new();
    let mut directories = BTreeSet::new();
    for (at, step) in plan.steps.iter().enumerate() {
        match step {
            Step::Pin { path, czxid } => checks.push((pin(session, path, *czxid).await?, at)),
            Step::Check { path, version } => checks.push((Write::Check(path.clone(), *version), at)),
            Step::Touch { path, version } => {
                let Seen { znode, data, .. } = read(path)?;
                let after = session.set_data(path, data, *version).await;
                let after = after.map_err(|error| about(refused(&error), path))?;
                compare(znode, &after, version + 1)?;
                touched.push((path.clone(), after.version));
            }
            Step::Delete { path, version } => {
                let raised = touched.iter().find(|(its, _)| its == path).map(|(_, version)| *version);
                body.push((Write::Delete(path.clone(), raised.unwrap_or(*version)), at));
            }
            Step::Ask { path, version } => {
                body.push((Write::Data(path.clone(), *version, Step::REVOKE.as_bytes().to_vec()), at));
            }
            Step::TryLock { path } => {
                body.push((create(path, Vec::new(), None, false), at));
                unlock.push((Write::Delete(path.clone(), 0), at));
            }
            Step::Move { from, prefix } => {
                let Seen { znode, data, .. } = read(from)?;
                body.push((Write::Delete(from.clone(), znode.version), at));
                body.push((create(prefix, data.clone(), Some(acl(from)?), true), at));
            }
            Step::Rename { from, path } => {
                let Seen { znode, data, .. } = read(from)?;
                body.push((Write::Delete(from.clone(), znode.version), at));
                body.push((create(path, data.clone(), Some(acl(from)?), false), at));
            }
            Step::Directory { path, acl_of } => {
                let there = session.stat(path).await.map_err(|error| refused(&error))?.is_some();
                if !there && directories.insert(path) {
                    body.push((create(path, Vec::new(), Some(acl(acl_of)?), false), at));
                }
            }
            Step::Origin { path, of, queue, prefix } => {
                let letter = letter(read(of)?, (queue, prefix), told)?;
                body.push((create(path, letter, Some(acl(of)?), false), at));
            }
            Step::Create { prefix, data, acl_of } => {
                body.push((create(prefix, data.0.clone(), Some(acl(acl_of)?), true), at));
            }
            Step::Recreate { path, sha256, .. } => {
                let kept = told.kept.iter().find(|kept| kept.path == *path).ok_or_else(unseen)?;
                if self::sha256(&kept.data) != *sha256 {
                    return Err(unseen());
                }
                whole(&kept.acl, path)?;
                body.push((create(path, kept.data.clone(), Some(kept.acl.clone()), false), at));
            }
        }
    }
    let mut transaction = Transaction { touched, ..Transaction::default() };
    for (write, at) in checks.into_iter().chain(body).chain(unlock) {
        transaction.push(write, Some(at));
    }
    transaction.fits()?;
    Ok(transaction)
}

/// SHA-256 of data, in hexadecimal.
pub(in crate::actions) fn sha256(data: &[u8]) -> String {
    hex::encode(Sha256::digest(data))
}

fn create(path: &ZnodePath, data: Vec<u8>, acl: Option<Vec<AclEntry>>, sequential: bool) -> Write {
    Write::Create { path: path.clone(), data, acl, sequential }
}

/// The ACLs that the steps give to new znodes, by the znode that has them.
async fn acls(session: &Session, plan: &Plan) -> Result<BTreeMap<ZnodePath, Vec<AclEntry>>, Failure> {
    let wanted: BTreeSet<ZnodePath> = plan
        .steps
        .iter()
        .filter_map(|step| match step {
            Step::Move { from, .. } | Step::Rename { from, .. } => Some(from),
            Step::Directory { acl_of, .. } | Step::Create { acl_of, .. } => Some(acl_of),
            Step::Origin { of, .. } => Some(of),
            _ => None,
        })
        .cloned()
        .collect();
    let reads = wanted.into_iter().map(|path| {
        let session = session.clone();
        async move {
            let acl = session.acl(&path).await.map_err(|error| about(refused(&error), &path))?;
            whole(&acl, &path)?;
            Ok((path, acl))
        }
    });
    stream::iter(reads).buffered(PIPELINED).try_collect().await
}

/// Refuses an ACL that the console was not told whole. Who may not administer a znode is told `x` in place of a password's hash
/// (ZooKeeper's `FinalRequestProcessor`), and a new znode with that would shut everybody out who is named so.
fn whole(acl: &[AclEntry], path: &ZnodePath) -> Result<(), Failure> {
    let cut = |entry: &AclEntry| entry.scheme == "digest" && entry.id.ends_with(":x");
    if !acl.iter().any(cut) {
        return Ok(());
    }
    let detail = format!(
        "the console is not told the whole ACL of `{path}`, so it cannot make a znode with the same one; give it ADMIN there. Nothing \
         was done"
    );
    Err(about(Refusal::new(RefusalCode::NoAuth, detail).into(), path))
}

/// What is kept of an item that is set aside. A long reason is cut, so that the whole can always be read.
fn letter(
    item: &Seen,
    (queue, prefix): (&ZnodePath, &ZnodePath),
    told: &Told<'_>,
) -> Result<Vec<u8>, Failure> {
    let mut letter = Letter {
        queue: queue.clone(),
        origin: item.znode.path.clone(),
        prefix: prefix.clone(),
        czxid: item.stat.czxid,
        created: item.stat.ctime,
        at: told.at,
        by: told.who.to_owned(),
        reason: told.reason.to_owned(),
        audit_id: told.audit_id.to_owned(),
    };
    loop {
        let written = serde_json::to_vec(&letter).unwrap_or_default();
        if written.len() <= MAX_ORIGIN {
            return Ok(written);
        }
        let chars = letter.reason.chars().count();
        if chars <= 2 {
            let detail = "the item's path is too long to be kept beside it; nothing was done";
            return Err(about(Refusal::new(RefusalCode::DataTooLarge, detail).into(), &item.znode.path));
        }
        letter.reason = letter.reason.chars().take(chars / 2).chain(['…']).collect();
    }
}

/// Writes a parent's own data back to it, so that the transaction can check that it is the same parent.
async fn pin(session: &Session, path: &ZnodePath, czxid: Zxid) -> Result<Write, Failure> {
    // Another writer may come between reading and writing; a few tries are enough, or something is wrong.
    for _ in 0..5 {
        let (data, stat) = session.data(path).await.map_err(|error| refused(&error))?;
        if stat.czxid != czxid {
            let detail = format!("`{path}` was deleted and made again since the plan; nothing was done");
            return Err(Refusal::new(RefusalCode::Changed, detail).into());
        }
        match session.set_data(path, &data, stat.version).await {
            Ok(after) => return Ok(Write::Check(path.clone(), after.version)),
            Err(Error::BadVersion) => {}
            Err(Error::NoAuth) => {
                let detail = format!(
                    "the console may not write to `{path}`, which it must to be sure of deleting the right znode; \
                     give it WRITE there or delete the znode with ZooKeeper's own client"
                );
                return Err(Refusal::new(RefusalCode::NoAuth, detail).into());
            }
            Err(error) => return Err(refused(&error)),
        }
    }
    let detail = format!("`{path}` is written to all the time, so it cannot be pinned; nothing was done");
    Err(Refusal::new(RefusalCode::Changed, detail).into())
}
