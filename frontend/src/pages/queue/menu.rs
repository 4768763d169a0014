//! All that can be done to one item, each with why it cannot.

use leptos::prelude::*;
use zooscope_protocol::action::{DeadLetter, Due, GiveBack, Place, Requeue, Return};
use zooscope_protocol::{Action, Item, Target, Timestamp};

use super::desk::Desk;
use crate::address::Address;
use crate::review::{Reviews, item_seen};
use crate::text;
use crate::ui::dialog::{head, modal};
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;
use crate::ui::path::name_text;

/// The button that opens the menu of an item.
pub(super) fn menu_button(desk: Desk, name: String) -> impl IntoView {
    view! {
        <button
            type="button"
            class="icon-button small"
            aria-label=text::MORE_ACTIONS
            title=text::MORE_ACTIONS
            aria-haspopup="dialog"
            data-testid="item-menu-button"
            on:click=move |event| {
                event.stop_propagation();
                desk.menu.set(Some(name.clone()));
            }
            on:keydown=|event| event.stop_propagation()
        >
            {icon(Icon::More)}
        </button>
    }
}

/// The menu of the item that is chosen, if one is.
pub(super) fn item_menu(desk: Desk) -> impl IntoView {
    move || desk.menu.get().map(|name| untrack(|| menu(desk, name)))
}

/// One of the things that can be done.
struct Entry {
    testid: &'static str,
    deed: &'static str,
    words: &'static str,
}

fn menu(desk: Desk, name: String) -> AnyView {
    let at = name.clone();
    let item = Memo::new(move |_| desk.item(&at));
    let close = move || desk.menu.set(None);
    let idle = |item: &Item| item.taken_by.is_some().then_some(text::TAKEN_HINDRANCE);
    let taken = move |item: &Item| match item.taken_by {
        Some(_) => None,
        None if desk.queue.with(|queue| queue.as_ref().is_some_and(|queue| queue.in_flight.is_none())) => {
            Some(text::LEAVES_NO_MARK)
        }
        None => Some(text::NOT_TAKEN),
    };
    let entry = |testid, deed, words| Entry { testid, deed, words };
    let requeue = |target: Target| Requeue::from(target);
    let letters = desk.is_letters();
    let body = if letters {
        let replay = entry("item-replay", "replay", text::PUT_BACK);
        let delete = entry("item-delete", "delete", text::DELETE_ITEM);
        view! {
            {choice(desk, item, replay, |_| None, |target| Some(Action::Replay(target)))}
            {choice(desk, item, delete, |_| None, |target| Some(Action::Delete(target)))}
        }
        .into_any()
    } else {
        let give_back = |target, to| Some(Action::GiveBack(GiveBack { target, to, force: false }));
        view! {
            {choice(desk, item, entry("item-tail", "requeue", text::TO_TAIL), idle, move |target| {
                Some(Action::Requeue(requeue(target)))
            })}
            {choice(desk, item, entry("item-head", "requeue", text::TO_HEAD), idle, move |target| {
                Some(Action::Requeue(Requeue { to: Place::Head, ..requeue(target) }))
            })}
            {priority(desk, item)}
            {time(desk, item)}
            {choice(desk, item, entry("item-give_back", "give_back", text::GIVE_BACK), taken, move |target| {
                give_back(target, Return::Same)
            })}
            {choice(desk, item, entry("item-give_back-tail", "give_back", text::GIVE_BACK_TAIL), taken, move |target| {
                give_back(target, Return::Tail)
            })}
            {choice(desk, item, entry("item-dead_letter", "dead_letter", text::SET_ASIDE), idle, |target| {
                Some(Action::DeadLetter(DeadLetter { target, to: None }))
            })}
            {choice(desk, item, entry("item-delete", "delete", text::DELETE_ITEM), idle, |target| {
                Some(Action::Delete(target))
            })}
        }
        .into_any()
    };
    let content = view! {
        <div class="card">
            {head(view! { <h2 class="mono item-name" title=name.clone()>{name_text(&name)}</h2> }, close)}
            <div class="item-choices">{body}</div>
        </div>
    };
    modal("ask", text::MORE_ACTIONS, "item-menu", close, content.into_any()).into_any()
}

