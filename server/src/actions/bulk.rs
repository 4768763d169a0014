//! Bulk: one action on many items, in batches. Each batch is a transaction with a marker and an audit trail of its own, so that a
//! crash leaves what a crash in a single action leaves. A bulk runs on when the browser goes away, and not when the server does.

mod board;
mod draft;
mod run;
mod select;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use zooscope_protocol::action::Batch;
use zooscope_protocol::api::Execute;
use zooscope_protocol::bulk::{BulkPlan, BulkProgress, BulkRequest, BulkState};
use zooscope_protocol::{Action, Refusal, RefusalCode, ZnodePath};

use super::{Actions, check, may_act, settle};
use crate::app::{App, Watched};
use crate::auth::Principal;
use crate::auth::policy::Demands;
use crate::auth::{Deed, Evidence};
use board::Board;
use draft::{alone, draft, probe};

/// The bulks that were planned, run or have ended.
#[derive(Debug, Default)]
pub(super) struct Bulks(Mutex<BTreeMap<String, Arc<Bulk>>>);

/// One bulk.
#[derive(Debug)]
pub(super) struct Bulk {
    cluster: String,
    /// Whom it was planned for.
    subject: String,
    plan: BulkPlan,
    /// What is done, one for each item, with its size in bytes; one at least.
    actions: Vec<(Action, usize)>,
    /// Every path that any of them names.
    touched: BTreeSet<ZnodePath>,
    /// What is demanded of who does it.
    demands: Demands,
    at: Instant,
    board: Board,
}

/// How long a bulk may be begun after it was planned.
const LIFE: Duration = Duration::from_secs(300);
/// How many bulks are kept; beyond it the oldest that do not run go.
const KEPT: usize = 20;
/// How many run at once.
const RUNNING: usize = 4;

impl Actions {
    /// Plans a bulk on the newest revision, and says what is demanded of who does it.
    pub async fn plan_bulk(
        &self,
        app: &App,
        watched: &Watched,
        request: BulkRequest,
        who: &Principal,
    ) -> Result<(BulkPlan, Demands), Refusal> {
        let kind = request.action.name();
        let planned = self.bulks.plan(app, watched, request, who).await;
        match planned {
            Ok(planned) => Ok(planned),
            Err(refusal) => Err(self.denied(who, kind, Some(&watched.cluster.name), None, refusal).await),
        }
    }

    /// Begins a bulk that was reviewed, and returns at once.
    pub async fn execute_bulk(
        &self,
        app: &App,
        watched: &Watched,
        digest: &str,
        request: &Execute,
        who: &Principal,
    ) -> Result<BulkProgress, Refusal> {
        let cluster = &watched.cluster.name;
        match self.bulks.execute(app, watched, digest, request, who) {
            Ok(progress) => Ok(progress),
            Err(refusal) => {
                let known = self.bulks.get(digest, cluster).ok();
                let kind = known.as_ref().map_or("bulk", |bulk| bulk.plan.action.name());
                let subject = known.as_ref().map(|bulk| &bulk.plan.subject);
                Err(self.denied(who, kind, Some(cluster), subject, refusal).await)
            }
        }
    }

    /// How far a bulk is, with its results from number `after` on.
    pub fn bulk(
        &self,
        cluster: &str,
        digest: &str,
        after: u32,
        limit: usize,
    ) -> Result<BulkProgress, Refusal> {
        self.bulks.progress(cluster, digest, after, limit)
    }

    /// Tells a bulk to stop after the batch that is on its way.
    pub async fn stop_bulk(
        &self,
        cluster: &str,
        digest: &str,
        who: &Principal,
    ) -> Result<BulkProgress, Refusal> {
        let stopped = self.bulks.stop(cluster, digest)?;
        // It is stopped whether that can be written down or not.
        let said = format!("stop the bulk {digest} of `{}` in {cluster}", stopped.subject);
        let _ = self.note_event(who, "bulk", said).await;
        Ok(stopped)
    }

    /// The bulks of a cluster that were begun since the server started, the newest first.
    pub fn bulks(&self, cluster: &str) -> Vec<BulkProgress> {
        self.bulks.list(cluster)
    }
}

