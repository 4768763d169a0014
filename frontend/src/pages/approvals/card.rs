//! One request for approval.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::action::Identity;
use zooscope_protocol::api::{ApprovalBody, ApprovalState, Decide};
use zooscope_protocol::{Action, Content, View};

use crate::api;
use crate::duration::Level;
use crate::live::use_view;
use crate::review::Reviews;
use crate::route::{Page, Place};
use crate::text;
use crate::ui::badge;
use crate::ui::duration::{absolute, since, until};
use crate::ui::part::{Part, part};
use crate::ui::path::path_text;
use crate::ui::plan_parts::{clauses, identities_between};
use crate::ui::prose::prose;
use crate::ui::toast::Toasts;
use crate::ui::turns::turns;
use crate::who::Who;

/// Changes that follow each other so closely are looked at once.
const SETTLE: Duration = Duration::from_millis(250);
/// How many znodes of one request are followed.
const MOST: usize = 8;
/// The shortest reason to reject something.
const WHY_MIN: usize = 3;

/// A request; `None` when it is too old.
#[component]
pub(super) fn Card(
    /// The request.
    request: Memo<Option<ApprovalBody>>,
    /// Whether the address leads to just this one.
    chosen: Memo<bool>,
) -> impl IntoView {
    // What was asked for never changes; how it stands does.
    let asked = request.get_untracked();
    let card = NodeRef::<leptos::html::Article>::new();
    Effect::new(move || {
        if let Some(card) = card.get()
            && chosen.get()
        {
            card.scroll_into_view();
        }
    });
    asked.map(|asked| {
        let state = move || {
            request.with(|request| request.as_ref().map_or(asked_state(), |request| request.state))
        };
        let action = asked.plan.action.name();
        let subject = asked.plan.subject.to_string();
        let page = match &asked.plan.action {
            Action::Release(_) | Action::Revoke(_) | Action::Cure(_) => Page::Lock(subject.clone()),
            Action::Evict(owner) => Page::Session(owner.session.to_string()),
            Action::Restore(_) => Page::Tree(Some(subject.clone())),
            _ => Page::Queue(subject.clone()),
        };
        let href = Place::new(&asked.cluster, page).href();
        let (requested_at, expires) = (asked.requested_at, asked.expires);
        let path = path_text(&subject);
        view! {
            <article
                class="request"
                class:chosen=chosen
                node_ref=card
                data-testid="approval"
                data-id=asked.id.clone()
                data-state=move || text::approval_state(state())
                aria-label=format!("{}: {subject}", text::request_title(action))
            >
                <header class="request-head">
                    <h3>{text::request_title(action)}</h3>
                    <a class="mono link" href=href>{path}</a>
                    <span class="chip">{asked.cluster.clone()}</span>
                    <span class="spring"></span>
                    {part(move || state_chip(state()))}
                </header>
                <dl class="facts">
                    <dt>{text::ASKED_BY}</dt>
                    <dd>
                        <span class="strong">{asked.requested_by.clone()}</span> " "
                        <span class="soft" title=absolute(requested_at)>{since(move || Some(requested_at))} " ago"</span>
                        <span class="soft request-end">{text::ENDS_IN} " " {until(expires)}</span>
                    </dd>
                    <dt>{text::REASON_WORD}</dt>
                    <dd>{asked.reason.clone()}</dd>
                    {asked.ticket.clone().map(|ticket| view! { <dt>{text::TICKET}</dt><dd class="mono">{ticket}</dd> })}
                </dl>
                {now(&asked, request)}
                <div class="request-plan">{clauses(&asked.plan)}</div>
                {part(move || request.with(|request| request.as_ref().and_then(decision)))}
                {end(&asked, request)}
            </article>
        }
    })
}

/// How a request stands before it is known.
fn asked_state() -> ApprovalState {
    ApprovalState::Waiting
}

