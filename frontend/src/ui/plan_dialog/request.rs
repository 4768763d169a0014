//! The request for the approval of another person, while it waits and when it was decided.

use leptos::prelude::*;
use zooscope_protocol::api::{ApprovalBody, ApprovalState};

use super::course::Stage;
use super::form::Answers;
use crate::duration::Level;
use crate::review::Review;
use crate::route::{Page, Place};
use crate::text;
use crate::ui::badge;
use crate::ui::copy::CopyButton;
use crate::ui::duration::until;
use crate::ui::prose::prose;
use crate::who::Who;

/// The request that was made for the plan that is read, with just the reason and ticket that are given now. One that was made
/// before brings its reason and ticket.
pub(super) fn request_for(
    review: StoredValue<Review>,
    stage: RwSignal<Stage>,
    answers: Answers,
) -> Memo<Option<ApprovalBody>> {
    let who = expect_context::<Who>();
    let own = Memo::new(move |_| {
        let digest = stage.with(|stage| stage.plan().map(|read| read.plan.digest.clone()));
        let cluster = review.try_with_value(|review| review.cluster.clone());
        match (digest, cluster) {
            (Some(digest), Some(cluster)) => who.request_for(&cluster, &digest),
            _ => Vec::new(),
        }
    });
    Effect::new(move || {
        own.with(|own| {
            let untouched = answers.reason.with_untracked(String::is_empty);
            if let Some(request) = own.iter().find(|request| request.state != ApprovalState::Rejected)
                && untouched
            {
                answers.reason.set(request.reason.clone());
                answers.named.set(request.ticket.clone().unwrap_or_default());
            }
        });
    });
    Memo::new(move |_| {
        let reason = answers.reason.get();
        let named = answers.named.get();
        own.with(|own| {
            let is = |request: &&ApprovalBody| {
                request.reason == reason.trim()
                    && request.ticket.as_deref().unwrap_or_default() == named.trim()
            };
            own.iter().find(is).cloned()
        })
    })
}

/// The request.
pub(super) fn request(request: &ApprovalBody) -> impl IntoView + use<> {
    let (level, title, body) = match request.state {
        ApprovalState::Waiting => {
            (Level::Watch, text::REQUEST_WAITS_TITLE, text::REQUEST_WAITS_BODY.to_owned())
        }
        ApprovalState::Approved => {
            let by = text::decided(request).unwrap_or_default();
            (Level::Ok, text::APPROVED_TITLE, format!("{by} {}", text::APPROVED_BODY).trim().to_owned())
        }
        ApprovalState::Rejected => {
            (Level::Warn, text::REJECTED_TITLE, text::decided(request).unwrap_or_default())
        }
    };
    let origin = window().location().origin().unwrap_or_default();
    let place = Place::new(&request.cluster, Page::Approvals).with("id", &request.id);
    let link = format!("{origin}{}", place.href());
    let expires = request.expires;
    view! {
        <section
            class=format!("request-state {}", badge::class(level))
            role="status"
            data-testid="plan-request"
            data-state=text::approval_state(request.state)
            data-id=request.id.clone()
        >
            <p class="strong">{badge::mark(level)} " " {title}</p>
            <p>{prose(&body)}</p>
            <p class="quiet">
                {text::REQUEST} " " <span class="mono cut request-id" title=request.id.clone()>{request.id.clone()}</span> " "
                <CopyButton value=link what=text::THE_REQUEST/>
                <span class="request-end">{text::ENDS_IN} " " {until(expires)}</span>
            </p>
        </section>
    }
}
