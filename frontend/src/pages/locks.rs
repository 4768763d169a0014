//! All locks, those that block the most first.

use std::collections::HashSet;

use leptos::prelude::*;
use zooscope_protocol::lock::LockSort;
use zooscope_protocol::{Content, Lock, SessionId, View};

use super::{FIRST_ROWS, beside, grow, short_recipe, who};
use crate::address::Address;
use crate::duration::{HOLD, UNKNOWN, WAIT, grouped};
use crate::live::{Feed, use_view};
use crate::route::Page;
use crate::text;
use crate::ui::action::{RELEASE, release_lock};
use crate::ui::badge;
use crate::ui::duration::since;
use crate::ui::empty::{empty, empty_with, waiting};
use crate::ui::field::{FilterField, segments};
use crate::ui::glow::glow;
use crate::ui::icon::Icon;
use crate::ui::part::part;
use crate::ui::path::path_text;
use crate::ui::virtual_rows::{ListHandle, ListKind, cut, virtual_rows};

const SORTS: [(LockSort, &str, &str); 4] = [
    (LockSort::Blocked, "", text::SORT_BLOCKED),
    (LockSort::Held, "held", text::SORT_HELD),
    (LockSort::Waiting, "waiting", text::SORT_WAITING),
    (LockSort::Path, "path", text::SORT_PATH),
];

fn sort_of(name: &str) -> LockSort {
    SORTS.iter().find(|(_, known, _)| *known == name).map_or(LockSort::Blocked, |(sort, ..)| *sort)
}

/// The list, with one lock beside it when one is chosen.
#[component]
pub(crate) fn Locks() -> impl IntoView {
    let address = expect_context::<Address>();
    let chosen = Memo::new(move |_| match address.place()?.page {
        Page::Lock(path) => Some(path),
        _ => None,
    });
    view! {
        <div class="split" class:open=move || chosen.get().is_some()>
            <List chosen/>
            {part(move || chosen.get().map(|path| view! { <super::lock::LockPage path/> }))}
        </div>
    }
}

