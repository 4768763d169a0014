//! What is needed to restore what an action deleted: what was kept of it, and that it was not restored before.

use std::collections::BTreeSet;

use zooscope_model::Kept;
use zooscope_protocol::action::Restore;
use zooscope_protocol::audit::AuditIdentity;
use zooscope_protocol::{Refusal, RefusalCode};

use super::audit::{Audit, Filter, Image, Line};
use super::execute::sha256;
use super::no_audit;

/// So many restores of one path are looked through.
const LOOK: usize = 1_000;

/// What an action deleted, as it was kept. Errors: it is of another cluster, deleted nothing, or was restored before.
pub(super) async fn kept(audit: &Audit, cluster: &str, restore: &Restore) -> Result<Vec<Image>, Refusal> {
    let nothing = |detail: &str| Refusal::new(RefusalCode::NothingKept, detail);
    let action = audit.action(&restore.audit_id).await.map_err(|error| no_audit(&error))?;
    let action = action.ok_or_else(|| nothing("the audit log has no action with this `audit_id`"))?;
    if action.lines.iter().any(|line| line.cluster != cluster) {
        return Err(nothing("this action was done in another cluster; restore it there"));
    }
    if !action.lines.iter().any(|line| line.outcome.as_deref() == Some("done")) {
        return Err(nothing("this action was not done, so there is nothing to restore"));
    }
    let mut images = audit.images(&restore.audit_id).await.map_err(|error| no_audit(&error))?;
    images.sort_by(|a, b| a.path.cmp(&b.path));
    let Some(first) = images.first() else {
        return Err(nothing(
            "this action deleted nothing that can be made again: what a session owns goes with it, and what was moved is there under another name",
        ));
    };
    let filter = Filter {
        kinds: vec!["restore".to_owned()],
        cluster: Some(cluster.to_owned()),
        path: Some(first.path.clone()),
        ..Filter::default()
    };
    let before = audit.page(filter, LOOK).await.map_err(|error| no_audit(&error))?;
    let same = |identity: AuditIdentity| identity.czxid == first.stat.czxid;
    let mut ended = BTreeSet::new();
    // The newest line of each tells how it ended.
    for line in before.items.iter().filter(|line| line.identity.is_some_and(same)) {
        if !ended.insert(&line.audit_id) {
            continue;
        }
        match line.outcome.as_deref() {
            Some("refused" | "denied") => {}
            Some("done") => {
                return Err(nothing("this was restored before; what became of it then is in the audit log"));
            }
            _ => {
                let detail = "somebody restores this just now, or it is not known yet how that ended; the audit log will tell";
                return Err(nothing(detail));
            }
        }
    }
    Ok(images)
}

/// The line of a restore, with the path and the life of what it makes again.
pub(super) fn marked(line: Line, kept: &[Image]) -> Line {
    let Some(first) = kept.first() else { return line };
    let stat = &first.stat;
    let identity = AuditIdentity { czxid: stat.czxid, version: stat.version, session: stat.owner() };
    Line { path: Some(first.path.clone()), identity: Some(identity), ..line }
}

/// What a plan needs to know of it.
pub(super) fn told(image: &Image) -> Kept {
    let size = u32::try_from(image.data.len()).unwrap_or(u32::MAX);
    Kept { path: image.path.clone(), sha256: sha256(&image.data), size }
}
