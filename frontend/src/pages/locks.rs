//! All locks, those that block the most first.

use std::collections::HashSet;

use leptos::prelude::*;
use zooscope_protocol::lock::LockSort;
use zooscope_protocol::{Content, Lock, SessionId, View};

use super::list::{self, Listing};
use super::{HELD_LONG, WAITING_LONG, lasting, short_recipe, who};
use crate::address::Address;
use crate::duration::{Level, UNKNOWN, grouped};
use crate::live::{Feed, use_view};
use crate::route::Page;
use crate::text;
use crate::ui::action::{RELEASE, release_lock};
use crate::ui::badge;
use crate::ui::duration::since_at;
use crate::ui::empty::empty_with;
use crate::ui::glow::glow;
use crate::ui::icon::Icon;
use crate::ui::part::part;
use crate::ui::path::path_text;

const SORTS: [(LockSort, &str, &str); 4] = [
    (LockSort::Blocked, "", text::SORT_BLOCKED),
    (LockSort::Held, "held", text::SORT_HELD),
    (LockSort::Waiting, "waiting", text::SORT_WAITING),
    (LockSort::Path, "path", text::SORT_PATH),
];

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
    let (sort, orders) = list::order(&SORTS);
    let followed = list::follow(move |query, limit| View::Locks { query, sort: sort.get(), limit });
    let feed = followed.feed;
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
    let listing = Listing {
        class: "t-locks",
        title: text::LOCKS,
        filter: (text::FILTER_LOCKS, text::FILTER_LOCKS_LABEL),
        rows: |content| match content {
            Content::Locks(list) => {
                Some((list.rows.iter().map(|lock| lock.path.to_string()).collect(), list.total))
            }
            _ => None,
        },
        head,
        none: || {
            let (title, body) = (text::NO_LOCKS_TITLE, text::NO_LOCKS_BODY);
            empty_with(Icon::Lock, title, body, Page::Recipes, text::DECLARE_LINK)
        },
    };
    let row = move |path: String, place: Signal<usize>| row(feed, path, place, chosen, roots);
    list::page(listing, followed, row, orders, ().into_any())
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

fn row(
    feed: Feed,
    path: String,
    place: Signal<usize>,
    chosen: Memo<Option<String>>,
    roots: Memo<HashSet<SessionId>>,
) -> AnyView {
    let at = path.clone();
    let lock = list::shown(feed, move |content| match content {
        Content::Locks(list) => list.rows.iter().find(|lock| lock.path.as_str() == at).cloned(),
        _ => None,
    });
    let read = move |what: fn(&Lock) -> String| {
        Signal::derive(move || lock.with(|lock| lock.as_ref().map(what).unwrap_or_default()))
    };
    let holder = Memo::new(move |_| lock.with(|lock| lock.as_ref()?.holders.first().cloned()));
    let (open, is_chosen) = list::opening(Page::Lock(path.clone()), path.clone(), chosen);
    let open_by_key = open.clone();
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
                {part(move || lock.with(|lock| badge::mark(lock.as_ref().map_or(Level::Ok, |lock| badge::worst(&lock.findings)))))}
            </span>
            <span class="c-path mono" role="gridcell">{path_text(&path)} {part(head_badge)}</span>
            <span class="c-recipe soft" role="gridcell" title=read(|lock| lock.recipe.to_string())>
                {read(|lock| short_recipe(&lock.recipe))}
            </span>
            <span class="c-holder" role="gridcell">{glow(read(holders))}</span>
            <span class="c-held right" role="gridcell">
                {since_at(move || lock.with(|lock| lock.as_ref()?.held_since), move || lasting(lock, HELD_LONG))}
            </span>
            <span class="c-waiters right num" role="gridcell">
                <span class="only-narrow quiet" aria-hidden="true">"⟵ "</span>
                {glow(read(|lock| grouped(u64::from(lock.blocked))))}
            </span>
            <span class="c-behind right num strong" role="gridcell">{glow(read(|lock| grouped(u64::from(lock.behind))))}</span>
            <span class="c-wait right" class:idle=move || lock.with(|lock| lock.as_ref().is_none_or(|lock| lock.blocked == 0)) role="gridcell">
                {since_at(move || lock.with(|lock| lock.as_ref()?.waiting_since), move || lasting(lock, WAITING_LONG))}
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
