//! Actions: a plan is made, a person reads it, and executing it makes no decisions.
//!
//! A plan is planned again when it is executed; if it is another one then, nothing is done. The intent is in the audit log,
//! on disk, before anything is written to ZooKeeper, and the outcome after. An outcome that the connection took with it is
//! decided by a write ([`marker`]), never by a read.

mod attempts;
mod audit;
mod execute;
mod failpoint;
mod marker;
mod settle;
mod tickets;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use zooscope_model::{Revision, plan};
use zooscope_protocol::action::{Executed, Identity};
use zooscope_protocol::api::{AuditPage, Execute};
use zooscope_protocol::{Action, EventKind, Outcome, Plan, Refusal, RefusalCode, ZnodePath};

use attempts::{Attempts, Begun};
pub use audit::{Audit, AuditError, Note};
use audit::{By, Line};
use execute::{Actor, Done, Failure, Told};
use failpoint::reach;
use marker::{Operation, Verdict};
use tickets::Tickets;

use crate::app::{App, Watched};
use crate::auth::Principal;
use crate::clock;
use crate::mirror::Mirror;
use crate::telemetry::chain;

/// How long an execution waits for an unknown outcome to be decided before it answers `unknown`.
const RESOLVING: Duration = Duration::from_secs(10);
/// How long an execution waits for the mirror to show what it did.
const SETTLING: Duration = Duration::from_secs(2);
/// Plans, executions and their audit log.
#[derive(Debug)]
pub struct Actions {
    tickets: Tickets,
    audit: Arc<Audit>,
    attempts: Attempts,
}

/// Why an execution was answered with a problem.
#[derive(Debug)]
pub enum Refused {
    /// For this reason.
    Because(Refusal),
    /// The plan is another one now.
    PlanChanged(Box<Plan>),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::Because(refusal)
    }
}

impl Actions {
    /// Opens the audit log in this folder, which is made if it is not there.
    pub fn open(data_dir: &Path) -> Result<Self, AuditError> {
        let audit = Arc::new(Audit::open(data_dir)?);
        Ok(Self { tickets: Tickets::default(), audit, attempts: Attempts::default() })
    }

    /// Plans an action on the newest revision, to be executed within two minutes.
    pub async fn plan(&self, app: &App, watched: &Watched, action: &Action) -> Result<Plan, Refusal> {
        let revision = settle::revision(watched, action).await;
        may_act(app, &revision)?;
        let action = settle::settled(app, &revision, action)?;
        let plan = plan(&revision, &watched.cluster.name, &action)?;
        self.tickets.issue(&plan, &watched.cluster.name);
        Ok(plan)
    }

    /// Executes a plan that was reviewed. A key that was used before gets the answer that it got then.
    pub async fn execute(
        &self,
        app: &App,
        watched: &Watched,
        digest: &str,
        request: Execute,
        who: &Principal,
    ) -> Result<Executed, Refused> {
        check(&request)?;
        let name = format!("{}/{digest}", watched.cluster.name);
        let attempt = match self.attempts.begin(&request.idempotency_key, &name)? {
            Begun::Now(attempt) => attempt,
            Begun::Before(executed) => return Ok(*executed),
        };
        let plan = self.reviewed(app, watched, digest).await?;
        if !plan.confirm.accepts(&request.confirm) {
            let detail = format!("what was typed is not {}; nothing was done", plan.confirm.what);
            return Err(Refusal::new(RefusalCode::NotConfirmed, detail).into());
        }
        let executed = self.perform(app, watched, plan, &request, who).await?;
        attempt.end(executed.clone());
        Ok(executed)
    }

    /// The newest lines of the audit log, the newest first, older than `after`.
    pub fn audit(&self, after: Option<u64>, limit: usize) -> AuditPage {
        self.audit.page(after, limit)
    }

    /// Writes down a change of the console's own that is about to be made, with what it is in a sentence. Errors: it cannot be
    /// written, so nothing may be done.
    pub async fn note_intent(&self, who: &Principal, said: String) -> Result<Note, Refusal> {
        let note = Note::new(who, said);
        match self.audit.note_intent(&note).await {
            Ok(()) => Ok(note),
            Err(error) => Err(no_audit(&error)),
        }
    }

