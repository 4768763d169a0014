//! Who waits for whom: deadlocks first, then the graph, then the same line by line.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use zooscope_protocol::view::{WaitEdge, WaitGraph, WaitNode};
use zooscope_protocol::{Content, SessionId, View};

use super::deadlocks::{deadlocks, session_cell};
use super::{graph, short_session};
use crate::address::Address;
use crate::bytes::visible_text;
use crate::duration::grouped;
use crate::live::use_view;
use crate::route::Page;
use crate::text;
use crate::ui::duration::since;
use crate::ui::empty::{empty, waiting};
use crate::ui::icon::Icon;
use crate::ui::part::part;
use crate::ui::path::path_text;
use crate::ui::virtual_rows::{ListHandle, ListKind, cut, virtual_rows};

/// The screen, with the chosen session beside it.
#[component]
pub(crate) fn Waits() -> impl IntoView {
    let address = expect_context::<Address>();
    let chosen = Memo::new(move |_| Some(address.query("session")).filter(|id| !id.is_empty()));
    let close = move || address.set_query("session", "");
    let back = move || address.place().map(|place| place.with("session", "").href());
    view! {
        <div class="split" class:open=move || chosen.get().is_some()>
            <Board chosen/>
            {part(move || chosen.get().map(|id| super::session::session_page(id, back, close)))}
        </div>
    }
}

#[component]
fn Board(chosen: Memo<Option<String>>) -> impl IntoView {
    let address = expect_context::<Address>();
    let feed = use_view(move || Some((address.cluster(), View::Waits)));
    let waits = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Waits(waits)) => waits.clone(),
            _ => WaitGraph::default(),
        })
    });
    let circles = Memo::new(move |_| waits.with(|waits| waits.deadlocks.clone()));
    let count = Memo::new(move |_| waits.with(|waits| waits.sessions.len()));
    let left_out = Memo::new(move |_| waits.with(|waits| waits.left_out));
    let state = Memo::new(move |_| (feed.is_ready(), count.get() == 0));
    let body = move || {
        match state.get() {
        (false, _) => waiting(feed, 10),
        (true, true) => empty(Icon::Waits, text::NO_WAITS_TITLE, text::NO_WAITS_BODY),
        (true, false) => view! {
            {deadlocks(circles)}
            {graph::graph(waits, chosen)}
            {part(move || (left_out.get() > 0).then(|| view! { <p class="footnote warn">{text::left_out(left_out.get())}</p> }))}
            {table(waits)}
        }
        .into_any(),
    }
    };
    let facts = move || {
        let edges = waits.with(|waits| waits.edges.len()) as u64;
        (state.get() == (true, false)).then(|| {
            view! {
                <span>{text::many(count.get() as u64, "session", "sessions")}</span>
                <span>{text::many(edges, "wait", "waits")}</span>
            }
        })
    };
    view! {
        <section class="page scrolls" aria-label=text::WAITS data-testid="waits-page">
            <header class="page-head">
                <h1>{text::WAITS}</h1>
                <p class="dots quiet num beside">{part(facts)}</p>
            </header>
            <div class="body waits-body">{part(body)}</div>
        </section>
    }
}

/// A session's name in few letters: what it calls itself, its client's address, or the end of its id.
pub(super) fn name_of(node: &WaitNode) -> String {
    let named = node.identity.as_deref().filter(|identity| !identity.trim().is_empty()).map(visible_text);
    named.or_else(|| node.client.clone()).unwrap_or_else(|| short_session(node.session))
}

/// What tells one edge from another.
type EdgeKey = (SessionId, SessionId, String);

fn key_of(edge: &WaitEdge) -> EdgeKey {
    (edge.waiter, edge.blocker, edge.lock.to_string())
}

/// Whether a press or a key is a link's, which leads elsewhere than its row.
fn is_on_link(event: &web_sys::Event) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    element.is_some_and(|element| element.closest("a").ok().flatten().is_some())
}

