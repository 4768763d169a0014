//! Executing a plan: the only place that writes to ZooKeeper, with `marker.rs`.
//!
//! A session of its own reads the znodes right before, refuses if they are not the ones that were seen, and does the plan's writes
//! in one transaction together with a marker ([`super::marker`]) that tells afterwards whether it was committed.
//! ZooKeeper's transactions check data versions only, never a czxid or an owner; what pins the identity beyond that is
//! in the plan's steps (`Pin`, `Touch`), by recipe.

mod refusals;
mod transaction;

use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use zooscope_protocol::action::Identity;
use zooscope_protocol::{Action, Plan, Refusal, RefusalCode, Stat, Step, ZnodePath};

use super::audit::{Audit, AuditError, Image};
use super::failpoint::reach;
use super::marker::{self, Evidence, Marking, Operation};
use super::no_audit;
use crate::auth::Permit;
use crate::auth::deed::touched;
use crate::config::Cluster;
use crate::ensemble::{CommitError, Error, Read, Reading, Session};
use crate::telemetry::chain;
use refusals::{about, no, refused, unseen};
pub(super) use transaction::{Told, sha256};

/// The session time-out of an acting session.
const SESSION_TIMEOUT: Duration = Duration::from_secs(6);
/// So many requests of one action are on their way at once.
const PIPELINED: usize = 16;
/// So many znodes are read in one request.
const READ_AT_ONCE: usize = 25;

/// What was done.
#[derive(Debug, Clone, Default)]
pub(super) struct Done {
    /// The znodes that were created for others that are gone, as (old, new); of what was not there before the new one twice.
    pub(super) created: Vec<(ZnodePath, ZnodePath)>,
    /// What is not certain about it, if anything.
    pub(super) doubt: Option<String>,
    /// Of a request to let go: whether the znode went, as far as it was waited for.
    pub(super) gone: Option<bool>,
}

/// Why it was not done, or perhaps was.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nothing was changed.
    Refused {
        /// Why.
        refusal: Refusal,
        /// Of several znodes, the one that it is about.
        about: Option<ZnodePath>,
    },
    /// The connection was lost when the transaction was on its way. This will tell.
    Unknown(Evidence),
}

/// A znode that is to be deleted or moved, as it was read right before.
#[derive(Debug)]
struct Seen {
    /// As the plan tells it.
    znode: Identity,
    /// Its data, whole.
    data: Vec<u8>,
    /// Its stat.
    stat: Stat,
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
        told: &Told<'_>,
        (operation, audit): (&Operation, &Audit),
    ) -> Result<Done, Failure> {
        if !permit.covers(&cluster.name, &touched(plan)) {
            tracing::error!(audit_id = operation.id(), "a permit did not cover its plan");
            let detail = "the permit is for other paths; nothing was done";
            return Err(Refusal::new(RefusalCode::Internal, detail).into());
        }
        let actor = Actor::open(cluster).await?;
        let seen = actor.read(plan).await?;
        actor.execute(plan, &seen, told, (operation, audit)).await
    }
}

/// A session to act with. It is closed when it is dropped.
#[derive(Debug)]
pub(super) struct Actor {
    session: Session,
}

impl Actor {
    /// Opens a session that has caught up with the leader.
    pub(super) async fn open(cluster: &Cluster) -> Result<Self, Failure> {
        let session =
            Session::open(&cluster.acting(), SESSION_TIMEOUT).await.map_err(|error| refused(&error))?;
        session.sync().await.map_err(|error| refused(&error))?;
        Ok(Self { session })
    }

