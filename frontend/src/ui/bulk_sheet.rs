//! The sheet of many: what would be done is read before it is begun, and watched while it is done.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::RefusalCode;
use zooscope_protocol::api::Execute;
use zooscope_protocol::bulk::{BulkPlan, BulkPlanBody};

use crate::api::{self, Failure};
use crate::app::environment::environment;
use crate::bulk::{Ask, Bulks, Shown};
use crate::duration::{Level, grouped};
use crate::live::Cluster;
use crate::text;
use crate::ui::badge;
use crate::ui::dialog::{focus_when_there, head, modal};
use crate::ui::empty::skeleton;
use crate::ui::part::part;
use crate::ui::path::path_text;
use crate::ui::plan_parts::sentences;
use crate::ui::prose::prose;
use crate::ui::prove::prove;
use crate::ui::toast::Toasts;

mod run;

use self::run::run;

/// The shortest reason that the server takes.
const REASON_MIN: usize = 3;
/// How many of those that are left out are shown one by one.
const LEFT_OUT: usize = 200;

/// The sheet for what is to be read, or for what goes on.
pub(crate) fn bulk_sheet(shown: Shown) -> AnyView {
    match shown {
        Shown::Ask(ask) => sheet(*ask),
        Shown::Run(digest) => run(digest),
    }
}

/// Where the sheet is.
#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Planning,
    Ready(BulkPlanBody),
    /// There is no plan.
    Refused(Failure),
    /// It is being begun.
    Sending(BulkPlanBody),
    /// It was not begun, or nobody knows.
    Held(BulkPlanBody, Failure),
    /// It is begun as soon as the person has proved who they are.
    Unproved(BulkPlanBody),
}

impl Stage {
    fn read(&self) -> Option<&BulkPlanBody> {
        match self {
            Self::Ready(read) | Self::Sending(read) | Self::Held(read, _) | Self::Unproved(read) => {
                Some(read)
            }
            Self::Planning | Self::Refused(_) => None,
        }
    }
}

/// What was given. Copies are the same.
#[derive(Clone, Copy, Default)]
struct Answers {
    reason: RwSignal<String>,
    ticket: RwSignal<String>,
    typed: RwSignal<String>,
}

impl Answers {
    /// What is missing. Tracks.
    fn missing(self, read: &BulkPlanBody) -> Option<&'static str> {
        if self.reason.with(|reason| reason.trim().chars().count() < REASON_MIN) {
            Some(text::NEEDS_REASON)
        } else if !read.demands.tickets.is_empty() && self.ticket.with(|ticket| ticket.trim().is_empty()) {
            Some(text::NEEDS_TICKET)
        } else if !self.typed.with(|typed| read.plan.confirm.accepts(typed)) {
            Some(text::NEEDS_CONFIRM)
        } else {
            None
        }
    }
}

