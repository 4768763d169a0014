//! What the parts of a queue's page share.

use std::collections::HashSet;

use leptos::prelude::*;
use zooscope_protocol::{Content, Item, Queue, QueueKind, ZnodePath};

use super::marks::Marks;
use crate::address::Address;
use crate::live::{Cluster, Feed};
use crate::may::May;

/// What the parts of a queue's page share. Copies are the same.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    /// What came.
    pub(super) feed: Feed,
    /// The queue.
    pub(super) queue: Memo<Option<Queue>>,
    /// Where it is.
    pub(super) path: StoredValue<ZnodePath>,
    /// Why nothing is done to its items.
    pub(super) refusal: Memo<Option<String>>,
    /// The item whose actions are shown.
    pub(super) menu: RwSignal<Option<String>>,
    /// Whether an item is being put in.
    pub(super) putting: RwSignal<bool>,
    /// What is marked.
    pub(super) marks: Marks,
    cluster: Cluster,
    may: May,
    address: Address,
}

impl Desk {
    /// The desk of the queue at `path`.
    pub(super) fn new(
        feed: Feed,
        path: ZnodePath,
        queue: Memo<Option<Queue>>,
        refusal: Memo<Option<String>>,
    ) -> Self {
        Self {
            feed,
            queue,
            path: StoredValue::new(path),
            refusal,
            menu: RwSignal::new(None),
            putting: RwSignal::new(false),
            marks: Marks::new(),
            cluster: expect_context(),
            may: expect_context(),
            address: expect_context(),
        }
    }

    /// An item as it is now. Tracks.
    pub(super) fn item(self, name: &str) -> Option<Item> {
        self.feed.with(|content| match content {
            Some(Content::Queue(detail)) => detail.items.iter().find(|item| item.name == name).cloned(),
            _ => None,
        })
    }

    /// The items of these names, in their order. Tracks.
    pub(super) fn shown(self, keys: Memo<Vec<String>>) -> Vec<Item> {
        let names: HashSet<String> = keys.with(|keys| keys.iter().cloned().collect());
        self.feed.with(|content| match content {
            Some(Content::Queue(detail)) => {
                detail.items.iter().filter(|item| names.contains(&item.name)).cloned().collect()
            }
            _ => Vec::new(),
        })
    }

    /// Whether it holds what was set aside. Tracks.
    pub(super) fn is_letters(self) -> bool {
        self.queue.with(|queue| queue.as_ref().is_some_and(|queue| queue.kind == QueueKind::DeadLetter))
    }

    /// Whether its items have a priority that can be given. Tracks.
    pub(super) fn has_priorities(self) -> bool {
        let of_kind = self.queue.with(|queue| {
            queue.as_ref().is_some_and(|queue| {
                queue.kind == QueueKind::Priority || queue.recipe.to_string().contains("kazoo")
            })
        });
        of_kind
            || self.feed.with(|content| match content {
                Some(Content::Queue(detail)) => detail.items.iter().any(|item| item.priority.is_some()),
                _ => false,
            })
    }

    /// Whether its items have a time that can be given. Tracks.
    pub(super) fn has_times(self) -> bool {
        self.queue.with(|queue| queue.as_ref().is_some_and(|queue| queue.kind == QueueKind::Delay))
    }

    /// Why a deed is not done here, whatever the item. Tracks.
    pub(super) fn hindrance(self, deed: &str) -> Option<String> {
        let forbidden = || {
            let path = self.path.with_value(ToString::to_string);
            self.may.hindrance(&self.address.cluster(), &path, deed)
        };
        self.cluster.hindrance.get().or_else(forbidden).or_else(|| self.refusal.get())
    }
}