    /// Writes down how it ended; `refused` says why it was not done.
    pub async fn note_outcome(&self, note: Note, refused: Option<String>) {
        let audit_id = note.audit_id.clone();
        if let Err(error) = self.audit.note_outcome(&note, refused).await {
            tracing::error!(audit_id, error = %chain(&error), "an outcome was not logged");
        }
    }

    /// The plan behind a digest, planned again on the newest revision, if it is still the same.
    async fn reviewed(&self, app: &App, watched: &Watched, digest: &str) -> Result<Plan, Refused> {
        let action = self.tickets.action(digest, &watched.cluster.name).ok_or_else(|| {
            let detail = "there is no plan with this digest, or it is older than two minutes; plan again";
            Refusal::new(RefusalCode::UnknownPlan, detail)
        })?;
        let revision = settle::revision(watched, &action).await;
        may_act(app, &revision)?;
        let plan = plan(&revision, &watched.cluster.name, &action)?;
        if plan.digest == digest {
            return Ok(plan);
        }
        self.tickets.issue(&plan, &watched.cluster.name);
        Err(Refused::PlanChanged(Box::new(plan)))
    }

    async fn perform(
        &self,
        app: &App,
        watched: &Watched,
        plan: Plan,
        request: &Execute,
        who: &Principal,
    ) -> Result<Executed, Refusal> {
        let operation = Operation::new(&watched.cluster.name, &plan.digest, &request.idempotency_key);
        let line = Line {
            audit_id: operation.id().to_owned(),
            cluster: watched.cluster.name.clone(),
            by: By::from(who),
            plan: plan.clone(),
            reason: request.reason.trim().to_owned(),
        };
        let (verdict, _) = self.act(app, watched, &line, operation).await?;
        Ok(self.answer(watched, &plan, line.audit_id, verdict).await)
    }

    /// Does what a plan says, with its intent in the audit log before and its outcome after. The path is the znode that a
    /// refusal is about, of several. Errors: the intent cannot be written, so nothing was done.
    async fn act(
        &self,
        app: &App,
        watched: &Watched,
        line: &Line,
        operation: Operation,
    ) -> Result<(Verdict, Option<ZnodePath>), Refusal> {
        reach("reviewed").await;
        if let Err(error) = self.audit.intent(line).await {
            return Err(no_audit(&error));
        }
        reach("intent").await;
        let (verdict, about) = match self.write(watched, line, &operation).await {
            Ok(done) => (Verdict::Done(done), None),
            Err(Failure::Refused { refusal, about }) => (Verdict::Refused(refusal), about),
            Err(Failure::Unknown) => {
                let resolving = marker::resolve(watched.cluster.clone(), operation.clone());
                match tokio::time::timeout(RESOLVING, resolving).await {
                    Ok(verdict) => (verdict, None),
                    Err(_) => {
                        self.resolve_later(app, watched, line.clone(), operation);
                        (Verdict::Unknown, None)
                    }
                }
            }
        };
        self.conclude(app, watched, line, &verdict).await;
        reach("concluded").await;
        Ok((verdict, about))
    }

    /// Writes to ZooKeeper what a plan says.
    async fn write(&self, watched: &Watched, line: &Line, operation: &Operation) -> Result<Done, Failure> {
        let actor = Actor::open(&watched.cluster).await?;
        let seen = actor.read(&line.plan).await?;
        let told = Told {
            who: &line.by.who,
            reason: &line.reason,
            audit_id: &line.audit_id,
            at: clock::now(),
            kept: &[],
        };
        actor.execute(&line.plan, &seen, &told, operation).await
    }

