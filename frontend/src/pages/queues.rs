//! All queues, the one with the oldest item first.

use leptos::prelude::*;
use zooscope_protocol::queue::QueueSort;
use zooscope_protocol::{Content, Queue, View};

use super::{FIRST_ROWS, beside, grow, short_recipe};
use crate::address::Address;
use crate::duration::{HOLD, Level, UNKNOWN, grouped, rate};
use crate::live::{Feed, use_view};
use crate::route::Page;
use crate::text;
use crate::ui::badge;
use crate::ui::duration::since;
use crate::ui::empty::{empty, empty_with, waiting};
use crate::ui::field::{FilterField, segments};
use crate::ui::glow::glow;
use crate::ui::icon::Icon;
use crate::ui::part::part;
use crate::ui::path::path_text;
use crate::ui::sparkline::sparkline;
use crate::ui::virtual_rows::{ListHandle, ListKind, cut, virtual_rows};

const SORTS: [(QueueSort, &str, &str); 3] = [
    (QueueSort::Oldest, "", text::SORT_OLDEST),
    (QueueSort::Depth, "depth", text::SORT_DEPTH),
    (QueueSort::Path, "path", text::SORT_PATH),
];

/// The list, with one queue beside it when one is chosen.
#[component]
pub(crate) fn Queues() -> impl IntoView {
    let address = expect_context::<Address>();
    let chosen = Memo::new(move |_| match address.place()?.page {
        Page::Queue(path) => Some(path),
        _ => None,
    });
    view! {
        <div class="split" class:open=move || chosen.get().is_some()>
            <List chosen/>
            {part(move || chosen.get().map(|path| view! { <super::queue::QueuePage path/> }))}
        </div>
    }
}

#[component]
fn List(chosen: Memo<Option<String>>) -> impl IntoView {
    let address = expect_context::<Address>();
    let limit = RwSignal::new(FIRST_ROWS);
    let sort = Memo::new(move |_| {
        let name = address.query("sort");
        SORTS.iter().find(|(_, known, _)| *known == name).map_or(QueueSort::Oldest, |(sort, ..)| *sort)
    });
    let query = Memo::new(move |_| address.query("q"));
    let feed = use_view(move || {
        let view =
            View::Queues { query: query.get().trim().to_owned(), sort: sort.get(), limit: limit.get() };
        Some((address.cluster(), view))
    });
    let keys = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Queues(list)) => list.rows.iter().map(|queue| queue.path.to_string()).collect(),
            _ => Vec::<String>::new(),
        })
    });
    let total = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Queues(list)) => Some(list.total),
            _ => None,
        })
    });
    let ready = Memo::new(move |_| feed.is_ready());
    let handle = ListHandle::new();
    let ordered = handle.hold(keys);
    let count = Memo::new(move |_| ordered.with(Vec::len));
    grow(limit, move || handle.range.get().end, move || (keys.with(Vec::len), total.get().unwrap_or(0)));

    let kind = ListKind { role: "grid", class: "t-queues", label: text::QUEUES, one_line: false };
    let row = move |path: String, place: Signal<usize>| row(feed, path, place, chosen);
    let list = move || match (ready.get(), total.get()) {
        (true, Some(0)) if query.with(|query| query.trim().is_empty()) => empty_with(
            Icon::Queue,
            text::NO_QUEUES_TITLE,
            text::NO_QUEUES_BODY,
            Page::Recipes,
            text::DECLARE_LINK,
        ),
        (true, Some(0)) => empty(Icon::Search, text::NOTHING_FOUND, text::NO_MATCH_BODY),
        (true, _) => {
            let slice = move |range| ordered.with(|keys| cut(keys, range));
            virtual_rows(handle, kind, head(), count, slice, row).into_any()
        }
        (false, _) => waiting(feed, 12),
    };
    let none = Memo::new(move |_| {
        (ready.get(), total.get() == Some(0), query.with(|query| query.trim().is_empty()))
    });
    let options = SORTS.map(|(sort, _, name)| (sort, name)).to_vec();
    let choose = move |chosen: QueueSort| {
        let name = SORTS.iter().find(|(sort, ..)| *sort == chosen).map_or("", |(_, name, _)| *name);
        address.set_query("sort", name);
    };
    view! {
        <section class="page" aria-label=text::QUEUES>
            <header class="page-head">
                <h1>
                    {text::QUEUES}
                    <span class="count num">{part(move || total.get().filter(|_| ready.get()).map(|total| grouped(u64::from(total))))}</span>
                </h1>
                <span class="spring"></span>
                {segments(text::SORT, options, move || sort.get(), choose)}
                <FilterField hint=text::FILTER_QUEUES label=text::FILTER_QUEUES_LABEL/>
            </header>
            {part(move || {
                none.get();
                untrack(list)
            })}
        </section>
    }
}

