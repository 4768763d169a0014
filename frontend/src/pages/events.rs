//! What happened, the newest first; it can be paused, filtered, and says what it did not see.

use std::sync::Arc;

use leptos::prelude::*;
use zooscope_protocol::{Content, Event, EventKind, View};

use crate::address::Address;
use crate::bytes::visible_text;
use crate::filter::{Filter, KINDS, kind_word};
use crate::live::use_view;
use crate::route::Page;
use crate::text;
use crate::ui::duration::time_of_day;
use crate::ui::empty::{empty, waiting};
use crate::ui::field::{FilterField, segments};
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;
use crate::ui::path::path_text;
use crate::ui::virtual_rows::{ListHandle, ListKind, cut, virtual_rows};

/// How many events the page keeps.
const KEPT: u32 = 2_000;

/// What the feed shows.
#[derive(Clone, Debug, Default, PartialEq)]
struct Shown {
    events: Arc<Vec<Event>>,
    newest: u64,
    dropped: u64,
}

/// The feed.
#[component]
pub(crate) fn Events() -> impl IntoView {
    let address = expect_context::<Address>();
    let filter = Memo::new(move |_| Filter::parse(&address.query("q")));
    let feed = use_view(move || {
        Some((address.cluster(), View::Journal { path: filter.with(Filter::root), limit: KEPT }))
    });
    let current = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Journal(journal)) => Some(Shown {
                events: Arc::new(journal.events.clone()),
                newest: journal.newest,
                dropped: journal.dropped,
            }),
            _ => None,
        })
    });
    // While it is paused the page shows what it showed, even of what the journal forgets.
    let frozen = RwSignal::new(None::<Shown>);
    let shown = Memo::new(move |_| frozen.get().or_else(|| current.get()).unwrap_or_default());
    let paused = Memo::new(move |_| frozen.with(Option::is_some));
    // Only what would be shown is told to be new.
    let fresh = move || {
        let seen = frozen.with(|frozen| frozen.as_ref().map(|frozen| frozen.newest))?;
        let is_new = |event: &&Event| event.seq > seen && filter.with(|filter| filter.accepts(event));
        current.with(|current| {
            current.as_ref().map(|current| match current.events.iter().rev().filter(is_new).count() as u64 {
                // More came than the page keeps.
                count if count >= u64::from(KEPT) => current.newest.saturating_sub(seen),
                count => count,
            })
        })
    };
    let handle = ListHandle::new();
    let toggle = move |_| {
        if paused.get_untracked() {
            frozen.set(None);
            handle.to_top();
        } else {
            frozen.set(current.get_untracked());
        }
    };
    let passing = Memo::new(move |_| {
        filter.with(|filter| {
            shown.with(|shown| {
                shown
                    .events
                    .iter()
                    .rev()
                    .filter(|event| filter.accepts(event))
                    .map(|event| event.seq)
                    .collect::<Vec<u64>>()
            })
        })
    });
    let length = Memo::new(move |_| passing.with(Vec::len));
    // Servers before 3.9 tell no transaction.
    let numbered =
        Memo::new(move |_| shown.with(|shown| shown.events.iter().any(|event| event.zxid.is_some())));
    let row = move |seq: u64, place: Signal<usize>| row(shown, seq, place);
    let kind = ListKind { role: "grid", class: "t-events", label: text::EVENTS, one_line: false };
    let state = Memo::new(move |_| {
        (feed.is_ready(), passing.with(Vec::is_empty), shown.with(|shown| shown.events.is_empty()))
    });
    let list = move || match state.get() {
        (true, true, true) => empty(Icon::Events, text::NO_EVENTS_TITLE, text::NO_EVENTS_BODY),
        (true, true, false) => empty(Icon::Search, text::NOTHING_FOUND, text::NO_EVENTS_MATCH_BODY),
        (true, false, _) => {
            let slice = move |range| passing.with(|keys| cut(keys, range));
            virtual_rows(handle, kind, head(), length, slice, row).into_any()
        }
        (false, ..) => waiting(feed, 12),
    };
    let kind_term = move || {
        let query = address.query("q");
        KINDS
            .into_iter()
            .find(|kind| query.split_whitespace().any(|term| term == format!("type:{}", kind_word(*kind))))
    };
    let choose = move |kind: Option<EventKind>| {
        let query = address.query("q");
        let rest = query.split_whitespace().filter(|term| !term.starts_with("type:")).map(str::to_owned);
        let term = kind.map(|kind| format!("type:{}", kind_word(kind)));
        address.set_query("q", &rest.chain(term).collect::<Vec<_>>().join(" "));
    };
    let options = std::iter::once((None, text::ALL_KINDS))
        .chain(KINDS.map(|kind| (Some(kind), kind_word(kind))))
        .collect();
    let unknown = move || {
        filter.with(|filter| {
            (!filter.unknown.is_empty()).then(|| view! { <p class="footnote warn" role="status">{text::unknown_terms(&filter.unknown)}</p> })
        })
    };
    let dropped = move || {
        let dropped = shown.with(|shown| shown.dropped);
        (dropped > 0).then(|| view! { <p class="footnote">{text::dropped(dropped)}</p> })
    };
    view! {
        <section class="page" class:unnumbered=move || !numbered.get() aria-label=text::EVENTS>
            <header class="page-head">
                <h1>{text::EVENTS}</h1>
                <button
                    type="button"
                    class="button"
                    class:pressed=paused
                    data-testid="pause-button"
                    data-key="Space"
                    title=text::PAUSE_KEY
                    aria-pressed=move || paused.get().to_string()
                    on:click=toggle
                >
                    {part(move || if paused.get() { icon(Icon::Play) } else { icon(Icon::Pause) })}
                    {part(move || if paused.get() { text::RESUME } else { text::PAUSE })}
                </button>
                <span class="num strong" data-testid="new-events" role="status">
                    {part(move || fresh().filter(|fresh| *fresh > 0).map(text::new_events))}
                </span>
                <span class="spring"></span>
                {segments(text::KIND, options, kind_term, choose)}
                <FilterField hint=text::FILTER_EVENTS label=text::FILTER_EVENTS_LABEL/>
            </header>
            {part(unknown)}
            {part(list)}
            {part(dropped)}
        </section>
    }
}