/// A button with its reason below it when it cannot be pressed.
fn choice(
    desk: Desk,
    item: Memo<Option<Item>>,
    Entry { testid, deed, words }: Entry,
    hindrance: impl Fn(&Item) -> Option<&'static str> + Send + Sync + 'static,
    action: impl Fn(Target) -> Option<Action> + 'static,
) -> impl IntoView {
    let reviews = expect_context::<Reviews>();
    let address = expect_context::<Address>();
    let why = Memo::new(move |_| {
        desk.hindrance(deed).or_else(|| {
            item.with(|item| match item {
                None => Some(text::ITEM_GONE.to_owned()),
                Some(item) => hindrance(item).map(str::to_owned),
            })
        })
    });
    let press = move |_| {
        let (Some(here), Some(item)) = (address.here(), item.get_untracked()) else { return };
        let seen = item_seen(&item);
        let Some(action) = action(seen.target()) else { return };
        let queue = desk.path.get_value();
        desk.menu.set(None);
        after(move || reviews.begin(&here.cluster, &queue, action, Some(seen)));
    };
    view! {
        <div class="item-choice">
            <button
                type="button"
                class="button"
                data-testid=testid
                prop:disabled=move || why.with(Option::is_some)
                aria-description=move || why.get()
                on:click=press
            >
                {words}
            </button>
            {part(move || why.get().map(|why| view! { <span class="soft">{why}</span> }))}
        </div>
    }
}

/// Another priority.
fn priority(desk: Desk, item: Memo<Option<Item>>) -> impl IntoView {
    let now = item.with_untracked(|item| item.as_ref().and_then(|item| item.priority));
    let typed = RwSignal::new(now.map(|now| now.to_string()).unwrap_or_default());
    let number = move || typed.with(|typed| typed.trim().parse::<i32>().ok());
    let hindrance = move |item: &Item| {
        if !desk.has_priorities() {
            Some(text::NO_PRIORITIES)
        } else if item.taken_by.is_some() {
            Some(text::TAKEN_HINDRANCE)
        } else {
            number().is_none().then_some(text::NO_NUMBER)
        }
    };
    let entry = Entry { testid: "item-priority", deed: "requeue", words: text::WITH_PRIORITY };
    let field = desk.has_priorities().then(|| {
        view! {
            <input
                type="number"
                step="1"
                class="num"
                aria-label=text::NEW_PRIORITY
                title=text::NEW_PRIORITY
                data-testid="item-priority-field"
                prop:value=move || typed.get()
                on:input=move |event| typed.set(event_target_value(&event))
            />
        }
    });
    view! {
        <div class="item-with">
            {field}
            {choice(desk, item, entry, hindrance, move |target| {
                let priority = untrack(number);
                Some(Action::Requeue(Requeue { priority: Some(priority?), ..target.into() }))
            })}
        </div>
    }
}

/// Another time, or now.
fn time(desk: Desk, item: Memo<Option<Item>>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let moment = move || typed.with(|typed| local_time(typed));
    let timed = move |item: &Item, missing: bool| {
        if !desk.has_times() {
            Some(text::NO_TIMES)
        } else if item.taken_by.is_some() {
            Some(text::TAKEN_HINDRANCE)
        } else {
            missing.then_some(text::NO_TIME)
        }
    };
    let now = Entry { testid: "item-now", deed: "requeue", words: text::RUN_NOW };
    let at = Entry { testid: "item-time", deed: "requeue", words: text::WITH_TIME };
    let due = |target: Target, due| Some(Action::Requeue(Requeue { not_before: Some(due), ..target.into() }));
    let with_time = desk.has_times().then(|| {
        view! {
            <div class="item-with">
                <input
                    type="datetime-local"
                    aria-label=text::NEW_TIME
                    title=text::NEW_TIME
                    data-testid="item-time-field"
                    prop:value=move || typed.get()
                    on:input=move |event| typed.set(event_target_value(&event))
                />
                {choice(desk, item, at, move |item| timed(item, moment().is_none()), move |target| {
                    due(target, Due::At(untrack(moment)?))
                })}
            </div>
        }
    });
    view! {
        {choice(desk, item, now, move |item| timed(item, false), move |target| due(target, Due::Now))}
        {with_time}
    }
}

/// What a field of the browser for a day and a time says, which is in the zone of whoever types.
pub(super) fn local_time(typed: &str) -> Option<Timestamp> {
    if typed.is_empty() {
        return None;
    }
    let millis = js_sys::Date::new(&typed.into()).get_time();
    millis.is_finite().then_some(Timestamp(millis as i64))
}

/// Does something when a dialog that closes now has given the focus back, so that the next one gives it back to there too.
pub(super) fn after(then: impl FnOnce() + 'static) {
    request_animation_frame(move || request_animation_frame(then));
}
