//! The buttons that lead to a review sheet.

use leptos::prelude::*;
use zooscope_protocol::{Confidence, Item, Lock, Member};

use crate::address::Address;
use crate::live::Cluster;
use crate::review::Reviews;
use crate::text;
use crate::ui::part::part;

/// The words of a button and its name for tests.
#[derive(Clone, Copy)]
pub(crate) struct Label {
    /// What it says.
    pub(crate) words: &'static str,
    /// What it says while its action is under way.
    pub(crate) working: &'static str,
    /// Its `data-testid`.
    pub(crate) testid: &'static str,
}

/// Releases the only holder of a lock.
pub(crate) const RELEASE: Label =
    Label { words: text::RELEASE, working: text::RELEASING, testid: "release-button" };
/// Releases a lock from its own page.
pub(crate) const RELEASE_LOCK: Label =
    Label { words: text::RELEASE_LOCK, working: text::RELEASING, testid: "release-button" };
/// Requeues an item.
pub(crate) const REQUEUE: Label =
    Label { words: text::REQUEUE, working: text::REQUEUEING, testid: "requeue-button" };

/// A button that says why it cannot be pressed.
fn button(
    label: Label,
    hindrance: impl Fn() -> Option<String> + Send + Sync + 'static,
    working: impl Fn() -> bool + Send + Sync + 'static,
    press: impl Fn() + 'static,
) -> impl IntoView {
    let cluster = expect_context::<Cluster>();
    let why = Memo::new(move |_| cluster.hindrance.get().or_else(&hindrance));
    let working = Memo::new(move |_| working());
    view! {
        <span title=move || why.get() class="action">
            <button
                type="button"
                class="button small"
                class:working=working
                data-testid=label.testid
                data-key="."
                prop:disabled=move || why.get().is_some() || working.get()
                aria-description=move || why.get()
                on:click=move |event| {
                    event.stop_propagation();
                    press();
                }
                on:keydown=|event| event.stop_propagation()
            >
                {part(move || if working.get() { label.working } else { label.words })}
            </button>
        </span>
    }
}

/// Why the holder of a lock cannot be chosen or released from its row.
fn lock_hindrance(lock: &Lock) -> Option<String> {
    match lock.held_by {
        _ if lock.confidence == Confidence::Likely => Some(text::LIKELY_HINDRANCE.to_owned()),
        0 => Some(text::NO_HOLDER.to_owned()),
        1 => None,
        _ => Some(text::SEVERAL_HOLDERS.to_owned()),
    }
}

/// The button that releases the only holder of a lock.
pub(crate) fn release_lock(
    label: Label,
    lock: Memo<Option<Lock>>,
    holder: Memo<Option<Member>>,
) -> impl IntoView {
    let reviews = expect_context::<Reviews>();
    let address = expect_context::<Address>();
    let hindrance = move || {
        lock.with(|lock| lock.as_ref().map_or_else(|| Some(text::NO_HOLDER.to_owned()), lock_hindrance))
    };
    let working = move || {
        holder.with(|holder| {
            holder.as_ref().is_some_and(|holder| reviews.is_under_way(&address.cluster(), &holder.path))
        })
    };
    button(label, hindrance, working, move || {
        let Some(here) = address.here() else { return };
        lock.with_untracked(|lock| {
            holder.with_untracked(|holder| {
                if let (Some(lock), Some(holder)) = (lock, holder) {
                    reviews.release(&here.cluster, &lock.path, holder);
                }
            });
        });
    })
}

/// The button that releases one of several holders.
pub(crate) fn release_member(lock: Memo<Option<Lock>>, member: Memo<Option<Member>>) -> impl IntoView {
    let reviews = expect_context::<Reviews>();
    let address = expect_context::<Address>();
    let hindrance = move || {
        let likely =
            lock.with(|lock| lock.as_ref().is_some_and(|lock| lock.confidence == Confidence::Likely));
        likely.then(|| text::LIKELY_HINDRANCE.to_owned())
    };
    let working = move || {
        member.with(|member| {
            member.as_ref().is_some_and(|member| reviews.is_under_way(&address.cluster(), &member.path))
        })
    };
    button(RELEASE, hindrance, working, move || {
        let Some(here) = address.here() else { return };
        lock.with_untracked(|lock| {
            member.with_untracked(|member| {
                if let (Some(lock), Some(member)) = (lock, member) {
                    reviews.release(&here.cluster, &lock.path, member);
                }
            });
        });
    })
}

/// The button that requeues an item.
pub(crate) fn requeue_item(queue: String, likely: Memo<bool>, item: Memo<Option<Item>>) -> impl IntoView {
    let reviews = expect_context::<Reviews>();
    let address = expect_context::<Address>();
    let hindrance = move || {
        if likely.get() {
            return Some(text::LIKELY_HINDRANCE.to_owned());
        }
        item.with(|item| match item {
            None => Some(text::ITEM_GONE.to_owned()),
            Some(item) if item.taken_by.is_some() => Some(text::TAKEN_HINDRANCE.to_owned()),
            Some(_) => None,
        })
    };
    let working = move || {
        item.with(|item| {
            item.as_ref().is_some_and(|item| reviews.is_under_way(&address.cluster(), &item.path))
        })
    };
    button(REQUEUE, hindrance, working, move || {
        let (Some(here), Ok(queue)) = (address.here(), zooscope_protocol::ZnodePath::parse(&queue)) else {
            return;
        };
        item.with_untracked(|item| {
            if let Some(item) = item {
                reviews.requeue(&here.cluster, &queue, item);
            }
        });
    })
}
