//! What is marked, and what is done to all of it. And the filter that chooses what is shown.

use leptos::prelude::*;
use zooscope_protocol::Item;
use zooscope_protocol::action::{Due, Return};
use zooscope_protocol::bulk::{BulkAction, BulkRequest, Found, Marked, Selection};

use super::desk::Desk;
use crate::address::Address;
use crate::bulk::{Ask, Bulks, Shown};
use crate::text;
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;

/// The value of the address that is the filter.
pub(super) const KEY: &str = "has";

/// The text that items are filtered by. Tracks.
pub(super) fn wanted(address: Address) -> String {
    address.query(KEY).trim().to_owned()
}

/// Whether an item has the text, as the server looks for it; `text` is in small letters.
pub(super) fn matches(item: &Item, text: &str) -> bool {
    let has = |place: &str| place.to_lowercase().contains(text);
    text.is_empty()
        || has(&item.name)
        || has(&String::from_utf8_lossy(&item.preview.0))
        || item.letter.as_ref().is_some_and(|letter| has(&letter.reason) || has(letter.origin.as_str()))
}

/// The field of the filter.
pub(super) fn filter_field() -> impl IntoView {
    let address = expect_context::<Address>();
    let value = Memo::new(move |_| address.query(KEY));
    let leave = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            address.set_query(KEY, "");
        }
    };
    view! {
        <label class="field">
            {icon(Icon::Search)} <span class="hidden-label">{text::FILTER_ITEMS_LABEL}</span>
            <input
                type="search"
                placeholder=text::FILTER_ITEMS
                autocomplete="off"
                spellcheck="false"
                data-testid="item-filter"
                prop:value=move || value.get()
                on:input=move |event| address.set_query(KEY, &event_target_value(&event))
                on:keydown=leave
            />
        </label>
    }
}

/// The bar, while something is marked or can be chosen by the filter.
pub(super) fn bar(desk: Desk) -> impl IntoView {
    let address = expect_context::<Address>();
    let marks = desk.marks;
    let filtered = Memo::new(move |_| !wanted(address).is_empty());
    let shown = Memo::new(move |_| marks.count() > 0 || marks.are_all() || filtered.get());
    let words = move || match (marks.are_all(), filtered.get()) {
        (true, true) => text::ALL_MATCHING.to_owned(),
        (true, false) => text::ALL_OF_QUEUE.to_owned(),
        (false, _) => text::marked(marks.count()),
    };
    let any = Memo::new(move |_| marks.are_all() || marks.count() > 0);
    let choose = move || {
        (!marks.are_all()).then(|| {
            let words = if filtered.get() { text::ALL_MATCHING } else { text::ALL_OF_QUEUE };
            view! {
                <button type="button" class="link" data-testid="bulk-all" on:click=move |_| marks.choose_all()>
                    {words}
                </button>
            }
        })
    };
    // The figures of a queue change all the time, what its items are does not: the buttons stay.
    let (letters, times) = (Memo::new(move |_| desk.is_letters()), Memo::new(move |_| desk.has_times()));
    // What a bulk was begun with is marked no more.
    let bulks = expect_context::<Bulks>();
    Effect::new(move |asked: Option<bool>| {
        let (asks, runs) = bulks.open.with(|open| match open {
            Some(Shown::Ask(_)) => (true, false),
            Some(Shown::Run(_)) => (false, true),
            None => (false, false),
        });
        if runs && asked == Some(true) {
            marks.clear();
        }
        asks
    });
    let deeds = move || {
        let button = |testid, deed, words, action| deed_button(desk, (testid, deed, words), action);
        if letters.get() {
            return view! {
                {button("bulk-replay", "replay", text::REPLAY, BulkAction::Replay {})}
                {button("bulk-delete", "delete", text::DELETE_ITEM, BulkAction::Delete {})}
            }
            .into_any();
        }
        let tail = BulkAction::Requeue { priority: None, not_before: None };
        let now = BulkAction::Requeue { priority: None, not_before: Some(Due::Now) };
        let back = BulkAction::GiveBack { to: Return::Same, force: false };
        view! {
            {button("bulk-requeue", "requeue", text::BULK_REQUEUE, tail)}
            {times.get().then(|| button("bulk-now", "requeue", text::BULK_RUN_NOW, now))}
            {button("bulk-give_back", "give_back", text::BULK_GIVE_BACK, back)}
            {button("bulk-dead_letter", "dead_letter", text::SET_ASIDE, BulkAction::DeadLetter {})}
            {button("bulk-delete", "delete", text::DELETE_ITEM, BulkAction::Delete {})}
        }
        .into_any()
    };
    let whole = move || {
        shown.get().then(|| {
            view! {
                <div class="bulk-bar" role="toolbar" aria-label=text::MARKED data-testid="bulk-bar">
                    <span class="strong num" aria-live="polite" data-testid="bulk-count">{part(words)}</span>
                    {part(choose)}
                    {part(move || any.get().then(|| view! {
                        <button type="button" class="link" data-testid="bulk-clear" on:click=move |_| marks.clear()>
                            {text::CLEAR_MARKS}
                        </button>
                    }))}
                    <span class="spring"></span>
                    {part(move || any.get().then(deeds))}
                </div>
            }
        })
    };
    part(whole)
}

fn deed_button(
    desk: Desk,
    (testid, deed, words): (&'static str, &'static str, &'static str),
    action: BulkAction,
) -> impl IntoView {
    let (bulks, address) = (expect_context::<Bulks>(), expect_context::<Address>());
    let why = Memo::new(move |_| desk.hindrance(deed));
    let press = move |_| {
        let Some(here) = address.here() else { return };
        let queue = desk.path.get_value();
        let select = if untrack(|| desk.marks.are_all()) {
            let q = Some(untrack(|| wanted(address))).filter(|q| !q.is_empty());
            // What is taken is all that can be given back.
            let taken = matches!(action, BulkAction::GiveBack { .. }).then_some(true);
            Selection::Found(Found { queue: queue.clone(), q, taken })
        } else {
            Selection::Marked(Marked { targets: desk.marks.targets() })
        };
        let request = BulkRequest { action: action.clone(), select };
        bulks.ask(Ask { cluster: here.cluster, queue, request });
    };
    view! {
        <span class="action" title=move || why.get()>
            <button
                type="button"
                class="button small"
                data-testid=testid
                prop:disabled=move || why.with(Option::is_some)
                aria-description=move || why.get()
                on:click=press
            >
                {words}
            </button>
        </span>
    }
}
