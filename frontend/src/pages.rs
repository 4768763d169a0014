//! The screens. A plural shows the list, a singular one of it.

use leptos::prelude::{Memo, With as _};
use zooscope_protocol::{Lock, Member, Queue, Recipe, SessionId};

use crate::address::Address;
use crate::duration::Level;
use crate::route::{Page, Place};
use crate::ui::badge;

pub(crate) mod approvals;
pub(crate) mod audit;
mod data;
mod deadlocks;
mod entry;
pub(crate) mod events;
pub(crate) mod findings;
mod graph;
mod list;
mod lock;
pub(crate) mod locks;
mod node;
pub(crate) mod overview;
mod queue;
pub(crate) mod queues;
mod recent;
pub(crate) mod recipes;
mod rungs;
mod session;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod tree;
mod trial;
pub(crate) mod waits;

/// The place of one thing of the list that is shown, with the list's filter and order kept.
fn beside(address: Address, page: Page) -> Option<Place> {
    address.here().map(|here| Place { page, ..here })
}

/// The code of the finding that a lock is held too long, and of the one that it is waited for too long.
const HELD_LONG: &str = "held_long";
const WAITING_LONG: &str = "waiting_long";

/// How serious it is that a lock is held, or waited for, as long as it is: by the finding with this code.
fn lasting(lock: Memo<Option<Lock>>, code: &'static str) -> Level {
    lock.with(|lock| lock.as_ref().map_or(Level::Ok, |lock| badge::level_by(&lock.findings, &[code])))
}

/// How serious it is that the items of a queue stay.
fn lingering(queue: Memo<Option<Queue>>) -> Level {
    let codes = ["no_consumer", "stuck_head"];
    queue.with(|queue| queue.as_ref().map_or(Level::Ok, |queue| badge::level_by(&queue.findings, &codes)))
}

/// The end of a session id, which tells sessions apart.
fn short_session(session: SessionId) -> String {
    format!("0x…{}", &session.last8()[4..])
}

/// Who a contender is, in one word: what it calls itself, its address, or its session.
fn who(member: &Member) -> String {
    let identity = member.identity.as_deref().filter(|identity| !identity.trim().is_empty());
    identity
        .map(crate::bytes::visible_text)
        .or_else(|| member.client.clone())
        .or_else(|| member.session.map(short_session))
        .unwrap_or_else(|| member.name.clone())
}

/// The libraries that a recipe may be of, in few words: the first, and how many more.
fn short_recipe(recipe: &Recipe) -> String {
    match recipe.0.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} {}", crate::text::and_more(rest.len() as u32)),
    }
}
