//! The difference between one view at two revisions, and how to apply it.
//!
//! The law: `a.apply(Delta::between(&a, &b))` makes `a` equal to `b`. It is tested on arbitrary contents.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::ladder::{Ladder, Rung};
use crate::session::{Session, Source};
use crate::view::Journal;
use crate::{Child, Content, Event, Item, Lock, Member, Queue, Stat};

/// What changed in a view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delta {
    /// Everything: small views, and views that changed their nature.
    Replace(Content),
    /// In a list of locks.
    Locks {
        /// The new total.
        total: u32,
        /// The rows that changed.
        rows: Rows<Lock>,
    },
    /// In one lock.
    Lock {
        /// The lock without its members.
        lock: Box<Lock>,
        /// The holders that changed.
        holders: Rows<Member>,
        /// The waiters that changed.
        waiters: Rows<Member>,
        /// How it was recognised.
        because: String,
        /// The ladders that changed.
        ladders: Rows<Ladder>,
        /// What lets it go on.
        cures: Vec<Rung>,
    },
    /// In a list of queues.
    Queues {
        /// The new total.
        total: u32,
        /// The rows that changed.
        rows: Rows<Queue>,
    },
    /// In one queue.
    Queue {
        /// The queue.
        queue: Box<Queue>,
        /// The items that changed.
        items: Rows<Item>,
        /// How it was recognised.
        because: String,
    },
    /// In a list of sessions.
    Sessions {
        /// The new total.
        total: u32,
        /// The rows that changed.
        rows: Rows<Session>,
        /// What the servers were asked and told.
        sources: Vec<Source>,
    },
    /// In a list of children.
    Children {
        /// The parent's stat.
        stat: Option<Stat>,
        /// Whether the parent may be read.
        readable: bool,
        /// The new total.
        total: u32,
        /// The rows that changed.
        rows: Rows<Child>,
    },
    /// In the journal.
    Journal {
        /// The new count of forgotten events.
        dropped: u64,
        /// The new number of the newest.
        newest: u64,
        /// The events that came.
        append: Vec<Event>,
    },
}

/// What changed among rows that have a key and an order of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rows<T> {
    /// The keys of the rows that are gone.
    pub remove: Vec<String>,
    /// The rows that are new or differ, whole, in the order of the list.
    pub upsert: Vec<T>,
}

/// A delta that does not fit the content that it is applied to. The subscriber asks anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the change does not fit the view that it is for")]
pub struct Misfit;

impl Delta {
    /// What changed from `before` to `after`; `None` when nothing did.
    pub fn between(before: &Content, after: &Content) -> Option<Self> {
        if before == after {
            return None;
        }
        Some(Self::rows_between(before, after).unwrap_or_else(|| Self::Replace(after.clone())))
    }

    /// The difference row by row, where both contents are of one kind that has rows.
    fn rows_between(before: &Content, after: &Content) -> Option<Self> {
        match (before, after) {
            (Content::Locks(a), Content::Locks(b)) if a.sort == b.sort => {
                Some(Self::Locks { total: b.total, rows: Rows::between(&a.rows, &b.rows) })
            }
            (Content::Lock(a), Content::Lock(b)) => Some(Self::Lock {
                lock: a.lock.as_ref().and(b.lock.clone())?,
                holders: Rows::between(&a.holders, &b.holders),
                waiters: Rows::between(&a.waiters, &b.waiters),
                because: b.because.clone(),
                ladders: Rows::between(&a.ladders, &b.ladders),
                cures: b.cures.clone(),
            }),
            (Content::Queues(a), Content::Queues(b)) if a.sort == b.sort => {
                Some(Self::Queues { total: b.total, rows: Rows::between(&a.rows, &b.rows) })
            }
            (Content::Queue(a), Content::Queue(b)) if a.start == b.start => Some(Self::Queue {
                queue: a.queue.as_ref().and(b.queue.clone())?,
                items: Rows::between(&a.items, &b.items),
                because: b.because.clone(),
            }),
            (Content::Sessions(a), Content::Sessions(b)) => Some(Self::Sessions {
                total: b.total,
                rows: Rows::between(&a.rows, &b.rows),
                sources: b.sources.clone(),
            }),
            (Content::Children(a), Content::Children(b)) if a.start == b.start => Some(Self::Children {
                stat: b.stat,
                readable: b.readable,
                total: b.total,
                rows: Rows::between(&a.rows, &b.rows),
            }),
            (Content::Journal(a), Content::Journal(b)) if a.limit == b.limit => journal_between(a, b),
            _ => None,
        }
    }
}

