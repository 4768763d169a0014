//! A plan is done: its intent is written down, then it is executed, then its outcome, once that is known.

use std::time::Duration;

use zooscope_model::Revision;
use zooscope_protocol::action::{Executed, Identity};
use zooscope_protocol::api::{AuditIdentity, Execute};
use zooscope_protocol::{Action, EventKind, Outcome, Plan, Refusal, Step, Target, ZnodePath};

use super::audit::{AuditError, By, Image, Line, Open};
use super::execute::{Done, Failure, Mutator, Told};
use super::failpoint::reach;
use super::marker::{self, Evidence, Operation, Verdict};
use super::{Actions, no_audit, own_key, read_only, restore, ticket};
use crate::app::{App, Watched};
use crate::auth::{Permit, Principal};
use crate::clock;
use crate::mirror::Mirror;
use crate::telemetry::chain;

/// How long an execution waits for an unknown outcome to be decided before it answers `unknown`.
const RESOLVING: Duration = Duration::from_secs(10);
/// How long an execution waits for the mirror to show what it did.
const SETTLING: Duration = Duration::from_secs(2);
/// How long a holder that was asked to let go is waited for.
const HEARING: Duration = Duration::from_secs(10);

impl Actions {
    /// Does a plan and waits until the mirror shows it.
    pub(super) async fn perform(
        &self,
        app: &App,
        watched: &Watched,
        plan: Plan,
        request: &Execute,
        who: &Principal,
        (permit, approved_by): (Permit, Option<String>),
    ) -> Result<Executed, Refusal> {
        let operation = Operation::new(&watched.cluster.name, &plan.digest, &own_key(who, request));
        let line = Line {
            audit_id: operation.id().to_owned(),
            cluster: watched.cluster.name.clone(),
            by: By::from(who),
            kind: plan.action.name().to_owned(),
            path: plan.action.path().cloned(),
            identity: plan.action.target().map(seen),
            reason: request.reason.trim().to_owned(),
            ticket: ticket(request),
            approved_by,
        };
        let kept = match &plan.action {
            Action::Restore(restore) => restore::kept(&self.audit, &watched.cluster.name, restore).await?,
            _ => Vec::new(),
        };
        let line = restore::marked(line, &kept);
        let (verdict, _) = self.act(app, watched, (&line, &plan), &kept, operation, permit).await?;
        Ok(self.answer(watched, &plan, line.audit_id, verdict).await)
    }

    /// Does what a plan says, with its intent in the audit log before and its outcome after. The path is the znode that a
    /// refusal is about, of several. Errors: the intent cannot be written, so nothing was done.
    pub(super) async fn act(
        &self,
        app: &App,
        watched: &Watched,
        (line, plan): (&Line, &Plan),
        kept: &[Image],
        operation: Operation,
        permit: Permit,
    ) -> Result<(Verdict, Option<ZnodePath>), Refusal> {
        let mutator = self.mutator.ok_or_else(read_only)?;
        reach("reviewed").await;
        if let Err(error) = self.audit.intent(line, plan).await {
            return Err(no_audit(&error));
        }
        reach("intent").await;
        let told = Told {
            who: &line.by.who,
            reason: &line.reason,
            audit_id: &line.audit_id,
            at: clock::now(),
            kept,
        };
        let writing = mutator.execute(permit, &watched.cluster, plan, &told, (&operation, &self.audit));
        let (verdict, about) = match writing.await {
            Ok(done) => {
                let gone = self.heard(watched, plan).await;
                (Verdict::Done(Done { gone, ..done }), None)
            }
            Err(Failure::Refused { refusal, about }) => (Verdict::Refused(refusal), about),
            Err(Failure::Unknown(evidence)) => {
                let cluster = watched.cluster.clone();
                let resolving = marker::resolve(mutator, cluster, operation.clone(), evidence.clone());
                match tokio::time::timeout(RESOLVING, resolving).await {
                    Ok(verdict) => (verdict, None),
                    Err(_) => {
                        self.resolve_later(app, watched, line.clone(), (operation, evidence), mutator);
                        (Verdict::Unknown, None)
                    }
                }
            }
        };
        self.conclude(app, watched, line, &verdict).await;
        reach("concluded").await;
        Ok((verdict, about))
    }

    /// Whether the znode of a holder that was asked to let go went while it was waited for.
    async fn heard(&self, watched: &Watched, plan: &Plan) -> Option<bool> {
        let Action::Revoke(target) = &plan.action else { return None };
        let gone = |revision: &Revision| !Mirror::shows(revision, &target.path, target.czxid);
        let revision = watched.mirror.settled(HEARING, gone).await;
        Some(gone(&revision))
    }

