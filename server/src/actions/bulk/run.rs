//! A bulk on its way, batch by batch. What changed meanwhile is skipped and told; when something fails too often, it stops.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use zooscope_model::{Revision, plan};
use zooscope_protocol::action::Batch;
use zooscope_protocol::api::Execute;
use zooscope_protocol::bulk::{BulkOutcome, BulkResult, BulkState};
use zooscope_protocol::{Action, Plan, Refusal, RefusalCode, Step, ZnodePath};

use super::super::audit::{By, Line};
use super::super::execute::{Actor, Failure};
use super::super::failpoint::reach;
use super::super::marker::{Operation, Verdict};
use super::super::{settle, ticket};
use super::Bulk;
use super::draft::batch_of;
use crate::app::{App, Watched};
use crate::auth::{Deed, Permit, Principal, deed};

/// It stops when so many fail one right after the other. One outcome that is not known is enough.
const BREAKER: u32 = 3;
/// The most items of one transaction.
const MOST: usize = 50;
/// How long it waits for the mirror to be live again.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it waits for the mirror to show which marks were touched.
const TOUCHED: Duration = Duration::from_secs(1);

/// A bulk that was begun.
pub(super) struct Run {
    pub(super) app: App,
    pub(super) watched: Watched,
    pub(super) bulk: Arc<Bulk>,
    pub(super) who: Principal,
    pub(super) request: Execute,
    /// For all of it; each transaction uses a part.
    pub(super) permit: Permit,
}

/// How it goes.
struct Course {
    /// Failures in a row.
    failures: u32,
    /// Transactions so far.
    attempts: u32,
    /// How many items the next transaction may have. Where consumers are at work, one that takes one of many makes all of them wait
    /// for another try, so it is halved when that happens, and doubled when it does not.
    most: usize,
}

/// What is left of a batch, with why the others are not in it.
struct Sorted {
    ready: Vec<Action>,
    out: Vec<(ZnodePath, Refusal)>,
}

impl Run {
    /// Runs until nothing is left, somebody stops it, or too much fails.
    pub(super) async fn run(self) {
        let mut left: VecDeque<&(Action, usize)> = self.bulk.actions.iter().collect();
        let mut course = Course { failures: 0, attempts: 0, most: MOST };
        let (state, because) = loop {
            if left.is_empty() {
                break (BulkState::Done, None);
            }
            if self.bulk.board.is_stopping() {
                break (BulkState::Stopped, Some("somebody stopped it".to_owned()));
            }
            if self.app.stop.is_cancelled() {
                break (BulkState::Stopped, Some("the console was stopped".to_owned()));
            }
            let Some(revision) = self.live().await else {
                break (BulkState::Broken, Some("the cluster was not live for a minute".to_owned()));
            };
            let count = batch_of(left.iter().copied()).min(left.len()).min(course.most);
            let taken: Vec<_> = left.drain(..count).collect();
            let batch = taken.iter().map(|(action, _)| action.clone()).collect();
            match self.batch(revision, batch, &mut course).await {
                Ok(again) => taken
                    .into_iter()
                    .rev()
                    .filter(|(action, _)| again.contains(action))
                    .for_each(|one| left.push_front(one)),
                Err(why) => break (BulkState::Broken, Some(why)),
            }
        };
        self.bulk.board.end(state, because);
    }

    /// A revision on which may be acted.
    async fn live(&self) -> Option<Arc<Revision>> {
        let probe = self.bulk.actions.first().map(|(action, _)| action)?;
        let revision = settle::revision(&self.watched, probe).await;
        if revision.info.status.may_act() {
            return Some(revision);
        }
        let live = |revision: &Revision| revision.info.status.may_act();
        let waiting = self.watched.mirror.settled(PATIENCE, live);
        let revision = tokio::select! {
            revision = waiting => revision,
            () = self.app.stop.cancelled() => return None,
        };
        revision.info.status.may_act().then_some(revision)
    }

