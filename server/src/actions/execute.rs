//! Executing a plan: the only place that writes to ZooKeeper.
//!
//! A session of its own reads the znode right before, refuses if it is not the one that was seen, and does the plan's writes
//! in one transaction together with a marker ([`super::marker`]) that tells afterwards whether it was committed.
//! ZooKeeper's transactions check data versions only, never a czxid or an owner; what pins the identity beyond that is
//! in the plan's steps (`Pin`, `Touch`), by recipe.

use std::collections::HashMap;
use std::time::Duration;

use zooscope_protocol::action::Identity;
use zooscope_protocol::{Plan, Refusal, RefusalCode, Stat, Step, ZnodePath, Zxid};

use super::audit::{Audit, AuditError, Image};
use super::marker::{self, Marking, Operation};
use super::no_audit;
use crate::auth::Permit;
use crate::auth::deed::touched;
use crate::config::Cluster;
use crate::ensemble::{CommitError, Error, Session, Write};
use crate::telemetry::chain;

/// The session time-out of the acting session, which lives for one action.
const SESSION_TIMEOUT: Duration = Duration::from_secs(6);
/// What a transaction may carry as data, in bytes: ZooKeeper's 1 MiB less what the rest of the request takes.
const MAX_DATA: usize = 1024 * 1024 - 4 * 1024;

/// What was done.
#[derive(Debug, Clone)]
pub(super) struct Done {
    /// The znode that was created.
    pub(super) created: Option<ZnodePath>,
    /// What is not certain about it, if anything.
    pub(super) doubt: Option<String>,
}

/// Why it was not done, or perhaps was.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nothing was changed.
    Refused(Refusal),
    /// The connection was lost when the transaction was on its way.
    Unknown,
}

/// What writes to ZooKeeper. A console that acts on nothing never makes one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mutator(());

impl Mutator {
    /// The one that a console has; `None` where it acts on nothing.
    pub(super) fn new(read_only: bool) -> Option<Self> {
        (!read_only).then_some(Self(()))
    }

    /// Does what a plan says, or nothing. The permit is used up either way.
    pub(super) async fn execute(
        self,
        permit: Permit,
        cluster: &Cluster,
        plan: &Plan,
        operation: &Operation,
        audit: &Audit,
    ) -> Result<Done, Failure> {
        if !permit.covers(&cluster.name, &touched(plan)) {
            tracing::error!(audit_id = operation.id(), "a permit did not cover its plan");
            let detail = "the permit is for other paths; nothing was done";
            return Err(Failure::Refused(Refusal::new(RefusalCode::Internal, detail)));
        }
        execute(cluster, plan, operation, audit).await
    }
}

/// Does what a plan says, or nothing.
async fn execute(
    cluster: &Cluster,
    plan: &Plan,
    operation: &Operation,
    audit: &Audit,
) -> Result<Done, Failure> {
    let session = Session::open(&cluster.connect, SESSION_TIMEOUT).await.map_err(|error| refused(&error))?;
    session.sync().await.map_err(|error| refused(&error))?;
    let seen = read(&session, plan).await?;
    let marking = operation.prepare(&session).await.map_err(|error| refused(&error))?;
    let mut transaction = writes(&session, plan, &seen).await?;
    if marking == Marking::Possible {
        transaction.push(operation.committed());
    }
    keep(&session, plan, operation, audit).await?;
    // The steps above took time; the transaction must meet what was seen.
    read_again(&session, plan, &transaction).await?;
    match session.commit(&transaction).await {
        Ok(created) => {
            let created = created.into_iter().find(|path| created_by(plan, path));
            operation.prune(&session).await;
            let doubt = (marking == Marking::Impossible).then(|| marker::NO_MARKER.to_owned());
            Ok(Done { created, doubt })
        }
        Err(CommitError::Refused { index, source: Error::NodeExists })
            if marking == Marking::Possible && index + 1 == transaction.len() =>
        {
            // Another attempt with this key was here before; its marker says how it ended.
            Err(Failure::Unknown)
        }
        Err(CommitError::Refused { index, source }) => {
            Err(Failure::Refused(no(&transaction[index], &source)))
        }
        Err(CommitError::Failed(error)) if error.is_refusal() => Err(refused(&error)),
        Err(CommitError::Failed(error)) => {
            tracing::warn!(audit_id = operation.id(), error = %chain(&error), "the outcome is unknown");
            if marking == Marking::Possible { Err(Failure::Unknown) } else { likely(cluster, plan).await }
        }
    }
}

/// What was read of one znode of a plan.
struct Seen<'a> {
    znode: &'a Identity,
    data: Vec<u8>,
}

