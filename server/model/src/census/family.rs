//! What the name of a znode says about it: a pure function of the name, of its being ephemeral, and of the few first
//! bytes of its data where two programs share a name.

use zooscope_protocol::{Mode, SessionId};

use super::sequence;
use crate::tree::{Name, Znode};

/// A family of names that one recipe gives to the children of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Family {
    /// `<32 hex>__lock__<seq>` and `<32 hex>__rlock__<seq>`, of kazoo.
    KazooLock,
    /// `<32 hex>`, ephemeral, of kazoo's semaphore.
    KazooLease,
    /// `entry-<3 digits>-<seq>`, persistent, of kazoo's queues.
    KazooEntry,
    /// The same name, ephemeral, where a consumer has taken the entry.
    KazooTaken,
    /// `_c_<uuid>-lock-<seq>`, ephemeral, of Curator.
    CuratorLock,
    /// `_c_<uuid>-__READ__<seq>` and `_c_<uuid>-__WRIT__<seq>`, ephemeral, of Curator.
    CuratorReadWrite,
    /// `_c_<uuid>-latch-<seq>`, ephemeral, of Curator.
    CuratorLatch,
    /// `_c_<uuid>-lease-<seq>`, ephemeral, of Curator.
    CuratorLease,
    /// `queue-<seq>` with or without an id, a time or a priority, persistent and framed, of Curator.
    CuratorItem,
    /// The same name, ephemeral, in a queue's lock path.
    CuratorItemLock,
    /// `qn-<seq>`, persistent, of Curator and of ZooKeeper's own recipes.
    SimpleItem,
    /// `qnr-<seq>`, of Solr: its siblings are no work queue.
    SolrAnswer,
    /// `_c_<32 hex>-lock-<seq>`, ephemeral, of go-zookeeper.
    GoLock,
    /// `x-<session in decimal>-<seq>`, ephemeral, with the data `12 34`, of ZooKeeper's Java recipes.
    ApacheLock,
    /// `n_<seq>`, ephemeral, of ZooKeeper's Java recipes.
    ApacheCandidate,
    /// `x-<session in hex>-<seq>`, ephemeral, of ZooKeeper's C recipes.
    NativeLock,
    /// `n-<seq>`, `lock-<seq>` and `<anything>-lock-<seq>`, ephemeral, of zookeeper-client (Rust) among others.
    ClientLock,
    /// Contenders of a declared recipe.
    DeclaredMember,
    /// Readers and writers of a declared recipe.
    DeclaredShared,
    /// Items of a declared queue.
    DeclaredItem,
    /// Items of a declared priority queue.
    DeclaredPriorityItem,
}

/// What else a name tells about an item of a Curator queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing.
    Plain,
    /// An id.
    Id,
    /// A time before which it is not taken.
    Delay,
    /// A priority.
    Priority,
}

/// Where a znode stands among its family. The order of the fields is the order in which they stand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The priority, the time in milliseconds, the transaction; whatever comes before the number.
    pub(crate) primary: i64,
    /// The number.
    pub(crate) sequence: i32,
    /// What it asks for: a writer stands before a reader with the same number.
    pub(crate) mode: Mode,
    /// Its name.
    pub(crate) name: Name,
}

/// What a name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sighting {
    pub(crate) family: Family,
    pub(crate) shape: Shape,
    pub(crate) place: Place,
    pub(crate) session: Option<SessionId>,
}

/// How Curator's `ItemSerializer` (5.7) begins the data of an item.
pub(crate) const FRAME: [u8; 4] = [0, 1, 0, 1];

impl Family {
    /// Whether its members contend, so that it matters which session owns which.
    pub(crate) fn contends(self) -> bool {
        !matches!(
            self,
            Self::KazooEntry
                | Self::KazooTaken
                | Self::CuratorItem
                | Self::CuratorItemLock
                | Self::SimpleItem
                | Self::SolrAnswer
                | Self::DeclaredItem
                | Self::DeclaredPriorityItem
        )
    }

    /// Whether its members stand in another order than the one in which they came.
    pub(crate) fn reorders(self) -> bool {
        matches!(self, Self::KazooEntry | Self::CuratorItem | Self::DeclaredPriorityItem)
    }