    /// Does one batch, in as many transactions as it takes to leave out what has changed, and returns what is to be tried later.
    /// Errors: too much failed.
    async fn batch(
        &self,
        mut revision: Arc<Revision>,
        batch: Vec<Action>,
        course: &mut Course,
    ) -> Result<Vec<Action>, String> {
        let mut ready = batch;
        let mut later = Vec::new();
        loop {
            let sorted = self.sorted(&revision, ready).await;
            ready = sorted.ready;
            for (path, refusal) in sorted.out {
                self.tell(course, &path, None, refusal)?;
            }
            if ready.is_empty() {
                return Ok(later);
            }
            let action = Action::Batch(Batch { actions: ready.clone() });
            let plan = match plan(&revision, &self.watched.cluster.name, &action) {
                Ok(plan) => plan,
                Err(refusal) => return self.tell_all(course, &ready, None, &refusal).map(|()| later),
            };
            let touched = deed::touched(&plan);
            // Somebody may have stopped all actions since it began, or taken from this person what they may.
            let (authority, cluster) = (&self.app.authority, &self.watched.cluster.name);
            let kept = if self.app.gate.keeps_role(&self.who) {
                Ok(())
            } else {
                let detail = format!("{} may not act as `{}` here any more", self.who.name, self.who.role);
                Err(Refusal::new(RefusalCode::Forbidden, detail))
            };
            let allowed = || authority.allowed(&self.who, &Deed::of(&action), &touched, cluster);
            if let Err(refusal) = kept.and_then(|()| allowed()) {
                self.tell_all(course, &ready, None, &refusal)?;
                return Err(refusal.detail);
            }
            let Some(permit) = self.permit.part(cluster, &touched) else {
                let detail = "this was not let when the bulk began";
                let refusal = Refusal::new(RefusalCode::Forbidden, detail);
                return self.tell_all(course, &ready, None, &refusal).map(|()| later);
            };
            course.attempts += 1;
            reach("batch").await;
            let (line, operation) = self.line(&plan, course.attempts);
            let audit_id = line.audit_id.clone();
            let actions = &self.app.actions;
            match actions.act(&self.app, &self.watched, (&line, &plan), &[], operation, permit).await {
                Ok((Verdict::Done(done), _)) => {
                    course.failures = 0;
                    course.most = (course.most * 2).min(MOST);
                    for path in paths(&ready) {
                        let created = done.created.iter().find(|(old, _)| old == path);
                        self.bulk.board.add(BulkResult {
                            path: path.clone(),
                            outcome: BulkOutcome::Done,
                            code: None,
                            detail: done.doubt.clone(),
                            created: created.map(|(_, new)| new.clone()),
                            audit_id: Some(audit_id.clone()),
                        });
                    }
                    return Ok(later);
                }
                Ok((Verdict::Refused(refusal), about)) => {
                    let Some(at) = about.and_then(|about| position(&ready, &about)) else {
                        return self.tell_all(course, &ready, Some(&audit_id), &refusal).map(|()| later);
                    };
                    let out = ready.remove(at);
                    if let Some(target) = out.target() {
                        self.tell(course, &target.path, Some(&audit_id), refusal)?;
                    }
                    course.most = (ready.len() / 2).max(1);
                    if ready.len() > course.most {
                        let rest = ready.split_off(course.most);
                        later.splice(0..0, rest);
                    }
                    if let Some(touched) = self.touched(&plan).await {
                        revision = touched;
                    }
                }
                Ok((Verdict::Unknown | Verdict::Untold, _)) => {
                    for path in paths(&ready) {
                        self.bulk.board.add(BulkResult {
                            path: path.clone(),
                            outcome: BulkOutcome::Unknown,
                            code: None,
                            detail: Some("the connection was lost; the audit log will tell".to_owned()),
                            created: None,
                            audit_id: Some(audit_id.clone()),
                        });
                    }
                    // What happened must be known before more is done.
                    return Err("the outcome of a batch is not known; the audit log will tell".to_owned());
                }
                Err(refusal) => {
                    self.tell_all(course, &ready, None, &refusal)?;
                    // Without an audit log nothing is done, and the next batch would not be either.
                    return Err(refusal.detail);
                }
            }
        }
    }

    /// The mirror with the versions that a transaction which came to nothing has raised before it; `None` where it raised none.
    async fn touched(&self, plan: &Plan) -> Option<Arc<Revision>> {
        let before: Vec<_> = plan
            .steps
            .iter()
            .filter_map(|step| match step {
                Step::Touch { path, version } => Some((path, *version)),
                _ => None,
            })
            .collect();
        let raised = |revision: &Revision| {
            before.iter().all(|(path, version)| {
                revision.tree.get(path).is_none_or(|znode| znode.stat().version != *version)
            })
        };
        // Those after the one that failed were not touched, so this may be waited for in vain, and not for long.
        if before.is_empty() { None } else { Some(self.watched.mirror.settled(TOUCHED, raised).await) }
    }