    /// Goes on deciding an unknown outcome after the answer was given.
    fn resolve_later(
        &self,
        app: &App,
        watched: &Watched,
        line: Line,
        (operation, evidence): (Operation, Evidence),
        mutator: Mutator,
    ) {
        let (app, watched) = (app.clone(), watched.clone());
        app.tasks.clone().spawn(async move {
            let stop = app.stop.clone();
            tokio::select! {
                // The intent stays open in the log, and the next start resolves it.
                () = stop.cancelled() => {}
                verdict = marker::resolve(mutator, watched.cluster.clone(), operation, evidence) => {
                    app.actions.conclude(&app, &watched, &line, &verdict).await;
                }
            }
        });
    }

    /// Writes the outcome down: in the audit log, the journal, the metrics.
    async fn conclude(&self, app: &App, watched: &Watched, line: &Line, verdict: &Verdict) {
        match verdict {
            Verdict::Done(_) => app.metrics.actions_done.inc(),
            Verdict::Refused(_) => app.metrics.actions_refused.inc(),
            Verdict::Unknown | Verdict::Untold => app.metrics.actions_unknown.inc(),
        };
        let note = format!("{} by {}: {}; {}", line.kind, line.by.who, verdict.word(), line.reason);
        watched.mirror.journal().record(clock::now(), EventKind::Action, line.path.clone(), None, Some(note));
        if let Err(error) = self.audit.outcome(line, verdict).await {
            tracing::error!(audit_id = line.audit_id, error = %chain(&error), "an outcome was not logged");
        }
    }

    /// The answer, once the mirror shows what was done.
    async fn answer(&self, watched: &Watched, plan: &Plan, audit_id: String, verdict: Verdict) -> Executed {
        let (outcome, refusal, created, gone) = match verdict {
            Verdict::Done(Done { created, gone, .. }) => {
                (Outcome::Done, None, created.into_iter().next().map(|(_, new)| new), gone)
            }
            Verdict::Refused(refusal) => (Outcome::Refused, Some(refusal), None, None),
            Verdict::Unknown | Verdict::Untold => (Outcome::Unknown, None, None, None),
        };
        let shown = |revision: &Revision| {
            let gone = |znode: &Identity| !Mirror::shows(revision, &znode.path, znode.czxid);
            outcome != Outcome::Done
                || plan.deleted().all(gone)
                    && created.as_ref().is_none_or(|created| shows_new(revision, plan, created))
        };
        let revision = watched.mirror.settled(SETTLING, shown).await;
        Executed { outcome, refusal, revision: revision.id, audit_id, created, gone }
    }
}

/// Decides what a server that died in the middle left open.
pub async fn resolve_open(app: &App) -> Result<(), AuditError> {
    app.actions.audit.close_notes().await?;
    // To decide is to write, and a console that acts on nothing does not: what is open stays open.
    let Some(mutator) = app.actions.mutator else { return Ok(()) };
    for Open { line, at, marked, deleted } in app.actions.audit.open_intents().await? {
        let Some(watched) = app.cluster(&line.cluster).cloned() else {
            let (audit_id, cluster) = (&line.audit_id, &line.cluster);
            tracing::warn!(audit_id, cluster, "an action stays open: its cluster is not configured any more");
            continue;
        };
        let operation = Operation::with_id(&line.audit_id);
        // A marker of long ago may have been removed, and then its place says nothing.
        let marked = marked && at.millis_until(clock::now()) < marker::KEPT_MS;
        let evidence = if marked { Evidence::Marker } else { Evidence::Znodes(deleted) };
        app.actions.resolve_later(app, &watched, line, (operation, evidence), mutator);
    }
    Ok(())
}

/// What tells the znode that was seen from its namesakes.
fn seen(target: &Target) -> AuditIdentity {
    AuditIdentity { czxid: target.czxid, version: target.version, session: target.session }
}

/// Whether a revision shows what was created, or that it was there and is gone: a consumer may have taken a new item already.
fn shows_new(revision: &Revision, plan: &Plan, created: &ZnodePath) -> bool {
    if revision.tree.get(created).is_some() {
        return true;
    }
    // A name that ZooKeeper did not number tells nothing of when it was there. An item at the head of its queue may be gone again at
    // once; whatever else is named by the console stays for a while.
    let numbered = |step: &Step| matches!(step, Step::Move { .. } | Step::Create { .. });
    if !plan.steps.iter().any(numbered) {
        return plan.deleted().any(|znode| znode.path.parent() == created.parent());
    }
    let number = created.name().get(created.name().len().saturating_sub(10)..).unwrap_or_default();
    let passed = |directory: ZnodePath| {
        let made = revision.tree.get(&directory)?.stat().children_created();
        Some(number.parse().is_ok_and(|number| made > number))
    };
    created.parent().and_then(passed).unwrap_or(false)
}
