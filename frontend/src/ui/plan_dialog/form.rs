//! What whoever does it must give: a reason, a ticket where one is demanded, what confirms it.

use leptos::prelude::*;
use zooscope_protocol::api::{ApprovalBody, ApprovalState, PlanBody};

use super::course::Stage;
use crate::text;
use crate::ui::dialog::focus_when_there;
use crate::ui::part::part;

/// The shortest reason that the server takes.
const REASON_MIN: usize = 3;

/// What was given. Copies are the same.
#[derive(Clone, Copy, Default)]
pub(super) struct Answers {
    pub(super) reason: RwSignal<String>,
    pub(super) named: RwSignal<String>,
    pub(super) typed: RwSignal<String>,
}

impl Answers {
    /// The ticket, if one was named. Tracks.
    pub(super) fn ticket(self) -> Option<String> {
        Some(self.named.get().trim().to_owned()).filter(|named| !named.is_empty())
    }

    /// What of it is missing for a plan. Tracks.
    pub(super) fn missing(self, read: &PlanBody) -> Option<&'static str> {
        if self.reason.with(|reason| reason.trim().chars().count() < REASON_MIN) {
            Some(text::NEEDS_REASON)
        } else if !read.demands.tickets.is_empty() && self.ticket().is_none() {
            Some(text::NEEDS_TICKET)
        } else if !self.typed.with(|typed| read.plan.confirm.accepts(typed)) {
            Some(text::NEEDS_CONFIRM)
        } else {
            None
        }
    }
}

/// What the form is about.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) stage: RwSignal<Stage>,
    pub(super) read: Memo<Option<PlanBody>>,
    /// The request for approval that was made with what is given now.
    pub(super) asked: Memo<Option<ApprovalBody>>,
    pub(super) answers: Answers,
    pub(super) changed: Memo<bool>,
    /// What the button says.
    pub(super) label: &'static str,
}

/// The form. `missing` is why it cannot be sent.
pub(super) fn form(
    form: Form,
    missing: impl Fn() -> Option<String> + Copy + Send + Sync + 'static,
    can_execute: impl Fn() -> bool + Copy + Send + Sync + 'static,
    submit: impl Fn() + Copy + 'static,
) -> impl IntoView {
    let Form { stage, read, asked, answers, changed, label } = form;
    let Answers { reason, named, typed } = answers;
    let locked = move || stage.with(|stage| !matches!(stage, Stage::Ready(_)));
    // What another person looks at is for just this reason and ticket.
    let fixed = move || {
        asked.with(|asked| asked.as_ref().is_some_and(|asked| asked.state != ApprovalState::Rejected))
    };
    let why_not = move || {
        if changed.get() { Some(text::CHANGED_TITLE.to_owned()) } else { (!locked()).then(missing).flatten() }
    };
    let demands = Memo::new(move |_| {
        read.with(|read| read.as_ref().map(|read| read.demands.clone()).unwrap_or_default())
    });
    let what = move || read.with(|read| read.as_ref().map(|read| text::confirm(&read.plan.confirm.what)));
    let needs_another = Memo::new(move |_| {
        let approved =
            asked.with(|asked| asked.as_ref().is_some_and(|asked| asked.state == ApprovalState::Approved));
        demands.with(|demands| demands.approvals > 0) && !approved
    });
    let ticket_form = Memo::new(move |_| {
        demands.with(|demands| (!demands.tickets.is_empty()).then(|| text::ticket_hint(&demands.tickets)))
    });
    let ticket_label =
        move || if ticket_form.with(Option::is_some) { text::TICKET } else { text::TICKET_LABEL };
    let another = move || {
        (needs_another.get() && asked.with(Option::is_none)).then(|| {
            view! {
                <p class="aside" data-testid="plan-needs-another">
                    <span class="strong">{text::NEEDS_ANOTHER}</span> ". " {text::NEEDS_ANOTHER_BODY}
                </p>
            }
        })
    };
    let proof = move || {
        demands
            .with(|demands| demands.step_up_ms.is_some())
            .then(|| view! { <p class="quiet" data-testid="plan-needs-proof">{text::DEMANDS_PROOF}</p> })
    };
    let words = move || {
        if stage.with(|stage| matches!(stage, Stage::Working(_))) {
            text::EXECUTING
        } else if needs_another.get() {
            text::ASK_APPROVAL
        } else {
            label
        }
    };
    let first = NodeRef::new();
    focus_when_there(first);
    view! {
        <form
            class="sheet-form"
            on:submit=move |event: web_sys::SubmitEvent| {
                event.prevent_default();
                submit();
            }
        >
            <label>
                <span>{text::REASON}</span>
                <textarea
                    rows="2"
                    maxlength="500"
                    required=true
                    placeholder=text::REASON_HINT
                    node_ref=first
                    data-testid="plan-reason"
                    prop:value=move || reason.get()
                    prop:readOnly=fixed
                    on:input=move |event| reason.set(event_target_value(&event))
                ></textarea>
            </label>
            <label>
                <span>{ticket_label}</span>
                <input
                    autocomplete="off"
                    spellcheck="false"
                    maxlength="100"
                    placeholder=move || ticket_form.get()
                    prop:required=move || ticket_form.with(Option::is_some)
                    prop:readOnly=fixed
                    prop:value=move || named.get()
                    data-testid="plan-ticket"
                    on:input=move |event| named.set(event_target_value(&event))
                />
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
            {part(another)}
            {part(proof)}
            <div class="sheet-actions">
                <button
                    type="submit"
                    class="button danger"
                    data-testid="plan-execute"
                    prop:disabled=move || !can_execute()
                >
                    {part(words)}
                </button>
                <span class="soft" aria-live="polite">
                    {part(why_not)}
                </span>
            </div>
        </form>
    }
}
