//! Actions: a plan is made, a person reads it, and executing it makes no decisions.
//!
//! A plan is planned again when it is executed; if it is another one then, nothing is done. The intent is in the audit log,
//! on disk, before anything is written to ZooKeeper, and the outcome after. An outcome that the connection took with it is
//! decided by a write ([`marker`]), never by a read.

mod attempts;
mod audit;
mod bulk;
mod execute;
mod failpoint;
mod marker;
mod restore;
mod settle;
mod tickets;

use std::path::Path;
use std::time::Duration;

use zooscope_model::{Revision, plan, plan_restore};
use zooscope_protocol::action::{Executed, Identity};
use zooscope_protocol::api::{ApprovalBody, AuditIdentity, Execute};
use zooscope_protocol::{Action, EventKind, Outcome, Plan, Refusal, RefusalCode, Target, ZnodePath};

use attempts::{Attempts, Begun};
use audit::Line;
pub use audit::{Audit, AuditError, Broken, By, Filter, Image, Known, Note, Whole, verify};
use bulk::Bulks;
use execute::{Done, Failure, Mutator, Told};
use failpoint::reach;
use marker::{Operation, Verdict};
use tickets::Tickets;

use crate::app::{App, Watched};
use crate::auth::approvals::{Ask, Grant};
use crate::auth::deed::{self, Deed};
use crate::auth::policy::Demands;
use crate::auth::{Evidence, Permit, Principal};
use crate::clock;
use crate::config;
use crate::mirror::Mirror;
use crate::telemetry::chain;

/// How long an execution waits for an unknown outcome to be decided before it answers `unknown`.
const RESOLVING: Duration = Duration::from_secs(10);
/// How long an execution waits for the mirror to show what it did.
const SETTLING: Duration = Duration::from_secs(2);
/// How long it is from one archiving of the audit log to the next.
const ARCHIVING: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a holder that was asked to let go is waited for.
const HEARING: Duration = Duration::from_secs(10);
/// Plans, executions and their audit log.
#[derive(Debug)]
pub struct Actions {
    tickets: Tickets,
    audit: Audit,
    attempts: Attempts,
    bulks: Bulks,
    /// What writes to ZooKeeper; a console that acts on nothing has none.
    mutator: Option<Mutator>,
}

/// Why an execution was answered with a problem.
#[derive(Debug)]
pub enum Refused {
    /// For this reason.
    Because(Refusal),
    /// The plan is another one now.
    PlanChanged(Box<Plan>),
    /// It waits for the approval of another person.
    Waits(Box<ApprovalBody>),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::Because(refusal)
    }
}

impl Actions {
    /// Opens the audit log in this folder, which is made if it is not there.
    pub fn open(data_dir: &Path, told: &config::Audit, read_only: bool) -> Result<Self, AuditError> {
        Ok(Self {
            tickets: Tickets::default(),
            audit: Audit::open(data_dir, told)?,
            attempts: Attempts::default(),
            bulks: Bulks::default(),
            mutator: Mutator::new(read_only),
        })
    }

    /// Plans an action on the newest revision, to be executed within two minutes, and says what is demanded of who does it. The
    /// servers are asked first where the plan depends on who is connected or watches what.
    pub async fn plan(
        &self,
        app: &App,
        watched: &Watched,
        action: &Action,
        who: &Principal,
    ) -> Result<(Plan, Demands), Refusal> {
        let name = &watched.cluster.name;
        // Whoever may not do it is not told why it could not be done either.
        let allowed = app.authority.allowed(who, &Deed::of(action), &deed::named(action), name);
        if let Err(refusal) = allowed {
            return Err(self.denied(who, action.name(), Some(name), action.path(), refusal).await);
        }
        let revision = settle::revision(watched, action).await;
        may_act(&revision)?;
        let action = settle::settled(app, &revision, action)?;
        let plan = self.planned(watched, &revision, &action).await?;
        let demands = match app.authority.allowed(who, &Deed::of(&action), &deed::touched(&plan), name) {
            Ok(demands) => demands,
            Err(refusal) => {
                return Err(self.denied(who, action.name(), Some(name), action.path(), refusal).await);
            }
        };
        self.tickets.issue(&plan, name);
        Ok((plan, demands))
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
        let attempt = match self.attempts.begin(&own_key(who, &request), &name)? {
            Begun::Now(attempt) => attempt,
            Begun::Before(executed) => return Ok(*executed),
        };
        let plan = self.reviewed(app, watched, digest, who).await?;
        if !plan.confirm.accepts(&request.confirm) {
            let detail = format!("what was typed is not {}; nothing was done", plan.confirm.what);
            return Err(Refusal::new(RefusalCode::NotConfirmed, detail).into());
        }
        let permit = self.permit(app, watched, &plan, &request, who).await?;
        let executed = self.perform(app, watched, plan, &request, who, permit).await?;
        attempt.end(executed.clone());
        Ok(executed)
    }