fn sheet(ask: Ask) -> AnyView {
    let bulks = expect_context::<Bulks>();
    let (cluster, toasts) = (expect_context::<Cluster>(), expect_context::<Toasts>());
    let stage = RwSignal::new(Stage::Planning);
    let answers = Answers::default();
    let key = StoredValue::new(api::fresh_key());
    let title = text::bulk_title(&ask.request.action);
    let path = ask.queue.to_string();
    let ask = StoredValue::new(ask);
    let close = move || bulks.close();
    let plan = move || {
        stage.set(Stage::Planning);
        answers.typed.set(String::new());
        key.set_value(api::fresh_key());
        spawn_local(async move {
            let Some(ask) = ask.try_get_value() else { return };
            let next = match api::plan_bulk(&ask.cluster, &ask.request).await {
                Ok(read) => Stage::Ready(read),
                Err(failure) => Stage::Refused(failure),
            };
            let _ = stage.try_set(next);
        });
    };
    plan();
    let send = move || {
        let Some(read) = stage.with_untracked(|stage| stage.read().cloned()) else { return };
        let given = |field: RwSignal<String>| field.with_untracked(|given| given.trim().to_owned());
        let body = Execute {
            reason: given(answers.reason),
            idempotency_key: key.get_value(),
            confirm: given(answers.typed),
            ticket: Some(given(answers.ticket)).filter(|ticket| !ticket.is_empty()),
        };
        stage.set(Stage::Sending(read.clone()));
        spawn_local(async move {
            let Some(cluster) = ask.try_with_value(|ask| ask.cluster.clone()) else { return };
            match api::begin_bulk(&cluster, &read.plan.digest, &body).await {
                Ok(progress) => bulks.follow(cluster, progress),
                Err(failure) => {
                    let next = match failure.code() {
                        Some(RefusalCode::StepUp) => Stage::Unproved(read),
                        Some(RefusalCode::UnknownPlan) => Stage::Refused(failure),
                        _ => Stage::Held(read, failure),
                    };
                    if let Some(Stage::Held(_, failure) | Stage::Refused(failure)) = stage.try_set(next) {
                        toasts.say(Level::Warn, format!("{title}: {}", failure.sentence()));
                    }
                }
            }
        });
    };
    let missing = move || {
        stage.with(|stage| match stage {
            Stage::Ready(read) | Stage::Held(read, _) => {
                cluster.hindrance.get().or_else(|| answers.missing(read).map(str::to_owned))
            }
            _ => Some(String::new()),
        })
    };
    let read = Memo::new(move |_| stage.with(|stage| stage.read().cloned()));
    let body = move || read.with(|read| read.as_ref().map(|read| told(&read.plan)));
    let fields = move || read.get().map(|read| form(&read, answers, stage, missing, send));
    let environment_label =
        move || cluster.info.with(|info| info.as_ref().and_then(|info| environment(&info.environment)));
    let content = view! {
        <div class="sheet-body" data-action="bulk">
            {head(view! { <h2>{title} " " {part(environment_label)}</h2> <p class="mono soft">{path_text(&path)}</p> }, close)}
            {part(move || band(stage, plan, send))}
            {part(move || stage.with(|stage| *stage == Stage::Planning).then(|| skeleton(6)))}
            {part(body)}
            {part(fields)}
        </div>
    };
    let dismiss = move || {
        if !stage.with_untracked(|stage| matches!(stage, Stage::Sending(_))) {
            close();
        }
    };
    modal("sheet", title, "bulk-dialog", dismiss, content.into_any()).into_any()
}

/// What stands in the way.
fn band(
    stage: RwSignal<Stage>,
    plan: impl Fn() + Copy + 'static,
    send: impl Fn() + Copy + 'static,
) -> Option<AnyView> {
    let band = |title: &'static str, body: String, more: AnyView| {
        view! {
            <div class="band warn" role="alert" data-testid="bulk-refused">
                {badge::mark(Level::Warn)}
                <div><p class="strong">{title}</p> <p>{prose(&body)}</p></div>
                {more}
            </div>
        }
        .into_any()
    };
    stage.with(|stage| match stage {
        Stage::Refused(failure) => {
            let again = view! {
                <button type="button" class="button" data-testid="bulk-look-again" on:click=move |_| plan()>
                    {text::LOOK_AGAIN}
                </button>
            };
            Some(band(text::REFUSED_PLAN_TITLE, failure.sentence(), again.into_any()))
        }
        Stage::Held(_, failure) => {
            // Without a code nobody knows whether it was begun; the same key begins it once.
            let body = match failure.code() {
                Some(_) => failure.sentence(),
                None => format!("{} {}", failure.sentence(), text::BULK_UNSENT),
            };
            Some(band(text::HELD_TITLE, body, ().into_any()))
        }
        Stage::Unproved(_) => Some(
            view! {
                <div class="band watch wide" role="alert" data-testid="bulk-prove">
                    {badge::mark(Level::Watch)}
                    <div>
                        <p class="strong">{text::PROVE_TITLE}</p>
                        <p>{text::PROVE_NOW}</p>
                        {prove(send)}
                    </div>
                </div>
            }
            .into_any(),
        ),
        Stage::Planning | Stage::Ready(_) | Stage::Sending(_) => None,
    })
}

