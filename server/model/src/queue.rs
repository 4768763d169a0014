//! The items of a queue in the order that consumers take them, and what consumers have taken.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::OrdMap;
use zooscope_protocol::{Bytes, Item, Letter, QueueKind, SessionId, Timestamp, ZnodePath, Zxid};

use crate::census::{Census, Cohort, FRAME, Family, Place, Shape, Sighting};
use crate::recipe::{QueueFact, Site, count};
use crate::tree::{Name, Tree, Znode};

/// A mark of a consumer's of which there is no item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Orphan {
    pub(crate) path: ZnodePath,
    pub(crate) czxid: Zxid,
}

/// What consumers have taken, as far as a look at so many of them tells.
pub(crate) struct Taking {
    pub(crate) in_flight: u32,
    pub(crate) consumers: u32,
    /// Taken names of which there is no item.
    pub(crate) orphans: Vec<Orphan>,
}

impl Taking {
    /// So many taken items are looked at; beyond them all are counted as in flight.
    const LOOK: usize = 1_000;

    pub(crate) fn of(site: &Site<'_>, items: &ZnodePath, taken: &ZnodePath) -> Option<Self> {
        let (items, directory) = (site.tree.get(items)?, site.tree.get(taken)?);
        let census = site.censuses.get(taken).map(Arc::as_ref);
        let cohort = |family| census.and_then(|census| census.cohort(family));
        let Some(cohort) = cohort(Family::KazooTaken).or_else(|| cohort(Family::CuratorItemLock)) else {
            // kazoo's directory says that nothing is taken. An empty one that is only called like a lock path may be anything.
            let kazoo = taken.name() == "taken";
            return kazoo.then(|| Self { in_flight: 0, consumers: 0, orphans: Vec::new() });
        };
        let mut orphans = Vec::new();
        let mut sessions = BTreeSet::new();
        for place in cohort.line.iter().take(Self::LOOK) {
            let Some(mark) = directory.child(&place.name).map(Znode::stat) else { continue };
            sessions.extend(mark.owner());
            if items.child(&place.name).is_none() {
                let path = taken.child(&place.name).ok();
                orphans.extend(path.map(|path| Orphan { path, czxid: mark.czxid }));
            }
        }
        Some(Self {
            in_flight: count(cohort.len().saturating_sub(orphans.len())),
            consumers: count(sessions.len()),
            orphans,
        })
    }
}

/// The items of one queue.
pub(crate) struct Items<'a> {
    fact: &'a QueueFact,
    directory: &'a Znode,
    census: &'a Census,
    cohort: &'a Cohort,
    taken: Option<&'a Znode>,
}

impl<'a> Items<'a> {
    /// `None` when the queue is empty.
    pub(crate) fn of(
        tree: &'a Tree,
        censuses: &'a OrdMap<ZnodePath, Arc<Census>>,
        fact: &'a QueueFact,
    ) -> Option<Self> {
        let census = censuses.get(&fact.items)?;
        let cohort = census.cohort(fact.family)?;
        let taken = fact.taken.as_ref().and_then(|path| tree.get(path));
        Some(Self { fact, directory: tree.get(&fact.items)?, census, cohort, taken })
    }

    pub(crate) fn len(&self) -> usize {
        self.cohort.len()
    }

    /// A window in the order of consumption.
    pub(crate) fn window(&self, start: usize, limit: usize) -> Vec<Item> {
        if self.by_arrival() {
            self.cohort.arrivals().skip(start).take(limit).filter_map(|name| self.item(name)).collect()
        } else {
            let line = self.cohort.line.iter().skip(start).take(limit);
            line.filter_map(|place| self.item(&place.name)).collect()
        }
    }

    /// The items that follow the one of this name; those from the first where there is none of this name any more and
    /// it cannot be told where it stood.
    pub(crate) fn after(&self, name: Option<&str>, limit: usize) -> Vec<Item> {
        use std::ops::Bound::{Excluded, Unbounded};
        let Some(place) = name.and_then(|name| self.place_of(name)) else {
            return self.window(0, limit);
        };
        if self.by_arrival() {
            let arrivals = self.cohort.arrivals_after(&place);
            arrivals.take(limit).filter_map(|name| self.item(name)).collect()
        } else {
            let line = self.cohort.line.range((Excluded(place), Unbounded)).take(limit);
            line.filter_map(|place| self.item(&place.name)).collect()
        }
    }