fn head() -> AnyView {
    view! {
        <div class="row head" role="row" aria-rowindex="1">
            <span class="c-sev" role="columnheader"><span class="hidden-label">{text::FINDINGS}</span></span>
            <span class="c-path" role="columnheader">{text::PATH}</span>
            <span class="c-recipe" role="columnheader">{text::RECIPE}</span>
            <span class="c-depth right" role="columnheader">{text::DEPTH}</span>
            <span class="c-trend" role="columnheader">{text::TREND}</span>
            <span class="c-oldest right" role="columnheader">{text::OLDEST}</span>
            <span class="c-in right" role="columnheader">{text::IN_RATE}</span>
            <span class="c-out right" role="columnheader">{text::OUT_RATE}</span>
            <span class="c-flight right" role="columnheader">{text::IN_FLIGHT}</span>
            <span class="c-consumers right" role="columnheader">{text::CONSUMERS}</span>
        </div>
    }
    .into_any()
}

fn queue_of(content: Option<&Content>, path: &str) -> Option<Queue> {
    match content {
        Some(Content::Queues(list)) => list.rows.iter().find(|queue| queue.path.as_str() == path).cloned(),
        _ => None,
    }
}

/// A count that may be unknown.
pub(super) fn count(number: Option<u32>) -> String {
    number.map_or_else(|| UNKNOWN.to_owned(), |number| grouped(u64::from(number)))
}

fn row(feed: Feed, path: String, place: Signal<usize>, chosen: Memo<Option<String>>) -> AnyView {
    let address = expect_context::<Address>();
    let at = path.clone();
    let queue = Memo::new(move |before: Option<&Option<Queue>>| {
        feed.with(|content| queue_of(content, &at)).or_else(|| before.cloned().flatten())
    });
    let read = move |what: fn(&Queue) -> String| {
        Signal::derive(move || queue.with(|queue| queue.as_ref().map(what).unwrap_or_default()))
    };
    let level =
        move || queue.with(|queue| queue.as_ref().map_or(Level::Ok, |queue| badge::worst(&queue.findings)));
    let to = path.clone();
    let open = move || {
        if let Some(place) = beside(address, Page::Queue(to.clone())) {
            address.go(place);
        }
    };
    let open_by_key = open.clone();
    let this = path.clone();
    let is_chosen = Memo::new(move |_| chosen.with(|chosen| chosen.as_deref() == Some(&this)));
    view! {
        <div
            class="row"
            class:chosen=is_chosen
            role="row"
            tabindex="0"
            data-row=""
            data-testid="queue-row"
            data-path=path.clone()
            aria-rowindex=move || (place.get() + 2).to_string()
            aria-selected=move || is_chosen.get().to_string()
            on:click=move |_| open()
            on:keydown=move |event| {
                if event.key() == "Enter" {
                    open_by_key();
                }
            }
        >
            <span class="c-sev" role="gridcell">{part(move || badge::mark(level()))}</span>
            <span class="c-path mono" role="gridcell">{path_text(&path)}</span>
            <span class="c-recipe soft" role="gridcell" title=read(|queue| queue.recipe.to_string())>
                {read(|queue| short_recipe(&queue.recipe))}
            </span>
            <span class="c-depth right num strong" role="gridcell">{glow(read(|queue| grouped(u64::from(queue.depth))))}</span>
            <span class="c-trend" role="gridcell">
                {sparkline(move || queue.with(|queue| queue.as_ref().map(|queue| queue.trend.clone()).unwrap_or_default()))}
            </span>
            <span class="c-oldest right" role="gridcell">
                {since(move || queue.with(|queue| queue.as_ref()?.oldest), Some(HOLD))}
            </span>
            <span class="c-in right num" role="gridcell">
                <span class="only-narrow quiet" aria-hidden="true">"in "</span>{read(|queue| rate(queue.in_rate))}
            </span>
            <span class="c-out right num" role="gridcell">
                <span class="only-narrow quiet" aria-hidden="true">"out "</span>{read(|queue| rate(queue.out_rate))}
            </span>
            <span class="c-flight right num" role="gridcell">{glow(read(|queue| count(queue.in_flight)))}</span>
            <span class="c-consumers right num" role="gridcell">{glow(read(|queue| count(queue.consumers)))}</span>
        </div>
    }
    .into_any()
}
