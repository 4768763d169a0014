//! The newest events at or below a znode, below whatever the page is about.

use leptos::prelude::*;
use zooscope_protocol::{Content, Event, EventKind, View, ZnodePath};

use crate::address::Address;
use crate::live::use_view;
use crate::route::{Page, Place};
use crate::text;
use crate::ui::duration::time_of_day;
use crate::ui::each::each;
use crate::ui::part::part;
use crate::ui::path::path_text;

/// What happened at or below `path`, at most `limit` events, the newest first.
pub(super) fn recent(title: &'static str, path: ZnodePath, limit: u32) -> impl IntoView {
    let address = expect_context::<Address>();
    let scope = (!path.is_root()).then(|| path.clone());
    let feed = use_view(move || Some((address.cluster(), View::Journal { path: scope.clone(), limit })));
    // How the connection is, is nothing that happened at a place; that the console was blind may hide what did.
    let whole = path.is_root();
    let about = move |event: &&Event| whole || event.kind != EventKind::Status;
    let events = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Journal(journal)) => {
                Some(journal.events.iter().filter(about).cloned().collect::<Vec<_>>())
            }
            _ => None,
        })
    });
    let sequence = move || {
        let newest = |events: &Vec<Event>| events.iter().rev().map(|event| event.seq).collect::<Vec<_>>();
        events.with(|events| events.as_ref().map(newest).unwrap_or_default())
    };
    let row = move |seq: u64| {
        let event = events.with_untracked(|events| {
            events.as_ref().and_then(|events| events.iter().find(|event| event.seq == seq).cloned())
        });
        event.map(line)
    };
    let nothing = move || {
        events
            .with(|events| events.as_ref().is_some_and(Vec::is_empty))
            .then(|| view! { <p class="quiet footnote">{text::NOTHING_HAPPENED}</p> })
    };
    let more = move || {
        let place = Place::new(&address.cluster(), Page::Events);
        let filter = if path.is_root() { String::new() } else { format!("path:{path}") };
        place.with("q", &filter).href()
    };
    view! {
        <section class="section">
            <header class="section-head">
                <h2>{title}</h2>
                <a class="more link" href=more>{text::ALL_EVENTS}</a>
            </header>
            <ul class="lines">
                {each(sequence, move |seq, _| row(seq))}
            </ul>
            {part(nothing)}
        </section>
    }
}

fn line(event: Event) -> impl IntoView {
    let path = event.path.as_ref().map(|path| path_text(path.as_str()));
    let note = event.note.as_deref().map(crate::bytes::visible_text);
    view! {
        <li class="line" data-kind=text::event_kind(event.kind)>
            <span class="quiet mono">{time_of_day(event.at)}</span>
            <span class="kind">{text::event_kind(event.kind)}</span>
            <span class="mono grow">{path} {note.map(|note| view! { <span class="soft note">{note}</span> })}</span>
        </li>
    }
}