#[component]
fn List(chosen: Memo<Option<String>>) -> impl IntoView {
    let address = expect_context::<Address>();
    let limit = RwSignal::new(FIRST_ROWS);
    let sort = Memo::new(move |_| sort_of(&address.query("sort")));
    let query = Memo::new(move |_| address.query("q"));
    let feed = use_view(move || {
        let view = View::Locks { query: query.get().trim().to_owned(), sort: sort.get(), limit: limit.get() };
        Some((address.cluster(), view))
    });
    let keys = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Locks(list)) => list.rows.iter().map(|lock| lock.path.to_string()).collect(),
            _ => Vec::<String>::new(),
        })
    });
    let total = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Locks(list)) => Some(list.total),
            _ => None,
        })
    });
    let ready = Memo::new(move |_| feed.is_ready());
    // Who waits for nobody is told by the graph, which is asked for only while somebody waits at all.
    let contended = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Locks(list)) => list.rows.iter().any(|lock| lock.blocked > 0),
            _ => false,
        })
    });
    let waits = use_view(move || contended.get().then(|| (address.cluster(), View::Waits)));
    let roots = Memo::new(move |_| {
        waits.with(|content| match content {
            Some(Content::Waits(graph)) => {
                graph.sessions.iter().filter(|node| node.root).map(|node| node.session).collect()
            }
            _ => HashSet::new(),
        })
    });
    let handle = ListHandle::new();
    let ordered = handle.hold(keys);
    let count = Memo::new(move |_| ordered.with(Vec::len));
    grow(limit, move || handle.range.get().end, move || (keys.with(Vec::len), total.get().unwrap_or(0)));

    let kind = ListKind { role: "grid", class: "t-locks", label: text::LOCKS, one_line: false };
    let row = move |path: String, place: Signal<usize>| row(feed, path, place, chosen, roots);
    let list = move || match (ready.get(), total.get()) {
        (true, Some(0)) if query.with(|query| query.trim().is_empty()) => empty_with(
            Icon::Lock,
            text::NO_LOCKS_TITLE,
            text::NO_LOCKS_BODY,
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
    // Whether there are rows at all decides what is drawn; how many does not.
    let none = Memo::new(move |_| {
        (ready.get(), total.get() == Some(0), query.with(|query| query.trim().is_empty()))
    });
    let options = SORTS.map(|(sort, _, name)| (sort, name)).to_vec();
    let choose = move |chosen: LockSort| {
        let name = SORTS.iter().find(|(sort, ..)| *sort == chosen).map_or("", |(_, name, _)| *name);
        address.set_query("sort", name);
    };
    view! {
        <section class="page" aria-label=text::LOCKS>
            <header class="page-head">
                <h1>
                    {text::LOCKS}
                    <span class="count num">{part(move || total.get().filter(|_| ready.get()).map(|total| grouped(u64::from(total))))}</span>
                </h1>
                <span class="spring"></span>
                {segments(text::SORT, options, move || sort.get(), choose)}
                <FilterField hint=text::FILTER_LOCKS label=text::FILTER_LOCKS_LABEL/>
            </header>
            {part(move || {
                none.get();
                untrack(list)
            })}
            {part(move || {
                let (shown, total) = (keys.with(Vec::len), total.get().unwrap_or(0));
                (shown == super::MOST_ROWS as usize && total as usize > shown)
                    .then(|| view! { <p class="footnote">{text::shown_of(shown, total)}</p> })
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
            <span class="c-holder" role="columnheader">{text::HOLDER_COLUMN}</span>
            <span class="c-held right" role="columnheader">{text::HELD}</span>
            <span class="c-waiters right" role="columnheader">{text::WAITERS}</span>
            <span class="c-behind right" role="columnheader" title=text::BEHIND_HINT>{text::BLOCKED_ALL}</span>
            <span class="c-wait right" role="columnheader">{text::LONGEST_WAIT}</span>
            <span class="c-next" role="columnheader">{text::NEXT_IN_LINE}</span>
            <span class="c-action" role="columnheader"><span class="hidden-label">{text::ACTION}</span></span>
        </div>
    }
    .into_any()
}

/// The lock of a row as it is now.
fn lock_of(content: Option<&Content>, path: &str) -> Option<Lock> {
    match content {
        Some(Content::Locks(list)) => list.rows.iter().find(|lock| lock.path.as_str() == path).cloned(),
        _ => None,
    }
}

fn row(
    feed: Feed,
    path: String,
    place: Signal<usize>,
    chosen: Memo<Option<String>>,
    roots: Memo<HashSet<SessionId>>,
) -> AnyView {
    let address = expect_context::<Address>();
    let at = path.clone();
    let lock = Memo::new(move |before: Option<&Option<Lock>>| {
        // A row that leaves the list keeps what it showed until it is gone.
        feed.with(|content| lock_of(content, &at)).or_else(|| before.cloned().flatten())
    });
    let read = move |what: fn(&Lock) -> String| {
        Signal::derive(move || lock.with(|lock| lock.as_ref().map(what).unwrap_or_default()))
    };
    let holder = Memo::new(move |_| lock.with(|lock| lock.as_ref()?.holders.first().cloned()));
    let to = path.clone();
    let open = move || {
        if let Some(place) = beside(address, Page::Lock(to.clone())) {
            address.go(place);
        }
    };
    let open_by_key = open.clone();
    let this = path.clone();
    let is_chosen = Memo::new(move |_| chosen.with(|chosen| chosen.as_deref() == Some(&this)));
    // The one to begin with: others wait for its holder, and it waits for nobody.
    let is_head = Memo::new(move |_| {
        lock.with(|lock| {
            let Some(lock) = lock.as_ref().filter(|lock| lock.blocked > 0) else { return false };
            roots.with(|roots| {
                lock.holders
                    .iter()
                    .filter_map(|holder| holder.session)
                    .any(|session| roots.contains(&session))
            })
        })
    });
    let head_badge = move || {
        is_head.get().then(|| view! { <span class="root-badge" title=text::HEAD_HINT>{text::HEAD}</span> })
    };
    view! {
        <div
            class="row"
            class:chosen=is_chosen
            role="row"
            tabindex="0"
            data-row=""
            data-testid="lock-row"
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
            <span class="c-sev" role="gridcell">
                {part(move || lock.with(|lock| badge::mark(lock.as_ref().map_or(crate::duration::Level::Ok, |lock| badge::worst(&lock.findings)))))}
            </span>
            <span class="c-path mono" role="gridcell">{path_text(&path)} {part(head_badge)}</span>
            <span class="c-recipe soft" role="gridcell" title=read(|lock| lock.recipe.to_string())>
                {read(|lock| short_recipe(&lock.recipe))}
            </span>
            <span class="c-holder" role="gridcell">{glow(read(holders))}</span>
            <span class="c-held right" role="gridcell">
                {since(move || lock.with(|lock| lock.as_ref()?.held_since), Some(HOLD))}
            </span>
            <span class="c-waiters right num" role="gridcell">
                <span class="only-narrow quiet" aria-hidden="true">"⟵ "</span>
                {glow(read(|lock| grouped(u64::from(lock.blocked))))}
            </span>
            <span class="c-behind right num strong" role="gridcell">{glow(read(|lock| grouped(u64::from(lock.behind))))}</span>
            <span class="c-wait right" role="gridcell">
                {since(move || lock.with(|lock| lock.as_ref()?.waiting_since), Some(WAIT))}
            </span>
            <span class="c-next soft" role="gridcell">
                {glow(read(|lock| lock.waiters.first().map_or_else(|| UNKNOWN.to_owned(), who)))}
            </span>
            <span class="c-action" role="gridcell">{release_lock(RELEASE, lock, holder)}</span>
        </div>
    }
    .into_any()
}

/// Who holds, in a cell.
fn holders(lock: &Lock) -> String {
    match lock.holders.as_slice() {
        [] => text::FREE.to_owned(),
        [one] if lock.held_by <= 1 => who(one),
        [first, ..] => format!("{} {}", who(first), text::and_more(lock.held_by.saturating_sub(1))),
    }
}
