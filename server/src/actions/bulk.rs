//! Bulk: one action on many items, in batches. Each batch is a transaction with a marker and an audit trail of its own, so that a
//! crash leaves what a crash in a single action leaves. A bulk runs on when the browser goes away, and not when the server does.

mod board;
mod run;
mod select;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use zooscope_model::{Revision, plan};
use zooscope_protocol::action::{Batch, Confirm};
use zooscope_protocol::api::Execute;
use zooscope_protocol::bulk::{BulkAction, BulkPlan, BulkProgress, BulkRequest, BulkState, Left};
use zooscope_protocol::{Action, Clause, Plan, Refusal, RefusalCode, ZnodePath};

use super::{Actions, check, may_act, settle};
use crate::app::{App, Watched};
use crate::auth::Principal;
use crate::auth::policy::Demands;
use crate::auth::{Deed, Evidence, deed};
use board::Board;

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
/// How many of those that are left out are told one by one.
const TOLD: usize = 1_000;
/// The data that one transaction carries, in bytes: ZooKeeper's 1 MiB less what the writes themselves take.
const BATCH_BYTES: usize = 800 * 1024;

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
            bulk.board.begin(&request.idempotency_key, &who.name)?;
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

/// One action of the kind, to see what planning it takes.
fn probe(request: &BulkRequest) -> Vec<Action> {
    let target = zooscope_protocol::Target {
        path: ZnodePath::root(),
        czxid: zooscope_protocol::Zxid(0),
        version: 0,
        session: None,
    };
    vec![request.action.on(target)]
}

/// Plans each item by itself; what is refused is left out.
fn draft(
    app: &App,
    cluster: &str,
    (revision, request): (&Revision, &BulkRequest),
    who: &Principal,
) -> Result<Bulk, Refusal> {
    let sees = |path: &ZnodePath| app.authority.policy().shows_data(who.role, cluster, path);
    let targets = select::targets(revision, &request.select, app.config.limits.bulk_items, sees)?;
    // What `now` is, is the same for all.
    let action = select::settled(&request.action);
    let (mut actions, mut refused) = (Vec::new(), Vec::new());
    let (mut subject, mut warnings): (Option<ZnodePath>, Vec<Clause>) = (None, Vec::new());
    let (mut touched, mut demands) = (BTreeSet::new(), Demands::default());
    for target in targets {
        let path = target.path.clone();
        match one(app, cluster, revision, &action.on(target), who) {
            Ok((action, plan, demanded)) => {
                touched.extend(deed::touched(&plan));
                demands.and(&demanded);
                subject = Some(common(subject, plan.subject));
                add(&mut warnings, plan.warnings);
                actions.push((action, size(revision, &path)));
            }
            // What is hidden from them is not told of.
            Err(_) if !app.authority.policy().shows(who.role, cluster, &path) => {}
            Err(Refusal { code, detail }) => refused.push(Left { path, code, detail }),
        }
    }
    let Some(subject) = subject.filter(|_| !actions.is_empty()) else {
        let why = refused.first().map_or_else(
            || "nothing is selected; mark items, or look for another text".to_owned(),
            |left| format!("nothing can be done to any of them; the first, `{}`: {}", left.path, left.detail),
        );
        let code = refused.first().map_or(RefusalCode::BadRequest, |left| left.code);
        return Err(Refusal::new(code, why));
    };
    let count = u32::try_from(actions.len()).unwrap_or(u32::MAX);
    let refused_count = u32::try_from(refused.len()).unwrap_or(u32::MAX);
    refused.truncate(TOLD);
    let batches = batches(&actions);
    let effects = select::effects(&action, batches);
    let plan = BulkPlan {
        digest: digest((cluster, &who.subject), &action, &actions),
        batches,
        action,
        subject,
        count,
        refused,
        refused_count,
        warnings,
        effects,
        confirm: Confirm { what: "how many items".to_owned(), expected: count.to_string() },
    };
    let board = Board::new(count);
    let subject = who.subject.clone();
    Ok(Bulk {
        cluster: cluster.to_owned(),
        subject,
        plan,
        actions,
        touched,
        demands,
        at: Instant::now(),
        board,
    })
}

/// Plans one of many, if whoever asks may do it.
fn one(
    app: &App,
    cluster: &str,
    revision: &Revision,
    action: &Action,
    who: &Principal,
) -> Result<(Action, Plan, Demands), Refusal> {
    let deeds = Deed::of(action);
    // Whoever may not do it is not told why it could not be done either.
    app.authority.allowed(who, &deeds, &deed::named(action), cluster)?;
    let action = settle::settled(app, revision, action)?;
    let plan = plan(revision, cluster, &action)?;
    let demands = app.authority.allowed(who, &deeds, &deed::touched(&plan), cluster)?;
    Ok((action, plan, demands))
}

/// Where somebody else must approve: a bulk is not approved as a whole.
fn alone(refusal: Refusal) -> Refusal {
    if refusal.code != RefusalCode::NeedsApproval {
        return refusal;
    }
    let detail = "some of these need the approval of another person, which is given for one at a time; leave them out of the bulk";
    Refusal::new(RefusalCode::NeedsApproval, detail)
}

