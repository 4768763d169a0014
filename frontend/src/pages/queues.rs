//! All queues, the one with the oldest item first.

use leptos::prelude::*;
use zooscope_protocol::queue::QueueSort;
use zooscope_protocol::{Content, Queue, View};

use super::list::{self, Listing};
use super::{lingering, short_recipe};
use crate::address::Address;
use crate::duration::{Level, UNKNOWN, grouped, rate};
use crate::live::Feed;
use crate::route::Page;
use crate::text;
use crate::ui::badge;
use crate::ui::duration::since_at;
use crate::ui::empty::empty_with;
use crate::ui::glow::glow;
use crate::ui::icon::Icon;
use crate::ui::part::part;
use crate::ui::path::path_text;
use crate::ui::sparkline::sparkline;

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
    let (sort, orders) = list::order(&SORTS);
    let followed = list::follow(move |query, limit| View::Queues { query, sort: sort.get(), limit });
    let feed = followed.feed;
    let listing = Listing {
        class: "t-queues",
        title: text::QUEUES,
        filter: (text::FILTER_QUEUES, text::FILTER_QUEUES_LABEL),
        rows: |content| match content {
            Content::Queues(list) => {
                Some((list.rows.iter().map(|queue| queue.path.to_string()).collect(), list.total))
            }
            _ => None,
        },
        head,
        none: || {
            let (title, body) = (text::NO_QUEUES_TITLE, text::NO_QUEUES_BODY);
            empty_with(Icon::Queue, title, body, Page::Recipes, text::DECLARE_LINK)
        },
    };
    let row = move |path: String, place: Signal<usize>| row(feed, path, place, chosen);
    list::page(listing, followed, row, orders, ().into_any())
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

/// A count that may be unknown.
pub(super) fn count(number: Option<u32>) -> String {
    number.map_or_else(|| UNKNOWN.to_owned(), |number| grouped(u64::from(number)))
}

fn row(feed: Feed, path: String, place: Signal<usize>, chosen: Memo<Option<String>>) -> AnyView {
    let at = path.clone();
    let queue = list::shown(feed, move |content| match content {
        Content::Queues(list) => list.rows.iter().find(|queue| queue.path.as_str() == at).cloned(),
        _ => None,
    });
    let read = move |what: fn(&Queue) -> String| {
        Signal::derive(move || queue.with(|queue| queue.as_ref().map(what).unwrap_or_default()))
    };
    let level =
        move || queue.with(|queue| queue.as_ref().map_or(Level::Ok, |queue| badge::worst(&queue.findings)));
    let (open, is_chosen) = list::opening(Page::Queue(path.clone()), path.clone(), chosen);
    let open_by_key = open.clone();
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
                {since_at(move || queue.with(|queue| queue.as_ref()?.oldest), move || lingering(queue))}
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