    /// Reads every znode of the plan and compares it with what was seen.
    async fn read(&self, plan: &Plan) -> Result<Vec<Seen>, Failure> {
        let mut seen = Vec::with_capacity(plan.identities.len());
        for identities in plan.identities.chunks(READ_AT_ONCE) {
            let reads: Vec<Read> = identities.iter().map(|znode| Read::Data(znode.path.clone())).collect();
            let readings = self.session.read(&reads).await.map_err(|error| refused(&error))?;
            for (znode, reading) in identities.iter().zip(readings) {
                let (data, stat) = match reading {
                    Reading::Data(data, stat) => (data, stat),
                    Reading::Children(_) => return Err(unseen()),
                    Reading::Failed(error) => return Err(about(refused(&error), &znode.path)),
                };
                compare(znode, &stat, znode.version)?;
                seen.push(Seen { znode: znode.clone(), data, stat });
            }
        }
        reach("read").await;
        Ok(seen)
    }

    /// The znodes of some plans that are not the ones that were seen any more, each with why.
    pub(super) async fn differing(&self, plans: &[Plan]) -> Vec<(ZnodePath, Failure)> {
        let identities: Vec<&Identity> = plans.iter().flat_map(|plan| &plan.identities).collect();
        let looks = identities.iter().map(|znode| {
            let (session, path) = (self.session.clone(), znode.path.clone());
            async move { session.stat(&path).await }
        });
        let stats: Vec<_> = stream::iter(looks.collect::<Vec<_>>()).buffered(PIPELINED).collect().await;
        let compared = identities.into_iter().zip(stats).filter_map(|(znode, stat)| {
            let differs = match stat {
                Ok(Some(stat)) => compare(znode, &stat, znode.version).err(),
                Ok(None) => Some(about(refused(&Error::NoNode), &znode.path)),
                // Whether it differs is seen when it is tried.
                Err(_) => None,
            };
            differs.map(|failure| (znode.path.clone(), failure))
        });
        compared.collect()
    }

    /// Does what a plan says with what was read for it, or nothing.
    async fn execute(
        &self,
        plan: &Plan,
        seen: &[Seen],
        told: &Told<'_>,
        (operation, audit): (&Operation, &Audit),
    ) -> Result<Done, Failure> {
        let marking = operation.prepare(&self.session).await.map_err(|error| refused(&error))?;
        reach("prepared").await;
        let mut transaction = transaction::of(&self.session, plan, seen, told).await?;
        if marking == Marking::Possible {
            transaction.push(operation.committed(), None);
        } else {
            // A server that starts anew would look for a marker that was never written.
            audit.unmarked(operation.id()).await.map_err(|error| no_audit(&error))?;
        }
        self.keep(plan, seen, (operation, audit)).await?;
        reach("kept").await;
        // The steps above took time; the transaction must meet what was seen.
        self.read_again(plan, &transaction.touched).await?;
        reach("read_again").await;
        match self.session.commit(&transaction.writes).await {
            Ok(created) => {
                reach("committed").await;
                let created = transaction.moved(plan, created);
                let (session, operation) = (self.session.clone(), operation.clone());
                // Nobody waits for it, and what it leaves is done after another action.
                tokio::spawn(async move { operation.prune(&session).await });
                let doubt = (marking == Marking::Impossible).then(|| marker::NO_MARKER.to_owned());
                Ok(Done { created, doubt, gone: None })
            }
            Err(CommitError::Refused { index, source: Error::NodeExists })
                if marking == Marking::Possible && index + 1 == transaction.writes.len() =>
            {
                // Another attempt with this key was here before; its marker says how it ended.
                Err(Failure::Unknown(Evidence::Marker))
            }
            Err(CommitError::Refused { index, source }) => {
                let step = transaction.step_of(plan, index);
                let failure = Failure::Refused {
                    refusal: no(&transaction.writes[index], step, &source),
                    about: step.and_then(|step| item_of(plan, step)),
                };
                Err(failure)
            }
            Err(CommitError::Failed(error)) if error.is_refusal() => Err(refused(&error)),
            Err(CommitError::Failed(error)) => {
                tracing::warn!(audit_id = operation.id(), error = %chain(&error), "the outcome is unknown");
                Err(Failure::Unknown(match marking {
                    Marking::Possible => Evidence::Marker,
                    Marking::Impossible => Evidence::Znodes(plan.deleted().cloned().collect()),
                }))
            }
        }
    }

