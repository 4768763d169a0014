//! The review sheet: an action is read before it is done, and watched while it is read.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::action::Executed;
use zooscope_protocol::api::Execute;
use zooscope_protocol::{Action, Outcome, Plan, RefusalCode, View};

use crate::api::{self, Failure};
use crate::duration::Level;
use crate::live::{Cluster, use_view};
use crate::review::{Review, Reviews};
use crate::text;
use crate::ui::badge;
use crate::ui::dialog::modal;
use crate::ui::empty::skeleton;
use crate::ui::glow::turns;
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;
use crate::ui::path::path_text;
use crate::ui::plan_parts::{clauses, identities, outcome};
use crate::ui::toast::Toasts;

/// A plan is kept by the server for two minutes; it is asked for again well before.
const REFRESH: Duration = Duration::from_secs(60);
/// Changes that follow each other so closely are looked at once.
const SETTLE: Duration = Duration::from_millis(250);
/// The shortest reason that the server takes.
const REASON_MIN: usize = 3;

/// Where the sheet is.
#[derive(Clone, Debug, PartialEq)]
enum Stage {
    /// The first plan is asked for.
    Planning,
    /// The plan can be read and done.
    Ready(Plan),
    /// What would be done now is something else than what was read.
    Changed(Plan, Result<Plan, Failure>),
    /// There is no plan.
    Refused(Failure),
    /// It is being done.
    Working(Plan),
    /// It was answered.
    Answered(Executed),
    /// Nobody knows whether it was done: the answer was lost.
    Silent(Plan, Failure),
}

impl Stage {
    fn plan(&self) -> Option<&Plan> {
        match self {
            Self::Ready(plan) | Self::Working(plan) | Self::Changed(plan, _) | Self::Silent(plan, _) => {
                Some(plan)
            }
            Self::Planning | Self::Refused(_) | Self::Answered(_) => None,
        }
    }
}

/// Shows the sheet of the review that is open.
#[component]
pub(crate) fn PlanDialog() -> impl IntoView {
    let reviews = expect_context::<Reviews>();
    move || reviews.open.get().map(|review| view! { <Sheet review/> })
}

