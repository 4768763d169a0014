//! Deadlocks: each circle as a sentence, how sure it is, and who is best freed.

use leptos::prelude::*;
use zooscope_protocol::SessionId;
use zooscope_protocol::view::{Deadlock, DeadlockMember};

use super::short_session;
use crate::address::Address;
use crate::bytes::visible_text;
use crate::duration::Level;
use crate::route::Page;
use crate::text;
use crate::ui::action::release_at;
use crate::ui::badge;
use crate::ui::duration::since;
use crate::ui::part::part;
use crate::ui::path::name_text;

/// The circles; nothing while there are none. The graph is the place to see them in, so their sessions lead there.
pub(super) fn deadlocks(circles: Memo<Vec<Deadlock>>) -> impl IntoView {
    part(move || {
        let circles: Vec<_> = circles.with(|circles| circles.iter().map(circle).collect());
        (!circles.is_empty()).then(|| view! { <ul class="circles">{circles}</ul> })
    })
}

fn circle(deadlock: &Deadlock) -> impl IntoView + use<> {
    let began = deadlock.since;
    let (state, hint) = match deadlock.confirmed {
        true => (text::CONFIRMED, text::CONFIRMED_HINT),
        false => (text::SEEN_ONCE, text::SEEN_ONCE_HINT),
    };
    let last = deadlock.members.len().saturating_sub(1);
    let members: Vec<_> =
        deadlock.members.iter().enumerate().map(|(at, member)| link_of(member, at == last)).collect();
    let victim = deadlock.victim.as_ref().map(|victim| {
        view! {
            <p class="victim">
                <span><span class="strong">{text::SUGGESTED}</span> " " {victim.sentence.clone()}</span>
                {release_at(victim.lock.clone(), victim.member.clone())}
            </p>
        }
    });
    view! {
        <li class="circle" data-testid="deadlock" data-confirmed=deadlock.confirmed.to_string()>
            {badge::mark(Level::Critical)}
            <div class="grow">
                <p class="circle-head">
                    <span class="strong">{text::DEADLOCK}</span>
                    <span class="chip" title=hint>{state}</span>
                    <span class="quiet">"for " {since(move || Some(began))}</span>
                </p>
                <p class="sentence">{members}</p>
                {victim}
            </div>
        </li>
    }
}

/// `worker-3 holds /a and waits for /b, which `
fn link_of(member: &DeadlockMember, last: bool) -> impl IntoView + use<> {
    let address = expect_context::<Address>();
    let lock = |path: String| {
        let to = path.clone();
        view! { <a class="link mono" href=move || address.href(Page::Lock(to.clone()))>{path}</a> }
    };
    view! {
        {session_link(member.session, member.identity.as_deref())}
        <span class="quiet">" holds "</span>
        {lock(member.holds.to_string())}
        <span class="quiet">" and waits for "</span>
        {lock(member.waits_for.to_string())}
        <span class="quiet">{if last { "." } else { "; " }}</span>
    }
}

/// A session by what it calls itself, as a way to it.
pub(super) fn session_link(session: SessionId, identity: Option<&str>) -> AnyView {
    let name = name_of(session, identity);
    linked(session, name.into_any())
}

/// The same in a row: what does not fit is elided before the end of the name.
pub(super) fn session_cell(session: SessionId, identity: Option<&str>) -> AnyView {
    let name = name_text(&name_of(session, identity));
    linked(session, name.into_any())
}

fn name_of(session: SessionId, identity: Option<&str>) -> String {
    let named = identity.filter(|identity| !identity.trim().is_empty()).map(visible_text);
    named.unwrap_or_else(|| short_session(session))
}

fn linked(session: SessionId, name: AnyView) -> AnyView {
    let address = expect_context::<Address>();
    let id = session.to_string();
    let to = id.clone();
    view! { <a class="link strong" href=move || address.href(Page::Session(to.clone())) title=id>{name}</a> }
        .into_any()
}