/// Adds what is said of one item, once for each code; what is true of that item alone is left out.
fn add(clauses: &mut Vec<Clause>, more: Vec<Clause>) {
    for clause in more {
        let known = clauses.iter().any(|known| known.code == clause.code);
        if !known && clause.code != "handled_again" {
            clauses.push(clause);
        }
    }
}

fn common(subject: Option<ZnodePath>, other: ZnodePath) -> ZnodePath {
    let Some(mut subject) = subject else { return other };
    while !other.is_within(&subject) {
        subject = subject.parent().unwrap_or_else(ZnodePath::root);
    }
    subject
}

/// About how much an item takes in a transaction, in bytes.
fn size(revision: &Revision, path: &ZnodePath) -> usize {
    let data = revision.tree.get(path).map_or(0, |znode| znode.stat().data_length);
    // Its name stands in several writes, and what is kept of one that is set aside is up to 4 KiB.
    usize::try_from(data).unwrap_or(0) + 6 * path.as_str().len() + 4_096
}

fn batches(actions: &[(Action, usize)]) -> u32 {
    let mut count = 0;
    let mut left = actions;
    while !left.is_empty() {
        left = &left[batch_of(left.iter()).min(left.len())..];
        count += 1;
    }
    count
}

/// How many of those that follow go into one transaction, one at least: those of one directory, for what is done is then within
/// what was let for each of them.
fn batch_of<'a>(left: impl Iterator<Item = &'a (Action, usize)>) -> usize {
    let (mut bytes, mut directory) = (0, None);
    let fit = left.take(Batch::MOST).take_while(|(action, size)| {
        bytes += size;
        let its = action.path().and_then(ZnodePath::parent);
        bytes <= BATCH_BYTES && *directory.get_or_insert_with(|| its.clone()) == its
    });
    fit.count().max(1)
}

fn digest(whose: (&str, &str), action: &BulkAction, actions: &[(Action, usize)]) -> String {
    let mut hash = Sha256::new();
    let actions: Vec<&Action> = actions.iter().map(|(action, _)| action).collect();
    // Writing these types as JSON cannot fail.
    hash.update(serde_json::to_vec(&(whose, action, actions)).unwrap_or_default());
    hex::encode(hash.finalize())
}

fn unknown() -> Refusal {
    let detail = "there is no bulk with this digest, or it was planned too long ago; plan again. What was done of one before the \
                  console was started again is in the audit log";
    Refusal::new(RefusalCode::UnknownPlan, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_as_large_as_one_transaction_may_be() {
        let of = |items: &[(&str, usize)]| {
            let action = |(path, size): &(&str, usize)| {
                let path = ZnodePath::parse(path).unwrap();
                let target = zooscope_protocol::Target {
                    path,
                    czxid: zooscope_protocol::Zxid(1),
                    version: 0,
                    session: None,
                };
                (Action::Delete(target), *size)
            };
            let actions: Vec<_> = items.iter().map(action).collect();
            batch_of(actions.iter())
        };
        assert_eq!(of(&[("/q/a", 10); 200]), Batch::MOST);
        assert_eq!(of(&[("/q/a", 300 * 1024); 3]), 2);
        assert_eq!(of(&[("/q/a", BATCH_BYTES + 1), ("/q/b", 1)]), 1, "what is large goes alone");
        assert_eq!(of(&[("/q/a", 1), ("/q/b", 1), ("/p/a", 1)]), 2, "another queue is another batch");
        assert_eq!(of(&[]), 1);
    }

    #[test]
    fn the_digest_of_a_bulk_is_of_all_that_it_does_for_whom_and_where() {
        let action = |czxid| {
            let path = ZnodePath::parse("/q/a").unwrap();
            let czxid = zooscope_protocol::Zxid(czxid);
            (Action::Delete(zooscope_protocol::Target { path, czxid, version: 0, session: None }), 10)
        };
        let (one, other) = ([action(1)], [action(2)]);
        let digests = [
            digest(("c", "local:ann"), &BulkAction::Delete {}, &one),
            digest(("d", "local:ann"), &BulkAction::Delete {}, &one),
            digest(("c", "local:bob"), &BulkAction::Delete {}, &one),
            digest(("c", "local:ann"), &BulkAction::DeadLetter {}, &one),
            digest(("c", "local:ann"), &BulkAction::Delete {}, &other),
            digest(("c", "local:ann"), &BulkAction::Delete {}, &[action(1), action(2)]),
        ];
        let all: BTreeSet<&String> = digests.iter().collect();
        assert_eq!(all.len(), digests.len(), "{digests:?}");
    }

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

    #[test]
    fn the_state_of_a_bulk_that_was_only_planned_is_told() {
        let board = Board::new(3);
        assert!(!board.is_begun() && !board.runs());
        assert!(!board.begun_with("k").unwrap());
        board.begin("k", "ann").unwrap();
        assert!(board.begun_with("k").unwrap(), "the same request again");
        assert_eq!(board.begun_with("other").unwrap_err().code, RefusalCode::BadRequest);
        assert_eq!(board.begin("k", "ann").unwrap_err().code, RefusalCode::BadRequest, "two at one time");
        board.stop();
        assert!(board.is_stopping() && board.runs());
        board.end(BulkState::Stopped, None);
        assert!(!board.runs());
    }
}
