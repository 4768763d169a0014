//! What the lists of locks, queues and sessions have in common: a filter and an order in the address, as many rows as are
//! looked at, an order that stays while it is pointed at, and a row that opens beside the list.

use leptos::prelude::*;
use zooscope_protocol::{Content, View};

use super::beside;
use crate::address::Address;
use crate::duration::grouped;
use crate::live::{Feed, use_view};
use crate::route::Page;
use crate::text;
use crate::ui::empty::{no_match, waiting};
use crate::ui::field::{FilterField, segments};
use crate::ui::part::part;
use crate::ui::virtual_rows::{ListHandle, ListKind, cut, virtual_rows};

/// Rows that a list asks for at first, and the most that it ever asks for.
pub(super) const FIRST_ROWS: u32 = 200;
pub(super) const MOST_ROWS: u32 = View::MAX_ROWS;

/// The keys of the rows that came, and how many there are in all.
type Rows = (Vec<String>, u32);

/// What a list is of.
pub(super) struct Listing {
    /// The class of its rows.
    pub(super) class: &'static str,
    /// Its title.
    pub(super) title: &'static str,
    /// What the filter says while it is empty, and its name.
    pub(super) filter: (&'static str, &'static str),
    /// What came of it.
    pub(super) rows: fn(&Content) -> Option<Rows>,
    /// The row of the column heads.
    pub(super) head: fn() -> AnyView,
    /// Why there is none at all.
    pub(super) none: fn() -> AnyView,
}

/// The rows that a list follows.
#[derive(Clone, Copy)]
pub(super) struct Followed {
    /// What came.
    pub(super) feed: Feed,
    limit: RwSignal<u32>,
    query: Memo<String>,
}

/// Follows the view that is made of the filter and a number of rows.
pub(super) fn follow(view: impl Fn(String, u32) -> View + Send + Sync + 'static) -> Followed {
    let address = expect_context::<Address>();
    let limit = RwSignal::new(FIRST_ROWS);
    let query = Memo::new(move |_| address.query("q").trim().to_owned());
    let feed = use_view(move || Some((address.cluster(), view(query.get(), limit.get()))));
    Followed { feed, limit, query }
}

/// The page of a list; `tools` stand before the filter, `notes` below it.
pub(super) fn page(
    listing: Listing,
    followed: Followed,
    row: impl Fn(String, Signal<usize>) -> AnyView + Clone + Send + Sync + 'static,
    tools: AnyView,
    notes: AnyView,
) -> AnyView {
    let Followed { feed, limit, query } = followed;
    let Listing { class, title, filter, rows, head, none } = listing;
    let rows = Memo::new(move |_| feed.with(|content| content.and_then(rows)));
    let keys =
        Memo::new(move |_| rows.with(|rows| rows.as_ref().map(|(keys, _)| keys.clone()).unwrap_or_default()));
    let total = Memo::new(move |_| rows.with(|rows| rows.as_ref().map(|(_, total)| *total)));
    let ready = Memo::new(move |_| feed.is_ready());
    let handle = ListHandle::new();
    // More rows of the same are still the same list.
    let source = move || feed.source().map(|(cluster, view)| (cluster, view.limited(0)));
    let ordered = handle.hold(keys, source);
    let count = Memo::new(move |_| ordered.with(|order| order.keys.len()));
    grow(limit, move || handle.range.get().end, move || (keys.with(Vec::len), total.get().unwrap_or(0)));
    let kind = ListKind { role: "grid", class, label: title, one_line: false };
    // Whether there are rows at all decides what is drawn; how many does not.
    let state = Memo::new(move |_| (ready.get(), total.get() == Some(0), query.with(String::is_empty)));
    let list = move || match state.get() {
        (true, true, true) => none(),
        (true, true, false) => no_match("q"),
        (true, false, _) => {
            let slice = move |range| ordered.with(|order| cut(&order.keys, range));
            untrack(|| virtual_rows(handle, kind, head(), count, slice, row.clone()).into_any())
        }
        (false, ..) => untrack(|| waiting(feed, 12)),
    };
    let number = move || total.get().filter(|_| ready.get()).map(|total| grouped(u64::from(total)));
    let cut_off = move || {
        let (shown, total) = (keys.with(Vec::len), total.get().unwrap_or(0));
        (shown == MOST_ROWS as usize && total as usize > shown)
            .then(|| view! { <p class="footnote">{text::shown_of(shown, total)}</p> })
    };
    view! {
        <section class="page" aria-label=title>
            <header class="page-head">
                <h1>{title} <span class="count num">{part(number)}</span></h1>
                <span class="spring"></span>
                {tools}
                <FilterField hint=filter.0 label=filter.1/>
                {notes}
            </header>
            {part(list)}
            {part(cut_off)}
        </section>
    }
    .into_any()
}

/// Asks for more rows when the end of those that came is near.
pub(super) fn grow(
    limit: RwSignal<u32>,
    end: impl Fn() -> usize + 'static,
    count: impl Fn() -> (usize, u32) + 'static,
) {
    Effect::new(move || {
        let (rows, total) = count();
        let asked = limit.get_untracked();
        if rows as u32 == asked && total > asked && end() + 50 > rows && asked < MOST_ROWS {
            limit.set((asked * 3).min(MOST_ROWS));
        }
    });
}

/// The order that the address names, of several: each with its name there and its words. The first needs no name.
pub(super) fn order<T, const N: usize>(
    orders: &'static [(T, &'static str, &'static str); N],
) -> (Memo<T>, AnyView)
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let address = expect_context::<Address>();
    let order = Memo::new(move |_| {
        let name = address.query("sort");
        orders.iter().find(|(_, known, _)| *known == name).unwrap_or(&orders[0]).0
    });
    let choose = move |chosen: T| {
        let name = orders.iter().find(|(order, ..)| *order == chosen).map_or("", |(_, name, _)| *name);
        address.set_query("sort", name);
    };
    let options = orders.iter().map(|(order, _, words)| (*order, *words)).collect();
    (order, segments(text::SORT, options, move || order.get(), choose).into_any())
}

/// What a row shows: what is found for it now. A row that leaves the list keeps what it showed until it is gone.
pub(super) fn shown<T>(
    feed: Feed,
    find: impl Fn(&Content) -> Option<T> + Send + Sync + 'static,
) -> Memo<Option<T>>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    Memo::new(move |before: Option<&Option<T>>| {
        feed.with(|content| content.and_then(&find)).or_else(|| before.cloned().flatten())
    })
}

/// What opens a row beside the list, and whether it is open.
pub(super) fn opening(
    page: Page,
    key: String,
    chosen: Memo<Option<String>>,
) -> (impl Fn() + Clone + 'static, Memo<bool>) {
    let address = expect_context::<Address>();
    let open = move || {
        if let Some(place) = beside(address, page.clone()) {
            address.go(place);
        }
    };
    (open, Memo::new(move |_| chosen.with(|chosen| chosen.as_deref() == Some(&key))))
}