    /// Whether its members are told by a declaration.
    pub(crate) fn is_declared(self) -> bool {
        matches!(
            self,
            Self::DeclaredMember | Self::DeclaredShared | Self::DeclaredItem | Self::DeclaredPriorityItem
        )
    }

    /// Whether it has readers and writers.
    pub(crate) fn shares(self) -> bool {
        matches!(self, Self::KazooLock | Self::CuratorReadWrite | Self::DeclaredShared)
    }
}

/// Says what a child of a directory is, by its name; `None` for a name of no known family.
pub(crate) fn classify(name: &Name, znode: &Znode) -> Option<Sighting> {
    // Every family but one bears a number at its end; most znodes of most trees bear none.
    let last = *name.as_bytes().last()?;
    if !last.is_ascii_hexdigit() {
        return None;
    }
    let seen = Seen { name, znode, session: znode.stat().owner() };
    match name.as_bytes()[0] {
        b'_' => seen.protected(),
        b'e' if name.starts_with("entry-") => seen.entry(),
        b'q' => seen.queue(),
        _ => None,
    }
    .or_else(|| seen.kazoo())
    .or_else(|| seen.apache())
    .or_else(|| seen.client())
}

struct Seen<'a> {
    name: &'a Name,
    znode: &'a Znode,
    session: Option<SessionId>,
}

impl Seen<'_> {
    fn sighting(&self, family: Family, mode: Mode, primary: i64, sequence: i32, shape: Shape) -> Sighting {
        let place = Place { primary, sequence, mode, name: self.name.clone() };
        Sighting { family, shape, place, session: self.session }
    }

    fn contender(&self, family: Family, mode: Mode, sequence: i32) -> Option<Sighting> {
        self.session.map(|_| self.sighting(family, mode, 0, sequence, Shape::Plain))
    }

    /// Names that begin with a GUID against lost connections, as Curator and go-zookeeper make them.
    fn protected(&self) -> Option<Sighting> {
        let rest = self.name.strip_prefix("_c_")?;
        if let Some((_, rest)) = rest.split_at_checked(36).filter(|(guid, _)| is_uuid(guid)) {
            let family = |infix, family, mode| {
                self.contender(family, mode, sequence::parse(rest.strip_prefix(infix)?)?)
            };
            return family("-lock-", Family::CuratorLock, Mode::Exclusive)
                .or_else(|| family("-__WRIT__", Family::CuratorReadWrite, Mode::Write))
                .or_else(|| family("-__READ__", Family::CuratorReadWrite, Mode::Read))
                .or_else(|| family("-latch-", Family::CuratorLatch, Mode::Candidate))
                .or_else(|| family("-lease-", Family::CuratorLease, Mode::Lease));
        }
        let (_, rest) = rest.split_at_checked(32).filter(|(guid, _)| is_hex(guid))?;
        let number = sequence::parse(rest.strip_prefix("-lock-")?)?;
        self.contender(Family::GoLock, Mode::Exclusive, number)
    }

    fn kazoo(&self) -> Option<Sighting> {
        let (_, rest) = self.name.split_at_checked(32).filter(|(guid, _)| is_hex(guid))?;
        if rest.is_empty() {
            let czxid = self.znode.stat().czxid.0;
            return self
                .session
                .map(|_| self.sighting(Family::KazooLease, Mode::Lease, czxid, 0, Shape::Plain));
        }
        let (mode, number) = match rest.strip_prefix("__lock__") {
            Some(number) => (Mode::Write, number),
            None => (Mode::Read, rest.strip_prefix("__rlock__")?),
        };
        Some(self.sighting(Family::KazooLock, mode, 0, sequence::parse(number)?, Shape::Plain))
    }

    fn entry(&self) -> Option<Sighting> {
        let (priority, number) = self.name.strip_prefix("entry-")?.split_at_checked(3)?;
        let priority = digits(priority)?;
        let number = sequence::parse(number.strip_prefix('-')?)?;
        let family = if self.session.is_some() { Family::KazooTaken } else { Family::KazooEntry };
        Some(self.sighting(family, Mode::Exclusive, priority, number, Shape::Plain))
    }

    fn queue(&self) -> Option<Sighting> {
        if let Some(number) = self.name.strip_prefix("qn-") {
            let item = self.session.is_none();
            return item.then(|| {
                let number = sequence::parse(number)?;
                Some(self.sighting(Family::SimpleItem, Mode::Exclusive, 0, number, Shape::Plain))
            })?;
        }
        if let Some(number) = self.name.strip_prefix("qnr-") {
            let number = sequence::parse(number)?;
            return Some(self.sighting(Family::SolrAnswer, Mode::Exclusive, 0, number, Shape::Plain));
        }
        let (shape, primary, number) = curator_item(self.name.strip_prefix("queue-")?)?;
        let family = match self.session {
            Some(_) => Family::CuratorItemLock,
            None if self.znode.data().starts_with(&FRAME) => Family::CuratorItem,
            None => return None,
        };
        Some(self.sighting(family, Mode::Exclusive, primary, number, shape))
    }

    fn apache(&self) -> Option<Sighting> {
        let session = self.session?;
        if let Some(number) = self.name.strip_prefix("n_") {
            return self.contender(Family::ApacheCandidate, Mode::Candidate, sequence::parse(number)?);
        }
        let (owner, number) = sequence::split(self.name.strip_prefix("x-")?)?;
        let owner = owner.strip_suffix('-')?;
        if owner == format!("{:016x}", session.0) {
            return self.contender(Family::NativeLock, Mode::Exclusive, number);
        }
        if owner != session.0.to_string() {
            return None;
        }
        // Java's recipe writes these two bytes into each of its znodes; others that use its names do not.
        let java = self.znode.data() == [0x12, 0x34] || !self.znode.readable();
        let family = if java { Family::ApacheLock } else { Family::ClientLock };
        self.contender(family, Mode::Exclusive, number)
    }

    fn client(&self) -> Option<Sighting> {
        self.session?;
        let (label, number) = sequence::split(self.name)?;
        let own = label == "n-"
            || label.strip_suffix("lock-").is_some_and(|before| before.is_empty() || before.ends_with('-'));
        own.then(|| self.contender(Family::ClientLock, Mode::Exclusive, number))?
    }
}