fn state_chip(state: ApprovalState) -> impl IntoView {
    let level = match state {
        ApprovalState::Waiting => Level::Watch,
        ApprovalState::Approved => Level::Ok,
        ApprovalState::Rejected => Level::Warn,
    };
    view! { <span class=format!("request-chip {}", badge::class(level))>{badge::mark(level)} {text::approval_state(state)}</span> }
}

fn decision(request: &ApprovalBody) -> Option<impl IntoView + use<>> {
    text::decided(request).map(
        |words| view! { <p class="request-decision" data-testid="approval-decision">{prose(&words)}</p> },
    )
}

/// Each znode as it was when it was asked for, beside what it is now; and whether the plan is still the same.
fn now(asked: &ApprovalBody, request: Memo<Option<ApprovalBody>>) -> impl IntoView + use<> {
    let who = expect_context::<Who>();
    let waiting = StoredValue::new(false);
    let look = move || {
        // Many changes of one moment are one look.
        if waiting.try_update_value(|waiting| std::mem::replace(waiting, true)) != Some(false) {
            return;
        }
        let later = move || {
            if waiting.try_set_value(false).is_none() {
                spawn_local(who.ask_requests());
            }
        };
        set_timeout(later, SETTLE);
    };
    let znodes = &asked.plan.identities;
    let tables = znodes.iter().take(MOST).map(|then| znode(&asked.cluster, then, look)).collect_view();
    // Of many znodes the console alone says whether all are as they were.
    let rest = u32::try_from(znodes.len().saturating_sub(MOST)).unwrap_or(u32::MAX);
    let rest = (rest > 0).then(|| view! { <p class="quiet">{text::and_more(rest)}</p> });
    let changed = Memo::new(move |_| request.with(|request| request.as_ref().is_some_and(|r| r.changed)));
    let verdict = move || {
        let (level, words) =
            if changed.get() { (Level::Warn, text::WITH_CHANGE) } else { (Level::Ok, text::WITHOUT_CHANGE) };
        view! {
            <p class=format!("request-now {}", badge::class(level)) data-testid="approval-now" data-changed=changed.get().to_string()>
                {badge::mark(level)} <span>{words}</span>
            </p>
        }
    };
    view! { <section class="request-znodes" aria-live="polite">{tables} {rest} {part(verdict)}</section> }
}

/// One znode, then and now. `look` is called when it changes.
fn znode(cluster: &str, then: &Identity, look: impl Fn() + Copy + 'static) -> Part {
    let (cluster, path) = (cluster.to_owned(), then.path.clone());
    let feed = use_view(move || Some((cluster.clone(), View::Node { path: path.clone() })));
    let stat = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Node(node)) => Some(node.as_ref().map(|node| (node.stat, node.path.clone()))),
            _ => None,
        })
    });
    let turn = turns(move || stat.with(|_| ()));
    Effect::new(move || {
        // The first turn is the content's coming, about which the server's answer says all.
        if turn.get() > 1 {
            look();
        }
    });
    let before = then.clone();
    let table = move || {
        let now = stat.with(|stat| match stat {
            Some(Some((stat, path))) => Some(Identity {
                path: path.clone(),
                czxid: stat.czxid,
                version: stat.version,
                session: stat.owner(),
                created: stat.ctime,
                // What is in it is not compared: its version is.
                identity: None,
            }),
            _ => None,
        });
        let gone = stat.with(|stat| matches!(stat, Some(None)));
        let seen = Identity { identity: None, ..before.clone() };
        view! {
            {identities_between(&seen, now.as_ref(), text::THEN)}
            {gone.then(|| view! { <p class="request-now warn">{badge::mark(Level::Warn)} <span>{text::GONE_NOW}</span></p> })}
        }
    };
    part(table)
}

