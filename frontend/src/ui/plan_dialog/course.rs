//! The course of a review: planned, watched, executed, answered.

use std::time::Duration;

use leptos::prelude::*;
use zooscope_protocol::action::Executed;
use zooscope_protocol::api::{Execute, PlanBody, Problem};
use zooscope_protocol::{Action, Content, Member, Outcome, RefusalCode, View};

use crate::api::{self, Answer, Failure};
use crate::duration::Level;
use crate::live::{Cluster, Feed, use_view};
use crate::review::{Review, Reviews};
use crate::text;
use crate::ui::toast::Toasts;
use crate::ui::turns::turns;
use crate::who::Who;

/// A plan is kept by the server for two minutes; it is asked for again well before.
const REFRESH: Duration = Duration::from_secs(60);
/// Changes that follow each other so closely are looked at once.
const SETTLE: Duration = Duration::from_millis(250);

/// Where the sheet is.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one of it, while its sheet is open")]
pub(super) enum Stage {
    /// The first plan is asked for.
    Planning,
    /// The plan can be read and done.
    Ready(PlanBody),
    /// What would be done now is something else than what was read.
    Changed(PlanBody, Result<PlanBody, Failure>),
    /// The board shows that the znode is gone: there is nothing left to ask for.
    Gone(PlanBody),
    /// There is no plan.
    Refused(Failure),
    /// It is being done.
    Working(PlanBody),
    /// It was answered.
    Answered(Executed),
    /// Nobody knows whether it was done: the answer was lost.
    Silent(PlanBody, Failure),
    /// It was not done, for a reason that is none of what is read: what was given, or who gave it.
    Held(PlanBody, Failure),
    /// It is done as soon as the person has proved who they are.
    Unproved(PlanBody),
}

impl Stage {
    /// The plan that is read.
    pub(super) fn plan(&self) -> Option<&PlanBody> {
        match self {
            Self::Ready(plan)
            | Self::Working(plan)
            | Self::Changed(plan, _)
            | Self::Gone(plan)
            | Self::Silent(plan, _)
            | Self::Held(plan, _)
            | Self::Unproved(plan) => Some(plan),
            Self::Planning | Self::Refused(_) | Self::Answered(_) => None,
        }
    }
}

/// Plans again whenever the lock or the item changes on the live board, and before the plan grows old.
pub(super) fn follow(
    review: StoredValue<Review>,
    stage: RwSignal<Stage>,
    ask: impl Fn() + Copy + 'static,
) -> Feed {
    let feed = use_view(move || {
        review.with_value(|review| {
            let view = match &review.action {
                Action::Release(_) | Action::Revoke(_) => View::Lock { path: review.subject.clone() },
                Action::Evict(owner) => View::Session { session: owner.session },
                _ => View::Node { path: review.place().clone() },
            };
            Some((review.cluster.clone(), view))
        })
    });
    // A consumer that takes an item writes elsewhere in its queue.
    let queue = use_view(move || {
        review.with_value(|review| match review.action {
            Action::Release(_) | Action::Revoke(_) | Action::Evict(_) | Action::Cure(_) => None,
            _ => {
                let view = View::Queue { path: review.subject.clone(), start: 0, limit: 1 };
                Some((review.cluster.clone(), view))
            }
        })
    });
    let in_flight = Memo::new(move |_| {
        queue.with(|content| match content {
            Some(Content::Queue(detail)) => detail.queue.as_ref().and_then(|queue| queue.in_flight),
            _ => None,
        })
    });
    // What happened while nobody could look is looked at when the cluster is live again.
    let cluster = expect_context::<Cluster>();
    let able = Memo::new(move |_| cluster.hindrance.with(Option::is_none));
    let turn = turns(move || {
        feed.with(|_| ());
        in_flight.get();
        able.get();
    });
    let reading = move || {
        stage.try_with_untracked(|stage| matches!(stage, Stage::Ready(_) | Stage::Changed(..))) == Some(true)
    };
    let waiting = StoredValue::new(false);
    Effect::new(move || {
        if turn.get() == 0 || !reading() || !able.get_untracked() {
            return;
        }
        // What the board shows to be gone need not be asked for, only to be refused.
        if review.with_value(|review| is_gone(feed, review)) {
            stage.update(|stage| {
                if let Stage::Ready(plan) | Stage::Changed(plan, _) = stage {
                    *stage = Stage::Gone(plan.clone());
                }
            });
            return;
        }
        // A board that never stands still is looked at all the same.
        if waiting.get_value() {
            return;
        }
        waiting.set_value(true);
        let later = move || {
            if waiting.try_set_value(false).is_none() && reading() {
                ask();
            }
        };
        set_timeout(later, SETTLE);
    });
    let refresh = set_interval_with_handle(
        move || {
            if reading() {
                ask();
            }
        },
        REFRESH,
    );
    on_cleanup(move || {
        if let Ok(refresh) = refresh {
            refresh.clear();
        }
    });
    feed
}

/// Whether the board shows that the znode of a review is gone, or another one of the same name.
fn is_gone(feed: Feed, review: &Review) -> bool {
    let Some(seen) = &review.seen else { return false };
    untrack(|| {
        feed.with(|content| match content {
            Some(Content::Lock(detail)) => !detail.holders.iter().any(|holder| holder.czxid == seen.czxid),
            Some(Content::Node(node)) => node.as_ref().is_none_or(|node| node.stat.czxid != seen.czxid),
            _ => false,
        })
    })
}