fn head() -> AnyView {
    view! {
        <div class="row head" role="row" aria-rowindex="1">
            <span class="c-when" role="columnheader">{text::WHEN}</span>
            <span class="c-kind" role="columnheader">{text::KIND}</span>
            <span class="c-path" role="columnheader">{text::PATH}</span>
            <span class="c-note" role="columnheader">{text::NOTE}</span>
            <span class="c-zxid right" role="columnheader">"zxid"</span>
        </div>
    }
    .into_any()
}

fn row(shown: Memo<Shown>, seq: u64, place: Signal<usize>) -> AnyView {
    let address = expect_context::<Address>();
    // An event never changes, so it is read once.
    let event = shown.with_untracked(|shown| {
        let at = shown.events.partition_point(|event| event.seq < seq);
        shown.events.get(at).filter(|event| event.seq == seq).cloned()
    });
    let Some(event) = event else { return ().into_any() };
    let path = event.path.as_ref().map(|path| path.to_string());
    let to = path.clone();
    let open = move || {
        if let Some(path) = to.clone() {
            address.open(Page::Tree(Some(path)));
        }
    };
    let open_by_key = open.clone();
    let note = event.note.as_deref().map(visible_text);
    let whole_note = note.clone();
    let is_gap = event.kind == EventKind::Gap;
    view! {
        <div
            class="row"
            class:gap=is_gap
            role="row"
            tabindex="0"
            data-row=""
            data-testid="event-row"
            data-kind=kind_word(event.kind)
            data-path=path.clone()
            aria-rowindex=move || (place.get() + 2).to_string()
            on:click=move |_| open()
            on:keydown=move |key| {
                if key.key() == "Enter" {
                    open_by_key();
                }
            }
        >
            <span class="c-when mono quiet" role="gridcell">{time_of_day(event.at)}</span>
            <span class="c-kind" role="gridcell"><span class="kind">{kind_word(event.kind)}</span></span>
            <span class="c-path mono" role="gridcell">{path.as_deref().map(path_text)}</span>
            <span class="c-note soft" role="gridcell" title=whole_note><span class="cut">{note}</span></span>
            <span class="c-zxid right mono quiet" role="gridcell">{event.zxid.map(|zxid| zxid.to_string())}</span>
        </div>
    }
    .into_any()
}
