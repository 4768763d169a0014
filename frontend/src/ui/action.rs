//! The buttons that lead to a review sheet.

use leptos::prelude::*;
use zooscope_protocol::view::Stand;
use zooscope_protocol::{
    Action, Confidence, Content, Item, Lock, Member, MemberState, Target, View, ZnodePath,
};

use crate::address::Address;
use crate::live::{Cluster, use_view};
use crate::may::May;
use crate::review::{Reviews, item_seen};
use crate::text;
use crate::ui::part::part;

mod ladder;

pub(crate) use self::ladder::{evict, rung_button};

/// The words of a button and its name for tests.
#[derive(Clone, Copy)]
pub(crate) struct Label {
    /// What it says.
    pub(crate) words: &'static str,
    /// What it says while its action is under way.
    pub(crate) working: &'static str,
    /// Its `data-testid`.
    pub(crate) testid: &'static str,
    /// What it does, by the name that rules have for it.
    pub(crate) deed: &'static str,
    /// The key that presses it: `.` where it is what one does first with its row or page.
    pub(crate) key: Option<&'static str>,
}

/// The key of the row's action.
const ACT: Option<&str> = Some(".");

/// Releases the only holder of a lock.
pub(crate) const RELEASE: Label = Label {
    words: text::RELEASE,
    working: text::RELEASING,
    testid: "release-button",
    deed: "release",
    key: ACT,
};
/// Releases a lock from its own page.
pub(crate) const RELEASE_LOCK: Label = Label {
    words: text::RELEASE_LOCK,
    working: text::RELEASING,
    testid: "release-button",
    deed: "release",
    key: ACT,
};
/// Requeues an item.
pub(crate) const REQUEUE: Label = Label {
    words: text::REQUEUE,
    working: text::REQUEUEING,
    testid: "requeue-button",
    deed: "requeue",
    key: ACT,
};

/// Puts back what was set aside.
pub(crate) const REPLAY: Label = Label {
    words: text::REPLAY,
    working: text::REPLAYING,
    testid: "replay-button",
    deed: "replay",
    key: ACT,
};

/// A button that says why it cannot be pressed. `place` is what it would act on.
fn button(
    label: Label,
    place: impl Fn() -> Option<String> + Send + Sync + 'static,
    hindrance: impl Fn() -> Option<String> + Send + Sync + 'static,
    working: impl Fn() -> bool + Send + Sync + 'static,
    press: impl Fn() + 'static,
) -> impl IntoView {
    let cluster = expect_context::<Cluster>();
    let (may, address) = (expect_context::<May>(), expect_context::<Address>());
    let place = Memo::new(move |_| place());
    let forbidden =
        move || place.with(|place| may.hindrance(&address.cluster(), place.as_deref()?, label.deed));
    let why = Memo::new(move |_| cluster.hindrance.get().or_else(forbidden).or_else(&hindrance));
    let working = Memo::new(move |_| working());
    view! {
        <span title=move || why.get() class="action">
            <button
                type="button"
                class="button small"
                class:working=working
                data-testid=label.testid
                data-key=label.key
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
        _ if lock.hands_off.is_some() => lock.hands_off.clone(),
        _ if lock.confidence == Confidence::Likely => Some(text::LIKELY_HINDRANCE.to_owned()),
        0 => Some(text::NO_HOLDER.to_owned()),
        1 => None,
        _ => Some(text::SEVERAL_HOLDERS.to_owned()),
    }
}

/// A button that opens the sheet for releasing what `target` tells: a lock, and the contender that holds it.
fn release(
    label: Label,
    place: impl Fn() -> Option<String> + Send + Sync + 'static,
    hindrance: impl Fn() -> Option<String> + Send + Sync + 'static,
    target: impl Fn() -> Option<(ZnodePath, Member)> + Send + Sync + 'static,
) -> impl IntoView {
    let reviews = expect_context::<Reviews>();
    let address = expect_context::<Address>();
    let target = Memo::new(move |_| target());
    let working = move || {
        target.with(|target| {
            target.as_ref().is_some_and(|(_, holder)| reviews.is_under_way(&address.cluster(), &holder.path))
        })
    };
    button(label, place, hindrance, working, move || {
        if let (Some(here), Some((lock, holder))) = (address.here(), target.get_untracked()) {
            reviews.release(&here.cluster, &lock, &holder);
        }
    })
}