/// What would be done.
fn told(plan: &BulkPlan) -> impl IntoView + use<> {
    let number = |number: u32| grouped(u64::from(number));
    let left: Vec<_> = plan
        .refused
        .iter()
        .take(LEFT_OUT)
        .map(|left| {
            let (name, path) = (left.path.name().to_owned(), left.path.to_string());
            view! {
                <li data-path=path>
                    <span class="mono" title=left.path.to_string()>{crate::bytes::visible_text(&name)}</span> " " <span class="soft">{prose(&left.detail)}</span>
                </li>
            }
        })
        .collect();
    let more = (plan.refused_count as usize).saturating_sub(left.len());
    let left_out = (plan.refused_count > 0).then(|| {
        view! {
            <details class="left-out" open=true data-testid="bulk-left-out">
                <summary>{text::BULK_LEFT_OUT} " " <span class="num">{number(plan.refused_count)}</span></summary>
                <ul>{left}</ul>
                {(more > 0).then(|| view! { <p class="footnote">{text::and_more(more as u32)}</p> })}
            </details>
        }
    });
    view! {
        <dl class="facts bulk-facts" data-testid="bulk-plan" data-count=plan.count.to_string()>
            <dt>{text::BULK_COUNT}</dt>
            <dd class="num strong">{number(plan.count)}</dd>
            <dt>{text::BULK_BATCHES}</dt>
            <dd class="num">{number(plan.batches)}</dd>
        </dl>
        {left_out}
        <section class="sheet-part">
            <h3>{text::EFFECTS}</h3>
            {sentences(&plan.effects, "effects", None)}
        </section>
        {(!plan.warnings.is_empty()).then(|| view! {
            <section class="sheet-part">
                <h3>{text::WARNINGS}</h3>
                {sentences(&plan.warnings, "warnings", Some(Level::Warn))}
            </section>
        })}
    }
}

/// What whoever begins it must give.
fn form(
    read: &BulkPlanBody,
    answers: Answers,
    stage: RwSignal<Stage>,
    missing: impl Fn() -> Option<String> + Copy + Send + Sync + 'static,
    send: impl Fn() + Copy + 'static,
) -> AnyView {
    let Answers { reason, ticket, typed } = answers;
    let sending = move || stage.with(|stage| matches!(stage, Stage::Sending(_)));
    let label = text::bulk_button(&read.plan.action, read.plan.count);
    let hint = (!read.demands.tickets.is_empty()).then(|| text::ticket_hint(&read.demands.tickets));
    let needed = hint.is_some();
    let words = move || if sending() { text::EXECUTING.to_owned() } else { label.clone() };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if untrack(missing).is_none() {
            send();
        }
    };
    let first = NodeRef::new();
    focus_when_there(first);
    view! {
        <form class="sheet-form" on:submit=submit>
            <label>
                <span>{text::REASON}</span>
                <textarea
                    rows="2"
                    maxlength="500"
                    required=true
                    placeholder=text::REASON_HINT
                    node_ref=first
                    data-testid="bulk-reason"
                    prop:value=move || reason.get()
                    on:input=move |event| reason.set(event_target_value(&event))
                ></textarea>
            </label>
            <label>
                <span>{if needed { text::TICKET } else { text::TICKET_LABEL }}</span>
                <input
                    autocomplete="off"
                    spellcheck="false"
                    maxlength="100"
                    placeholder=hint
                    prop:required=needed
                    data-testid="bulk-ticket"
                    prop:value=move || ticket.get()
                    on:input=move |event| ticket.set(event_target_value(&event))
                />
            </label>
            <label>
                <span>{text::confirm(&read.plan.confirm.what)}</span>
                <input
                    class="mono"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    required=true
                    data-testid="bulk-confirm"
                    prop:value=move || typed.get()
                    on:input=move |event| typed.set(event_target_value(&event))
                />
            </label>
            {read.demands.step_up_ms.is_some().then(|| view! { <p class="quiet">{text::DEMANDS_PROOF}</p> })}
            <div class="sheet-actions">
                <button
                    type="submit"
                    class="button danger"
                    data-testid="bulk-execute"
                    prop:disabled=move || missing().is_some()
                >
                    {part(words)}
                </button>
                <span class="soft" aria-live="polite">{part(missing)}</span>
            </div>
        </form>
    }
    .into_any()
}