/// Reads every znode of the plan and compares it with what was seen.
async fn read<'a>(session: &Session, plan: &'a Plan) -> Result<Vec<Seen<'a>>, Failure> {
    let mut seen = Vec::with_capacity(plan.identities.len());
    for znode in &plan.identities {
        let (data, stat) = session.data(&znode.path).await.map_err(|error| refused(&error))?;
        compare(znode, &stat, znode.version)?;
        seen.push(Seen { znode, data });
    }
    Ok(seen)
}

/// Reads every znode of the plan again after `Pin` and `Touch`, which may have raised a version.
async fn read_again(session: &Session, plan: &Plan, transaction: &[Write]) -> Result<(), Failure> {
    for znode in &plan.identities {
        let version = transaction.iter().find_map(|write| match write {
            Write::Delete(path, version) if *path == znode.path => Some(*version),
            _ => None,
        });
        let stat = session.stat(&znode.path).await.map_err(|error| refused(&error))?;
        let stat = stat.ok_or_else(|| refused(&Error::NoNode))?;
        compare(znode, &stat, version.unwrap_or(znode.version))?;
    }
    Ok(())
}

fn compare(znode: &Identity, stat: &Stat, version: i32) -> Result<(), Failure> {
    if stat.czxid == znode.czxid && stat.owner() == znode.session && stat.version == version {
        return Ok(());
    }
    let detail = format!(
        "`{}` is not the znode that was seen any more (another czxid, owner or version); nothing was done",
        znode.path
    );
    Err(Failure::Refused(Refusal::new(RefusalCode::Changed, detail)))
}