#[component]
fn Sheet(review: Review) -> impl IntoView {
    let reviews = expect_context::<Reviews>();
    let toasts = expect_context::<Toasts>();
    let cluster = expect_context::<Cluster>();
    let stage = RwSignal::new(Stage::Planning);
    let reason = RwSignal::new(String::new());
    let typed = RwSignal::new(String::new());
    let key = StoredValue::new(api::fresh_key());
    let review = StoredValue::new(review);
    let close = move || reviews.open.set(None);
    let (name, label, title) = review.with_value(|review| match review.action {
        Action::Release(_) => ("release", text::EXECUTE_RELEASE, text::RELEASE_TITLE),
        Action::Requeue(_) => ("requeue", text::EXECUTE_REQUEUE, text::REQUEUE_TITLE),
    });

    let ask = move || spawn_local(plan(stage, review));
    ask();
    follow(review, stage, ask);

    let look_again = move |_| {
        typed.set(String::new());
        key.set_value(api::fresh_key());
        match stage.get_untracked() {
            Stage::Changed(_, Ok(plan)) => stage.set(Stage::Ready(plan)),
            Stage::Changed(_, Err(_)) | Stage::Refused(_) => {
                stage.set(Stage::Planning);
                ask();
            }
            _ => {}
        }
    };
    let missing = move || {
        let Some(confirm) = stage.with(|stage| stage.plan().map(|plan| plan.confirm.clone())) else {
            return Some(String::new());
        };
        if let Some(why) = cluster.hindrance.get() {
            Some(why)
        } else if reason.with(|reason| reason.trim().chars().count() < REASON_MIN) {
            Some(text::NEEDS_REASON.to_owned())
        } else if !typed.with(|typed| confirm.accepts(typed)) {
            Some(text::NEEDS_CONFIRM.to_owned())
        } else {
            None
        }
    };
    let can_execute = move || matches!(stage.get(), Stage::Ready(_)) && missing().is_none();
    let send = move || {
        let Some(plan) = stage.with_untracked(|stage| stage.plan().cloned()) else { return };
        let body = Execute {
            reason: reason.get_untracked().trim().to_owned(),
            idempotency_key: key.get_value(),
            confirm: typed.get_untracked().trim().to_owned(),
        };
        stage.set(Stage::Working(plan.clone()));
        spawn_local(execute((reviews, toasts), stage, review, plan, body));
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if can_execute() {
            send();
        }
    };

    let seen = move || {
        let now = stage.with(|stage| match stage {
            Stage::Changed(_, Ok(plan)) => Some(plan.identity.clone()),
            Stage::Changed(_, Err(_)) => None,
            other => other.plan().map(|plan| plan.identity.clone()),
        });
        review.with_value(|review| identities(&review.seen, now.as_ref()))
    };
    let read = Memo::new(move |_| {
        stage.with(|stage| match stage {
            Stage::Changed(_, Ok(plan)) => Some(plan.clone()),
            other => other.plan().cloned(),
        })
    });
    let changed = Memo::new(move |_| stage.with(|stage| matches!(stage, Stage::Changed(..))));
    let open = Memo::new(move |_| {
        !stage.with(|stage| matches!(stage, Stage::Answered(_) | Stage::Refused(_) | Stage::Planning))
    });
    let notice = move || notice(stage, look_again, send);

    let form = move || {
        open.get().then(|| {
            let locked = move || stage.with(|stage| !matches!(stage, Stage::Ready(_)));
            let why_not = move || {
                if changed.get() { Some(text::CHANGED_TITLE.to_owned()) } else { (!locked()).then(missing).flatten() }
            };
            let what = move || read.with(|plan| plan.as_ref().map(|plan| text::confirm(&plan.confirm.what)));
            view! {
                <form class="sheet-form" on:submit=submit>
                    <label>
                        <span>{text::REASON}</span>
                        <textarea
                            rows="2"
                            maxlength="500"
                            required=true
                            placeholder=text::REASON_HINT
                            data-testid="plan-reason"
                            prop:value=move || reason.get()
                            on:input=move |event| reason.set(event_target_value(&event))
                        ></textarea>
                    </label>
                    <label>
                        <span>{part(what)}</span>
                        <input
                            class="mono"
                            autocomplete="off"
                            autocapitalize="off"
                            spellcheck="false"
                            required=true
                            data-testid="plan-confirm"
                            prop:value=move || typed.get()
                            prop:disabled=locked
                            on:input=move |event| typed.set(event_target_value(&event))
                        />
                    </label>
                    <div class="sheet-actions">
                        <button
                            type="submit"
                            class="button danger"
                            data-testid="plan-execute"
                            prop:disabled=move || !can_execute()
                        >
                            {part(move || if stage.with(|stage| matches!(stage, Stage::Working(_))) { text::EXECUTING } else { label })}
                        </button>
                        <span class="soft" aria-live="polite">
                            {part(why_not)}
                        </span>
                    </div>
                </form>
            }
        })
    };
    let answered = move || {
        stage.with(|stage| match stage {
            Stage::Answered(executed) => Some(view! {
                {outcome(executed)}
                <div class="sheet-actions">
                    <button type="button" class="button" data-testid="plan-close" autofocus=true on:click=move |_| close()>
                        {text::CLOSE}
                    </button>
                </div>
            }),
            _ => None,
        })
    };
    let body = move || {
        open.get().then(|| {
            view! {
                <section class="sheet-part">
                    <h3>{text::IDENTITY}</h3>
                    {part(seen)}
                </section>
                {part(move || read.with(|plan| plan.as_ref().map(clauses)))}
            }
        })
    };
    let path = review.with_value(|review| review.subject.to_string());
    let content = view! {
        <div class="sheet-body" class:changed=changed data-action=name>
            <header class="sheet-head">
                <div>
                    <h2>{title}</h2>
                    <p class="mono soft">{path_text(&path)}</p>
                </div>
                <button type="button" class="icon-button" aria-label=text::CLOSE title=text::CLOSE on:click=move |_| close()>
                    {icon(Icon::Close)}
                </button>
            </header>
            {part(notice)}
            {part(move || stage.with(|stage| *stage == Stage::Planning).then(|| skeleton(9)))}
            {part(body)}
            {part(form)}
            {part(answered)}
        </div>
    };
    modal("sheet", title, "plan-dialog", close, content.into_any())
}