/// The path of a lock: a rule that is about what is in it is about it as well, and it stays while holders come and go.
fn path_of(lock: Memo<Option<Lock>>) -> impl Fn() -> Option<String> + Send + Sync + 'static {
    move || lock.with(|lock| lock.as_ref().map(|lock| lock.path.to_string()))
}

/// The button that releases the only holder of a lock.
pub(crate) fn release_lock(
    label: Label,
    lock: Memo<Option<Lock>>,
    holder: Memo<Option<Member>>,
) -> impl IntoView {
    let hindrance = move || {
        lock.with(|lock| lock.as_ref().map_or_else(|| Some(text::NO_HOLDER.to_owned()), lock_hindrance))
    };
    release(label, path_of(lock), hindrance, move || {
        Some((lock.with(|lock| Some(lock.as_ref()?.path.clone()))?, holder.get()?))
    })
}

/// The button that releases one of several holders.
pub(crate) fn release_member(
    label: Label,
    lock: Memo<Option<Lock>>,
    member: Memo<Option<Member>>,
) -> impl IntoView {
    let hindrance = move || {
        if !member.with(|member| member.as_ref().is_some_and(|member| member.state == MemberState::Holding)) {
            return Some(text::NO_LONGER_HOLDS.to_owned());
        }
        lock.with(|lock| match lock {
            None => Some(text::NO_LOCK_TITLE.to_owned()),
            Some(lock) if lock.hands_off.is_some() => lock.hands_off.clone(),
            Some(lock) if lock.confidence == Confidence::Likely => Some(text::LIKELY_HINDRANCE.to_owned()),
            Some(_) => None,
        })
    };
    release(label, path_of(lock), hindrance, move || {
        Some((lock.with(|lock| Some(lock.as_ref()?.path.clone()))?, member.get()?))
    })
}

/// The button that releases a lock that a session holds. What its recipe forbids, the plan says.
pub(crate) fn release_stand(stand: Memo<Option<Stand>>) -> impl IntoView {
    let hindrance = move || {
        let holds = stand
            .with(|stand| stand.as_ref().is_some_and(|stand| stand.member.state == MemberState::Holding));
        (!holds).then(|| text::NO_LONGER_HOLDS.to_owned())
    };
    let place = move || stand.with(|stand| stand.as_ref().map(|stand| stand.lock.to_string()));
    release(RELEASE, place, hindrance, move || stand.get().map(|stand| (stand.lock, stand.member)))
}

/// The button that releases the lock at `lock` that the contender `member` holds, wherever it is shown.
pub(crate) fn release_at(lock: ZnodePath, member: ZnodePath) -> impl IntoView {
    let address = expect_context::<Address>();
    let feed = use_view(move || Some((address.cluster(), View::Lock { path: lock.clone() })));
    let detail = move |content: Option<&Content>| match content {
        Some(Content::Lock(detail)) => Some(detail.clone()),
        _ => None,
    };
    let lock = Memo::new(move |_| feed.with(|content| detail(content)?.lock.as_deref().cloned()));
    let holder = Memo::new(move |_| {
        let detail = feed.with(detail)?;
        detail.holders.into_iter().find(|holder| holder.path == member)
    });
    release_member(RELEASE_LOCK, lock, holder)
}

/// The first button of an item: it is requeued, or put back where it was set aside. `refusal` is why the queue does not allow it.
pub(crate) fn item_button(
    label: Label,
    queue: ZnodePath,
    refusal: Memo<Option<String>>,
    item: Memo<Option<Item>>,
    action: fn(Target) -> Action,
) -> impl IntoView {
    let reviews = expect_context::<Reviews>();
    let address = expect_context::<Address>();
    let hindrance = move || {
        if let Some(why) = refusal.get() {
            return Some(why);
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
    let at = queue.to_string();
    button(
        label,
        move || Some(at.clone()),
        hindrance,
        working,
        move || {
            if let (Some(here), Some(item)) = (address.here(), item.get_untracked()) {
                let seen = item_seen(&item);
                reviews.begin(&here.cluster, &queue, action(seen.target()), Some(seen));
            }
        },
    )
}
