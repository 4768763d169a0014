//! All sessions, those that block the most first.

use leptos::prelude::*;
use zooscope_protocol::{Content, Session, View};

use super::beside;
use super::list::{self, Listing};
use crate::address::Address;
use crate::bytes::visible_text;
use crate::duration::{UNKNOWN, grouped};
use crate::live::Feed;
use crate::route::Page;
use crate::text;
use crate::ui::duration::expiry;
use crate::ui::empty::empty;
use crate::ui::glow::glow;
use crate::ui::icon::Icon;
use crate::ui::part::part;
use crate::ui::path::path_text;
use crate::ui::sources::sources;

/// The list, with one session beside it when one is chosen.
#[component]
pub(crate) fn Sessions() -> impl IntoView {
    let address = expect_context::<Address>();
    let chosen = Memo::new(move |_| match address.place()?.page {
        Page::Session(id) => Some(id),
        _ => None,
    });
    let close = move || {
        if let Some(place) = beside(address, Page::Sessions) {
            address.go(place);
        }
    };
    let back = move || beside(address, Page::Sessions).map(|place| place.href());
    view! {
        <div class="split" class:open=move || chosen.get().is_some()>
            <List chosen/>
            {part(move || chosen.get().map(|id| super::session::session_page(id, back, close)))}
        </div>
    }
}

#[component]
fn List(chosen: Memo<Option<String>>) -> impl IntoView {
    let followed = list::follow(|query, limit| View::Sessions { query, limit });
    let feed = followed.feed;
    let told = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Sessions(list)) if feed.is_ready() => Some(list.sources.clone()),
            _ => None,
        })
    });
    let listing = Listing {
        class: "t-sessions",
        title: text::SESSIONS,
        filter: (text::FILTER_SESSIONS, text::FILTER_SESSIONS_LABEL),
        rows: |content| match content {
            Content::Sessions(list) => {
                Some((list.rows.iter().map(|row| row.session.to_string()).collect(), list.total))
            }
            _ => None,
        },
        head,
        none: || empty(Icon::Sessions, text::NO_SESSIONS_TITLE, text::NO_SESSIONS_BODY),
    };
    let row = move |id: String, place: Signal<usize>| row(feed, id, place, chosen);
    let notes = part(move || told.with(|told| told.as_ref().map(|told| sources(told))));
    list::page(listing, followed, row, ().into_any(), notes.into_any())
}

fn head() -> AnyView {
    view! {
        <div class="row head" role="row" aria-rowindex="1">
            <span class="c-knot" role="columnheader"></span>
            <span class="c-who" role="columnheader">{text::WHO}</span>
            <span class="c-session" role="columnheader">{text::SESSION}</span>
            <span class="c-client" role="columnheader">{text::CLIENT}</span>
            <span class="c-server" role="columnheader">{text::SERVER}</span>
            <span class="c-holds" role="columnheader">{text::HOLDS}</span>
            <span class="c-waits" role="columnheader">{text::WAITS_FOR}</span>
            <span class="c-behind right" role="columnheader" title=text::BEHIND_HINT>{text::BEHIND}</span>
            <span class="c-own right" role="columnheader">{text::EPHEMERALS}</span>
            <span class="c-expires right" role="columnheader" title=text::EXPIRES_HINT>{text::EXPIRES}</span>
        </div>
    }
    .into_any()
}

/// What a session calls itself; unknown where it does not.
pub(super) fn identity(session: &Session) -> String {
    let named = session.identity.as_deref().filter(|identity| !identity.trim().is_empty());
    named.map_or_else(|| UNKNOWN.to_owned(), visible_text)
}

fn row(feed: Feed, id: String, place: Signal<usize>, chosen: Memo<Option<String>>) -> AnyView {
    let at = id.clone();
    let session = list::shown(feed, move |content| match content {
        Content::Sessions(list) => {
            let wanted = at.parse().ok()?;
            list.rows.iter().find(|row| row.session == wanted).cloned()
        }
        _ => None,
    });
    let read = move |what: fn(&Session) -> String| {
        Signal::derive(move || session.with(|session| session.as_ref().map(what).unwrap_or_default()))
    };
    let shown = id.clone();
    let (open, is_chosen) = list::opening(Page::Session(id.clone()), id.clone(), chosen);
    let open_by_key = open.clone();
    // One lock by its path, several by how many there are.
    let locks = move |which: fn(&Session) -> &Vec<zooscope_protocol::ZnodePath>| {
        let paths = Memo::new(move |_| {
            session.with(|session| session.as_ref().map(|session| which(session).clone()).unwrap_or_default())
        });
        move || {
            paths.with(|paths| match paths.as_slice() {
                [] => view! { <span class="quiet">{UNKNOWN}</span> }.into_any(),
                [one] => path_text(one.as_str()).into_any(),
                [first, rest @ ..] => view! {
                    {path_text(first.as_str())} <span class="more">{text::and_more(rest.len() as u32)}</span>
                }
                .into_any(),
            })
        }
    };
    let knot = move || {
        session.with(|session| match session {
            Some(session) if !session.holds.is_empty() => ("knot holds", text::HOLDS),
            Some(session) if !session.waits.is_empty() => ("knot waits", text::WAITS_FOR),
            _ => ("knot none", ""),
        })
    };
    let away = move || {
        let away = session
            .with(|session| session.as_ref().is_some_and(|session| session.peer.connected == Some(false)));
        away.then(
            || view! { <span class="chip warn" title=text::NOT_CONNECTED_HINT>{text::NOT_CONNECTED}</span> },
        )
    };
    view! {
        <div
            class="row"
            class:chosen=is_chosen
            role="row"
            tabindex="0"
            data-row=""
            data-testid="session-row"
            data-session=id
            aria-rowindex=move || (place.get() + 2).to_string()
            aria-selected=move || is_chosen.get().to_string()
            on:click=move |_| open()
            on:keydown=move |event| {
                if event.key() == "Enter" {
                    open_by_key();
                }
            }
        >
            <span class="c-knot" role="gridcell">
                <span class=move || knot().0 aria-hidden="true"></span>
                <span class="hidden-label">{part(move || knot().1)}</span>
            </span>
            <span class="c-who" role="gridcell">
                <span class="cut">{read(|session| match identity(session) {
                    name if name == UNKNOWN => session.peer.client.clone().unwrap_or(name),
                    name => name,
                })}</span>
                {part(away)}
            </span>
            <span class="c-session mono" role="gridcell">{shown}</span>
            <span class="c-client mono" role="gridcell">
                {read(|session| session.peer.client.clone().unwrap_or_else(|| UNKNOWN.to_owned()))}
            </span>
            <span class="c-server mono soft" role="gridcell">
                {read(|session| session.peer.server.clone().unwrap_or_else(|| UNKNOWN.to_owned()))}
            </span>
            <span class="c-holds mono" role="gridcell">{part(locks(|session| &session.holds))}</span>
            <span class="c-waits mono" role="gridcell">{part(locks(|session| &session.waits))}</span>
            <span class="c-behind right num" role="gridcell">
                <span class="only-narrow quiet" aria-hidden="true">"⟵ "</span>
                {glow(read(|session| grouped(u64::from(session.behind))))}
            </span>
            <span class="c-own right num" role="gridcell">{glow(read(|session| grouped(u64::from(session.ephemerals))))}</span>
            <span class="c-expires right" role="gridcell">
                <span class="only-narrow quiet">{text::EXPIRES_NARROW}</span>
                {expiry(move || session.with(|session| session.as_ref().map(|session| session.peer.clone())))}
            </span>
        </div>
    }
    .into_any()
}