    /// Sorts out what cannot be done any more: by the mirror, and by ZooKeeper itself, read right before.
    async fn sorted(&self, revision: &Revision, batch: Vec<Action>) -> Sorted {
        let mut sorted = Sorted { ready: Vec::new(), out: Vec::new() };
        let mut plans: Vec<Plan> = Vec::new();
        for action in batch {
            let Some(path) = action.target().map(|target| target.path.clone()) else { continue };
            match plan(revision, &self.watched.cluster.name, &action) {
                Ok(plan) => {
                    plans.push(plan);
                    sorted.ready.push(action);
                }
                Err(refusal) => sorted.out.push((path, refusal)),
            }
        }
        if let Ok(actor) = Actor::open(&self.watched.cluster).await {
            for (path, failure) in actor.differing(&plans).await {
                let Some(at) = position(&sorted.ready, &path) else { continue };
                if let Failure::Refused { refusal, .. } = failure {
                    sorted.ready.remove(at);
                    sorted.out.push((path, refusal));
                }
            }
        }
        sorted
    }

    /// What the audit log says of one transaction.
    fn line(&self, plan: &Plan, attempt: u32) -> (Line, Operation) {
        let key = format!("{}/{attempt}", self.request.idempotency_key);
        let digest = format!("{}/{}", self.bulk.plan.digest, plan.digest);
        let operation = Operation::new(&self.watched.cluster.name, &digest, &key);
        let line = Line {
            audit_id: operation.id().to_owned(),
            cluster: self.watched.cluster.name.clone(),
            by: By::from(&self.who),
            kind: plan.action.name().to_owned(),
            path: Some(plan.subject.clone()),
            identity: None,
            reason: self.request.reason.trim().to_owned(),
            ticket: ticket(&self.request),
            approved_by: None,
        };
        (line, operation)
    }

    /// Tells that one item was not done.
    fn tell(
        &self,
        course: &mut Course,
        path: &ZnodePath,
        audit_id: Option<&str>,
        refusal: Refusal,
    ) -> Result<(), String> {
        let outcome = outcome(refusal.code);
        let detail = refusal.detail.clone();
        self.bulk.board.add(BulkResult {
            path: path.clone(),
            outcome,
            code: Some(refusal.code),
            detail: Some(refusal.detail),
            created: None,
            audit_id: audit_id.map(str::to_owned),
        });
        match outcome {
            // That it changed says nothing about the next.
            BulkOutcome::Changed => Ok(()),
            _ => fails(course, &format!("three failed in a row, the last: {detail}")),
        }
    }

    /// Tells that none of a batch was done: one failure, though of many items.
    fn tell_all(
        &self,
        course: &mut Course,
        batch: &[Action],
        audit_id: Option<&str>,
        refusal: &Refusal,
    ) -> Result<(), String> {
        let before = course.failures;
        for path in paths(batch) {
            course.failures = 0;
            self.tell(course, path, audit_id, refusal.clone())?;
        }
        course.failures = before;
        match outcome(refusal.code) {
            BulkOutcome::Changed => Ok(()),
            _ => fails(course, &format!("three failed in a row, the last: {}", refusal.detail)),
        }
    }
}

/// What a refusal is to a bulk: that an item is not what it was is no failure.
fn outcome(code: RefusalCode) -> BulkOutcome {
    match code {
        RefusalCode::Changed
        | RefusalCode::Taken
        | RefusalCode::NotTaken
        | RefusalCode::OwnerAlive
        | RefusalCode::NotItem
        | RefusalCode::NoNode
        | RefusalCode::NoQueue => BulkOutcome::Changed,
        _ => BulkOutcome::Failed,
    }
}

fn fails(course: &mut Course, why: &str) -> Result<(), String> {
    course.failures += 1;
    if course.failures >= BREAKER { Err(why.to_owned()) } else { Ok(()) }
}

fn paths(batch: &[Action]) -> impl Iterator<Item = &ZnodePath> {
    batch.iter().filter_map(|action| action.target().map(|target| &target.path))
}

/// Which of a batch a znode belongs to: the item, its mark, which has the same name, or what is below it.
fn position(batch: &[Action], znode: &ZnodePath) -> Option<usize> {
    let parent = znode.parent();
    let exact = batch.iter().position(|action| action.target().is_some_and(|target| target.path == *znode));
    exact.or_else(|| {
        batch.iter().position(|action| {
            action.target().is_some_and(|target| {
                target.path.name() == znode.name() || parent.as_ref() == Some(&target.path)
            })
        })
    })
}
