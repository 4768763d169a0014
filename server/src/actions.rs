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
mod notes;
mod perform;
mod restore;
mod settle;
mod tickets;

use std::path::Path;

use zooscope_model::{Revision, plan, plan_restore};
use zooscope_protocol::action::Executed;
use zooscope_protocol::api::{ApprovalBody, Execute};
use zooscope_protocol::{Action, Outcome, Plan, Refusal, RefusalCode};

use attempts::{Attempts, Begun};
pub use audit::{Audit, AuditError, Broken, By, Filter, Image, Known, Note, Whole, verify};
use bulk::Bulks;
use execute::Mutator;
pub use notes::archive_daily;
pub use perform::resolve_open;
use tickets::{Taken, Tickets};

use crate::app::{App, Watched};
use crate::auth::approvals::{Ask, Grant};
use crate::auth::deed::{self, Deed};
use crate::auth::policy::Demands;
use crate::auth::{Evidence, Permit, Principal};
use crate::config;
use crate::telemetry::chain;

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
        self.may_name(app, who, action, name).await?;
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
        self.tickets.issue(&plan, name, &who.subject);
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
            Begun::Before(executed) => return Ok(self.decided(*executed).await),
        };
        let (plan, ticket) = self.reviewed(app, watched, digest, who).await?;
        if !plan.confirm.accepts(&request.confirm) {
            let detail = format!("what was typed is not {}; nothing was done", plan.confirm.what);
            return Err(Refusal::new(RefusalCode::NotConfirmed, detail).into());
        }
        let permit = self.permit(app, watched, &plan, &request, who).await?;
        let executed = self.perform(app, watched, plan, &request, who, permit).await?;
        // Refused, it may be tried again as it is; else it was for once.
        if let Some(ticket) = ticket.filter(|_| executed.outcome != Outcome::Refused) {
            ticket.spend();
        }
        attempt.end(executed.clone());
        Ok(executed)
    }

    /// No plan that was shown can be executed any more, nor a bulk begun that was planned.
    pub fn void_plans(&self) {
        self.tickets.void();
        self.bulks.void();
    }

    /// An answer of before, with how it ended where that was not known then.
    async fn decided(&self, executed: Executed) -> Executed {
        if executed.outcome != Outcome::Unknown {
            return executed;
        }
        let action = self.audit.action(&executed.audit_id).await.ok().flatten();
        let newest = action.and_then(|action| action.lines.into_iter().rfind(|line| line.outcome.is_some()));
        let Some(line) = newest else { return executed };
        match line.outcome.as_deref() {
            Some("done") => Executed { outcome: Outcome::Done, ..executed },
            Some("refused") => {
                let detail = line.detail.unwrap_or_default();
                let refusal = Some(Refusal::new(RefusalCode::Unreachable, detail));
                Executed { outcome: Outcome::Refused, refusal, ..executed }
            }
            _ => executed,
        }
    }

    /// The audit log.
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    /// The right to execute a plan, once, and who approved it where that was demanded. Where another person must approve it and has not, that is asked for.
    async fn permit(
        &self,
        app: &App,
        watched: &Watched,
        plan: &Plan,
        request: &Execute,
        who: &Principal,
    ) -> Result<(Permit, Option<String>), Refused> {
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
            Ok(permit) => Ok((permit, grant.map(Grant::spend))),
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

    /// Refuses whoever may not do an action at what it names, before anything is told of that.
    async fn may_name(
        &self,
        app: &App,
        who: &Principal,
        action: &Action,
        cluster: &str,
    ) -> Result<(), Refusal> {
        let (deeds, named) = (Deed::of(action), deed::named(action));
        let allowed = if named.is_empty() {
            app.authority.allowed_somewhere(who, &deeds, cluster)
        } else {
            app.authority.allowed(who, &deeds, &named, cluster).map(drop)
        };
        match allowed {
            Ok(()) => Ok(()),
            Err(refusal) => Err(self.denied(who, action.name(), Some(cluster), action.path(), refusal).await),
        }
    }

    /// The plan behind a digest, planned again on the newest revision, if it is still the same.
    async fn reviewed(
        &self,
        app: &App,
        watched: &Watched,
        digest: &str,
        who: &Principal,
    ) -> Result<(Plan, Option<Taken<'_>>), Refused> {
        let name = &watched.cluster.name;
        // As long as one is at it, nobody else has it.
        let ticket = self.tickets.take(digest, name, &who.subject);
        let action = ticket.as_ref().and_then(|ticket| ticket.action().cloned());
        let action = action.or_else(|| app.approvals.action(who, name, digest)).ok_or_else(|| {
            let detail = "you have no plan with this digest, or it was executed or is older than two minutes; plan again";
            Refusal::new(RefusalCode::UnknownPlan, detail)
        })?;
        // Whoever may not do it is not told what it would be now either.
        self.may_name(app, who, &action, name).await?;
        let revision = settle::revision(watched, &action).await;
        may_act(&revision)?;
        let plan = self.planned(watched, &revision, &action).await?;
        if plan.digest == digest {
            return Ok((plan, ticket));
        }
        self.tickets.issue(&plan, name, &who.subject);
        Err(Refused::PlanChanged(Box::new(plan)))
    }

    /// Whether a plan is still what would be done.
    pub async fn still(&self, watched: &Watched, plan: &Plan) -> bool {
        let revision = settle::revision(watched, &plan.action).await;
        let now = self.planned(watched, &revision, &plan.action).await;
        matches!(now, Ok(now) if now.digest == plan.digest)
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
}

/// The ticket that was given.
fn ticket(request: &Execute) -> Option<String> {
    let ticket = request.ticket.as_deref().map(str::trim);
    ticket.filter(|ticket| !ticket.is_empty()).map(str::to_owned)
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