/// The only holder of the lock now.
pub(super) fn successor(feed: Feed, review: &Review) -> Option<Member> {
    untrack(|| {
        feed.with(|content| match content {
            Some(Content::Lock(detail)) if matches!(review.action, Action::Release(_)) => {
                match detail.holders.as_slice() {
                    [only] => Some(only.clone()),
                    _ => None,
                }
            }
            _ => None,
        })
    })
}

/// Asks for the plan and compares it with what is being read.
pub(super) async fn plan(stage: RwSignal<Stage>, review: StoredValue<Review>) {
    let Some((cluster, action)) =
        review.try_with_value(|review| (review.cluster.clone(), review.action.clone()))
    else {
        return;
    };
    let answer = api::plan(&cluster, &action).await;
    // The sheet may be closed, or further, by now.
    let _ = stage.try_update(|stage| {
        let next = match (&*stage, answer) {
            (Stage::Planning, Ok(plan)) => Stage::Ready(plan),
            (Stage::Planning, Err(failure)) => Stage::Refused(failure),
            (Stage::Ready(read), Ok(plan)) if read.plan.digest == plan.plan.digest => Stage::Ready(plan),
            (Stage::Changed(read, _), Ok(plan)) if read.plan.digest == plan.plan.digest => Stage::Ready(plan),
            // A console that does not answer, or has no ZooKeeper, says nothing about the lock.
            (Stage::Ready(_) | Stage::Changed(..), Err(failure)) if failure.is_of_the_way() => return,
            (Stage::Ready(read) | Stage::Changed(read, _), answer) => Stage::Changed(read.clone(), answer),
            _ => return,
        };
        if *stage != next {
            *stage = next;
        }
    });
}

/// Executes the plan and shows what came of it, in a message where the sheet was closed meanwhile. With `asked_before` it was sent
/// already and the answer was lost.
pub(super) async fn execute(
    (reviews, toasts, who): (Reviews, Toasts, Who),
    stage: RwSignal<Stage>,
    review: StoredValue<Review>,
    (read, asked_before): (PlanBody, bool),
    body: Execute,
) {
    let Some(context) = review.try_get_value() else { return };
    reviews.sent(&context);
    let answer = api::execute(&context.cluster, &read.plan.digest, &body).await;
    let next = match answer {
        Ok(Answer::Waits(request)) => {
            reviews.gave_up(&context);
            who.put(*request);
            Stage::Ready(read)
        }
        Ok(Answer::Executed(executed)) => {
            match executed.outcome {
                Outcome::Done => {
                    reviews.done(&context, executed.revision);
                    toasts.say(Level::Ok, text::done_toast(context.action.name(), &context.object()));
                }
                Outcome::Refused | Outcome::Unknown => reviews.gave_up(&context),
            }
            Stage::Answered(executed)
        }
        Err(Failure::Problem(problem)) => {
            reviews.gave_up(&context);
            match (problem.code, problem.plan.clone()) {
                (RefusalCode::PlanChanged, Some(new)) => {
                    let demands = read.demands.clone();
                    Stage::Changed(read, Ok(PlanBody { plan: *new, demands }))
                }
                (RefusalCode::StepUp, _) => Stage::Unproved(read),
                // The first one is still on its way; only under the same key is it certain that it is done once.
                (RefusalCode::Running, _) => Stage::Silent(read, Failure::Problem(problem)),
                // A console that was started anew remembers neither the plan nor what came of it.
                (RefusalCode::UnknownPlan, _) if asked_before => {
                    Stage::Silent(read, Failure::Problem(Box::new(forgotten(*problem))))
                }
                (code, _) if is_of_the_person(code) => Stage::Held(read, Failure::Problem(problem)),
                _ => Stage::Changed(read, Err(Failure::Problem(problem))),
            }
        }
        Err(failure) => {
            reviews.gave_up(&context);
            Stage::Silent(read, failure)
        }
    };
    let Some(closed) = stage.try_set(next) else { return };
    let (title, body) = match closed {
        Stage::Answered(Executed { outcome: Outcome::Refused, refusal, .. }) => {
            (text::HELD_TITLE, refusal.map(|refusal| refusal.detail).unwrap_or_default())
        }
        Stage::Answered(Executed { outcome: Outcome::Unknown, .. }) => {
            (text::OUTCOME_UNKNOWN, text::OUTCOME_UNKNOWN_BODY.to_owned())
        }
        Stage::Silent(_, failure) => (text::OUTCOME_UNKNOWN, failure.sentence()),
        Stage::Held(_, failure) | Stage::Changed(_, Err(failure)) => (text::HELD_TITLE, failure.sentence()),
        Stage::Changed(..) => (text::HELD_TITLE, text::CHANGED_BODY.to_owned()),
        Stage::Unproved(_) => (text::HELD_TITLE, text::PROVE_NOW.to_owned()),
        _ => return,
    };
    toasts.say(Level::Warn, format!("{} {}: {title}. {body}", context.action.name(), context.object()));
}

/// The problem of a console that does not know a plan any more, in words that hold after it was sent.
fn forgotten(problem: Problem) -> Problem {
    Problem { detail: text::FORGOTTEN.to_owned(), ..problem }
}

/// Whether a refusal is about who asks and what they gave, and not about what they looked at.
fn is_of_the_person(code: RefusalCode) -> bool {
    matches!(
        code,
        RefusalCode::Forbidden
            | RefusalCode::NoTicket
            | RefusalCode::NoReason
            | RefusalCode::NotConfirmed
            | RefusalCode::Rejected
            | RefusalCode::Frozen
            | RefusalCode::ReadOnly
            | RefusalCode::TooMany
            | RefusalCode::Busy
            | RefusalCode::NoAudit
    )
}