/// The writes of the transaction. `Pin` and `Touch` are done here, before it.
async fn writes(session: &Session, plan: &Plan, seen: &[Seen<'_>]) -> Result<Vec<Write>, Failure> {
    let (mut checks, mut body, mut unlock) = (Vec::new(), Vec::new(), Vec::new());
    let mut touched: HashMap<&ZnodePath, i32> = HashMap::new();
    let read = |path: &ZnodePath| seen.iter().find(|seen| seen.znode.path == *path).ok_or_else(unseen);
    for step in &plan.steps {
        match step {
            Step::Pin { path, czxid } => checks.push(pin(session, path, *czxid).await?),
            Step::Touch { path, version } => {
                let Seen { znode, data } = read(path)?;
                let after = session.set_data(path, data, *version).await.map_err(|error| refused(&error))?;
                compare(znode, &after, version + 1)?;
                touched.insert(path, after.version);
            }
            Step::Delete { path, version } => {
                body.push(Write::Delete(path.clone(), touched.get(path).copied().unwrap_or(*version)));
            }
            Step::TryLock { path } => {
                body.push(Write::Create {
                    path: path.clone(),
                    data: Vec::new(),
                    acl: None,
                    sequential: false,
                });
                unlock.push(Write::Delete(path.clone(), 0));
            }
            Step::Move { from, prefix } => {
                let Seen { znode, data } = read(from)?;
                if data.len() > MAX_DATA {
                    let detail = "the item's data is too large for one transaction; nothing was done";
                    return Err(Failure::Refused(Refusal::new(RefusalCode::DataTooLarge, detail)));
                }
                let acl = session.acl(from).await.map_err(|error| refused(&error))?;
                body.push(Write::Delete(from.clone(), znode.version));
                body.push(Write::Create {
                    path: prefix.clone(),
                    data: data.clone(),
                    acl: Some(acl),
                    sequential: true,
                });
            }
        }
    }
    checks.append(&mut body);
    checks.append(&mut unlock);
    Ok(checks)
}

/// Keeps what the plan deletes and no session owns, as it is right before, so that it can be put back. The transaction deletes
/// only the data version that is kept.
async fn keep(session: &Session, plan: &Plan, operation: &Operation, audit: &Audit) -> Result<(), Failure> {
    let mut images = Vec::new();
    for step in &plan.steps {
        let Step::Delete { path, .. } = step else { continue };
        let (data, stat) = session.data(path).await.map_err(|error| refused(&error))?;
        if stat.owner().is_none() {
            let acl = session.acl(path).await.map_err(|error| refused(&error))?;
            images.push(Image { path: path.clone(), data, acl, stat });
        }
    }
    if images.is_empty() {
        return Ok(());
    }
    audit.before_image(operation.id(), images).await.map_err(|error| {
        Failure::Refused(match error {
            AuditError::TooLarge(_) => {
                let detail = format!("{error}, so it could not be put back; nothing was done");
                Refusal::new(RefusalCode::DataTooLarge, detail)
            }
            error => no_audit(&error),
        })
    })
}

/// Writes a parent's own data back to it, so that the transaction can check that it is the same parent.
async fn pin(session: &Session, path: &ZnodePath, czxid: Zxid) -> Result<Write, Failure> {
    // Another writer may come between reading and writing; a few tries are enough, or something is wrong.
    for _ in 0..5 {
        let (data, stat) = session.data(path).await.map_err(|error| refused(&error))?;
        if stat.czxid != czxid {
            let detail = format!("`{path}` was deleted and made again since the plan; nothing was done");
            return Err(Failure::Refused(Refusal::new(RefusalCode::Changed, detail)));
        }
        match session.set_data(path, &data, stat.version).await {
            Ok(after) => return Ok(Write::Check(path.clone(), after.version)),
            Err(Error::BadVersion) => {}
            Err(Error::NoAuth) => {
                let detail = format!(
                    "the console may not write to `{path}`, which it must to be sure of deleting the right znode; \
                     give it WRITE there or delete the znode with ZooKeeper's own client"
                );
                return Err(Failure::Refused(Refusal::new(RefusalCode::NoAuth, detail)));
            }
            Err(error) => return Err(refused(&error)),
        }
    }
    let detail = format!("`{path}` is written to all the time, so it cannot be pinned; nothing was done");
    Err(Failure::Refused(Refusal::new(RefusalCode::Changed, detail)))
}

/// A step is about a znode that is not among those of its plan, so nothing vouches for it.
fn unseen() -> Failure {
    let detail = "the plan does not say which znode it was made for; nothing was done";
    Failure::Refused(Refusal::new(RefusalCode::Internal, detail))
}

/// Where no marker could be written, whether what was to be deleted is still there is the best that can be said.
async fn likely(cluster: &Cluster, plan: &Plan) -> Result<Done, Failure> {
    let Some(znode) = plan.deleted().next() else {
        let detail = format!("{}; look at `{}`", marker::NO_MARKER, plan.subject);
        return Err(Failure::Refused(Refusal::new(RefusalCode::Unreachable, detail)));
    };
    let session = Session::open(&cluster.connect, SESSION_TIMEOUT).await.map_err(|_| Failure::Unknown)?;
    session.sync().await.map_err(|_| Failure::Unknown)?;
    match session.stat(&znode.path).await.map_err(|_| Failure::Unknown)? {
        Some(stat) if stat.czxid == znode.czxid => {
            let detail = "the connection was lost and the znode is still there: it was most likely not done";
            Err(Failure::Refused(Refusal::new(RefusalCode::Unreachable, detail)))
        }
        _ => Ok(Done { created: None, doubt: Some(marker::NO_MARKER.to_owned()) }),
    }
}

/// Whether a path was made by one of the plan's moves, not by the marker or a try-lock.
fn created_by(plan: &Plan, path: &ZnodePath) -> bool {
    plan.steps
        .iter()
        .any(|step| matches!(step, Step::Move { prefix, .. } if path.as_str().starts_with(prefix.as_str())))
}

/// A refusal of one write of the transaction.
fn no(write: &Write, error: &Error) -> Refusal {
    let (Write::Check(path, _) | Write::Delete(path, _) | Write::Create { path, .. }) = write;
    match (write, error) {
        (Write::Create { .. }, Error::NodeExists) => Refusal::new(
            RefusalCode::Taken,
            format!("a consumer has taken the item (`{path}` exists); nothing was done"),
        ),
        (_, Error::NoNode | Error::BadVersion) => Refusal::new(
            RefusalCode::Changed,
            format!("`{path}` changed at the last moment; nothing was done"),
        ),
        (_, Error::NoAuth) => Refusal::new(
            RefusalCode::NoAuth,
            format!("the ACL does not let the console write at `{path}`; nothing was done"),
        ),
        (_, Error::NotEmpty) => {
            Refusal::new(RefusalCode::NotAllowed, format!("`{path}` has children; nothing was done"))
        }
        (_, error) => Refusal::new(RefusalCode::NotAllowed, format!("`{path}`: {error}; nothing was done")),
    }
}

/// A failure before the transaction was sent: nothing was changed.
fn refused(error: &Error) -> Failure {
    let refusal = match error {
        Error::NoNode => Refusal::new(RefusalCode::Changed, "the znode is gone already; nothing was done"),
        Error::BadVersion => {
            Refusal::new(RefusalCode::Changed, "the znode changed at the last moment; nothing was done")
        }
        Error::NoAuth => {
            Refusal::new(RefusalCode::NoAuth, "the ACL does not let the console do this; nothing was done")
        }
        Error::ReadOnly => Refusal::new(
            RefusalCode::Unreachable,
            "the server has lost its quorum and cannot write; nothing was done",
        ),
        error => {
            tracing::warn!(error = %chain(error), "an action failed before it wrote");
            Refusal::new(RefusalCode::Unreachable, "ZooKeeper does not answer; nothing was done")
        }
    };
    Failure::Refused(refusal)
}