impl Bulks {
    /// Plans a bulk on the newest revision, to be begun within five minutes.
    pub(super) async fn plan(
        &self,
        app: &App,
        watched: &Watched,
        request: BulkRequest,
        who: &Principal,
    ) -> Result<(BulkPlan, Demands), Refusal> {
        let probe = Action::Batch(Batch { actions: probe(&request) });
        let name = watched.cluster.name.clone();
        // Whoever may not do it is not told why it could not be done either.
        select::allowed(app, who, &Deed::of(&probe), &request.select, &name)?;
        let revision = settle::revision(watched, &probe).await;
        may_act(&revision)?;
        let (own, who) = (app.clone(), who.clone());
        // Thousands of plans take a while, and others are to be served meanwhile.
        let planned = tokio::task::spawn_blocking(move || draft(&own, &name, (&revision, &request), &who));
        let bulk = planned.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a bulk was not planned");
            Err(Refusal::new(RefusalCode::Internal, "the console failed at this; its log says why"))
        })?;
        let told = (bulk.plan.clone(), bulk.demands.clone());
        self.keep(bulk)?;
        Ok(told)
    }

    /// Begins a bulk that was reviewed. The same key gets its progress.
    pub(super) fn execute(
        &self,
        app: &App,
        watched: &Watched,
        digest: &str,
        request: &Execute,
        who: &Principal,
    ) -> Result<BulkProgress, Refusal> {
        check(request)?;
        let bulk = self.get(digest, &watched.cluster.name)?;
        bulk.is_for(&who.subject)?;
        may_act(&watched.mirror.current())?;
        if !bulk.plan.confirm.accepts(&request.confirm) {
            let detail = format!("what was typed is not {}; nothing was done", bulk.plan.confirm.what);
            return Err(Refusal::new(RefusalCode::NotConfirmed, detail));
        }
        let running = self.lock().values().filter(|bulk| bulk.board.runs()).count();
        if !bulk.board.is_begun() && running >= RUNNING {
            let detail =
                format!("{RUNNING} bulks are running already; wait until one has ended, or stop one");
            return Err(Refusal::new(RefusalCode::TooMany, detail));
        }
        if !bulk.board.begun_with(&request.idempotency_key)? {
            let evidence = Evidence {
                reason: request.reason.trim(),
                ticket: request.ticket.as_deref().map(str::trim),
                typed: true,
                approved: false,
            };
            let deeds = Deed::of(&bulk.actions[0].0);
            let permit = app.authority.authorize(who, &deeds, &bulk.touched, &bulk.cluster, &evidence);
            let permit = permit.map_err(alone)?;
            self.begin(&bulk, &request.idempotency_key, &who.name)?;
            let run = run::Run {
                app: app.clone(),
                watched: watched.clone(),
                bulk: bulk.clone(),
                who: who.clone(),
                request: request.clone(),
                permit,
            };
            let running = app.tasks.spawn(run.run());
            app.tasks.spawn(async move {
                if let Err(error) = running.await {
                    tracing::error!(%error, "a bulk broke off");
                    let because = "the console failed at this; its log says why".to_owned();
                    bulk.board.end(BulkState::Broken, Some(because));
                }
            });
        }
        self.get(digest, &watched.cluster.name).map(|bulk| bulk.progress(0, 0))
    }

    /// How far a bulk is, with its results from number `after` on.
    pub(super) fn progress(
        &self,
        cluster: &str,
        digest: &str,
        after: u32,
        limit: usize,
    ) -> Result<BulkProgress, Refusal> {
        Ok(self.get(digest, cluster)?.progress(after as usize, limit))
    }

    /// Tells a bulk to stop after the batch that is on its way.
    pub(super) fn stop(&self, cluster: &str, digest: &str) -> Result<BulkProgress, Refusal> {
        let bulk = self.get(digest, cluster)?;
        bulk.board.stop();
        Ok(bulk.progress(0, 0))
    }

    /// Those of a cluster that were begun, the newest first, without their results.
    pub(super) fn list(&self, cluster: &str) -> Vec<BulkProgress> {
        let known = self.lock();
        let begun = known.values().filter(|bulk| bulk.cluster == cluster && bulk.board.is_begun());
        let mut list: Vec<BulkProgress> = begun.map(|bulk| bulk.progress(0, 0)).collect();
        list.sort_by_key(|progress| std::cmp::Reverse(progress.began));
        list
    }

    fn get(&self, digest: &str, cluster: &str) -> Result<Arc<Bulk>, Refusal> {
        let known = self.lock();
        known.get(digest).filter(|bulk| bulk.cluster == cluster).cloned().ok_or_else(unknown)
    }

    fn keep(&self, bulk: Bulk) -> Result<(), Refusal> {
        let mut known = self.lock();
        // The same selection again is the same bulk, unless it has run.
        if known.get(&bulk.plan.digest).is_some_and(|known| known.board.runs()) {
            return Ok(());
        }
        known.insert(bulk.plan.digest.clone(), Arc::new(bulk));
        while known.len() > KEPT {
            let idle = known.iter().filter(|(_, bulk)| !bulk.board.runs());
            let Some(oldest) = idle.min_by_key(|(_, bulk)| bulk.at).map(|(digest, _)| digest.clone()) else {
                break;
            };
            known.remove(&oldest);
        }
        Ok(())
    }

    /// Notes that a bulk begins. Errors: it has begun, or is void meanwhile.
    fn begin(&self, bulk: &Arc<Bulk>, key: &str, who: &str) -> Result<(), Refusal> {
        let known = self.lock();
        if !known.get(&bulk.plan.digest).is_some_and(|own| Arc::ptr_eq(own, bulk)) {
            return Err(unknown());
        }
        bulk.board.begin(key, who)
    }

    /// What was planned and not begun is planned again.
    pub(super) fn void(&self) {
        self.lock().retain(|_, bulk| bulk.board.is_begun());
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Bulk>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bulk {
    /// Refuses whoever it was not planned for, and to begin it too long after it was planned.
    fn is_for(&self, subject: &str) -> Result<(), Refusal> {
        let fresh = self.at.elapsed() < LIFE;
        let theirs = self.subject == subject;
        if theirs && (fresh || self.board.is_begun()) { Ok(()) } else { Err(unknown()) }
    }

    fn progress(&self, after: usize, limit: usize) -> BulkProgress {
        self.board.progress(&self.plan, after, limit)
    }
}

fn unknown() -> Refusal {
    let detail = "there is no bulk with this digest, or it was planned too long ago; plan again. What was done of one before the \
                  console was started again is in the audit log";
    Refusal::new(RefusalCode::UnknownPlan, detail)
}

#[cfg(test)]
mod tests {
    use zooscope_protocol::action::Confirm;
    use zooscope_protocol::bulk::BulkAction;

    use super::*;

    #[test]
    fn a_bulk_is_begun_by_whom_it_was_planned_for_and_soon() {
        let mut bulk = Bulk {
            cluster: "c".into(),
            subject: "local:ann".into(),
            plan: BulkPlan {
                digest: "d".into(),
                action: BulkAction::Delete {},
                subject: ZnodePath::root(),
                count: 1,
                batches: 1,
                refused: Vec::new(),
                refused_count: 0,
                warnings: Vec::new(),
                effects: Vec::new(),
                confirm: Confirm { what: String::new(), expected: "1".into() },
            },
            actions: Vec::new(),
            touched: BTreeSet::new(),
            demands: Demands::default(),
            at: Instant::now(),
            board: Board::new(1),
        };
        let code = |bulk: &Bulk, subject: &str| bulk.is_for(subject).err().map(|refusal| refusal.code);
        assert_eq!(code(&bulk, "local:ann"), None);
        assert_eq!(code(&bulk, "local:bob"), Some(RefusalCode::UnknownPlan));
        bulk.at = Instant::now().checked_sub(LIFE).unwrap();
        assert_eq!(code(&bulk, "local:ann"), Some(RefusalCode::UnknownPlan), "too late");
        bulk.board.begin("k", "ann").unwrap();
        assert_eq!(code(&bulk, "local:ann"), None, "whoever began it may ask again how it goes");
        assert_eq!(code(&bulk, "local:bob"), Some(RefusalCode::UnknownPlan));
    }
}