/// What can be done with it: by whoever decides, and by whoever asked.
fn end(asked: &ApprovalBody, request: Memo<Option<ApprovalBody>>) -> AnyView {
    let who = expect_context::<Who>();
    let reviews = expect_context::<Reviews>();
    if !who.asked_for(asked) {
        let waits = Memo::new(move |_| {
            request.with(|request| request.as_ref().is_some_and(|r| r.state == ApprovalState::Waiting))
        });
        let asked = asked.clone();
        return part(move || waits.get().then(|| decide(&asked, request))).into_any();
    }
    let words = move || {
        let approved =
            request.with(|request| request.as_ref().is_some_and(|r| r.state == ApprovalState::Approved));
        if approved { text::DO_IT } else { text::OPEN_REQUEST }
    };
    let resumed = asked.clone();
    view! {
        <div class="sheet-actions">
            <button
                type="button"
                class="button"
                data-testid="approval-open"
                on:click=move |_| reviews.resume(&resumed)
            >
                {part(words)}
            </button>
            <span class="action" title=text::OWN_HINDRANCE>
                <button type="button" class="button" disabled=true aria-description=text::OWN_HINDRANCE data-testid="approval-approve">
                    {text::APPROVE}
                </button>
            </span>
            <span class="soft">{text::OWN_HINDRANCE}</span>
        </div>
    }
    .into_any()
}

/// The decision.
fn decide(asked: &ApprovalBody, request: Memo<Option<ApprovalBody>>) -> impl IntoView + use<> {
    let who = expect_context::<Who>();
    let toasts = expect_context::<Toasts>();
    let why = RwSignal::new(String::new());
    let working = RwSignal::new(false);
    let said = RwSignal::new(None::<String>);
    let asked = StoredValue::new((asked.id.clone(), asked.plan.digest.clone()));
    let hindrance = move || {
        let approver = who.with(|session| session.approver).unwrap_or(false);
        (!approver).then_some(text::NOT_APPROVER)
    };
    let no_approval = move || {
        let changed = request.with(|request| request.as_ref().is_some_and(|r| r.changed));
        hindrance().or(changed.then_some(text::WITH_CHANGE))
    };
    let no_rejection = move || {
        hindrance().or(why.with(|why| why.trim().chars().count() < WHY_MIN).then_some(text::NEEDS_WHY))
    };
    let send = move |approve: bool| {
        if working.get_untracked() {
            return;
        }
        working.set(true);
        let (id, digest) = asked.get_value();
        let body = Decide { digest, reason: why.get_untracked().trim().to_owned() };
        spawn_local(async move {
            match api::decide(&id, approve, &body).await {
                Ok(decided) => {
                    toasts.say(Level::Ok, text::decided_toast(&decided));
                    who.put(decided);
                }
                Err(failure) => {
                    let _ = said.try_set(Some(failure.sentence()));
                    who.ask_requests().await;
                }
            }
            let _ = working.try_set(false);
        });
    };
    let problem = move || said.get().map(|said| badge::said(&said));
    view! {
        <form
            class="sheet-form request-form"
            on:submit=move |event: web_sys::SubmitEvent| event.prevent_default()
        >
            <label>
                <span>{text::DECISION}</span>
                <textarea
                    rows="2"
                    maxlength="500"
                    placeholder=text::DECISION_HINT
                    data-testid="approval-why"
                    prop:value=move || why.get()
                    on:input=move |event| why.set(event_target_value(&event))
                ></textarea>
            </label>
            <div role="alert">{part(problem)}</div>
            <div class="sheet-actions">
                <span class="action" title=no_approval>
                    <button
                        type="button"
                        class="button solid"
                        data-testid="approval-approve"
                        prop:disabled=move || no_approval().is_some() || working.get()
                        aria-description=no_approval
                        on:click=move |_| send(true)
                    >
                        {text::APPROVE}
                    </button>
                </span>
                <span class="action" title=no_rejection>
                    <button
                        type="button"
                        class="button"
                        data-testid="approval-reject"
                        prop:disabled=move || no_rejection().is_some() || working.get()
                        aria-description=no_rejection
                        on:click=move |_| send(false)
                    >
                        {text::REJECT}
                    </button>
                </span>
                <span class="soft" aria-live="polite">{part(no_approval)}</span>
            </div>
        </form>
    }
}
