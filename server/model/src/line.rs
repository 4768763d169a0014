//! How contenders stand: who holds, who waits, and for which znode. One way of standing serves many recipes.

use zooscope_protocol::{Member, MemberState, Mode, Timestamp, ZnodePath};

use crate::census::{Census, Cohort, Family, Place};
use crate::declared::Declared;
use crate::recipe::Site;
use crate::tree::Znode;

mod exclusive;
mod first_few;
mod identity;
mod lease;
mod merged;
mod read_write;
mod semaphore;
mod single;
mod together;

use identity::identity;
pub(crate) use identity::{is_token, shown, text};
pub(crate) use lease::end as lease_end;
pub(crate) use merged::merged;

/// How the contenders of a lock stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// In one line, the first of which holds.
    Exclusive { family: Family, mode: Mode },
    /// Those of several libraries, in one line, the first of which holds.
    Merged,
    /// In one line of readers and writers.
    ReadWrite { family: Family, reading: Reading },
    /// kazoo's: leases in the directory, waiters in a lock beside it.
    KazooSemaphore,
    /// Curator's: leases, one of them perhaps pending, and waiters below the directory.
    CuratorSemaphore,
    /// In one line, the first few of which hold.
    FirstFew { family: Family, places: u32 },
    /// All alike, in no line.
    Together { family: Family, mode: Mode, as_one: Together },
    /// The znode is the lock: whoever made it holds.
    Single { mode: Mode },
    /// The one child of this name is the lock: whoever it names holds.
    Child { name: &'static str, mode: Mode },
}

/// What the members that stand together do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Together {
    /// They are there.
    Present,
    /// They all hold.
    Hold,
    /// They all wait for the child of this name.
    Await(&'static str),
}

/// In what libraries of readers and writers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A waiting reader watches the nearest writer before it.
    Nearest,
    /// A waiting reader watches the first writer of all; a reader of the holding writer's session and number holds.
    Curator,
}

/// How many hold and wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Standing {
    pub(crate) held_by: u32,
    pub(crate) blocked: u32,
    /// When the first waiter queued: by the order of transactions nobody waits longer.
    pub(crate) waiting_since: Option<Timestamp>,
}