impl Content {
    /// Applies a delta. Errors: [`Misfit`] when it is of another kind of view; the content is then as it was.
    pub fn apply(&mut self, delta: Delta) -> Result<(), Misfit> {
        match (self, delta) {
            (content, Delta::Replace(after)) => *content = after,
            (Self::Locks(list), Delta::Locks { total, rows }) => {
                let sort = list.sort;
                list.total = total;
                rows.apply(&mut list.rows, |a, b| a.order(b, sort));
            }
            (Self::Lock(detail), Delta::Lock { lock, holders, waiters, because, ladders, cures }) => {
                (detail.lock, detail.because, detail.cures) = (Some(lock), because, cures);
                ladders.apply(&mut detail.ladders, |a, b| a.path.cmp(&b.path));
                holders.apply(&mut detail.holders, Member::order);
                waiters.apply(&mut detail.waiters, Member::order);
            }
            (Self::Queues(list), Delta::Queues { total, rows }) => {
                let sort = list.sort;
                list.total = total;
                rows.apply(&mut list.rows, |a, b| a.order(b, sort));
            }
            (Self::Queue(detail), Delta::Queue { queue, items, because }) => {
                (detail.queue, detail.because) = (Some(queue), because);
                items.apply(&mut detail.items, Item::order);
            }
            (Self::Sessions(list), Delta::Sessions { total, rows, sources }) => {
                (list.total, list.sources) = (total, sources);
                rows.apply(&mut list.rows, Session::order);
            }
            (Self::Children(list), Delta::Children { stat, readable, total, rows }) => {
                (list.stat, list.readable, list.total) = (stat, readable, total);
                rows.apply(&mut list.rows, |a, b| a.name.cmp(&b.name));
            }
            (Self::Journal(journal), Delta::Journal { dropped, newest, append }) => {
                (journal.dropped, journal.newest) = (dropped, newest);
                journal.events.extend(append);
                let surplus = journal.events.len().saturating_sub(journal.limit as usize);
                journal.events.drain(..surplus);
            }
            _ => return Err(Misfit),
        }
        Ok(())
    }
}

/// The events of `after` that follow those of `before`; `None` where `after` is not its continuation.
fn journal_between(before: &Journal, after: &Journal) -> Option<Delta> {
    let seen = before.events.last().map_or(0, |event| event.seq);
    let fresh = after.events.partition_point(|event| event.seq <= seen);
    let (kept, append) = after.events.split_at(fresh);
    let continues = before.events.ends_with(kept)
        && (kept.len() == before.events.len() || after.events.len() == after.limit as usize);
    continues.then(|| Delta::Journal {
        dropped: after.dropped,
        newest: after.newest,
        append: append.to_vec(),
    })
}

/// A row of a list: it has a key that no other row of the list has.
pub trait Row: Clone + PartialEq {
    /// The key.
    fn key(&self) -> Cow<'_, str>;
}

impl<T: Row> Rows<T> {
    /// What changed from `before` to `after`.
    pub fn between(before: &[T], after: &[T]) -> Self {
        let old: HashMap<Cow<'_, str>, &T> = before.iter().map(|row| (row.key(), row)).collect();
        let kept: HashSet<Cow<'_, str>> = after.iter().map(Row::key).collect();
        let gone = |row: &&T| !kept.contains(&row.key());
        let differs = |row: &&T| old.get(&row.key()) != Some(row);
        Self {
            remove: before.iter().filter(gone).map(|row| row.key().into_owned()).collect(),
            upsert: after.iter().filter(differs).cloned().collect(),
        }
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.remove.is_empty() && self.upsert.is_empty()
    }

    fn apply(self, rows: &mut Vec<T>, order: impl Fn(&T, &T) -> Ordering) {
        if self.is_empty() {
            return;
        }
        let removed = self.remove.iter().map(|key| Cow::from(key.as_str()));
        let replaced: HashSet<Cow<'_, str>> = removed.chain(self.upsert.iter().map(Row::key)).collect();
        rows.retain(|row| !replaced.contains(&row.key()));
        drop(replaced);
        *rows = merged(std::mem::take(rows), self.upsert, order);
    }
}

/// Two lists, each in this order, as one.
fn merged<T>(left: Vec<T>, right: Vec<T>, order: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let mut right = right.into_iter().peekable();
    for row in left {
        while let Some(first) = right.next_if(|first| order(first, &row) == Ordering::Less) {
            merged.push(first);
        }
        merged.push(row);
    }
    merged.extend(right);
    merged
}

impl Row for Lock {
    fn key(&self) -> Cow<'_, str> {
        self.path.as_str().into()
    }
}

impl Row for Member {
    fn key(&self) -> Cow<'_, str> {
        self.path.as_str().into()
    }
}

impl Row for Ladder {
    fn key(&self) -> Cow<'_, str> {
        self.path.as_str().into()
    }
}

impl Row for Queue {
    fn key(&self) -> Cow<'_, str> {
        self.path.as_str().into()
    }
}

impl Row for Item {
    fn key(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }
}

impl Row for Child {
    fn key(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }
}

impl Row for Session {
    fn key(&self) -> Cow<'_, str> {
        self.session.to_string().into()
    }
}