    /// The item of this name.
    pub(crate) fn item(&self, name: &str) -> Option<Item> {
        let (name, child) = self.directory.child_map().get_key_value(name)?;
        let znode = child.znode();
        let sighting = self.sighting(name, znode)?;
        let stat = znode.stat();
        let taken_by = self.taken.and_then(|taken| taken.child(name)).and_then(|lock| lock.stat().owner());
        Some(Item {
            path: self.fact.items.child(name).ok()?,
            name: name.to_string(),
            rank: self.rank(&sighting.place),
            sequence: self.numbered().then_some(sighting.place.sequence),
            priority: self.priority(&sighting),
            not_before: self.not_before(&sighting),
            size: u32::try_from(stat.data_length).unwrap_or(0),
            created: stat.ctime,
            taken_by,
            preview: preview(self.fact.family, znode.data()),
            czxid: stat.czxid,
            version: stat.version,
            letter: self.letter(znode),
        })
    }

    /// What is kept of an item that was set aside.
    fn letter(&self, znode: &Znode) -> Option<Letter> {
        let origin = (self.fact.family == Family::DeadLetter).then(|| znode.child(Letter::NAME))??;
        serde_json::from_slice(origin.data()).ok()
    }

    /// Who has taken the item of this name, with the path of the znode that says so.
    pub(crate) fn taken(&self, name: &str) -> Option<(ZnodePath, Option<SessionId>)> {
        let owner = self.taken?.child(name)?.stat().owner();
        Some((self.fact.taken.as_ref()?.child(name).ok()?, owner))
    }

    /// The place that a name has or had. Whether the znode is there does not matter for a name that tells all.
    fn place_of(&self, name: &str) -> Option<Place> {
        let ghost = Znode::of_item();
        let name = Name::from(name);
        let znode = self.directory.child(&name).unwrap_or(&ghost);
        self.sighting(&name, znode).map(|sighting| sighting.place)
    }

    fn sighting(&self, name: &Name, znode: &Znode) -> Option<Sighting> {
        self.census.classify(name, znode).filter(|sighting| sighting.family == self.fact.family)
    }

    /// Whether the items have numbers.
    fn numbered(&self) -> bool {
        let declared = self.fact.declared.as_ref();
        self.fact.family.numbered() && declared.is_none_or(|declared| declared.is_numbered())
    }

    /// Whether consumers take the items by number whatever else their names say.
    fn by_arrival(&self) -> bool {
        self.fact.kind == QueueKind::Id
    }

    fn rank(&self, place: &Place) -> String {
        let number = place.sequence.cast_unsigned() ^ (1 << 31);
        if self.by_arrival() {
            return format!("{number:08x}");
        }
        let primary = place.primary.cast_unsigned() ^ (1 << 63);
        format!("{primary:016x}{number:08x}")
    }

    fn priority(&self, sighting: &Sighting) -> Option<i64> {
        match (self.fact.family, sighting.shape) {
            (Family::KazooEntry | Family::DeclaredPriorityItem, _) => Some(sighting.place.primary),
            // The first of the nine digits tells the sign, which the other eight have too.
            (Family::CuratorItem, Shape::Priority) => Some(i64::from(sighting.place.primary as u32 as i32)),
            _ => None,
        }
    }

    fn not_before(&self, sighting: &Sighting) -> Option<Timestamp> {
        let delays =
            self.fact.kind == QueueKind::Delay && matches!(sighting.shape, Shape::Delay | Shape::Hex);
        delays.then_some(Timestamp(sighting.place.primary))
    }
}

/// The first bytes of an item's data, without Curator's framing; of several items in one znode the first.
fn preview(family: Family, data: &[u8]) -> Bytes {
    let raw = match family {
        Family::CuratorItem | Family::DeadLetter => unframed(data).unwrap_or(data),
        _ => data,
    };
    Bytes(raw[..raw.len().min(Item::PREVIEW_BYTES)].to_vec())
}

fn unframed(data: &[u8]) -> Option<&[u8]> {
    let (length, rest) = data.strip_prefix(&FRAME)?.strip_prefix(&[1])?.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    Some(&rest[..rest.len().min(length)])
}