/// A lock's directories and how its members stand in them.
trait Stand {
    fn standing(&self, site: &Site<'_>) -> Standing;
    fn holders(&self, site: &Site<'_>, limit: usize) -> Vec<Member>;
    fn waiters(&self, site: &Site<'_>, limit: usize) -> Vec<Member>;
    fn member(&self, site: &Site<'_>, path: &ZnodePath) -> Option<Member>;
}

impl Line {
    pub(crate) fn standing(&self, site: &Site<'_>) -> Standing {
        let mut standing = self.stand().standing(site);
        if standing.blocked > 0 && standing.waiting_since.is_none() {
            standing.waiting_since = self.waiters(site, 1).first().map(|member| member.created);
        }
        standing
    }

    /// The first who hold, in their order.
    pub(crate) fn holders(&self, site: &Site<'_>, limit: usize) -> Vec<Member> {
        self.stand().holders(site, limit)
    }

    /// The first who wait, the next in line first.
    pub(crate) fn waiters(&self, site: &Site<'_>, limit: usize) -> Vec<Member> {
        self.stand().waiters(site, limit)
    }

    /// The member with this znode.
    pub(crate) fn member(&self, site: &Site<'_>, path: &ZnodePath) -> Option<Member> {
        self.stand().member(site, path)
    }

    /// The families of a lock's contenders in its own directory, Curator's first.
    pub(crate) fn families(&self, site: &Site<'_>) -> Vec<Family> {
        match self {
            Self::Merged => merged(site),
            line => line.family().into_iter().collect(),
        }
    }

    /// The family of a lock's contenders in its own directory, where there is one.
    pub(crate) fn family(&self) -> Option<Family> {
        match self {
            Self::Exclusive { family, .. }
            | Self::ReadWrite { family, .. }
            | Self::FirstFew { family, .. } => Some(*family),
            Self::KazooSemaphore => Some(Family::KazooLease),
            Self::Together { family, .. } if *family != Family::Ephemeral => Some(*family),
            Self::Merged
            | Self::CuratorSemaphore
            | Self::Together { .. }
            | Self::Single { .. }
            | Self::Child { .. } => None,
        }
    }

    /// When what is held has ended by itself, though its znode is there: by the clock of whoever holds it.
    pub(crate) fn ended(&self, site: &Site<'_>, at: Timestamp) -> Option<Timestamp> {
        let Self::Child { name, .. } = self else { return None };
        let (_, znode) = site.child(name)?;
        lease_end(znode.data()).filter(|end| *end <= at)
    }

    /// Whether its waiters stand in a line, each behind one other.
    pub(crate) fn queues(&self) -> bool {
        matches!(
            self,
            Self::Exclusive { .. }
                | Self::Merged
                | Self::ReadWrite { .. }
                | Self::KazooSemaphore
                | Self::CuratorSemaphore
        )
    }

    /// Whether it is known that each waiter watches the one that it stands behind, with a watch that servers list.
    pub(crate) fn watches_predecessor(&self) -> bool {
        match self {
            Self::Exclusive { family, .. } | Self::ReadWrite { family, .. } => family.watches_predecessor(),
            Self::KazooSemaphore | Self::CuratorSemaphore => true,
            Self::Merged
            | Self::FirstFew { .. }
            | Self::Together { .. }
            | Self::Single { .. }
            | Self::Child { .. } => false,
        }
    }

    fn stand(&self) -> Box<dyn Stand> {
        match *self {
            Self::Exclusive { family, mode } => Box::new(exclusive::Exclusive { family, mode }),
            Self::Merged => Box::new(merged::Merged),
            Self::ReadWrite { family, reading } => Box::new(read_write::ReadWrite { family, reading }),
            Self::KazooSemaphore => Box::new(semaphore::Kazoo),
            Self::CuratorSemaphore => Box::new(semaphore::Curator),
            Self::FirstFew { family, places } => Box::new(first_few::FirstFew { family, places }),
            Self::Together { family, mode, as_one } => Box::new(together::Members { family, mode, as_one }),
            Self::Single { mode } => Box::new(single::Single { child: None, mode }),
            Self::Child { name, mode } => Box::new(single::Single { child: Some(name), mode }),
        }
    }
}

/// One directory of members of one family.
struct Directory<'a> {
    path: &'a ZnodePath,
    znode: &'a Znode,
    census: &'a Census,
    cohort: &'a Cohort,
    family: Family,
}

impl<'a> Directory<'a> {
    fn of(site: &Site<'a>, family: Family) -> Option<Self> {
        let census = site.census?;
        Some(Self { path: site.path, znode: site.znode, census, cohort: census.cohort(family)?, family })
    }

    /// The place of the child with this path, if it is of the family.
    fn place(&self, path: &ZnodePath) -> Option<Place> {
        if path.parent().as_ref() != Some(self.path) {
            return None;
        }
        let (name, child) = self.znode.child_map().get_key_value(path.name())?;
        let sighting = self.census.classify(name, child.znode())?;
        (sighting.family == self.family).then_some(sighting.place)
    }

    fn path_of(&self, place: &Place) -> Option<ZnodePath> {
        self.path.child(&place.name).ok()
    }

    fn member(&self, place: &Place, mode: Mode, waits_for: Waits) -> Option<Member> {
        let (path, znode) = (self.path_of(place)?, self.znode.child(&place.name)?);
        // What is declared says itself where its members' names tell a number, and who they are.
        let declared = self.census.declared.as_deref().filter(|_| self.family.is_declared());
        let numbered = declared.map_or_else(|| self.family.numbered(), Declared::is_numbered);
        let identity = match declared {
            Some(declared) => declared.identity(znode.data()),
            None => identity(self.family, path.name(), znode.data()),
        };
        Some(member(path, znode, identity, mode, numbered.then_some(place.sequence), waits_for))
    }
}

fn member(
    path: ZnodePath,
    znode: &Znode,
    identity: Option<String>,
    mode: Mode,
    sequence: Option<i32>,
    waits_for: Waits,
) -> Member {
    let stat = znode.stat();
    let (state, waits_for) = match waits_for {
        Waits::Not => (MemberState::Holding, None),
        Waits::Never => (MemberState::Present, None),
        Waits::For(path) => (MemberState::Waiting, path),
        Waits::Pending(path) => (MemberState::Pending, Some(path)),
    };
    Member {
        name: path.name().to_owned(),
        mode,
        session: stat.owner(),
        identity,
        client: None,
        created: stat.ctime,
        sequence,
        czxid: stat.czxid,
        version: stat.version,
        waits_for,
        state,
        path,
    }
}

/// Whether and for which znode a member waits.
enum Waits {
    /// It holds.
    Not,
    /// There is nothing to hold or to wait for.
    Never,
    For(Option<ZnodePath>),
    Pending(ZnodePath),
}