    /// Goes on deciding an unknown outcome after the answer was given.
    fn resolve_later(&self, app: &App, watched: &Watched, line: Line, operation: Operation) {
        let (app, watched) = (app.clone(), watched.clone());
        app.tasks.clone().spawn(async move {
            let stop = app.stop.clone();
            tokio::select! {
                // The intent stays open in the log, and the next start resolves it.
                () = stop.cancelled() => {}
                verdict = marker::resolve(watched.cluster.clone(), operation) => {
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
            Verdict::Unknown => app.metrics.actions_unknown.inc(),
        };
        let (name, path) = (line.plan.action.name(), line.plan.action.path().cloned());
        let note = format!("{name} by {}: {}; {}", line.by.who, verdict.word(), line.reason);
        watched.mirror.journal().record(clock::now(), EventKind::Action, path, None, Some(note));
        if let Err(error) = self.audit.outcome(line, verdict).await {
            tracing::error!(audit_id = line.audit_id, error = %chain(&error), "an outcome was not logged");
        }
    }

    /// The answer, once the mirror shows what was done.
    async fn answer(&self, watched: &Watched, plan: &Plan, audit_id: String, verdict: Verdict) -> Executed {
        let (outcome, refusal, created) = match verdict {
            Verdict::Done(Done { created, .. }) => {
                (Outcome::Done, None, created.into_iter().next().map(|(_, new)| new))
            }
            Verdict::Refused(refusal) => (Outcome::Refused, Some(refusal), None),
            Verdict::Unknown => (Outcome::Unknown, None, None),
        };
        let shown = |revision: &Revision| {
            // A consumer may have taken a new item already, so only the old one's absence is waited for.
            let gone = |znode: &Identity| !Mirror::shows(revision, &znode.path, znode.czxid);
            outcome != Outcome::Done
                || plan.deleted().all(gone) && shows_new(revision, plan, created.as_ref())
        };
        let revision = watched.mirror.settled(SETTLING, shown).await;
        Executed { outcome, refusal, revision: revision.id, audit_id, created }
    }
}

/// Decides what a server that died in the middle left open.
pub fn resolve_open(app: &App) {
    for line in app.actions.audit.open_intents() {
        let Some(watched) = app.cluster(&line.cluster).cloned() else { continue };
        let operation = Operation::with_id(&line.audit_id);
        app.actions.resolve_later(app, &watched, line, operation);
    }
}

/// Whether a revision shows what was created where nothing was deleted, or that it was there and is gone.
fn shows_new(revision: &Revision, plan: &Plan, created: Option<&ZnodePath>) -> bool {
    let Some(created) = created.filter(|_| plan.deleted().next().is_none()) else { return true };
    let number = created.name().get(created.name().len().saturating_sub(10)..).unwrap_or_default();
    let passed = |directory: ZnodePath| {
        let made = revision.tree.get(&directory)?.stat().children_created();
        Some(number.parse().is_ok_and(|number| made > number))
    };
    revision.tree.get(created).is_some() || created.parent().and_then(passed).unwrap_or(false)
}

fn no_audit(error: &AuditError) -> Refusal {
    tracing::error!(error = %chain(error), "the audit log cannot be written");
    let detail = "the audit log cannot be written, so nothing was done; look at the server's log";
    Refusal::new(RefusalCode::NoAudit, detail)
}

fn may_act(app: &App, revision: &Revision) -> Result<(), Refusal> {
    if app.config.read_only {
        let detail = "this console was started with --read-only; nothing can be changed with it";
        return Err(Refusal::new(RefusalCode::ReadOnly, detail));
    }
    if !revision.info.status.may_act() {
        let detail =
            "the mirror is not live, so what is shown may be old; wait until the cluster is live again";
        return Err(Refusal::new(RefusalCode::NotLive, detail));
    }
    Ok(())
}

fn check(request: &Execute) -> Result<(), Refusal> {
    let reason = request.reason.trim().chars().count();
    if !(3..=500).contains(&reason) {
        return Err(Refusal::new(RefusalCode::NoReason, "`reason` says why, in 3 to 500 characters"));
    }
    let key = &request.idempotency_key;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if key.is_empty() || key.len() > 64 || !key.chars().all(fits) {
        let detail = "`idempotency_key` is 1 to 64 letters, digits, '-' and '_'";
        return Err(Refusal::new(RefusalCode::BadRequest, detail));
    }
    Ok(())
}