/// The part of a Curator item's name after `queue-`: its shape, what comes before its number in the order, its number.
fn curator_item(rest: &str) -> Option<(Shape, i64, i32)> {
    if let Some((field, number)) = rest.strip_prefix('|').and_then(|rest| rest.rsplit_once('|')) {
        let number = sequence::parse(number)?;
        return Some(match epoch(field) {
            Some(epoch) => (Shape::Delay, epoch, number),
            None => (Shape::Id, 0, number),
        });
    }
    if let Some(number) = sequence::parse(rest) {
        return Some((Shape::Plain, nine(rest), number));
    }
    let (priority, number) = rest.split_at_checked(9)?;
    let upper = priority[1..].bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    (matches!(priority.as_bytes()[0], b'0' | b'1') && upper)
        .then(|| Some((Shape::Priority, nine(rest), sequence::parse(number)?)))?
}

/// The first nine characters as a hexadecimal number: Curator compares names as texts, and nine upper-case digits have
/// the same order as the number. A plain number of ten digits keeps its order too.
fn nine(rest: &str) -> i64 {
    rest.get(..9).and_then(|digits| i64::from_str_radix(digits, 16).ok()).unwrap_or(0)
}

/// A time in milliseconds as Curator's delay queue writes it, if it lies in this century. An id that looks like one is
/// told from it by its neighbours.
fn epoch(field: &str) -> Option<i64> {
    const YEAR_2001: i64 = 978_307_200_000;
    const YEAR_2101: i64 = 4_133_980_800_000;
    let upper = field.len() >= 8 && field.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    let epoch = upper.then(|| i64::from_str_radix(field, 16).ok())??;
    (YEAR_2001..YEAR_2101).contains(&epoch).then_some(epoch)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_uuid(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    })
}

fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}
