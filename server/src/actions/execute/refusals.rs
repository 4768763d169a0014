//! Why ZooKeeper refused, in sentences that say what to do.

use zooscope_protocol::{Refusal, RefusalCode, Step, ZnodePath};

use super::Failure;
use crate::ensemble::{Error, Write};
use crate::telemetry::chain;

/// A refusal of one write of the transaction.
pub(super) fn no(write: &Write, step: Option<&Step>, error: &Error) -> Refusal {
    let (Write::Check(path, _) | Write::Delete(path, _) | Write::Data(path, ..) | Write::Create { path, .. }) =
        write;
    match (write, error) {
        (Write::Create { .. }, Error::NodeExists) if matches!(step, Some(Step::TryLock { .. })) => {
            Refusal::new(
                RefusalCode::Taken,
                format!("a consumer has taken the item (`{path}` exists); nothing was done"),
            )
        }
        (Write::Create { sequential: true, .. }, Error::NodeExists) => Refusal::new(
            RefusalCode::NotAllowed,
            format!(
                "ZooKeeper has no number left for `{path}…`: the directory has had 2,147,483,647 children. Make it anew while nobody uses \
                 it; nothing was done"
            ),
        ),
        (Write::Create { .. }, Error::NodeExists) => {
            Refusal::new(RefusalCode::Exists, format!("`{path}` is there already; nothing was done"))
        }
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
pub(super) fn refused(error: &Error) -> Failure {
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
    refusal.into()
}

/// The same failure, with the znode that it is about.
pub(super) fn about(failure: Failure, path: &ZnodePath) -> Failure {
    match failure {
        Failure::Refused { refusal, .. } => Failure::Refused { refusal, about: Some(path.clone()) },
        unknown @ Failure::Unknown(_) => unknown,
    }
}

/// A step is about a znode that is not among those of its plan, so nothing vouches for it.
pub(super) fn unseen() -> Failure {
    let detail = "the plan does not say which znode it was made for; nothing was done";
    Refusal::new(RefusalCode::Internal, detail).into()
}
