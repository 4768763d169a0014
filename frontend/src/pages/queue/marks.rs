//! The items that are marked.

use std::collections::BTreeMap;

use leptos::prelude::*;
use zooscope_protocol::{Item, Target};

use crate::review::item_seen;

/// The items that are marked, each as it was seen then. Copies are the same.
#[derive(Clone, Copy)]
pub(super) struct Marks {
    marked: RwSignal<BTreeMap<String, Target>>,
    /// Whether all that pass the filter are meant, and not those that are marked one by one: then none is.
    all: RwSignal<bool>,
    /// The one that was marked last, from which a range is marked.
    anchor: StoredValue<Option<String>>,
}

impl Marks {
    pub(super) fn new() -> Self {
        Self {
            marked: RwSignal::new(BTreeMap::new()),
            all: RwSignal::new(false),
            anchor: StoredValue::new(None),
        }
    }

    /// Whether an item is meant. Tracks.
    pub(super) fn has(self, name: &str) -> bool {
        self.all.get() || self.marked.with(|marked| marked.contains_key(name))
    }

    /// How many are marked one by one. Tracks.
    pub(super) fn count(self) -> usize {
        self.marked.with(BTreeMap::len)
    }

    /// Those that are marked one by one.
    pub(super) fn targets(self) -> Vec<Target> {
        self.marked.with_untracked(|marked| marked.values().cloned().collect())
    }

    /// Whether all that pass the filter are meant. Tracks.
    pub(super) fn are_all(self) -> bool {
        self.all.get()
    }

    /// Means all that pass the filter.
    pub(super) fn choose_all(self) {
        self.clear();
        self.all.set(true);
    }

    /// Means none where all were meant; whether they were.
    fn unchoose_all(self) -> bool {
        let were = self.all.get_untracked();
        if were {
            self.all.set(false);
        }
        were
    }

    /// No mark.
    pub(super) fn clear(self) {
        self.all.set(false);
        self.marked.update(BTreeMap::clear);
        self.anchor.set_value(None);
    }

    /// Marks an item, or takes its mark away; with `range` marks all from the last one to it, of `order`.
    pub(super) fn toggle(self, name: &str, range: bool, order: &[Item]) {
        if self.unchoose_all() {
            return;
        }
        let place = |wanted: &str| order.iter().position(|item| item.name == wanted);
        let from = self.anchor.with_value(|anchor| anchor.as_deref().and_then(place)).filter(|_| range);
        let Some(to) = place(name) else {
            self.marked.update(|marked| drop(marked.remove(name)));
            return;
        };
        self.anchor.set_value(Some(name.to_owned()));
        self.marked.update(|marked| match from {
            Some(from) => {
                for item in &order[from.min(to)..=from.max(to)] {
                    marked.insert(item.name.clone(), item_seen(item).target());
                }
            }
            None => {
                if marked.remove(name).is_none() {
                    marked.insert(name.to_owned(), item_seen(&order[to]).target());
                }
            }
        });
    }

    /// Marks all of `order`, or none where all are marked.
    pub(super) fn toggle_all(self, order: &[Item]) {
        if self.unchoose_all() {
            return;
        }
        self.marked.update(|marked| {
            if order.iter().all(|item| marked.contains_key(&item.name)) {
                marked.clear();
            } else {
                marked.extend(order.iter().map(|item| (item.name.clone(), item_seen(item).target())));
            }
        });
    }
}
