//! What waits for another person: what was asked for, what is true now, and the decision.

use leptos::prelude::*;
use zooscope_protocol::api::{ApprovalBody, ApprovalState};

use crate::address::Address;
use crate::text;
use crate::ui::each::each;
use crate::ui::empty::{empty, notice, skeleton};
use crate::ui::icon::Icon;
use crate::ui::part::part;
use crate::who::Who;

mod card;

use self::card::Card;

/// The parts of the page, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Others asked; whoever is signed in may decide.
    Theirs,
    /// Whoever is signed in asked.
    Own,
    /// Others asked, and it is decided.
    Decided,
}

impl Part {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Theirs, text::FOR_YOU), (Self::Own, text::YOURS), (Self::Decided, text::DECIDED)];

    fn of(who: Who, request: &ApprovalBody) -> Self {
        match request.state {
            _ if who.asked_for(request) => Self::Own,
            ApprovalState::Waiting => Self::Theirs,
            ApprovalState::Approved | ApprovalState::Rejected => Self::Decided,
        }
    }
}

/// The page.
#[component]
pub(crate) fn Approvals() -> impl IntoView {
    let who = expect_context::<Who>();
    let address = expect_context::<Address>();
    let requests = Memo::new(move |_| who.requests());
    // A card keeps what is typed into it while others come and go, so each is drawn once and follows its request.
    let ids = move |wanted: Part| {
        Memo::new(move |_| match requests.get() {
            Some(Ok(requests)) => {
                let of = |request: &&ApprovalBody| Part::of(who, request) == wanted;
                requests.iter().filter(of).map(|request| request.id.clone()).collect::<Vec<_>>()
            }
            _ => Vec::new(),
        })
    };
    let chosen = Memo::new(move |_| address.query("id"));
    let card = move |id: String| {
        let own = id.clone();
        let request = Memo::new(move |_| match requests.get() {
            Some(Ok(requests)) => requests.into_iter().find(|request| request.id == own),
            _ => None,
        });
        let is_chosen = Memo::new(move |_| chosen.with(|chosen| *chosen == id));
        view! { <Card request chosen=is_chosen/> }
    };
    let list = move |(wanted, title): (Part, &'static str)| {
        let ids = ids(wanted);
        view! {
            <section class="section" class:gone=move || ids.with(Vec::is_empty)>
                <header class="section-head"><h2>{title}</h2></header>
                {each(move || ids.get(), move |id, _| card(id))}
            </section>
        }
    };
    let state = Memo::new(move |_| match requests.get() {
        None => State::Loading,
        Some(Err(failure)) => State::Failed(failure.sentence()),
        Some(Ok(requests)) if requests.is_empty() => State::Empty,
        Some(Ok(_)) => State::Some,
    });
    let body = move || match state.get() {
        State::Loading => skeleton(4),
        State::Failed(why) => notice(text::APPROVALS_FAILED, why),
        State::Empty => empty(Icon::Approve, text::NO_APPROVALS_TITLE, text::NO_APPROVALS_BODY),
        State::Some => Part::ALL.map(list).into_any(),
    };
    view! {
        <section class="page scrolls" aria-label=text::APPROVALS data-testid="approvals-page">
            <header class="page-head"><h1>{text::APPROVALS}</h1></header>
            <div class="body">{part(body)}</div>
        </section>
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Loading,
    Failed(String),
    Empty,
    Some,
}