    /// The audit log.
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    /// Writes down a change of the console's own that is about to be made: of which kind it is, in a word, and what it is, in a
    /// sentence. Errors: it cannot be written, so nothing may be done.
    pub async fn note_intent(
        &self,
        who: impl Into<By>,
        kind: &'static str,
        said: String,
    ) -> Result<Note, Refusal> {
        let note = Note::new(who.into(), kind, said);
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

    /// Writes down in one line what has happened and needed no leave: a login, a logout. Errors: it cannot be written, so it
    /// may not count.
    pub async fn note_event(
        &self,
        who: impl Into<By>,
        kind: &'static str,
        said: String,
    ) -> Result<(), Refusal> {
        let note = Note::new(who.into(), kind, said);
        self.audit.note_outcome(&note, None).await.map_err(|error| no_audit(&error))
    }

    /// Writes down that somebody wanted what they may not, and why they may not. It is denied in any case, so it cannot fail.
    pub async fn note_denied(
        &self,
        who: impl Into<By>,
        kind: &'static str,
        cluster: Option<&str>,
        path: Option<&ZnodePath>,
        why: String,
    ) {
        let note = Note::new(who.into(), kind, why);
        if let Err(error) = self.audit.denied(&note, cluster, path).await {
            tracing::error!(audit_id = note.audit_id, error = %chain(&error), "a denial was not logged");
        }
    }

    /// Hands a refusal on; where it is because somebody may not, it is written down first.
    pub async fn denied(
        &self,
        who: &Principal,
        kind: &'static str,
        cluster: Option<&str>,
        path: Option<&ZnodePath>,
        refusal: Refusal,
    ) -> Refusal {
        if refusal.code == RefusalCode::Forbidden {
            self.note_denied(who, kind, cluster, path, refusal.detail.clone()).await;
        }
        refusal
    }

    /// The right to execute a plan, once. Where another person must approve it and has not, that is asked for.
    async fn permit(
        &self,
        app: &App,
        watched: &Watched,
        plan: &Plan,
        request: &Execute,
        who: &Principal,
    ) -> Result<Permit, Refused> {
        let name = &watched.cluster.name;
        let (deeds, paths) = (Deed::of(&plan.action), deed::touched(plan));
        let (reason, ticket) = (request.reason.trim(), request.ticket.as_deref().map(str::trim));
        let ask = Ask { cluster: name, plan, reason, ticket };
        let grant = app.approvals.take(who, ask)?;
        let evidence = Evidence {
            reason,
            ticket,
            typed: plan.confirm.accepts(&request.confirm),
            approved: grant.is_some(),
        };
        match app.authority.authorize(who, &deeds, &paths, name, &evidence) {
            Ok(permit) => {
                grant.map(Grant::spend);
                Ok(permit)
            }
            Err(refusal) if refusal.code == RefusalCode::NeedsApproval => {
                let (body, new) = app.approvals.ask(who, ask)?;
                if new {
                    let said =
                        format!("ask for approval of {} ({}): {reason}", plan.action.name(), plan.digest);
                    let note = self.note_intent(who, "approval", said).await?;
                    self.note_outcome(note, None).await;
                }
                Err(Refused::Waits(Box::new(body)))
            }
            Err(refusal) => {
                tracing::warn!(
                    subject = who.subject,
                    cluster = name,
                    deed = plan.action.name(),
                    code = ?refusal.code,
                    "an action was refused"
                );
                Err(self
                    .denied(who, plan.action.name(), Some(name), plan.action.path(), refusal)
                    .await
                    .into())
            }
        }
    }

    /// The plan behind a digest, planned again on the newest revision, if it is still the same.
    async fn reviewed(
        &self,
        app: &App,
        watched: &Watched,
        digest: &str,
        who: &Principal,
    ) -> Result<Plan, Refused> {
        let name = &watched.cluster.name;
        let action = self.tickets.action(digest, name);
        let action = action.or_else(|| app.approvals.action(who, name, digest)).ok_or_else(|| {
            let detail = "there is no plan with this digest, or it is older than two minutes; plan again";
            Refusal::new(RefusalCode::UnknownPlan, detail)
        })?;
        let revision = settle::revision(watched, &action).await;
        may_act(&revision)?;
        let plan = self.planned(watched, &revision, &action).await?;
        if plan.digest == digest {
            return Ok(plan);
        }
        self.tickets.issue(&plan, &watched.cluster.name);
        Err(Refused::PlanChanged(Box::new(plan)))
    }

    /// The plan of an action on a revision.
    async fn planned(
        &self,
        watched: &Watched,
        revision: &Revision,
        action: &Action,
    ) -> Result<Plan, Refusal> {
        let cluster = &watched.cluster.name;
        match action {
            Action::Restore(restore) => {
                let kept = restore::kept(&self.audit, cluster, restore).await?;
                plan_restore(revision, cluster, action, &kept.iter().map(restore::told).collect::<Vec<_>>())
            }
            action => plan(revision, cluster, action),
        }
    }

    async fn perform(
        &self,
        app: &App,
        watched: &Watched,
        plan: Plan,
        request: &Execute,
        who: &Principal,
        permit: Permit,
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
    async fn act(
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
            Err(Failure::Unknown) => {
                let resolving = marker::resolve(mutator, watched.cluster.clone(), operation.clone());
                match tokio::time::timeout(RESOLVING, resolving).await {
                    Ok(verdict) => (verdict, None),
                    Err(_) => {
                        self.resolve_later(app, watched, line.clone(), operation, mutator);
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
        operation: Operation,
        mutator: Mutator,
    ) {
        let (app, watched) = (app.clone(), watched.clone());
        app.tasks.clone().spawn(async move {
            let stop = app.stop.clone();
            tokio::select! {
                // The intent stays open in the log, and the next start resolves it.
                () = stop.cancelled() => {}
                verdict = marker::resolve(mutator, watched.cluster.clone(), operation) => {
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
            Verdict::Unknown => (Outcome::Unknown, None, None, None),
        };
        let shown = |revision: &Revision| {
            // A consumer may have taken a new item already, so only the old one's absence is waited for.
            let gone = |znode: &Identity| !Mirror::shows(revision, &znode.path, znode.czxid);
            outcome != Outcome::Done
                || plan.deleted().all(gone) && shows_new(revision, plan, created.as_ref())
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
    for line in app.actions.audit.open_intents().await? {
        let Some(watched) = app.cluster(&line.cluster).cloned() else { continue };
        let operation = Operation::with_id(&line.audit_id);
        app.actions.resolve_later(app, &watched, line, operation, mutator);
    }
    Ok(())
}

/// Archives old lines of the audit log, at once and then every day, until the server stops.
pub async fn archive_daily(app: App) {
    loop {
        match app.actions.audit.archive().await {
            Ok(Some(path)) => {
                tracing::info!(path = %path.display(), "old lines of the audit log were archived");
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(error = %chain(&error), "old lines of the audit log were not archived");
            }
        }
        tokio::select! {
            () = app.stop.cancelled() => return,
            () = tokio::time::sleep(ARCHIVING) => {}
        }
    }
}

/// The ticket that was given.
fn ticket(request: &Execute) -> Option<String> {
    let ticket = request.ticket.as_deref().map(str::trim);
    ticket.filter(|ticket| !ticket.is_empty()).map(str::to_owned)
}

/// What tells the znode that was seen from its namesakes.
fn seen(target: &Target) -> AuditIdentity {
    AuditIdentity { czxid: target.czxid, version: target.version, session: target.session }
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

fn read_only() -> Refusal {
    let detail = "this console was started with --read-only; nothing can be changed with it";
    Refusal::new(RefusalCode::ReadOnly, detail)
}

/// The name of an attempt: one person's key is not another's, who may not be told how it ended.
fn own_key(who: &Principal, request: &Execute) -> String {
    format!("{}/{}", who.subject, request.idempotency_key)
}

fn may_act(revision: &Revision) -> Result<(), Refusal> {
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
    if request.ticket.as_ref().is_some_and(|ticket| ticket.len() > 100) {
        return Err(Refusal::new(RefusalCode::NoTicket, "`ticket` is at most 100 bytes long"));
    }
    let key = &request.idempotency_key;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if key.is_empty() || key.len() > 64 || !key.chars().all(fits) {
        let detail = "`idempotency_key` is 1 to 64 letters, digits, '-' and '_'";
        return Err(Refusal::new(RefusalCode::BadRequest, detail));
    }
    let ticket = request.ticket.as_deref().unwrap_or_default();
    if ticket.chars().count() > 100 || ticket.chars().any(char::is_control) {
        let detail = "`ticket` is at most 100 characters on one line";
        return Err(Refusal::new(RefusalCode::BadRequest, detail));
    }
    Ok(())
}
