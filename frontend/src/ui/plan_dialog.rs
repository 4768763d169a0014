//! The review sheet: an action is read before it is done, and watched while it is read.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::Action;
use zooscope_protocol::api::Execute;

use crate::api;
use crate::duration::Level;
use crate::live::Cluster;
use crate::review::{Review, Reviews};
use crate::text;
use crate::ui::badge;
use crate::ui::dialog::modal;
use crate::ui::empty::skeleton;
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;
use crate::ui::path::path_text;
use crate::ui::plan_parts::{clauses, identities, outcome};
use crate::ui::prose::prose;
use crate::ui::toast::Toasts;

mod course;

use self::course::{Stage, execute, follow, plan, successor};

/// The shortest reason that the server takes.
const REASON_MIN: usize = 3;

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
    let feed = follow(review, stage, ask);

    let look_again = move |_| {
        typed.set(String::new());
        key.set_value(api::fresh_key());
        match stage.get_untracked() {
            Stage::Changed(_, Ok(plan)) => stage.set(Stage::Ready(plan)),
            // What holds now is another thing to read and to confirm, from the beginning.
            Stage::Gone(_) => match review.with_value(|review| successor(feed, review)) {
                Some(holder) => {
                    review.with_value(|review| reviews.release(&review.cluster, &review.subject, &holder));
                }
                None => close(),
            },
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
            ticket: None,
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
        review.with_value(|review| {
            let now = stage.with(|stage| match stage {
                Stage::Changed(_, Ok(plan)) => review.now(plan).cloned(),
                Stage::Changed(_, Err(_)) | Stage::Gone(_) => None,
                other => other.plan().and_then(|plan| review.now(plan).cloned()),
            });
            identities(&review.seen, now.as_ref())
        })
    };
    let read = Memo::new(move |_| {
        stage.with(|stage| match stage {
            Stage::Changed(_, Ok(plan)) => Some(plan.clone()),
            other => other.plan().cloned(),
        })
    });
    let changed =
        Memo::new(move |_| stage.with(|stage| matches!(stage, Stage::Changed(..) | Stage::Gone(_))));
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
                    <p>{prose(&body)}</p>
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
        Stage::Gone(_) => {
            let body = text::GONE_BODY.to_owned();
            Some(band(Level::Warn, "plan-changed", text::CHANGED_TITLE, body, again()))
        }
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
