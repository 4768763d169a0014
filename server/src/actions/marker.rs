//! Markers: how an outcome that the connection took with it is decided, by a write and never by a read.
//!
//! The action's transaction also creates `/zooscope/ops/ID`. Whoever does not know the outcome tries to create the same
//! znode with the word `void`: if that succeeds, the transaction was not committed and never can be; if the znode
//! exists, its word tells. 2,000 races of the two on a server 3.8.0 left none in doubt.
//!
//! Where the console may not write markers, what is left is to look at the znodes: that is likely, never certain, and said so.

use std::time::Duration;

use sha2::{Digest, Sha256};
use zooscope_protocol::action::Identity;
use zooscope_protocol::{Refusal, RefusalCode, ZnodePath};

use super::execute::{Done, Mutator};
use crate::clock;
use crate::config::Cluster;
use crate::ensemble::{Error, Session, Write};
use crate::telemetry::chain;

/// Said of an outcome that no marker vouches for.
pub(super) const NO_MARKER: &str =
    "the console may not write below /zooscope/ops, so this outcome was read back: likely, not certain";
/// Said of an outcome that nobody can tell.
pub(super) const UNTOLD: &str = "the connection was lost, and without a marker below /zooscope/ops nobody can tell whether it was done; look at the znodes";

const COMMITTED: &[u8] = b"committed";
const VOID: &[u8] = b"void";
/// How long a marker is kept, in milliseconds: long after nobody asks any more.
pub(super) const KEPT_MS: u64 = 24 * 60 * 60 * 1_000;
/// How many markers are looked at after one action.
const PRUNED: usize = 50;

/// One action on its way, named after its plan and its idempotency key.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    id: String,
}

/// Whether the marker can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marking {
    /// Its parent is there.
    Possible,
    /// The ACL forbids it.
    Impossible,
}

/// What tells how an action ended whose answer was lost.
#[derive(Debug, Clone)]
pub(super) enum Evidence {
    /// The marker that its transaction bears.
    Marker,
    /// It bears none, so whether these, which it deletes, are still there; there may be none.
    Znodes(Vec<Identity>),
}

/// How an action ended.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It was done.
    Done(Done),
    /// Nothing was changed.
    Refused(Refusal),
    /// It is not known yet.
    Unknown,
    /// Nobody will ever know from here.
    Untold,
}

impl Verdict {
    /// The outcome in the audit log.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Refused(_) => "refused",
            Self::Unknown | Self::Untold => "unknown",
        }
    }
}

impl Operation {
    /// The operation of this plan and key: the same again, after a restart too.
    pub(super) fn new(cluster: &str, digest: &str, key: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [cluster, digest, key] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let id = hex::encode(&hash.finalize()[..16]);
        Self { id }
    }

    /// The operation with this id, from the audit log.
    pub(super) fn with_id(id: &str) -> Self {
        Self { id: id.to_owned() }
    }

    /// Its id, which is also its name in the audit log.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Makes the markers' parent if it is not there.
    pub(super) async fn prepare(&self, session: &Session) -> Result<Marking, Error> {
        if session.stat(&parent()).await?.is_some() {
            return Ok(Marking::Possible);
        }
        for path in [parent().parent().unwrap_or_else(ZnodePath::root), parent()] {
            match session.create(&path, b"").await {
                Ok(()) | Err(Error::NodeExists) => {}
                Err(Error::NoAuth) => return Ok(Marking::Impossible),
                Err(error) => return Err(error),
            }
        }
        Ok(Marking::Possible)
    }

    /// The write that marks the transaction as committed.
    pub(super) fn committed(&self) -> Write {
        Write::Create { path: self.path(), data: COMMITTED.to_vec(), acl: None, sequential: false }
    }

    /// Removes markers that nobody asks for any more: of those that come after its own by name, so that in time each is looked at.
    /// What fails is tried again after another action.
    pub(super) async fn prune(&self, session: &Session) {
        let Ok(mut names) = session.children(&parent()).await else { return };
        names.sort_unstable();
        let own = names.partition_point(|name| *name <= self.id);
        names.rotate_left(own);
        let now = clock::now();
        for path in names.iter().filter_map(|name| parent().child(name).ok()).take(PRUNED) {
            if let Ok(Some(stat)) = session.stat(&path).await
                && stat.ctime.millis_until(now) > KEPT_MS
            {
                session.delete(&path, stat.version).await.ok();
            }
        }
    }

    fn path(&self) -> ZnodePath {
        // The id is hexadecimal digits, so the path is one.
        parent().child(&self.id).unwrap_or_else(|_| parent())
    }
}

fn parent() -> ZnodePath {
    ZnodePath::parse("/zooscope/ops").unwrap_or_else(|_| ZnodePath::root())
}

/// Decides an unknown outcome, for as long as it takes ZooKeeper to answer.
pub(super) async fn resolve(
    _: Mutator,
    cluster: Cluster,
    operation: Operation,
    evidence: Evidence,
) -> Verdict {
    let mut pause = Duration::from_millis(100);
    loop {
        match decide(&cluster, &operation, &evidence).await {
            Ok(verdict) => return verdict,
            Err(error) => {
                tracing::warn!(audit_id = operation.id(), error = %chain(&error), "the outcome is not decided yet");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
        }
    }
}

async fn decide(cluster: &Cluster, operation: &Operation, evidence: &Evidence) -> Result<Verdict, Error> {
    let session = Session::open(&cluster.acting(), Duration::from_secs(6)).await?;
    match evidence {
        Evidence::Marker => marked(&session, operation).await,
        Evidence::Znodes(deleted) => likely(&session, deleted).await,
    }
}

/// What the marker says.
async fn marked(session: &Session, operation: &Operation) -> Result<Verdict, Error> {
    if operation.prepare(session).await? == Marking::Impossible {
        // The marker's place is gone and forbidden; whoever took it away may bring it back.
        return Err(Error::NoAuth);
    }
    match session.create(&operation.path(), VOID).await {
        Ok(()) => Ok(void()),
        Err(Error::NodeExists) => {
            session.sync().await?;
            let (word, _) = session.data(&operation.path()).await?;
            Ok(if word == COMMITTED { Verdict::Done(Done::default()) } else { void() })
        }
        Err(error) => Err(error),
    }
}

/// What was to be deleted is still there or is not: the best that can be said. A transaction deletes all of them or none.
async fn likely(session: &Session, deleted: &[Identity]) -> Result<Verdict, Error> {
    if deleted.is_empty() {
        return Ok(Verdict::Untold);
    }
    session.sync().await?;
    for znode in deleted {
        if session.stat(&znode.path).await?.is_some_and(|stat| stat.czxid == znode.czxid) {
            let detail = format!(
                "the connection was lost and `{}` is still there: it was most likely not done",
                znode.path
            );
            return Ok(Verdict::Refused(Refusal::new(RefusalCode::Unreachable, detail)));
        }
    }
    Ok(Verdict::Done(Done { doubt: Some(NO_MARKER.to_owned()), ..Done::default() }))
}

fn void() -> Verdict {
    let detail = "the connection was lost before it was done, and it can never be done any more; plan again";
    Verdict::Refused(Refusal::new(RefusalCode::Unreachable, detail))
}