    /// Keeps what the plan deletes and no session owns, as it was read, so that it can be put back. The transaction deletes only
    /// the data version that is kept. What moves is not lost.
    async fn keep(
        &self,
        plan: &Plan,
        seen: &[Seen],
        (operation, audit): (&Operation, &Audit),
    ) -> Result<(), Failure> {
        if is_put_back(&plan.action) {
            return Ok(());
        }
        let mut images = Vec::new();
        for step in &plan.steps {
            let Step::Delete { path, .. } = step else { continue };
            let seen = seen.iter().find(|seen| seen.znode.path == *path).ok_or_else(unseen)?;
            if seen.stat.owner().is_none() {
                let acl = self.session.acl(path).await.map_err(|error| about(refused(&error), path))?;
                images.push(Image { path: path.clone(), data: seen.data.clone(), acl, stat: seen.stat });
            }
        }
        if images.is_empty() {
            return Ok(());
        }
        audit.before_image(operation.id(), images).await.map_err(|error| match error {
            AuditError::TooLarge(_) => {
                let detail = format!("{error}, so it could not be put back; nothing was done");
                Refusal::new(RefusalCode::DataTooLarge, detail).into()
            }
            error => no_audit(&error).into(),
        })
    }

    /// Reads every znode of the plan again after `Pin` and `Touch`, which may have raised a version.
    async fn read_again(&self, plan: &Plan, touched: &[(ZnodePath, i32)]) -> Result<(), Failure> {
        // Futures that borrow are not `Send` enough for a task of their own.
        let looks = plan.identities.clone().into_iter().map(|znode| {
            let session = self.session.clone();
            async move {
                let stat = session.stat(&znode.path).await.map_err(|error| refused(&error))?;
                let stat = stat.ok_or_else(|| about(refused(&Error::NoNode), &znode.path))?;
                Ok::<_, Failure>((znode, stat))
            }
        });
        let stats: Vec<(Identity, Stat)> = stream::iter(looks).buffered(PIPELINED).try_collect().await?;
        stats.iter().try_for_each(|(znode, stat)| {
            let raised = touched.iter().find(|(path, _)| *path == znode.path).map(|(_, version)| *version);
            compare(znode, stat, raised.unwrap_or(znode.version))
        })
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { refusal, about: None }
    }
}

/// Whether what an action deletes has served its end: where an item was set aside from, once it is back there.
fn is_put_back(action: &Action) -> bool {
    match action {
        Action::Replay(_) => true,
        Action::Batch(batch) => batch.actions.iter().all(is_put_back),
        _ => false,
    }
}

/// The item that a step is about; that of a mark has its name.
fn item_of(plan: &Plan, step: &Step) -> Option<ZnodePath> {
    let path = match step {
        Step::Move { from, .. } | Step::Rename { from, .. } => from,
        Step::Origin { of, .. } => of,
        Step::Delete { path, .. } | Step::Check { path, .. } | Step::Touch { path, .. } => path,
        Step::TryLock { path } => {
            let named = plan.identities.iter().find(|znode| znode.path.name() == path.name());
            return named.map(|znode| znode.path.clone());
        }
        _ => return None,
    };
    Some(path.clone())
}

/// Refuses a znode that is not the one that was seen.
fn compare(znode: &Identity, stat: &Stat, version: i32) -> Result<(), Failure> {
    if stat.czxid == znode.czxid && stat.owner() == znode.session && stat.version == version {
        return Ok(());
    }
    let detail = format!(
        "`{}` is not the znode that was seen any more (another czxid, owner or version); nothing was done",
        znode.path
    );
    Err(about(Refusal::new(RefusalCode::Changed, detail).into(), &znode.path))
}