/// The edges, each in a row.
fn table(waits: Memo<WaitGraph>) -> impl IntoView {
    let keys = Memo::new(move |_| waits.with(|waits| waits.edges.iter().map(key_of).collect::<Vec<_>>()));
    let handle = ListHandle::new();
    let ordered = handle.hold(keys, || ());
    let count = Memo::new(move |_| ordered.with(|order| order.keys.len()));
    let kind = ListKind { role: "grid", class: "t-waits", label: text::WAITS_TABLE, one_line: false };
    let slice = move |range| ordered.with(|order| cut(&order.keys, range));
    let row = move |key: EdgeKey, place: Signal<usize>| row(waits, key, place);
    view! {
        <section class="section waits-table">
            <header class="section-head">
                <h2>{text::WAITS_TABLE}</h2>
                <span class="quiet num">{part(move || grouped(count.get() as u64))}</span>
            </header>
            // The list is as high as its rows, up to a limit in the style sheet, from where on it scrolls.
            <div class="rows-box" style:height=move || format!("calc({} * var(--line-height) + 31px)", count.get())>
                {virtual_rows(handle, kind, head(), count, slice, row)}
            </div>
        </section>
    }
}

fn head() -> AnyView {
    view! {
        <div class="row head" role="row" aria-rowindex="1">
            <span class="c-waiter" role="columnheader">{text::WAITER}</span>
            <span class="c-blocker" role="columnheader">{text::BLOCKER}</span>
            <span class="c-path" role="columnheader">{text::LOCK}</span>
            <span class="c-since right" role="columnheader">{text::WAITS_SINCE}</span>
            <span class="c-how" role="columnheader">{text::HOW}</span>
        </div>
    }
    .into_any()
}

fn row(waits: Memo<WaitGraph>, key: EdgeKey, place: Signal<usize>) -> AnyView {
    let address = expect_context::<Address>();
    let (waiter, blocker, lock) = key.clone();
    let edge = Memo::new(move |before: Option<&Option<WaitEdge>>| {
        let now = waits.with(|waits| waits.edges.iter().find(|edge| key_of(edge) == key).cloned());
        now.or_else(|| before.cloned().flatten())
    });
    let name = move |session: SessionId| {
        let identity = Memo::new(move |_| {
            waits.with(|waits| waits.sessions.iter().find(|node| node.session == session).map(name_of))
        });
        move || session_cell(session, identity.get().as_deref())
    };
    let choose = move || address.set_query("session", &waiter.to_string());
    let to = lock.clone();
    view! {
        <div
            class="row"
            role="row"
            tabindex="0"
            data-row=""
            data-testid="wait-row"
            data-session=waiter.to_string()
            data-blocker=blocker.to_string()
            data-path=lock.clone()
            aria-rowindex=move || (place.get() + 2).to_string()
            on:click=move |event| {
                if !is_on_link(&event) {
                    choose();
                }
            }
            on:keydown=move |event| {
                if event.key() == "Enter" && !is_on_link(&event) {
                    choose();
                }
            }
        >
            <span class="c-waiter" role="gridcell"><span class="knot waits" aria-hidden="true"></span> {part(name(waiter))}</span>
            <span class="c-blocker" role="gridcell">
                <span class="only-narrow quiet">
                    <span aria-hidden="true">"→"</span> <span class="hidden-label">{text::WAITS_FOR}</span>
                </span>
                <span class=move || if edge.with(|edge| edge.as_ref().is_some_and(|edge| edge.held)) { "knot holds" } else { "knot waits" } aria-hidden="true"></span>
                " " {part(name(blocker))}
            </span>
            <span class="c-path mono" role="gridcell">
                <a class="link" href=move || address.href(Page::Lock(to.clone()))>{path_text(&lock)}</a>
            </span>
            <span class="c-since right" role="gridcell">
                {since(move || edge.with(|edge| edge.as_ref().map(|edge| edge.since)))}
            </span>
            <span class="c-how soft" role="gridcell">{part(move || edge.with(|edge| edge.as_ref().map(text::edge)))}</span>
        </div>
    }
    .into_any()
}
