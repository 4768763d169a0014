//! The review sheet: an action is read before it is done, and watched while it is read.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::Action;
use zooscope_protocol::action::GiveBack;
use zooscope_protocol::api::{ApprovalState, Execute};

use crate::api;
use crate::app::environment::environment;
use crate::live::Cluster;
use crate::review::{Review, Reviews};
use crate::text;
use crate::ui::dialog::{head, modal};
use crate::ui::empty::skeleton;
use crate::ui::part::part;
use crate::ui::path::path_text;
use crate::ui::plan_parts::{clauses, identities, outcome};
use crate::ui::several::several;
use crate::ui::toast::Toasts;
use crate::who::Who;

mod band;
mod course;
mod form;
mod request;

use self::band::band;
use self::course::{Stage, execute, follow, plan, successor};
use self::form::{Answers, Form, form};
use self::request::{request, request_for};

/// The sheet of a review.
pub(crate) fn plan_sheet(review: Review) -> AnyView {
    let reviews = expect_context::<Reviews>();
    let toasts = expect_context::<Toasts>();
    let cluster = expect_context::<Cluster>();
    let who = expect_context::<Who>();
    let stage = RwSignal::new(Stage::Planning);
    let answers = Answers::default();
    let key = StoredValue::new(api::fresh_key());
    let review = StoredValue::new(review);
    let close = move || reviews.open.set(None);
    // A slip of the hand does not take away the one place that tells how it ends.
    let dismiss = move || {
        if !stage.with_untracked(|stage| matches!(stage, Stage::Working(_) | Stage::Silent(..))) {
            close();
        }
    };
    let name = review.with_value(|review| review.action.name());
    let (title, label) = text::sheet(name);

    let ask = move || spawn_local(plan(stage, review));
    ask();
    let feed = follow(review, stage, ask);
    let asked = request_for(review, stage, answers);

    let look_again = move || {
        key.set_value(api::fresh_key());
        // What was read is still so; only what was given is to be given otherwise.
        if let Stage::Held(read, _) = stage.get_untracked() {
            stage.set(Stage::Ready(read));
            return;
        }
        answers.typed.set(String::new());
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
    // The plan of it says what by force means before anything is done.
    let force = move || {
        review.with_value(|review| {
            if let Action::GiveBack(action) = &review.action {
                let action = Action::GiveBack(GiveBack { force: true, ..action.clone() });
                reviews.begin(&review.cluster, &review.subject, action, review.seen.clone());
            }
        });
    };
    let missing = move || {
        let Some(read) = stage.with(|stage| stage.plan().cloned()) else {
            return Some(String::new());
        };
        if let Some(why) = cluster.hindrance.get() {
            return Some(why);
        }
        match asked.with(|asked| asked.as_ref().map(|asked| asked.state)) {
            Some(ApprovalState::Waiting) => return Some(text::WAITS_HINDRANCE.to_owned()),
            Some(ApprovalState::Rejected) => return Some(text::REJECTED_HINDRANCE.to_owned()),
            Some(ApprovalState::Approved) | None => {}
        }
        answers.missing(&read).map(str::to_owned)
    };
    let can_execute = move || matches!(stage.get(), Stage::Ready(_)) && missing().is_none();
    let send = move || {
        let Some(read) = stage.with_untracked(|stage| stage.plan().cloned()) else { return };
        let body = Execute {
            reason: answers.reason.get_untracked().trim().to_owned(),
            idempotency_key: key.get_value(),
            confirm: answers.typed.get_untracked().trim().to_owned(),
            ticket: answers.ticket(),
        };
        let asked_before = stage.with_untracked(|stage| matches!(stage, Stage::Silent(..)));
        stage.set(Stage::Working(read.clone()));
        spawn_local(execute((reviews, toasts, who), stage, review, (read, asked_before), body));
    };
    let submit = move || {
        if can_execute() {
            send();
        }
    };

    let seen = move || {
        review.with_value(|review| {
            let now = stage.with(|stage| match stage {
                Stage::Changed(_, Ok(read)) => review.now(&read.plan).cloned(),
                Stage::Changed(_, Err(_)) | Stage::Gone(_) => None,
                other => other.plan().and_then(|read| review.now(&read.plan).cloned()),
            });
            let seen = review.seen.as_ref()?;
            Some(view! {
                <section class="sheet-part">
                    <h3>{text::IDENTITY}</h3>
                    {identities(seen, now.as_ref())}
                </section>
            })
        })
    };
    // Drawn anew only when they are others: a long list keeps its place while the rest of the plan changes.
    let others = Memo::new(move |_| {
        review.with_value(|review| {
            stage.with(|stage| match stage {
                Stage::Changed(read, Ok(new)) => {
                    Some((review.others(&read.plan), Some(review.others(&new.plan))))
                }
                other => other.plan().map(|read| (review.others(&read.plan), None)),
            })
        })
    });
    let is_the_only = review.with_value(|review| review.seen.is_none());
    let others = move || {
        let (read, now) = others.get()?;
        let title = if is_the_only { text::IDENTITY } else { text::ALSO_ABOUT };
        (!read.is_empty() || now.as_ref().is_some_and(|now| !now.is_empty())).then(|| {
            view! {
                <section class="sheet-part">
                    <h3>{title}</h3>
                    {several(&read, now.as_deref())}
                </section>
            }
        })
    };
    let asks = review.with_value(|review| matches!(review.action, Action::Revoke(_)));
    let watching = move || {
        (asks && stage.with(|stage| matches!(stage, Stage::Working(_))))
            .then(|| view! { <p class="soft" role="status">{text::WATCHING}</p> })
    };
    let read = Memo::new(move |_| {
        stage.with(|stage| match stage {
            Stage::Changed(_, Ok(read)) => Some(read.clone()),
            other => other.plan().cloned(),
        })
    });
    let changed =
        Memo::new(move |_| stage.with(|stage| matches!(stage, Stage::Changed(..) | Stage::Gone(_))));
    let open = Memo::new(move |_| {
        !stage.with(|stage| matches!(stage, Stage::Answered(_) | Stage::Refused(_) | Stage::Planning))
    });
    let body = move || {
        open.get().then(|| {
            view! {
                {part(seen)}
                {part(others)}
                {part(move || read.with(|read| read.as_ref().map(|read| clauses(&read.plan))))}
                {part(move || asked.with(|asked| asked.as_ref().map(request)))}
            }
        })
    };
    let fields = move || {
        open.get()
            .then(|| form(Form { stage, read, asked, answers, changed, label }, missing, can_execute, submit))
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
    let path = review.with_value(Review::about);
    let label_of_environment =
        move || cluster.info.with(|info| info.as_ref().and_then(|info| environment(&info.environment)));
    let content = view! {
        <div class="sheet-body" class:changed=changed data-action=name>
            {head(view! { <h2>{title} " " {part(label_of_environment)}</h2> <p class="mono soft">{path_text(&path)}</p> }, close)}
            {part(move || band(stage, look_again, send, force))}
            {part(move || stage.with(|stage| *stage == Stage::Planning).then(|| skeleton(9)))}
            {part(body)}
            {part(fields)}
            {part(watching)}
            {part(answered)}
        </div>
    };
    modal("sheet", title, "plan-dialog", dismiss, content.into_any()).into_any()
}