/// The band above the plan: that it changed, that it cannot be done, that the answer was lost.
fn notice(
    stage: RwSignal<Stage>,
    look_again: impl Fn(web_sys::MouseEvent) + Copy + 'static,
    send: impl Fn() + Copy + 'static,
) -> Option<AnyView> {
    let band = |level: Level, testid: &'static str, title: &'static str, body: String, button: AnyView| {
        view! {
            <div class=format!("band {}", badge::class(level)) role="alert" data-testid=testid>
                {badge::mark(level)}
                <div>
                    <p class="strong">{title}</p>
                    <p>{body}</p>
                </div>
                {button}
            </div>
        }
        .into_any()
    };
    let again = move || {
        view! {
            <button type="button" class="button" data-testid="plan-look-again" on:click=look_again>
                {text::LOOK_AGAIN}
            </button>
        }
        .into_any()
    };
    stage.with(|stage| match stage {
        Stage::Changed(_, new) => {
            let body = match new {
                Ok(_) => text::CHANGED_BODY.to_owned(),
                Err(failure) => failure.sentence(),
            };
            Some(band(Level::Warn, "plan-changed", text::CHANGED_TITLE, body, again()))
        }
        Stage::Refused(failure) => {
            Some(band(Level::Warn, "plan-refused", text::REFUSED_PLAN_TITLE, failure.sentence(), again()))
        }
        Stage::Silent(_, failure) => {
            let button = view! {
                <button type="button" class="button" data-testid="plan-ask-again" on:click=move |_| send()>
                    {text::ASK_AGAIN}
                </button>
            };
            let body = format!("{} {}", failure.sentence(), text::OUTCOME_UNKNOWN_BODY);
            Some(band(Level::Critical, "plan-silent", text::OUTCOME_UNKNOWN, body, button.into_any()))
        }
        Stage::Planning | Stage::Ready(_) | Stage::Working(_) | Stage::Answered(_) => None,
    })
}

/// Plans again whenever the lock or the item changes on the live board, and before the plan grows old.
fn follow(review: StoredValue<Review>, stage: RwSignal<Stage>, ask: impl Fn() + Copy + 'static) {
    let feed = use_view(move || {
        review.with_value(|review| {
            let view = match review.action {
                Action::Release(_) => View::Lock { path: review.subject.clone() },
                Action::Requeue(_) => View::Node { path: review.seen.path.clone() },
            };
            Some((review.cluster.clone(), view))
        })
    });
    let turn = turns(move || feed.with(|_| ()));
    let reading = move || {
        stage.try_with_untracked(|stage| matches!(stage, Stage::Ready(_) | Stage::Changed(..))) == Some(true)
    };
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move || {
        if turn.get() == 0 || !reading() {
            return;
        }
        let later = move || {
            if reading() {
                ask();
            }
        };
        if let Some(handle) = waiting.get_value() {
            handle.clear();
        }
        waiting.set_value(set_timeout_with_handle(later, SETTLE).ok());
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
}

/// Asks for the plan and compares it with what is being read.
async fn plan(stage: RwSignal<Stage>, review: StoredValue<Review>) {
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
            (Stage::Ready(read), Ok(plan)) if read.digest == plan.digest => Stage::Ready(plan),
            (Stage::Changed(read, _), Ok(plan)) if read.digest == plan.digest => Stage::Ready(plan),
            // A console that does not answer says nothing about the lock.
            (Stage::Ready(_) | Stage::Changed(..), Err(Failure::Unreachable(_))) => return,
            (Stage::Ready(read) | Stage::Changed(read, _), answer) => Stage::Changed(read.clone(), answer),
            _ => return,
        };
        if *stage != next {
            *stage = next;
        }
    });
}

/// Executes the plan and shows what came of it.
async fn execute(
    (reviews, toasts): (Reviews, Toasts),
    stage: RwSignal<Stage>,
    review: StoredValue<Review>,
    plan: Plan,
    body: Execute,
) {
    let Some(context) = review.try_get_value() else { return };
    reviews.sent(&context);
    let answer = api::execute(&context.cluster, &plan.digest, &body).await;
    let next = match answer {
        Ok(executed) => {
            match executed.outcome {
                Outcome::Done => {
                    reviews.done(&context, executed.revision);
                    toasts
                        .say(Level::Ok, text::done_toast(context.action.name(), context.seen.path.as_str()));
                }
                Outcome::Refused | Outcome::Unknown => reviews.gave_up(&context),
            }
            Stage::Answered(executed)
        }
        Err(Failure::Problem(problem)) => {
            reviews.gave_up(&context);
            match (problem.code, problem.plan.clone()) {
                (RefusalCode::PlanChanged, Some(new)) => Stage::Changed(plan, Ok(*new)),
                _ => Stage::Changed(plan, Err(Failure::Problem(problem))),
            }
        }
        Err(failure) => {
            reviews.gave_up(&context);
            Stage::Silent(plan, failure)
        }
    };
    let _ = stage.try_set(next);
}
